"""The right answer to a question is what the kernel says when it is given."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checks_scenes import WANGPO, Net, addr, chain, lo, route, rule

from nstutor.checks.answer import parse_answer, plain, right_answer
from nstutor.errors import LessonError
from nstutor.kernel.model import FdbEntry, Kind, Neighbour
from nstutor.kernel.parts import Listener, Setting
from nstutor.lesson.model import Line, Question

MAC = "02:aa:00:00:00:01"
NET = replace(
    WANGPO,
    links=(*WANGPO.links, lo("greenland", up=True), lo("eden", up=False)),
    addresses=(*WANGPO.addresses, addr("greenland", "lo", "127.0.0.1/8", "host"), addr("greenland", "lo", "::1/128")),
    routes=(
        *WANGPO.routes,
        route("greenland", "0.0.0.0/0", "lo", "127.0.0.1"),
        route("host", "10.0.0.0/8", "lo", "10.0.0.1", table=100),
    ),
    neighbours=(Neighbour("ximenqing-ns", "192.168.188.69", MAC, "xmq2wp", "STALE"),),
    fdb=(FdbEntry("host", MAC, "wp2pjl", "wangpo", permanent=False, vlan=None),),
    rules=(
        rule("host", 50, 100, src="10.0.0.0/24"),
        rule("host", 60, None, src="10.0.0.1/32"),
        rule("host", 32766, 254),
    ),
    listeners=(Listener("eden", "tcp", "127.0.0.1", 80), Listener("eden", "udp", "::", 53)),
    settings={"eden net/ipv4/ip_forward": "1"},
    chains=(chain("host filter FORWARD", "-i lo -j ACCEPT", "-d 127.8.8.8/32 -j DROP", policy="DROP", packets=7),),
)

ANSWERS: dict[str, str | None] = {
    "link lo netns greenland operstate": "UNKNOWN",
    "link lo netns greenland up": "up",
    "link lo netns eden up": "down",
    "link lo netns eden carrier": "off",
    "link lo netns greenland mtu": "65536",
    "link wp2xmq master": "wangpo",
    "link wangpo master": "none",
    "link wp2xmq peer": "xmq2wp",
    "link wp2xmq peernetns": "ximenqing-ns",
    "link wp2xmq port": "forwarding",
    "link nothing up": None,
    "link lo netns nowhere up": None,
    "addr inet dev lo netns greenland local": "127.0.0.1/8",
    "addr inet6 netns greenland local": "::1/128",
    "addr inet netns greenland scope": "host",
    "addr inet dev lo netns eden local": None,
    "route default netns greenland via": "127.0.0.1",
    "route 192.168.188.0/24 netns ximenqing-ns dev": "xmq2wp",
    "route 192.168.188.0/24 netns ximenqing-ns via": "none",
    "neigh 192.168.188.69 netns ximenqing-ns lladdr": MAC,
    "neigh 192.168.188.69 netns ximenqing-ns state": "STALE",
    "route default netns greenland metric": "none",
    "route 10.0.0.0/8 table 100 via": "10.0.0.1",
    "route 10.0.0.0/8 via": None,
    "rule from 10.0.0.0/24 lookup": "100",
    "rule from 10.0.0.1 lookup": "none",
    "rule from 10.0.0.2 lookup": None,
    "rule priority 32766 lookup": "main",
    "rule from 10.0.0.0/24 netns host priority": "50",
    "listen 80 netns eden proto": "tcp",
    "listen 53 netns eden local": "::",
    "listen 53 netns eden proto tcp local": None,
    "listen 80 proto": None,
    "sysctl net.ipv4.ip_forward netns eden value": "1",
    "sysctl net.ipv4.ip_forward value": "0",
    "sysctl net.ipv4.ip_forwrd value": None,
    "netfilter filter FORWARD policy": "DROP",
    "netfilter filter FORWARD packets": "7",
    "netfilter filter FORWARD netns eden policy": "ACCEPT",
    "netfilter filter FORWARD -i lo target": "ACCEPT",
    "netfilter filter FORWARD -d 127.8.8.8 packets": "7",
    "netfilter filter FORWARD -d 127.8.8.8 -j DROP policy": "DROP",
    "netfilter filter FORWARD -d 127.9.9.9 packets": None,
    f"fdb {MAC} dev": "wp2pjl",
    f"fdb {MAC} master wangpo dev": "wp2pjl",
    f"fdb {MAC} master other dev": None,
}


@pytest.mark.parametrize(("expression", "right"), ANSWERS.items())
def test_an_expression_is_read_from_the_snapshot(expression: str, right: str | None) -> None:
    """`none` is what is not set; what is not there has no answer."""
    assert parse_answer(Line(expression, 1), "a.md").read(NET.snapshot()) == right


@pytest.mark.parametrize(
    ("expression", "given", "right"),
    [
        ("link lo netns greenland operstate", "UNKNOWN", True),
        ("link lo netns greenland operstate", " unknown. ", True),
        ("link lo netns greenland operstate", "`UNKNOWN`", True),
        ("link lo netns greenland operstate", "`UNKNOWN`.", True),
        ("link lo netns greenland operstate", '"unknown."', True),
        ("link lo netns greenland operstate", "UP", False),
        ("link lo netns greenland operstate", "", False),
        ("link lo netns eden carrier", "no", True),
        ("link lo netns eden carrier", "yes", False),
        ("link lo netns greenland carrier", "yes", True),
        ("addr inet dev lo netns greenland local", "127.0.0.1", True),
        ("addr inet dev lo netns greenland local", "127.0.0.1/8", True),
        ("addr inet dev lo netns greenland local", "127.0.0.1/9", False),
        ("addr inet dev lo netns greenland local", "/8", False),
        ("route default netns greenland via", "127.0.0.1", True),
        ("neigh 192.168.188.69 netns ximenqing-ns lladdr", MAC.upper(), True),
        ("link wangpo master", "none", True),
        ("link nothing up", "None", False),
        ("link nothing up", "", False),
    ],
)
def test_what_does_not_matter_in_an_answer_is_let_pass(expression: str, given: str, right: bool) -> None:
    """Letter case, blanks, quotes, a full stop, the length of a prefix; nothing is right where there is no answer."""
    question = Question("?", (), Line(expression, 1), None, 1)
    assert right_answer(question, given, NET.snapshot()) is right


def test_the_answer_is_of_the_moment() -> None:
    """The same question gets another right answer when the network is another one."""
    question = Question("?", (), Line("link wp2xmq master", 1), None, 1)
    assert right_answer(question, "wangpo", NET.snapshot())
    unplugged = NET.but("wp2xmq", master=None).snapshot()
    assert not right_answer(question, "wangpo", unplugged)
    assert right_answer(question, "none", unplugged)


def test_a_fixed_answer_needs_no_network() -> None:
    """Its words are compared."""
    question = Question("?", (), None, "Wang Po", 1)
    assert right_answer(question, "  wang   po ", Net(()).snapshot())
    assert not right_answer(question, "wangpo", Net(()).snapshot())


def test_plain_leaves_what_matters() -> None:
    """Inner quotes, dots and the rest of the words."""
    assert plain("192.168.188.96") == "192.168.188.96"
    assert plain("Pan's HOUSE") == "pan's house"


@pytest.mark.parametrize(
    ("expression", "needs"),
    [
        ("link lo up", frozenset()),
        ("route default via", {Kind.ROUTES}),
        ("neigh 192.0.2.1 lladdr", {Kind.NEIGHBOURS}),
        (f"fdb {MAC} dev", {Kind.FDB}),
        ("route default table 100 via", {Kind.TABLES}),
        ("rule priority 0 lookup", {Kind.RULES}),
        ("listen 80 proto", {Kind.LISTENERS}),
        ("sysctl net.ipv4.ip_forward value", {Setting("net/ipv4/ip_forward")}),
        ("netfilter filter INPUT policy", {Kind.NETFILTER, Kind.COUNTERS}),
    ],
)
def test_only_what_a_question_is_about_is_read(expression: str, needs: frozenset[object]) -> None:
    """Of the kernel."""
    assert parse_answer(Line(expression, 1), "a.md").needs == needs


@pytest.mark.parametrize(
    ("expression", "column", "message"),
    [
        ("lnk lo up", 1, "nothing can be asked of `lnk`; did you mean `link`?"),
        ("link lo operstat", 9, "the last word says which value is asked for; did you mean `operstate`?"),
        ("link lo netns", 9, "the last word says which value is asked for"),
        ("link lo colour red up", 9, "unknown keyword `colour`"),
        ("addr inet5 local", 6, "`inet5` is not `inet` or `inet6`"),
        ("link", 5, "expected a subject"),
        ("sysctl ip_forward value", 8, "is no setting"),
        ("sysctl net.ipv4.ip_forward 1 value", 28, "unknown keyword `1`"),
        ("rule from x lookup", 11, "is not a prefix"),
        ("rule", 5, "the last word says which value is asked for; there are: lookup, priority"),
        ("netfilter filter", 17, "expected a subject"),
        ("netfilter nat FORWARD policy", 15, "table nat has no chain FORWARD"),
        ("netfilter nat PREROUTING -j", 26, "the last word says which value is asked for"),
        ("netfilter nat PREROUTING drop target", 26, "expected an option"),
    ],
)
def test_a_wrong_expression_is_a_located_fault(expression: str, column: int, message: str) -> None:
    """With what was meant, where that is near."""
    with pytest.raises(LessonError) as caught:
        parse_answer(Line(expression, 7), "a.md")
    (fault,) = caught.value.faults
    assert (fault.line, fault.path) == (7, "a.md")
    assert message in fault.message
    assert fault.column == column
