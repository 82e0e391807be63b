"""Attacks on the network that is judged: too much of it, strange names in it, and a network that only looks right."""

from __future__ import annotations

from attacks import ADDRESS, OLD, UP, Attack, Rest, python

_NAMESPACES = "it made as many network namespaces as it may: 16"
_MORE = "it made more devices, addresses or routes than are looked at, in host"
_ANSWERS = (
    "import socket, struct\n"
    "s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))\n"
    "while True:\n"
    "  p, a = s.recvfrom(2048)\n"
    '  if a[2] == 4 or p[12:14] != b"\\x08\\x00" or p[23] != 1 or p[34] != 8: continue\n'
    '  q = p[6:12] + p[:6] + p[12:26] + p[30:34] + p[26:30] + b"\\x00" + p[35:36]\n'
    '  c = struct.unpack(">H", p[36:38])[0] + 0x800\n'
    '  s.sendto(q + struct.pack(">H", (c & 0xffff) + (c >> 16)) + p[38:], (a[0], 0))'
)
"""Answers every echo request on every device, whoever it was for."""

ATTACKS = (
    Attack("ten-thousand-namespaces", "for i in {1..10000}; do ip netns add n$i || break; done", note=_NAMESPACES),
    Attack(
        "ten-thousand-namespaces-by-force",
        "for i in {1..10000}; do ip netns add n$i; done",
        note=_NAMESPACES,
        endless=True,
    ),
    Attack("namespaces-without-names", "for i in {1..30}; do unshare -n sleep 2 & done; sleep 0.8", note=_NAMESPACES),
    Attack("namespaces-in-namespaces", "ip netns add x; for i in {1..10}; do ip netns exec x ip netns add y$i; done"),
    Attack(
        "namespaces-that-come-and-go",
        "(while :; do ip netns add x; ip netns del x; done) 2>/dev/null &",
        Rest.EITHER,
        noted=False,
    ),
    Attack("fifty-deep", 'c=true; for i in {1..50}; do c="ip netns exec ximenqing-ns $c"; done; $c'),
    Attack("thirty-shells-deep", "\n".join(30 * ["ip netns exec ximenqing-ns bash"]), lost=(UP,)),
    Attack(
        "thousands-of-links",
        "for i in {1..700}; do echo link add v$i type veth; done | ip -b -",
        note=_MORE,
        lost=(ADDRESS, OLD),
    ),
    Attack(
        "thousands-of-addresses",
        "for i in {1..5000}; do echo addr add 127.1.$((i/250)).$((i%250))/32 dev lo; done | ip -b -",
        note=_MORE,
        lost=(ADDRESS, OLD),
    ),
    Attack(
        "thousands-of-routes",
        "for i in {1..20000}; do echo route add 10.$((i>>16)).$((i>>8&255)).$((i&255)) dev lo; done | ip -b -",
        note=_MORE,
    ),
    Attack(
        "thousands-of-rules",
        "for i in {1..3000}; do echo rule add pref $i from 10.0.0.1 lookup main; done | ip -b -",
        noted=False,
    ),
    Attack(
        "thousands-of-neighbours",
        "for i in {1..900}; do echo neigh add 10.0.$((i/250)).$((i%250)) dev wangpo lladdr 2:0:0:0:0:1; done | ip -b -",
        noted=False,
    ),
    Attack(
        "routes-with-many-hops",
        "ip route add 10.0.0.0/8 $(for i in {1..200}; do echo nexthop dev lo; done)",
        noted=False,
    ),
    Attack(
        "flood-of-events",
        "(while :; do ip link add fl type veth; ip link del fl; done) &",
        Rest.EITHER,
        lost=(UP,),
        noted=False,
    ),
    Attack(
        "flood-of-events-in-a-batch",
        "(while :; do for i in {1..99}; do echo link add fl type veth; echo link "
        "del fl; "
        "done; done | ip -force -b - 2>/dev/null) &",
        Rest.EITHER,
        noted=False,
    ),
    Attack(
        "flood-of-events-of-addresses",
        "(while :; do echo addr add 10.9.9.9/32 dev lo; echo addr del 10.9.9.9/32 dev lo; done | ip -b -) &",
        Rest.EITHER,
        lost=(UP,),
        noted=False,
    ),
    Attack("stp", "ip link set wangpo type bridge stp_state 1 forward_delay 3000", Rest.EITHER, lost=(UP,)),
    Attack(
        "devices-like-options",
        "for n in -n --help -all -4 -br - -- help list; do ip link add name $n type bridge; "
        "ip link add dev $n type veth; done",
        noted=False,
    ),
    Attack(
        "devices-with-strange-names",
        r"""for n in $'\e[31m' $'\xff\xfe' "a'b\"c" '$(exit)' '`id`' ';x' '*' "
           "'%s%n' """
        r"""网桥 $'a\x7f' '<b>' '{x}' '\' $'\u202e' any host dev; """
        r"""do ip link add name "$n" type bridge; done""",
    ),
    Attack(
        "namespaces-with-strange-names",
        r"""for n in host any .. . -x --help 'a b' $'a\nb' $'\e]0;x\a' $'\xff' """
        r"""'$(exit)' 家; do ip netns add "$n"; done""",
        noted=False,
    ),
    Attack("namespace-with-a-long-name", "ip netns add $(printf '%255s' | tr ' ' x)"),
    Attack(
        "strange-aliases",
        r"""ip link set wangpo alias $'\e[2J\n\xff'; ip link property add dev wangpo altname """
        r"""-x; ip link set wangpo group 7""",
        noted=False,
    ),
    Attack("renames-lo", "ip link set lo down; ip link set lo name eth0; ip link del eth0; ip netns delete 1"),
    Attack("moves-lo", "ip link set lo netns ximenqing-ns; ip link add lo type veth; ip link del lo; ip addr flush lo"),
    Attack("gives-devices-to-pid-1", "ip link add x type veth; ip link set x netns 1; ip link set veth0 netns $$"),
    Attack(
        "network-settings",
        "for f in $(find /proc/sys/net -type f -name '*mem*' 2>/dev/null); do "
        "echo 999999999 2>/dev/null > $f; done; sysctl -qw net.ipv4.ip_forward=1",
    ),
    Attack(
        "no-echo",
        "sysctl -qw net.ipv4.icmp_echo_ignore_all=1; for n in ximenqing-ns panjinlian-ns; do ip netns "
        "exec "
        "$n sysctl -qw net.ipv4.icmp_echo_ignore_all=1; done",
        lost=(UP,),
    ),
    Attack(
        "traffic-control",
        "tc qdisc add dev wp2pjl root netem delay 10s 2>/dev/null; tc qdisc add dev wangpo root "
        "tbf rate 1kbit burst 10 latency 1s 2>/dev/null",
        Rest.EITHER,
        lost=(UP,),
    ),
    Attack(
        "firewall",
        "nft add table inet x; nft 'add chain inet x c { type filter hook input priority 0; policy "
        "drop; }'"
        "; nft add table bridge x; nft 'add chain bridge x f { type filter hook forward priority 0; "
        "policy "
        "accept; }'",
    ),
    Attack("flood-of-pings", "ip netns exec ximenqing-ns ping -f 127.0.0.1 > /dev/null &"),
    Attack(
        "sockets-everywhere",
        "for n in ximenqing-ns panjinlian-ns; do ip netns exec $n "
        + python("import socket, time\ns = [socket.socket() for _ in range(900)]\ntime.sleep(1000)")
        + " & done; sleep 0.2",
    ),
    Attack(
        "answers-to-everybody",
        "ip netns add fake; ip link add f1 type veth peer name f2 netns fake; "
        "ip link set f1 master wangpo up; ip -n fake link set f2 up; ip netns exec fake "
        + python(_ANSWERS)
        + " & sleep 0.3",
    ),
    Attack(
        "flapping-link",
        "(while :; do ip link set wp2xmq down; sleep 0.05; ip link set wp2xmq up; sleep 0.05; done) &",
        Rest.EITHER,
        lost=(UP,),
    ),
    Attack(
        "moves-in-flight",
        "(while :; do ip -n ximenqing-ns link set xmq2wp netns 1; ip link set xmq2wp netns "
        "ximenqing-ns; done) 2>/dev/null &",
        Rest.EITHER,
        lost=(ADDRESS, OLD, UP),
        noted=False,
    ),
    Attack(
        "renames-in-flight",
        "(while :; do ip link set wangpo name wp; ip link set wp name wangpo; done) 2>/dev/null &",
        Rest.EITHER,
        lost=(UP,),
        noted=False,
    ),
)
