"""The table of mistakes: what is changed in a right submission, what that costs and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass

from check_runs import stored

Edits = tuple[tuple[str, str], ...]
RIGHT = {
    "first-look": "right/first-look/fewest-lines",
    "loopback": "right/loopback/fewest-lines",
    "veth": "right/veth/plain",
    "bridge": "right/bridge/plain",
}
XMQ_ADDRESS = "ip -n ximenqing-ns addr add dev xmq2wp 192.168.188.96/24"
PJL_ADDRESS = "ip -n panjinlian-ns addr add dev pjl2wp 192.168.188.69/24"
XMQ_UP = "ip -n ximenqing-ns link set xmq2wp up"
PJL_UP = "ip -n panjinlian-ns link set pjl2wp up"
XMQ_PAIR = "ip link add wp2xmq type veth peer name xmq2wp"
PJL_PAIR = "ip link add pjl2wp type veth peer name wp2pjl"
SIDE_PAIR = "ip link add side1 netns ximenqing-ns type veth peer name side2 netns panjinlian-ns"
SIDE_UP = "ip -n ximenqing-ns link set side1 up; ip -n panjinlian-ns link set side2 up"
SIDE_ROUTES = """\
ip -n ximenqing-ns route add 192.168.188.69 dev side1
ip -n panjinlian-ns route add 192.168.188.96 dev side2"""
END = "ip -n ximenqing-ns link"
"""The last line of the bridge's submission; it only looks."""


@dataclass(frozen=True)
class Mistake:
    """What is changed in a right submission, the step that it costs first, and words of what is said there."""

    name: str
    lesson: str
    edits: Edits
    step: str
    words: str

    def script(self) -> bytes:
        """The submission with the mistake in it."""
        text = stored(RIGHT[self.lesson]).decode()
        for old, new in self.edits:
            assert f"{old}\n" in text, old
            text = text.replace(f"{old}\n", f"{new}\n" if new else "", 1)
        return text.encode()


def in_bridge(name: str, old: str, new: str, step: str, words: str) -> Mistake:
    """A mistake of one line in the bridge's submission."""
    return Mistake(name, "bridge", ((old, new),), step, words)


def in_veth(name: str, old: str, new: str, step: str, words: str) -> Mistake:
    """A mistake of one line in the ladder's submission."""
    return Mistake(name, "veth", ((old, new),), step, words)


def in_loopback(name: str, old: str, new: str, step: str, words: str) -> Mistake:
    """A mistake of one line in the loopback's submission."""
    return Mistake(name, "loopback", ((old, new),), step, words)


def in_first_look(name: str, old: str, new: str, step: str, words: str) -> Mistake:
    """A mistake of one line in the first look's submission."""
    return Mistake(name, "first-look", ((old, new),), step, words)


SWITCH = (
    in_bridge("no-master", "ip link set wp2pjl master wangpo", "", "plug", "wp2pjl has no master; plug it into wangpo"),
    in_bridge(
        "other-bridge",
        "ip link set wp2pjl master wangpo",
        "ip link add br0 type bridge; ip link set wp2pjl master br0",
        "plug",
        "wp2pjl is plugged into br0; it belongs in wangpo",
    ),
    in_bridge("bridge-missing", "ip link add wangpo type bridge", "", "wangpo", "wangpo does not exist"),
    in_bridge(
        "bridge-in-other-case",
        "ip link add wangpo type bridge",
        "ip link add Wangpo type bridge",
        "wangpo",
        "the name is Wangpo; it must be wangpo",
    ),
    in_bridge(
        "bridge-one-letter-off",
        "ip link add wangpo type bridge",
        "ip link add wanpo type bridge",
        "wangpo",
        "there is wanpo: one letter off wangpo",
    ),
    in_bridge(
        "bridge-is-a-namespace",
        "ip link add wangpo type bridge",
        "ip netns add wangpo",
        "wangpo",
        "wangpo is a namespace",
    ),
    in_bridge(
        "bridge-in-a-house",
        "ip link add wangpo type bridge",
        "ip -n ximenqing-ns link add wangpo type bridge",
        "wangpo",
        "wangpo is in ximenqing-ns; it belongs in host",
    ),
    in_bridge(
        "bridge-is-a-macvlan",
        "ip link add wangpo type bridge",
        "ip link add v1 type veth; ip link add wangpo link v1 type macvlan mode bridge",
        "wangpo",
        "wangpo is of type macvlan, not bridge",
    ),
    in_bridge("bridge-down", "ip link set wangpo up", "", "up", "wangpo is down"),
    in_bridge("port-down", "ip link set wp2xmq up", "", "up", "wp2xmq is down"),
    in_bridge("both-ports-down", "ip link set wp2pjl up", "ip link set wp2xmq down", "up", "wp2xmq is down"),
    in_bridge(
        "house-plugged-in",
        "ip link set xmq2wp netns ximenqing-ns",
        "ip link set xmq2wp master wangpo",
        "move",
        "xmq2wp is in host; it belongs in ximenqing-ns",
    ),
)

