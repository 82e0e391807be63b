"""The coach on what the tools of this machine really print, in worlds that are made for one line each."""

from __future__ import annotations

import pytest
from coach_lab import attempt

from nstutor.coach.explain import explain

HOUSES = "ip netns add greenland; ip netns add ximenqing-ns; ip netns add panjinlian-ns"
CARVED = f"{HOUSES}; ip link add ximenqing type veth peer name panjinlian"
LADDER = f"{CARVED}; ip link set ximenqing netns ximenqing-ns; ip link set panjinlian netns panjinlian-ns"
SET = f"""{LADDER}
ip -n ximenqing-ns addr add dev ximenqing 192.168.188.96/24
ip -n panjinlian-ns addr add dev panjinlian 192.168.188.69/24"""
UP = f"{SET}; ip -n ximenqing-ns link set ximenqing up; ip -n panjinlian-ns link set panjinlian up"
BRIDGE = f"""{HOUSES}; ip link add wangpo type bridge
ip link add wp2xmq type veth peer name xmq2wp; ip link add pjl2wp type veth peer name wp2pjl
ip link set xmq2wp netns ximenqing-ns; ip link set pjl2wp netns panjinlian-ns
ip link set wp2xmq master wangpo; ip link set wp2pjl master wangpo
ip -n ximenqing-ns addr add dev xmq2wp 192.168.188.96/24; ip -n panjinlian-ns addr add dev pjl2wp 192.168.188.69/24
for dev in wangpo wp2xmq wp2pjl; do ip link set $dev up; done
ip -n ximenqing-ns link set xmq2wp up; ip -n panjinlian-ns link set pjl2wp up
"""
DEAD = f"{HOUSES}; ip netns exec greenland ip netns add inner"
PING = "ip netns exec ximenqing-ns ping -c1 -W0.2 192.168.188.69"


