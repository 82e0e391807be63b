"""Networks in which an echo comes back: by the bridge's own forwarding, and by everything else that looks like it."""

from __future__ import annotations

import os
from textwrap import dedent

from nstutor.kernel.way import Cause

NEAR, FAR = "192.168.188.96", "192.168.188.69"
ISOLATED = "bridge link set dev wp2xmq isolated on; bridge link set dev wp2pjl isolated on"
MACS = """
x=$(ip -n ximenqing-ns -br link show xmq2wp | awk '{print $3}')
p=$(ip -n panjinlian-ns -br link show pjl2wp | awk '{print $3}')
w=$(ip -br link show wangpo | awk '{print $3}')
"""


def program(code: str, netns: str = "") -> str:
    """A line that runs Python in the background, once it says that it is ready; the code has no single quotes."""
    where = f"ip netns exec {netns} " if netns else ""
    code = dedent(code).strip() + "\n"
    assert "'" not in code
    return f"""rm -f /tmp/ready; {where}/usr/bin/python3 -c '{code}' > /dev/null 2>&1 &
    for i in $(seq 500); do [ -e /tmp/ready ] && break; sleep 0.01; done"""


def relay(*pairs: tuple[str, str], only: str = "True") -> str:
    """A program that carries frames from the first device of each pair to the second, if `only` holds for frame p."""
    return program(
        f"""
        import socket, select
        pairs = {pairs!r}
        """.replace("'", '"')
        + f"""
        def on(d):
          s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3)); s.bind((d, 3)); return s
        r = {{on(a): on(b) for a, b in pairs}}
        open("/tmp/ready", "w")
        while True:
          for s in select.select(list(r), [], [])[0]:
            p, i = s.recvfrom(9000)
            if i[2] != 4 and ({only}): r[s].send(p)
    """
    )


BOTH = relay(("wp2xmq", "wp2pjl"), ("wp2pjl", "wp2xmq"))
REPLY = 'p[12:14] == b"\\x08\\x00" and p[23] == 1 and p[34] == 0'
ROUTES = """
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \\
  net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.wangpo.send_redirects=0 \\
  net.ipv4.neigh.wangpo.proxy_delay=0
"""
MIRRED = """
for d in wp2xmq wp2pjl; do tc qdisc add dev $d clsact; done
tc filter add dev wp2xmq ingress protocol all u32 match u32 0 0 action mirred egress redirect dev wp2pjl
tc filter add dev wp2pjl ingress protocol all u32 match u32 0 0 action mirred egress redirect dev wp2xmq
"""
FWD = """
nft add table netdev t
nft "add chain netdev t a { type filter hook ingress device wp2xmq priority 0; }"
nft "add chain netdev t b { type filter hook ingress device wp2pjl priority 0; }"
nft add rule netdev t a VERB to wp2pjl
nft add rule netdev t b VERB to wp2xmq
"""
REDIRECTED = f"""{MACS}{ROUTES}
sysctl -qw net.ipv4.conf.wangpo.proxy_arp=1
ip addr add 192.168.188.1/24 dev wangpo
nft add table bridge t
nft "add chain bridge t pre {{ type filter hook prerouting priority -300; }}"
nft "add chain bridge t post {{ type filter hook postrouting priority 300; }}"
nft "add chain bridge t forw {{ type filter hook forward priority 0; policy drop; }}"
nft add rule bridge t forw ether type arp accept
nft add rule bridge t pre ether type ip ether daddr set $w meta pkttype set host
nft add table ip t
nft "add chain ip t f {{ type filter hook forward priority 0; }}"
nft add rule ip t f ip ttl set 64
nft add rule bridge t post ether type ip oifname wp2pjl ether saddr set $x
nft add rule bridge t post ether type ip oifname wp2xmq ether saddr set $p
"""
"""Each packet is handed to host's IP stack and routed, with its TTL and MACs put back."""
TAP_HUB = program("""
    import fcntl, os, struct, subprocess
    f = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(f, 0x400454ca, struct.pack("16sH", b"hub0", 0x1002))
    subprocess.run("ip link set hub0 master wangpo up; bridge link set dev hub0 learning off", shell=True)
    open("/tmp/ready", "w")
    while True: os.write(f, os.read(f, 9000))
""")
ECHOES = """
    import socket, struct
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
    open("/tmp/ready", "w")
    while True:
      p, a = s.recvfrom(2048)
      if a[2] == 4 or p[12:14] != b"\\x08\\x00" or p[23] != 1 or p[34] != 8: continue
      q = p[6:12] + p[:6] + p[12:26] + p[30:34] + p[26:30] + b"\\x00" + p[35:36]
      c = struct.unpack(">H", p[36:38])[0] + 0x800
      s.sendto(q + struct.pack(">H", (c & 0xffff) + (c >> 16)) + p[38:], (a[0], 0))
"""
THIRD = f"""
ip netns add fake; ip link add f1 type veth peer name f2 netns fake; ip link set f1 master wangpo up
ip -n fake link set f2 up promisc on
bridge link set dev wp2pjl learning off
bridge link set dev f1 learning off
ip link set dev wp2pjl type bridge_slave fdb_flush
ip netns exec panjinlian-ns sysctl -qw net.ipv4.icmp_echo_ignore_all=1
{program(ECHOES, "fake")}
"""