LADDERS = (
    in_bridge(
        "crossed-ladders",
        XMQ_PAIR,
        "ip link add wp2xmq type veth peer name pjl2wp",
        "ladders",
        "the other end of wp2xmq is pjl2wp; it should be xmq2wp",
    ),
    in_bridge(
        "two-separate-pairs",
        XMQ_PAIR,
        "ip link add wp2xmq type veth; ip link add xmq2wp type veth",
        "ladders",
        "the other end of wp2xmq is veth0; it should be xmq2wp",
    ),
    in_bridge(
        "bridges-for-ladders",
        XMQ_PAIR,
        "ip link add wp2xmq type bridge; ip link add xmq2wp type bridge",
        "ladders",
        "wp2xmq is of type bridge, not veth",
    ),
    in_bridge("ladder-missing", PJL_PAIR, "", "ladders", "wp2pjl does not exist"),
    in_bridge(
        "port-in-other-case",
        XMQ_PAIR,
        "ip link add WP2XMQ type veth peer name xmq2wp",
        "ladders",
        "the name is WP2XMQ; it must be wp2xmq",
    ),
    in_bridge(
        "end-one-letter-off",
        PJL_PAIR,
        "ip link add pjl2pw type veth peer name wp2pjl",
        "ladders",
        "the other end of wp2pjl is pjl2pw; it should be pjl2wp",
    ),
    in_bridge(
        "wrong-house",
        "ip link set xmq2wp netns ximenqing-ns",
        "ip link set xmq2wp netns panjinlian-ns",
        "move",
        "xmq2wp is in panjinlian-ns; it belongs in ximenqing-ns",
    ),
    in_bridge(
        "not-moved",
        "ip link set pjl2wp netns panjinlian-ns",
        "",
        "move",
        "pjl2wp is in host; it belongs in panjinlian-ns",
    ),
    in_bridge(
        "port-moved-instead",
        "ip link set xmq2wp netns ximenqing-ns",
        "ip link set wp2xmq netns ximenqing-ns",
        "move",
        "wp2xmq is in ximenqing-ns; it belongs in host",
    ),
    in_bridge(
        "into-a-device",
        "ip link set xmq2wp netns ximenqing-ns",
        "ip link set xmq2wp netns ximenqing",
        "move",
        "xmq2wp is in host; it belongs in ximenqing-ns",
    ),
    Mistake(
        "ladder-past-the-bridge",
        "bridge",
        (
            ("ip link set wp2xmq master wangpo", "ip link add side1 type veth peer name side2"),
            (
                "ip link set wp2pjl master wangpo",
                "ip link set side1 netns ximenqing-ns; ip link set side2 netns panjinlian-ns",
            ),
            (END, f"{SIDE_UP}\n{SIDE_ROUTES}"),
        ),
        "plug",
        "wp2xmq has no master",
    ),
    Mistake(
        "shortcut-beside-the-bridge",
        "bridge",
        (("ip link set wangpo up", f"{SIDE_PAIR}\n{SIDE_UP}\n{SIDE_ROUTES}\nip link set wangpo up"),),
        "up",
        "the answer went through side1, not through wangpo",
    ),
    Mistake(
        "old-ladder-leans",
        "bridge",
        (
            (
                "ip netns add ximenqing-ns",
                "ip netns add ximenqing-ns; ip -n ximenqing-ns link add ximenqing type veth peer name panjinlian",
            ),
        ),
        "old-ladder",
        "ximenqing exists in ximenqing-ns; it must not",
    ),
)

