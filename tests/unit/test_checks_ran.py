"""Which command lines mean the same, and what a `ran` check says when none did."""

from __future__ import annotations

import pytest
from checks_scenes import WANGPO, Net, check, judge, ran, veth

from nstutor.checks.base import Status
from nstutor.cmdline.understand import understand

SAME: list[tuple[str, str]] = [
    ("ip link", "ip link show"),
    ("ip link", "ip l"),
    ("ip link", "ip l sh"),
    ("ip link", "/sbin/ip -br -c=always link list"),
    ("ip link", "ip -d -s link ls lo"),
    ("ip addr", "ip a s dev lo"),
    ("ip addr show", "ip -4 -j a"),
    ("ip route", "ip ro"),
    ("ip route", "ip r s"),
    ("ip neigh", "ip n show dev xmq2wp"),
    ("ip neigh", "ip neighbour"),
    ("ip netns ls", "ip netns list"),
    ("ip netns ls", "ip netns"),
    ("ip netns ls", "ip net show"),
    ("ip netns delete eden", "ip netns del eden"),
    ("ip netns delete eden", "ip -force netns d eden"),
    ("ip link set lo up", "ip l s dev lo up"),
    ("ip link set lo up", "ip link set up lo"),
    ("ip link set lo up", "ip link change lo up"),
    ("ip link set wp2xmq master wangpo", "ip link set master wangpo dev wp2xmq"),
    ("ip addr add 10.0.0.1/24 dev b", "ip addr add dev b local 10.0.0.1/24"),
    ("ip link add a type veth peer name b", "ip link add name a type veth peer b"),
    ("bridge link", "bridge -d link show"),
    ("bridge fdb show", "bridge fdb show br wangpo"),
    ("bridge fdb", "bridge f"),
    ("ip netns exec greenland bash", "ip netns exec greenland bash -norc"),
    ("ip monitor", "ip mon all"),
    ("ping 127.0.0.1", "ping -c 3 127.0.0.1"),
    ("ping 127.0.0.1", "/usr/bin/ping -c3 -W 1 -q 127.0.0.1"),
    ("ping 127.0.0.1", "ping 127.0.0.1 -c 1"),
    ("ping -c 3 127.0.0.1", "ping -W1 -c3 127.0.0.1"),
    ("iptables -t nat -L", "iptables -nvL -t nat"),
    ("route", "route -n"),
    ("route -n", "route -ne"),
    ("ifconfig", "ifconfig -a"),
    ("bash", "-bash"),
    ("bash", "bash -rcfile /dev/fd/63"),
    ("traceroute 127.0.0.1", "traceroute -n -m 3 127.0.0.1"),
    ("sysctl net.ipv4.ip_forward", "sysctl net.ipv4.ip_forward"),
]

DIFFERENT: list[tuple[str, str]] = [
    ("ip link", "ip link set lo up"),
    ("ip link", "ip addr"),
    ("ip link", "ip"),
    ("ip link", "bridge link"),
    ("ip link show lo", "ip link show eth0"),
    ("ip link show lo", "ip link"),
    ("ip netns ls", "ip netns add eden"),
    ("ip netns add eden", "ip netns add Eden"),
    ("ip link add a type veth peer name b", "ip link add b type veth peer name a"),
    ("ip link set wp2xmq master wangpo", "ip link set wangpo master wp2xmq"),
    ("ip netns exec greenland bash", "ip netns exec bash greenland"),
    ("ping 127.0.0.1", "ping 127.0.0.2"),
    ("ping 3", "ping -c 3 127.0.0.1"),
    ("ping -c 3 127.0.0.1", "ping -c 4 127.0.0.1"),
    ("ping 127.0.0.1", "echo ping 127.0.0.1"),
    ("route -n", "route"),
    ("iptables -t nat -L", "iptables -L"),
    ("bash", "dash"),
]

HOUSES = Net(veth("ximenqing-ns/ximenqing", "panjinlian-ns/panjinlian"))
XIMENQING, PANJINLIAN = 1, 2
PING = "ran netns ximenqing-ns -- ping 192.168.188.69"


@pytest.mark.parametrize(("wanted", "typed"), SAME)
def test_another_spelling_counts(wanted: str, typed: str) -> None:
    """Abbreviations, options and the order of pairs aside, the two are one command."""
    assert judge(f"ran -- {wanted}", WANGPO, executions=ran(typed)).passed