BESIDE: dict[str, tuple[str, Cause | None]] = {
    "a program between isolated ports": (f"{ISOLATED}\n{BOTH}", Cause.RESENT),
    "a program beside a bridge that drops": (
        f"""nft add table bridge t; nft "add chain bridge t f {{ type filter hook forward priority 0; policy drop; }}"
        {BOTH}""",
        Cause.RESENT,
    ),
    "a program for the replies alone": (
        f"""nft add table bridge t; nft "add chain bridge t f {{ type filter hook forward priority 0; }}"
        nft add rule bridge t f icmp type echo-reply drop
        {relay(("wp2pjl", "wp2xmq"), only=REPLY)}""",
        Cause.RESENT,
    ),
    "tc mirred": (MIRRED, Cause.TC),
    "tc mirred with the bridge down": (f"{MIRRED}\nip link set wangpo down", Cause.TC),
    "tc mirred from one port, to isolated ones": (f"{ISOLATED}\n{MIRRED}", Cause.ISOLATED),
    "nft fwd": (FWD.replace("VERB", "fwd"), Cause.NFT),
    "nft dup": (ISOLATED + FWD.replace("VERB", "dup"), Cause.ISOLATED),
    "host routes with proxy ARP on the bridge": (
        f"""{ROUTES}
        sysctl -qw net.ipv4.conf.wangpo.proxy_arp=1 net.ipv4.conf.wangpo.proxy_arp_pvlan=1
        bridge link set dev wp2xmq isolated on; bridge link set dev wp2pjl isolated on
        ip addr add 192.168.188.1/24 dev wangpo""",
        Cause.ROUTED,
    ),
    "host routes between two bridges": (
        f"""{ROUTES}
        ip link add name other type bridge; ip link set other up; ip link set wp2pjl master other
        sysctl -qw net.ipv4.conf.wangpo.proxy_arp=1 net.ipv4.conf.other.proxy_arp=1
        ip route add {NEAR}/32 dev wangpo; ip route add {FAR}/32 dev other""",
        Cause.HOST,
    ),
    "host has the address": (
        f"""ip -n panjinlian-ns addr del {FAR}/24 dev pjl2wp
        ip addr add {FAR}/24 dev wangpo""",
        Cause.HOST,
    ),
    "host translates the address to one of its own": (
        f"""{ROUTES}
        ip addr add 192.168.188.1/24 dev wangpo; ip -n ximenqing-ns route add {FAR}/32 via 192.168.188.1
        iptables -t nat -A PREROUTING -d {FAR} -j DNAT --to 192.168.188.1""",
        Cause.HOST,
    ),
    "each packet goes through host's IP stack": (REDIRECTED, Cause.ROUTED),
    "another house answers for a silent one": (THIRD, Cause.ELSEWHERE),
    "a program in host answers for a silent one": (
        f"ip netns exec panjinlian-ns sysctl -qw net.ipv4.icmp_echo_ignore_all=1\n{program(ECHOES)}",
        None,
    ),
    "the namespace has the address itself": (
        f"ip -n ximenqing-ns addr add {FAR}/32 dev lo; ip -n ximenqing-ns link set lo up",
        Cause.LOCAL,
    ),
    "a ladder from house to house": (
        f"""
        ip link add old1 netns ximenqing-ns type veth peer name old2 netns panjinlian-ns
        ip -n ximenqing-ns link set old1 up; ip -n panjinlian-ns link set old2 up
        ip -n ximenqing-ns route add {FAR}/32 dev old1; ip -n panjinlian-ns route add {NEAR}/32 dev old2""",
        None,
    ),
    "by policy, over a ladder": (
        f"""
        ip link add old1 netns ximenqing-ns type veth peer name old2 netns panjinlian-ns
        ip -n ximenqing-ns link set old1 up; ip -n panjinlian-ns link set old2 up
        ip -n ximenqing-ns route add {FAR}/32 dev old1 table 7 src {NEAR}; ip -n ximenqing-ns rule add to {FAR} lookup 7
        ip -n panjinlian-ns route add {NEAR}/32 dev old2 table 7; ip -n panjinlian-ns rule add to {NEAR} lookup 7
        """,
        None,
    ),
    "another bridge between a second pair of cables": (
        f"""
        ip link add name b2 type bridge; ip link set b2 up
        for h in ximenqing panjinlian; do ip link add c-$h type veth peer name d-$h netns $h-ns
          ip link set c-$h master b2 up; ip -n $h-ns link set d-$h up; done
        ip -n ximenqing-ns route add {FAR}/32 dev d-ximenqing; ip -n panjinlian-ns route add {NEAR}/32 dev d-panjinlian
        """,
        None,
    ),
    "a macvlan beside the bridge": (
        f"""
        ip link add e0 type veth peer name e1; ip link set e0 up; ip link set e1 up
        ip link add link e0 mv1 type macvlan mode bridge; ip link add link e0 mv2 type macvlan mode bridge
        ip link set mv1 netns ximenqing-ns up; ip link set mv2 netns panjinlian-ns up
        ip -n ximenqing-ns link set mv1 up; ip -n panjinlian-ns link set mv2 up
        ip -n ximenqing-ns route add {FAR}/32 dev mv1; ip -n panjinlian-ns route add {NEAR}/32 dev mv2""",
        None,
    ),
}
"""What is done to BRIDGE, and the cause that is named; None where the packet or its answer never came to the bridge."""
if os.access("/dev/net/tun", os.W_OK):
    BESIDE["a program at a bridge's tap"] = (
        f"""{ISOLATED}
        bridge link set dev wp2xmq learning off; bridge link set dev wp2pjl learning off
        for d in wp2xmq wp2pjl; do ip link set dev $d type bridge_slave fdb_flush; done
        {TAP_HUB}""",
        Cause.RESENT,
    )