ADDRESSES = (
    in_bridge("no-address", XMQ_ADDRESS, "", "address", "xmq2wp in ximenqing-ns does not have 192.168.188.96/24"),
    in_bridge(
        "network-of-one",
        XMQ_ADDRESS,
        "ip -n ximenqing-ns addr add 192.168.188.96/32 dev xmq2wp",
        "address",
        "xmq2wp has 192.168.188.96/32; it must be 192.168.188.96/24",
    ),
    in_bridge(
        "no-length",
        XMQ_ADDRESS,
        "ip -n ximenqing-ns addr add 192.168.188.96 dev xmq2wp",
        "address",
        "xmq2wp has 192.168.188.96/32; it must be 192.168.188.96/24",
    ),
    in_bridge(
        "sixteen-bits",
        PJL_ADDRESS,
        "ip -n panjinlian-ns addr add 192.168.188.69/16 dev pjl2wp",
        "address",
        "pjl2wp has 192.168.188.69/16; it must be 192.168.188.69/24",
    ),
    in_bridge(
        "other-network",
        PJL_ADDRESS,
        "ip -n panjinlian-ns addr add 192.168.1.69/24 dev pjl2wp",
        "address",
        "pjl2wp in panjinlian-ns has 192.168.1.69/24, not 192.168.188.69/24",
    ),
    in_bridge(
        "on-the-port",
        XMQ_ADDRESS,
        "ip addr add 192.168.188.96/24 dev wp2xmq",
        "address",
        "192.168.188.96/24 is on wp2xmq in host; it belongs on xmq2wp in ximenqing-ns",
    ),
    in_bridge(
        "on-the-bridge",
        PJL_ADDRESS,
        "ip addr add 192.168.188.69/24 dev wangpo",
        "address",
        "192.168.188.69/24 is on wangpo in host; it belongs on pjl2wp in panjinlian-ns",
    ),
    in_bridge(
        "on-lo",
        PJL_ADDRESS,
        "ip -n panjinlian-ns addr add 192.168.188.69/24 dev lo",
        "address",
        "192.168.188.69/24 is on lo in panjinlian-ns; it belongs on pjl2wp in panjinlian-ns",
    ),
    in_bridge(
        "on-both-ends",
        XMQ_ADDRESS,
        f"ip addr add 192.168.188.96/24 dev wp2xmq; {XMQ_ADDRESS}",
        "address",
        "192.168.188.96/24 is on wp2xmq in host as well",
    ),
    in_bridge(
        "host-has-it-too",
        XMQ_ADDRESS,
        f"ip addr add 192.168.188.69/24 dev lo; {XMQ_ADDRESS}",
        "address",
        "192.168.188.69/24 is on lo in host as well",
    ),
    Mistake(
        "swapped",
        "bridge",
        (
            (XMQ_ADDRESS, "ip -n ximenqing-ns addr add dev xmq2wp 192.168.188.69/24"),
            (PJL_ADDRESS, "ip -n panjinlian-ns addr add dev pjl2wp 192.168.188.96/24"),
        ),
        "address",
        "192.168.188.96/24 is on pjl2wp in panjinlian-ns; it belongs on xmq2wp in ximenqing-ns",
    ),
    Mistake(
        "before-the-move",
        "bridge",
        (
            (XMQ_PAIR, f"{XMQ_PAIR}; ip addr add 192.168.188.96/24 dev xmq2wp"),
            (XMQ_ADDRESS, ""),
        ),
        "address",
        "xmq2wp in ximenqing-ns does not have 192.168.188.96/24",
    ),
    Mistake(
        "up-before-the-move",
        "bridge",
        (
            (XMQ_PAIR, f"{XMQ_PAIR}; ip link set xmq2wp up"),
            (XMQ_UP, ""),
        ),
        "up",
        "xmq2wp in ximenqing-ns is down",
    ),
    in_bridge("down-in-the-house", PJL_UP, "", "up", "pjl2wp in panjinlian-ns is down"),
    in_bridge("raised-in-host", PJL_UP, "ip link set pjl2wp up", "up", "pjl2wp in panjinlian-ns is down"),
)

