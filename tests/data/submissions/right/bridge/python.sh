cat > net.py <<'END'
import subprocess

def ip(*words):
    subprocess.run(["ip", *words], check=True)

ip("link", "add", "wangpo", "up", "type", "bridge")
for name, short, last in (("ximenqing", "xmq", 96), ("panjinlian", "pjl", 69)):
    house, end, port = f"{name}-ns", f"{short}2wp", f"wp2{short}"
    ip("netns", "add", house)
    ip("link", "add", port, "master", "wangpo", "up", "type", "veth", "peer", "name", end, "netns", house)
    ip("-n", house, "addr", "add", f"192.168.188.{last}/24", "dev", end)
    ip("-n", house, "link", "set", end, "up")
END
python3 net.py