@pytest.mark.parametrize(("wanted", "typed"), DIFFERENT)
def test_another_command_does_not_count(wanted: str, typed: str) -> None:
    """A command that means something else, or asks for more than was run, does not count."""
    assert judge(f"ran -- {wanted}", WANGPO, executions=ran(typed)).status is Status.FAILED


def test_tables_have_rows() -> None:
    """The tables hold what they are meant to hold."""
    assert len(SAME) > 30
    assert len(DIFFERENT) > 10


@pytest.mark.parametrize("typed", ["ip -n ximenqing-ns link", "ip -netns ximenqing-ns -br l"])
def test_dash_n_acts_in_the_namespace_that_it_names(typed: str) -> None:
    """`ip -n NS` looks at NS although the program stands in host."""
    assert judge("ran netns ximenqing-ns -- ip link", HOUSES, executions=ran(typed)).passed
    assert not judge("ran netns host -- ip link", HOUSES, executions=ran(typed)).passed
    assert judge("ran -- ip -n ximenqing-ns link", HOUSES, executions=ran("ip link", netns=XIMENQING)).passed


def test_without_netns_it_counts_anywhere() -> None:
    """Looking has no place of its own: `netns` left out is not host."""
    assert judge("ran -- ip link", HOUSES, executions=ran("ip link", netns=PANJINLIAN)).passed
    assert judge("ran netns any -- ip link", HOUSES, executions=ran("ip link", netns=PANJINLIAN)).passed


def test_it_is_about_looking() -> None:
    """A `ran` check says so, and no other does."""
    assert check("ran -- ip link").looks
    assert not check("netns greenland").looks


NEAR: list[tuple[str, tuple[str, ...], int, int | None, str]] = [
    (PING, (), 0, 0, "you have not run `ping 192.168.188.69` in ximenqing-ns yet"),
    ("ran -- ip netns ls", (), 0, 0, "you have not run `ip netns ls` yet"),
    (PING, ("ping -c 1 192.168.188.69",), 0, 0, "ping 192.168.188.69 ran in host; it should run in ximenqing-ns"),
    (
        PING,
        ("ping -c 1 192.168.188.96",),
        XIMENQING,
        0,
        "you pinged 192.168.188.96 from ximenqing-ns; it should be 192.168.188.69",
    ),
    (
        "ran netns ximenqing-ns status 0 -- ping 192.168.188.69",
        ("ping -c 1 192.168.188.69",),
        XIMENQING,
        1,
        "`ping -c 1 192.168.188.69` ended with status 1; it should be 0",
    ),
    (
        "ran status 0 -- ping 192.168.188.69",
        ("ping 192.168.188.69",),
        XIMENQING,
        None,
        "`ping 192.168.188.69` has not ended by itself; its status should be 0",
    ),
    (
        PING,
        ("ip netns ximenqing-ns ping -c 3 192.168.188.69",),
        0,
        255,
        "the word exec is missing: `ip netns exec ximenqing-ns ping -c 3 192.168.188.69`",
    ),
    (
        PING,
        ("ip netns panjinlian-ns ping -c 3 192.168.188.69",),
        0,
        255,
        "you have not run `ping 192.168.188.69` in ximenqing-ns yet",
    ),
    (
        "ran netns ximenqing-ns -- ip link",
        ("ip netns exec ximenqing ip link",),
        0,
        1,
        "ximenqing is a device; the namespace to ask is ximenqing-ns",
    ),
    (
        "ran netns ximenqing-ns -- ip link",
        ("ip netns exec nobody ip link",),
        0,
        1,
        "there is no namespace nobody; the namespace to ask is ximenqing-ns",
    ),
    (
        "ran netns ximenqing-ns -- ip link",
        ("ip -n ximenqing link",),
        0,
        1,
        "ximenqing is a device; the namespace to ask is ximenqing-ns",
    ),
    (
        "ran netns ximenqing-ns -- bridge link",
        ("bridge fdb",),
        XIMENQING,
        0,
        "you have not run `bridge link` in ximenqing-ns yet",
    ),
    (
        "ran -- ping 127.0.0.1",
        ("ping - c 3 127.0.0.1",),
        0,
        2,
        (
            "`ping - c 3 127.0.0.1` ended with status 2, without an answer; it was asked wrongly, or for "
            "what does not exist"
        ),
    ),
    ("ran -- ping 127.0.0.1", ("ping -h 127.0.0.1",), 0, 2, "`ping -h 127.0.0.1` only tells about ping itself"),
    ("ran -- ip link", ("ip -V l",), 0, 0, "`ip -V l` only tells about ip itself"),
    (
        "ran -- ifconfig",
        ("ifconfig eth9",),
        0,
        1,
        "`ifconfig eth9` ended with status 1, without an answer; it was asked wrongly, or for what does not exist",
    ),
    (
        "ran -- arp",
        ("arp -i eth9",),
        0,
        0,
        "`arp -i eth9` has no answer; it was asked wrongly, or for what does not exist",
    ),
    ("not ran -- ip link", ("ip l",), 0, 0, "you ran `ip link`; it should not be run"),
]