FILTERS = (
    in_bridge(
        "iptables-in-the-house",
        "ip link set wangpo up",
        "ip netns exec panjinlian-ns iptables -A INPUT -p icmp -j DROP; ip link set wangpo up",
        "up",
        "no answer from 192.168.188.69 to ximenqing-ns",
    ),
    in_bridge(
        "arp-off",
        "ip link set wangpo up",
        "ip -n panjinlian-ns link set pjl2wp arp off; ip link set wangpo up",
        "up",
        "no answer from 192.168.188.69 to ximenqing-ns",
    ),
    in_bridge(
        "echoes-ignored",
        "ip link set wangpo up",
        "ip netns exec panjinlian-ns sysctl -w net.ipv4.icmp_echo_ignore_all=1; ip link set wangpo up",
        "up",
        "no answer from 192.168.188.69",
    ),
    in_bridge(
        "blackhole",
        "ip link set wangpo up",
        "ip -n ximenqing-ns route add blackhole 192.168.188.69; ip link set wangpo up",
        "up",
        "no answer from 192.168.188.69: the route to 192.168.188.69 in ximenqing-ns is of type blackhole",
    ),
    in_bridge(
        "wrong-neighbour",
        "ip link set wangpo up",
        "ip -n ximenqing-ns neigh add 192.168.188.69 lladdr 02:00:00:00:00:07 dev xmq2wp; ip link set wangpo up",
        "up",
        "take it back with `ip -n ximenqing-ns neigh del 192.168.188.69 dev xmq2wp`",
    ),
    in_bridge(
        "isolated-ports",
        "ip link set wangpo up",
        "bridge link set dev wp2xmq isolated on; bridge link set dev wp2pjl isolated on; ip link set wangpo up",
        "up",
        "no answer from 192.168.188.69",
    ),
)

