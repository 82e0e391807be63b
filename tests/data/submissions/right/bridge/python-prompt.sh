python3
import os
ip = lambda line: os.system("ip " + line)
ip("netns add ximenqing-ns"), ip("netns add panjinlian-ns")
ip("link add wangpo up type bridge")
ip("link add wp2xmq master wangpo up type veth peer name xmq2wp netns ximenqing-ns")
ip("link add wp2pjl master wangpo up type veth peer name pjl2wp netns panjinlian-ns")
for ns, dev, last in (("ximenqing-ns", "xmq2wp", 96), ("panjinlian-ns", "pjl2wp", 69)):
    ip(f"-n {ns} addr add 192.168.188.{last}/24 dev {dev}")
    ip(f"-n {ns} link set {dev} up")

exit()
ip link