TCPDUMP = """tcpdump -i DEV -w /dev/null > /dev/null 2> /tmp/said &
for i in $(seq 500); do grep -q listening /tmp/said && break; sleep 0.01; done"""

HONEST: dict[str, str] = {
    "plain": "",
    "with an address of the bridge's own": "ip addr add 192.168.188.1/24 dev wangpo",
    "with STP": """ip link set wangpo type bridge forward_delay 200 stp_state 1
        for i in $(seq 200); do [ $(bridge link show | grep -c forwarding) = 2 ] && break; sleep 0.1; done""",
    "with more ports": """ip netns add third; ip link add t1 type veth peer name t2 netns third
        ip link set t1 master wangpo up; ip -n third link set t2 up; ip -n third addr add 192.168.188.5/24 dev t2""",
    "without learning": "bridge link set dev wp2xmq learning off; bridge link set dev wp2pjl learning off",
    "with forwarding entries by hand": f"""{MACS}
        bridge link set dev wp2xmq learning off; bridge link set dev wp2pjl learning off
        bridge fdb replace $x dev wp2xmq master static; bridge fdb replace $p dev wp2pjl master static""",
    "tcpdump on a port": TCPDUMP.replace("DEV", "wp2pjl"),
    "tcpdump on the bridge": TCPDUMP.replace("DEV", "wangpo"),
    "tcpdump on everything": TCPDUMP.replace("DEV", "any"),
    "promiscuous": "ip link set wangpo promisc on; ip link set wp2pjl promisc on",
    "one isolated port": "bridge link set dev wp2pjl isolated on",
    "bridge-nf-call-iptables": "sysctl -qw net.bridge.bridge-nf-call-iptables=1; iptables -A FORWARD -j ACCEPT",
    "filters that count": """nft add table bridge t
        nft "add chain bridge t f { type filter hook forward priority 0; }"; nft add rule bridge t f counter
        nft add table netdev n; nft "add chain netdev n i { type filter hook ingress device wp2xmq priority 0; }"
        nft add rule netdev n i counter""",
    "a copy to a device for watching": """ip link add w0 type veth peer name w1; ip link set w0 up
        ip link set w1 up; nft add table netdev n
        nft "add chain netdev n i { type filter hook ingress device wp2xmq priority 0; }"
        nft add rule netdev n i dup to w0
        tc qdisc add dev wp2pjl clsact
        tc filter add dev wp2pjl ingress protocol all u32 match u32 0 0 action mirred egress mirror dev w0""",
    "host forwards": f"{ROUTES}\nip addr add 192.168.188.1/24 dev wangpo",
    "a server in a house that hears packets": program(
        """
        import socket, time
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
        open("/tmp/ready", "w")
        time.sleep(1000)""",
        "panjinlian-ns",
    ),
    "a flood of echoes": f"ip netns exec ximenqing-ns ping -f {FAR} > /dev/null 2>&1 &",
    "owner rules in the far house": """ip netns exec panjinlian-ns iptables -A OUTPUT -m owner --uid-owner 0 -j ACCEPT
        """,
}
"""What is done to BRIDGE; its own forwarding is what brings the echo back."""