SHELLS = (
    in_bridge(
        "exec-forgotten", XMQ_UP, "ip netns ximenqing-ns ip link set xmq2wp up", "up", "xmq2wp in ximenqing-ns is down"
    ),
    in_bridge(
        "device-for-namespace",
        XMQ_ADDRESS,
        "ip netns exec ximenqing ip addr add 192.168.188.96/24 dev xmq2wp",
        "address",
        "xmq2wp in ximenqing-ns does not have 192.168.188.96/24",
    ),
    in_bridge(
        "errexit",
        "ip link add wangpo type bridge",
        "set -e; ip link add wangpo type bridge; ip link show nix",
        "ladders",
        "wp2xmq does not exist",
    ),
    in_bridge("exit-too-early", "ip link set wangpo up", "exit", "up", "wangpo is down"),
    in_bridge("exec-into-nothing", "ip link set wangpo up", "exec ip link set wangpo up", "up", "wp2xmq is down"),
    in_bridge(
        "never-came-out",
        XMQ_PAIR,
        f"ip netns exec ximenqing-ns bash\n{XMQ_PAIR}",
        "ladders",
        "wp2xmq is in ximenqing-ns; it belongs in host",
    ),
    in_bridge(
        "unclosed-quote", "ip link set wangpo up", "echo 'never closed; ip link set wangpo up", "up", "wangpo is down"
    ),
    in_bridge("half-a-loop", "ip link set wangpo up", "for i in 1; do ip link set wangpo up", "up", "wangpo is down"),
    in_bridge("only-echoed", "ip link set wangpo up", "echo ip link set wangpo up", "up", "wangpo is down"),
    in_bridge("commented-out", "ip link set wangpo up", "# ip link set wangpo up", "up", "wangpo is down"),
    in_bridge(
        "in-the-wrong-world", "ip link set wangpo up", "ip -n ximenqing-ns link set wangpo up", "up", "wangpo is down"
    ),
    in_bridge(
        "namespace-from-inside",
        "ip netns add panjinlian-ns",
        "ip netns exec ximenqing-ns bash\nip netns add panjinlian-ns\nexit",
        "houses",
        "panjinlian-ns was added inside an `ip netns exec` shell",
    ),
    in_bridge(
        "namespace-in-other-case",
        "ip netns add panjinlian-ns",
        "ip netns add PanJinLian-ns",
        "houses",
        "the name is PanJinLian-ns; it must be panjinlian-ns",
    ),
    in_bridge(
        "underscore",
        "ip netns add ximenqing-ns",
        "ip netns add ximenqing_ns",
        "houses",
        "there is ximenqing_ns: one letter off ximenqing-ns",
    ),
)

VETH = (
    in_veth("one-house", "ip netns add panjinlian-ns", "", "houses", "panjinlian-ns does not exist"),
    in_veth(
        "no-ladder", "ip link add ximenqing type veth peer name panjinlian", "", "pair", "ximenqing does not exist"
    ),
    in_veth(
        "two-ladders",
        "ip link add ximenqing type veth peer name panjinlian",
        "ip link add ximenqing type veth; ip link add panjinlian type veth",
        "pair",
        "the other end of ximenqing is veth0; it should be panjinlian",
    ),
    in_veth(
        "misspelt-half",
        "ip link add ximenqing type veth peer name panjinlian",
        "ip link add ximenqing type veth peer name panjinlan",
        "pair",
        "the other end of ximenqing is panjinlan; it should be panjinlian",
    ),
    in_veth(
        "device-for-namespace",
        "ip link set ximenqing netns ximenqing-ns",
        "ip link set ximenqing netns ximenqing",
        "move",
        "ximenqing is a device, ximenqing-ns the namespace",
    ),
    in_veth(
        "one-not-moved",
        "ip link set panjinlian netns panjinlian-ns",
        "",
        "move",
        "panjinlian is in host; it belongs in panjinlian-ns",
    ),
    in_veth(
        "both-in-one-house",
        "ip link set panjinlian netns panjinlian-ns",
        "ip link set panjinlian netns ximenqing-ns",
        "move",
        "panjinlian is in ximenqing-ns; it belongs in panjinlian-ns",
    ),
    in_veth(
        "network-of-one",
        "ip -n panjinlian-ns addr add 192.168.188.69/24 dev panjinlian",
        "ip -n panjinlian-ns addr add 192.168.188.69 dev panjinlian",
        "address",
        "panjinlian has 192.168.188.69/32; it must be 192.168.188.69/24",
    ),
    in_veth(
        "the-document-s-slip",
        "ip -n panjinlian-ns link set panjinlian up",
        "ip netns exec panjinlian-ns ip link set ximenqing up",
        "both",
        "panjinlian in panjinlian-ns is down",
    ),
    in_veth(
        "lo-instead",
        "ip -n panjinlian-ns link set panjinlian up",
        "ip -n panjinlian-ns link set lo up",
        "both",
        "panjinlian in panjinlian-ns is down",
    ),
    in_veth(
        "first-half-down", "ip -n ximenqing-ns link set ximenqing up", "", "one", "ximenqing in ximenqing-ns is down"
    ),
)

