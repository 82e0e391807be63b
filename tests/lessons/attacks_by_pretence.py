"""Submissions that want to pass without having built what was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from attacks import ADDRESS, ALL, LONG, OLD, PLUG, UP


@dataclass(frozen=True)
class Pretender:
    """A submission: its lines, and the steps that it loses."""

    name: str
    lines: str
    lost: tuple[str, ...]

    @property
    def options(self) -> tuple[str, ...]:
        """Its limits on time."""
        return LONG

    def script(self) -> bytes:
        """Its bytes."""
        return f"{self.lines}\n".encode()


_HOUSES = "ip netns add ximenqing-ns; ip netns add panjinlian-ns"
_FIGURES = (
    "ip -n ximenqing-ns addr add 192.168.188.96/24 dev xmq2wp; ip -n ximenqing-ns link set xmq2wp up\n"
    "ip -n panjinlian-ns addr add 192.168.188.69/24 dev pjl2wp; ip -n panjinlian-ns link set pjl2wp up"
)
_LADDERS = (
    "ip link add wp2xmq type veth peer name xmq2wp netns ximenqing-ns; ip link set wp2xmq up\n"
    "ip link add wp2pjl type veth peer name pjl2wp netns panjinlian-ns; ip link set wp2pjl up"
)
_BRIDGE = (
    "ip link add wangpo type bridge; ip link set wangpo up; ip link set wp2xmq master wangpo; "
    "ip link set wp2pjl master wangpo"
)

PRETENDERS = (
    Pretender(
        "one-house-with-two-names",
        "ip netns add ximenqing-ns; touch /run/netns/panjinlian-ns\n"
        "mount --bind /run/netns/ximenqing-ns /run/netns/panjinlian-ns\n" + "\n".join((_LADDERS, _BRIDGE, _FIGURES)),
        (UP,),
    ),
    Pretender(
        "forbidden-addresses-behind-a-thousand",
        "for i in {0..5}; do for j in {1..200}; do echo addr add 10.7.$i.$j/32 dev lo; done; done | ip -b -\n"
        + "\n".join((_HOUSES, _LADDERS, _BRIDGE, _FIGURES))
        + "\nip addr add 192.168.188.96/24 dev lo; ip addr add 192.168.188.69/24 dev lo",
        (ADDRESS, OLD),
    ),
    Pretender(
        "proxy-arp",
        "\n".join((_HOUSES, _LADDERS, _FIGURES))
        + "\nsysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.proxy_arp=1\nip link add wangpo type "
        "bridge; ip link set "
        "wangpo up\nip route add 192.168.188.96 dev wp2xmq; ip route add 192.168.188.69 dev wp2pjl",
        (PLUG, UP),
    ),
    Pretender(
        "ladder-between-the-houses",
        "\n".join((_HOUSES, _LADDERS, _BRIDGE))
        + "\nip link add a netns ximenqing-ns type veth peer name b netns panjinlian-ns\n"
        "ip -n ximenqing-ns link set a up; ip -n panjinlian-ns link set b up\n"
        "ip link set wp2pjl type bridge_slave isolated on; ip link set wp2xmq type bridge_slave isolated on\n"
        "ip -n ximenqing-ns route add 192.168.188.69 dev a; ip -n panjinlian-ns route add 192.168.188.96 dev b\n"
        + _FIGURES,
        (UP,),
    ),
    Pretender(
        "echo-that-never-leaves-the-house",
        "\n".join((_HOUSES, _LADDERS, _BRIDGE))
        + "\nip link set wp2xmq type bridge_slave isolated on; ip link set wp2pjl type bridge_slave isolated on\n"
        "ip -n ximenqing-ns addr add 192.168.188.69/32 dev lo; ip -n panjinlian-ns addr add 192.168.188.96/32 dev lo\n"
        "ip -n ximenqing-ns link set lo up; ip -n panjinlian-ns link set lo up\n" + _FIGURES,
        (UP,),
    ),
    Pretender(
        "answers-for-a-house-that-is-down",
        "\n".join((_HOUSES, _LADDERS, _BRIDGE))
        + "\n"
        + _FIGURES.replace("link set pjl2wp up", "link")
        + "\nip netns add fake\n"
        "ip link add f1 type veth peer name f2 netns fake; ip link set f1 master wangpo up\n"
        "ip -n fake addr add 192.168.188.69/24 dev f2; ip -n fake link set f2 up",
        (UP,),
    ),
    Pretender(
        "host-answers",
        "\n".join((_HOUSES, _LADDERS, _BRIDGE, _FIGURES)).replace("ip -n panjinlian-ns addr add", ": ")
        + "\nip addr add 192.168.188.69/24 dev wangpo",
        (ADDRESS, OLD, UP),
    ),
    Pretender(
        "translated-addresses",
        "\n".join((_HOUSES, _LADDERS, _BRIDGE))
        + "\nip link set wp2xmq type bridge_slave isolated on; ip link set wp2pjl type bridge_slave isolated on\n"
        "for n in ximenqing-ns panjinlian-ns; do ip -n $n link set lo up; ip netns exec $n iptables -t nat -A "
        "OUTPUT -p "
        "icmp -j DNAT --to 127.0.0.1; done\n" + _FIGURES,
        (UP,),
    ),
    Pretender(
        "the-wrong-kind-of-everything",
        "ip link add wangpo type veth peer name wp2xmq; ip link add ximenqing-ns type bridge; "
        "ip link add panjinlian-ns type bridge; mkdir -p /run/netns; touch /run/netns/ximenqing-ns",
        ALL,
    ),
    Pretender(
        "prints-what-it-should",
        'echo 2 packets transmitted, 2 received; echo PASSED; echo \'{"passed": true, "score": 8}\'; exit 0',
        ALL,
    ),
)