@pytest.mark.parametrize(
    ("setup", "line", "text"),
    [
        # the slips of the seed document
        (LADDER, "ip netns exec ximenqing ip link", "ximenqing is a device (in ximenqing-ns). The namespace is called"),
        (BRIDGE, "ip netns ximenqing-ns ping -c 3 192.168.188.69", "`exec` is missing before ximenqing-ns."),
        (
            LADDER,
            "ip netns exec panjinlian-ns ip link set ximenqing up",
            "ximenqing is in ximenqing-ns, not in panjinlian",
        ),
        (CARVED, "ip ls", "`ip ls` does not say of what"),
        (CARVED, "ip link //look", "bash knows no // remarks"),
        # names
        (CARVED, "ip link set ximenqing netns ximenqing", "ximenqing is a device (in host). The namespace is called"),
        (HOUSES, "ip netns exec Greenland bash", "Letter case counts: greenland."),
        (HOUSES, "nsenter --net=/run/netns/grenland ip a", "One letter off: greenland."),
        (HOUSES, "ip netns add greenland", "greenland is there already"),
        (HOUSES, "ip netns del eden", "There are greenland, panjinlian-ns and ximenqing-ns."),
        (HOUSES, "ip netns exec ping -c1 127.0.0.1", "Before ping comes the name of the namespace"),
        (DEAD, "ip netns exec inner ip a", "inner was made inside an `ip netns exec` shell"),
        (DEAD, "nsenter --net=/run/netns/inner ip a", "inner was made inside an `ip netns exec` shell"),
        (DEAD, "ip netns add inner", "inner was made inside an `ip netns exec` shell"),
        (DEAD, "ip netns ls", "inner was made inside an `ip netns exec` shell"),
        (BRIDGE, "ip link set wp2pjl master wangpoo", "host has no device wangpoo. One letter off: wangpo."),
        (BRIDGE, "bridge link set dev wp2pj state 3", "host has no device wp2pj. One letter off: wp2pjl."),
        (BRIDGE, "ip -n ximenqing-ns link set xmq2wp master wangpo", "wangpo is in host: a port and its bridge"),
        (BRIDGE, "ping -I xmq2wp -c1 127.0.0.1", "xmq2wp is in ximenqing-ns, not in host."),
        (HOUSES, "ip addr show greenland", "greenland is a namespace, not a device."),
        (HOUSES, "ip link add averyveryverylongname type bridge", "A device's name has at most 15 bytes"),
        (HOUSES, "ip link add va type veth peer name averyveryverylongname", "A device's name has at most 15 bytes"),
        (HOUSES, "ip link add a/b type bridge", "A device's name may not contain a slash."),
        (HOUSES, "ip link add 'a b' type bridge", "A device's name may not contain a space."),
        (HOUSES, "ip netns add a/b", "A namespace is a file in /run/netns"),
        # words
        (HOUSES, "ip lnk", "One letter off: link."),
        (HOUSES, "bridge lnk", "One letter off: link."),
        (HOUSES, "ip set link lo up", "First the object, then the verb"),
        (HOUSES, "ip link up lo", "`set` and the device come before up."),
        (HOUSES, "ip link lo up", "`set` is missing before lo."),
        (HOUSES, "ip link sett lo up", "One letter off: set."),
        (BRIDGE, "ip link set wp2pjl mastr wangpo", "One letter off: master."),
        (HOUSES, "ip link add wangpo", "A new device needs a type"),
        (HOUSES, "ip link add wangpo bridge", "`type` is missing before bridge"),
        (HOUSES, "ip link add wangpo type bridg", "One letter off: bridge."),
        (HOUSES, "ip link add a type veth peer name b", "ip reads `a` as its own word `address`"),
        (HOUSES, "ip link add va type veth peer b name c", "ip reads `b` as its own word `broadcast`"),
        (HOUSES, "ip link add va type veth peer name", "Something must follow `name`."),
        (HOUSES, "ip link add va type veth pair name b", "Behind `type veth` comes `peer name OTHER`."),
        (HOUSES, "ip link add va type veth peer vb name vc", "Behind `peer` comes `name`"),
        (HOUSES, "ip netns exec greenland", "What should run there?"),
        (HOUSES, "ip netns exec greenland addr", "`ip` is missing before addr"),
        # what the kernel answers
        (CARVED, "ip link add ximenqing type veth peer name x", "host has ximenqing already: it is a veth whose other"),
        (CARVED, "ip link add x type veth peer name panjinlian", "host has panjinlian already"),
        (HOUSES, "ip link add x type veth peer name x", "Both ends are called x"),
        (BRIDGE, "ip link add wangpo type bridge", "host has wangpo already: it is a bridge."),
        (
            BRIDGE,
            "ip link set wp2pjl master wp2xmq",
            "wp2xmq is a veth whose other end is xmq2wp in ximenqing-ns: only",
        ),
        (BRIDGE, "ip link set wangpo netns greenland", "wangpo is a bridge, and a bridge stays"),
        (HOUSES, "ip link set lo netns greenland", "lo cannot move: each namespace has its own."),
        (HOUSES, "ip link del lo", "lo belongs to its namespace"),
        # addresses and routes
        (BRIDGE, "ip addr add 192.168.1.5 dev wangpo", "Without a prefix length it became 192.168.1.5/32"),
        (BRIDGE, "ip addr add 192.168.1.5/33 dev wangpo", "Behind the slash stands one number, 0 to 32"),
        (
            BRIDGE,
            "ip addr add 192.168.1.500/24 dev wangpo",
            "Each of an address's four numbers is at most 255, not 500",
        ),
        (BRIDGE, "ip addr add 192.168.1.5/24 wangpo", "`dev` is missing before wangpo."),
        (BRIDGE, "ip addr add wangpo 192.168.1.5/24", "`dev` is missing before wangpo."),
        (BRIDGE, "ip addr add 192.168.1.5 /24 dev wangpo", "No space before /24"),
        (BRIDGE, "ip addr add 192.168.1.5/24", "Which device?"),
        (
            BRIDGE,
            "ip -n ximenqing-ns addr add 192.168.188.96/24 dev xmq2wp",
            "xmq2wp in ximenqing-ns has 192.168.188.96/24",
        ),
        (
            BRIDGE,
            "ip -n ximenqing-ns addr del 192.168.188.69/24 dev xmq2wp",
            "192.168.188.69/24 is on pjl2wp in panjinlian",
        ),
        (BRIDGE, "ip -n ximenqing-ns route add default via 10.1.1.1", "10.1.1.1 is in no network of ximenqing-ns"),
        (BRIDGE, "ip route add 10.1.1.5/24 dev wangpo", "10.1.1.5/24 is one host; its network is 10.1.1.0/24."),
        (
            f"{BRIDGE} ip link set wangpo down",
            "ip route add 10.1.1.0/24 dev wangpo",
            "wangpo is down; a route needs it up",
        ),
        (
            f"{BRIDGE} ip route add 10.1.1.0/24 dev wangpo",
            "ip route add 10.1.1.0/24 dev wangpo",
            "host has a route to 10.1",
        ),
        # an echo that does not come back
        (HOUSES, "ip netns exec greenland ping -c1 127.0.0.1", "lo is down in greenland."),
        (LADDER, PING, "ximenqing-ns has no address of its own"),
        (SET, PING, "ximenqing in ximenqing-ns has 192.168.188.96/24 but is down."),
        (UP, "ping -c1 -W0.2 192.168.188.69", "host has no address of its own; 192.168.188.69 is on panjinlian"),
        (UP, PING.replace("188.69", "188.96"), "192.168.188.96 is ximenqing-ns's own address: the way to it is lo"),
        (UP, PING.replace("188.69", "188.70"), "No device of the lab has 192.168.188.70."),
        (
            UP.replace("panjinlian 192.168.188.69/24", "panjinlian 192.168.188.69/32"),
            PING,
            "The answer finds no way back",
        ),
        (
            UP.replace("ximenqing 192.168.188.96/24", "ximenqing 192.168.188.96/32"),
            PING,
            "ximenqing has 192.168.188.96/32: a",
        ),
        (
            f"{UP}; ip -n panjinlian-ns link set panjinlian down",
            PING,
            "ximenqing has no carrier: its other end, panjinlian in",
        ),
        (f"{BRIDGE} ip link set wp2pjl nomaster", PING, "wp2pjl in host has no master; wp2xmq is plugged into wangpo."),
        (f"{BRIDGE} ip link set wangpo down", PING, "The bridge wangpo is down."),
        (f"{BRIDGE} ip link set wp2pjl down", PING, "wp2pjl in host is down."),
        (
            f"{BRIDGE} ip link add b2 up type bridge; ip link set wp2pjl master b2",
            PING,
            "wp2xmq is plugged into wangpo, but",
        ),
        (UP, "ping -c1 panjinlian-ns", "panjinlian-ns is a namespace; ping wants an address: 192.168.188.69."),
        (UP, "ping -c 192.168.188.69", "-c wants a number of echoes"),
        (UP, "ping -c1 192.168.188.69/24", "Whom to ask is an address without a prefix length."),
        # typing
        (HOUSES, "ip　netns　add　eden", "At column 3 stands a full-width space (U+3000)"),
        (HOUSES, "ip netns add eden　", "At column 18 stands a full-width space (U+3000)"),
        (HOUSES, "ping –c 3 127.0.0.1", "At column 6 stands a dash of a word processor (U+2013)"),
        (HOUSES, "$ ip netns ls", "The prompt `$` was copied along."),
        (
            HOUSES,
            "greenland> ip link set lo up",
            "The prompt `greenland>` was copied along, and its > left an empty file",
        ),
        (HOUSES, "brigde link", "Two letters are swapped: bridge."),
        (HOUSES, "ipnetns add x", "A space is missing behind ip."),
        (HOUSES, "netns add x", "`ip` is missing before netns."),
        (HOUSES, "link set lo up", "`ip` is missing before link."),
        (HOUSES, "yum install -y traceroute", "The lab has no network to install from"),
        (HOUSES, "help", "That is bash's own help."),
    ],
)
def test_slip_is_explained(setup: str, line: str, text: str) -> None:
    """The tool's real message and the real state give this explanation."""
    tried = attempt(line, setup)
    advice = explain(tried)
    assert advice is not None, tried.output
    assert advice.text.startswith(text), tried.output