LOOPBACK = (
    in_loopback("no-eden", "ip netns add eden", "", "eden", "eden does not exist"),
    in_loopback("eden-stays", "ip netns del eden", "", "eden-gone", "eden still exists"),
    in_loopback(
        "eden-capital", "ip netns add eden", "ip netns add Eden; ip netns del Eden", "eden", "eden does not exist"
    ),
    in_loopback(
        "greenland-capital",
        "ip netns add greenland",
        "ip netns add Greenland",
        "greenland",
        "the name is Greenland; it must be greenland",
    ),
    in_loopback("lo-of-host", "ip -n greenland link set lo up", "ip link set lo up", "up", "lo in greenland is down"),
    in_loopback(
        "lo-in-another-house",
        "ip -n greenland link set lo up",
        "ip netns add iceland; ip -n iceland link set lo up",
        "up",
        "lo in greenland is down; lo was set up in iceland",
    ),
    in_loopback(
        "lo-down-again",
        "ip -n greenland link set lo up",
        "ip -n greenland link set lo address 0:0:0:0:0:0",
        "up",
        "lo in greenland is down",
    ),
    in_loopback(
        "lo-without-address",
        "ip -n greenland link set lo up",
        "ip -n greenland -b - <<E\nlink set lo up\naddr del 127.0.0.1/8 dev lo\nE",
        "up",
        "no answer from 127.8.8.8",
    ),
)

SECOND = "ip addr add 192.0.2.20/24 dev eth0"
DEFAULT = "ip route add default via 192.0.2.1"

FIRST_LOOK = (
    in_first_look("no-second-address", SECOND, "", "second", "eth0 has 192.0.2.10/24, not 192.0.2.20/24"),
    in_first_look(
        "network-of-one",
        SECOND,
        "ip addr add 192.0.2.20 dev eth0",
        "second",
        "eth0 has 192.0.2.20/32; it must be 192.0.2.20/24",
    ),
    in_first_look(
        "on-the-loopback",
        SECOND,
        "ip addr add 192.0.2.20/24 dev lo",
        "second",
        "192.0.2.20/24 is on lo in host; it belongs on eth0 in host",
    ),
    in_first_look(
        "first-address-lost",
        SECOND,
        f"ip addr flush dev eth0; {SECOND}",
        "second",
        "eth0 has 192.0.2.20/24, not 192.0.2.10/24",
    ),
    in_first_look("lo-unplugged", "ip link set eth0 down", "ip link set lo down", "down", "eth0 is up"),
    in_first_look("never-unplugged", "ip link set eth0 down", "", "down", "eth0 is up"),
    in_first_look("left-unplugged", "ip link set eth0 up", "", "back", "eth0 is down"),
    in_first_look("no-way-out", DEFAULT, "", "back", "host has no route default"),
    in_first_look("gateway-is-nobody", DEFAULT, "ip route add default via 192.0.2.7", "back", "192.0.2.7"),
    in_first_look("gateway-is-myself", DEFAULT, "ip route add default via 192.0.2.10", "back", "default"),
    in_first_look(
        "answers-thrown-away",
        DEFAULT,
        f"iptables -P INPUT DROP; iptables -F INPUT; {DEFAULT}",
        "back",
        "no answer from 192.0.2.1",
    ),
)

MISTAKES = (*SWITCH, *LADDERS, *ADDRESSES, *FILTERS, *SHELLS, *VETH, *LOOPBACK, *FIRST_LOOK)

UNDONE = {
    "all-undone": "ip -all netns delete; ip link del wangpo",
    "unplugged": "ip link set wp2xmq nomaster",
    "bridge-lowered": "ip link set wangpo down",
    "address-gone": "ip -n ximenqing-ns addr flush dev xmq2wp",
    "filtered": "iptables -A FORWARD -j DROP; ip netns exec panjinlian-ns iptables -A INPUT -j DROP",
}
"""What may be typed once everything was right."""