@pytest.mark.parametrize(("text", "lines", "netns", "status", "message"), NEAR)
def test_a_near_miss_is_named(text: str, lines: tuple[str, ...], netns: int, status: int | None, message: str) -> None:
    """What was run instead, in the wrong place or with another end is said."""
    verdict = judge(text, HOUSES, executions=ran(*lines, netns=netns, status=status))
    assert (verdict.status, verdict.message) == (Status.FAILED, message)


def test_the_latest_mistake_is_the_one_that_is_named() -> None:
    """Of two near misses the last is told: that is where the learner is."""
    lines = ran(
        "ping 192.168.188.69", "ip netns ximenqing-ns ping 192.168.188.69", "ip netns exec nobody ping 192.168.188.69"
    )
    assert judge(PING, HOUSES, executions=lines).message.startswith("there is no namespace nobody")


def test_a_shell_left_open_is_suspected() -> None:
    """A command that ran where the shell still stands, and should run in host, suggests a forgotten `exit`."""
    lines = ran("ip link", netns=XIMENQING)
    verdict = judge("ran netns host -- ip link", HOUSES, executions=lines, shell="ximenqing-ns")
    assert "forgotten `exit`" in (verdict.advice or "")


@pytest.mark.parametrize("line", ["", "ip -batch file", "ip -b file"])
def test_what_cannot_be_seen_is_not_understood(line: str) -> None:
    """The lines of a batch file are not seen when ip is executed."""
    assert understand(line.split()) is None


@pytest.mark.parametrize("line", ["ip -n", "ip --", "ip -f", "ping -c", "ip link add peer", "ip link set dev", "/"])
def test_half_a_command_is_no_accident(line: str) -> None:
    """Anything that can be executed is understood somehow."""
    assert understand(line.split()) is not None


STILL: list[tuple[str, str, bool]] = [
    ("ping 127.0.0.1", "ping 127.0.0.1", True),
    ("ping localhost", "ping localhost", False),
    ("ping 127.0.0.1", "ping -I eth9 127.0.0.1", False),
    ("tcpdump", "tcpdump -i wangpo", True),
    ("tcpdump", "tcpdump -i eth9", False),
    ("ip link", "ip link", False),
    ("ip monitor", "ip monitor", True),
    ("bash", "bash", True),
    ("nc", "nc -l 80", True),
]
"""What is asked for, what still runs, and whether that is a look already."""


@pytest.mark.parametrize(("wanted", "typed", "counts"), STILL)
def test_what_still_runs(wanted: str, typed: str, counts: bool) -> None:
    """It counts where it goes on by itself and can only be about what exists; ended by a signal, all of them do."""
    (running,) = ran(typed, status=None)
    assert judge(f"ran -- {wanted}", WANGPO, executions=(running._replace(running=True),)).passed == counts
    ended = judge(f"ran -- {wanted}", WANGPO, executions=(running,))
    assert ended.passed == ("eth9" not in typed or "ping" in typed)


def test_another_program_under_its_name() -> None:
    """It is told apart by its file, and said so."""
    (fake,) = ran("ping -c 3 127.0.0.1")
    verdict = judge("ran status 0 -- ping 127.0.0.1", WANGPO, executions=(fake._replace(genuine=False),))
    assert verdict.message == "what ran as `ping -c 3 127.0.0.1` is not the unchanged ping of the system"


def test_a_status_that_is_asked_for() -> None:
    """A lesson may want a failure, and then wants just that."""
    assert judge("ran status 1 -- ip link show eth9", WANGPO, executions=ran("ip link show eth9", status=1)).passed
    assert not judge("ran status 1 -- ip link show eth9", WANGPO, executions=ran("ip link show eth9")).passed