@pytest.mark.parametrize(
    ("setup", "line"),
    [
        (UP, PING),
        (BRIDGE, PING),
        (BRIDGE, "ip link; ip addr; ip route; bridge link; bridge fdb"),
        (HOUSES, "ip netns add eden //a remark"),
        (HOUSES, "ip link set lo up; ping -c1 127.8.8.8"),
        (HOUSES, "false"),
        (HOUSES, "ls /nowhere"),
    ],
)
def test_right_command_gets_no_word(setup: str, line: str) -> None:
    """Where nothing went wrong, or nothing is known, the coach is silent."""
    assert explain(attempt(line, setup)) is None


def test_namespace_made_in_an_inner_shell() -> None:
    """`ip netns add` inside an `ip netns exec` shell succeeds, and the file is dead outside."""
    tried = attempt("ip netns add inner", HOUSES, within="greenland")
    advice = explain(tried)
    assert tried.status == 0
    assert advice is not None
    assert advice.text.startswith("inner is usable in this shell only")


def test_corrected_commands_work() -> None:
    """What the coach offers as the line that was meant runs without an error in the same lab."""
    slips = [
        (LADDER, "ip netns exec ximenqing ip link"),
        (LADDER, "ip link set ximenqing up"),
        (CARVED, "ip link set ximenqing netns ximenqing"),
        (BRIDGE, "ip netns ximenqing-ns ping -c1 192.168.188.69"),
        (BRIDGE, "ip addr add wangpo 192.168.1.5/24"),
        (BRIDGE, "ip addr add 192.168.1.5 /24 dev wangpo"),
        (DEAD, "ip netns exec inner ip a"),
        (HOUSES, "ip link up lo"),
        (HOUSES, "ping —c 1 127.0.0.1; ip　link　show　lo"),
    ]
    for setup, line in slips:
        advice = explain(attempt(line, setup))
        assert advice is not None, line
        assert advice.command is not None, line
        again = attempt(advice.command, setup)
        assert again.status == 0, again.output
