"""Check lines and answers that are wrong: the column, the words underlined, and what was expected."""

from __future__ import annotations

import pytest
from checks_scenes import WANGPO, check

from nstutor.checks.answer import parse_answer, right_answer
from nstutor.checks.registry import FAMILIES, parse_check
from nstutor.errors import LessonError
from nstutor.kernel.model import Kind
from nstutor.lesson.model import Line, Question

FAULTS: list[tuple[str, int, int, str]] = [
    ("", 1, 1, "expected a check here"),
    ("not", 4, 1, "expected a check here"),
    ("lnk wangpo", 1, 3, "unknown check `lnk`; did you mean `link`?"),
    ("not adr 10.0.0.1/8", 5, 3, "unknown check `adr`; did you mean `addr`?"),
    ("bananas", 1, 7, "unknown check `bananas`; there are: netns, link"),
    ("link", 5, 1, "expected the name of a device here"),
    ("netns", 6, 1, "expected the name of a namespace here"),
    ("netns host", 7, 4, "`host` is a reserved name"),
    ("netns any", 7, 3, "`any` is a reserved name"),
    ("netns a/b", 7, 3, "cannot be the name of a namespace"),
    ("netns a b", 9, 1, "unknown keyword `b`"),
    ("link a-name-of-more-than-15", 6, 22, "15 at most"),
    ("link a/b", 6, 3, "cannot be the name of a device"),
    ("link wangpo tpye bridge", 13, 4, "unknown keyword `tpye`; did you mean `type`?"),
    ("link wangpo type", 17, 1, "expected a value for `type` here"),
    ("link wangpo type brige", 18, 5, "unknown type `brige`; did you mean `bridge`?"),
    ("link wangpo type veth type veth", 23, 4, "`type` is given twice"),
    ("link wangpo up down", 16, 4, "`up` and `down` exclude each other"),
    ("link wangpo down type veth up", 13, 4, "`up` and `down` exclude each other"),
    ("link wangpo carrier yes", 21, 3, "`yes` is no state of the carrier"),
    ("link wangpo peernetns host", 13, 9, "`peernetns` needs `peer DEV`"),
    ("link wangpo peer a peernetns any", 30, 3, "`netns any` does not fit here"),
    ("link wangpo mtu big", 17, 3, "`big` is no mtu"),
    ("link wangpo mtu 12", 17, 2, "from 68 to 65535"),
    ("link wangpo address 1:2:3", 21, 5, "is no MAC address"),
    ("link wangpo operstate DWN", 23, 3, "`DWN` is no operstate; did you mean `DOWN`?"),
    ("link wangpo port forwading", 18, 9, "did you mean `forwarding`?"),
    ("addr", 5, 1, "expected an address, `inet` or `inet6` here"),
    ("addr ient", 6, 4, "unknown family `ient`; did you mean `inet`?"),
    ("addr 192.168.188.960/24", 6, 18, "is not an address; write 192.168.188.96/24"),
    ("addr 10.0.0.1/24 on wangpo", 18, 2, "unknown keyword `on`"),
    ("addr 10.0.0.1/24 scope world", 24, 5, "`world` is no scope"),
    ("route 192.168.188.96/24", 7, 17, "has bits set behind its prefix; write 192.168.188.0/24"),
    ("route defautl", 7, 7, "is not a prefix"),
    ("route default via me", 19, 2, "is not an address"),
    ("neigh nobody", 7, 6, "is not an address"),
    ("neigh 10.0.0.1 state HAPPY", 22, 5, "is no state of a neighbour"),
    ("fdb host/b", 11, 1, "expected `dev PORT` here"),
    ("ping wangpo", 6, 6, "is not an address"),
    ("ping 10.0.0.1 netns any", 21, 3, "`netns any` does not fit here"),
    ("ping 10.0.0.1/24", 6, 11, "is not an address"),
    ("connect 10.0.0.1", 17, 1, "expected a port here"),
    ("connect web 80", 9, 3, "is not an address"),
    ("connect 10.0.0.1 http", 18, 4, "`http` is no port; it is a number from 1 to 65535"),
    ("connect 10.0.0.1 80 proto udp", 21, 5, "unknown keyword `proto`"),
    ("listen", 7, 1, "expected a port here"),
    ("listen 65536", 8, 5, "`65536` is no port"),
    ("listen 80 proto tpc", 17, 3, "`tpc` is no protocol; did you mean `tcp`?"),
    ("listen 80 on 10.0.0.1", 11, 2, "unknown keyword `on`"),
    ("listen 80 local 10.0.0.0/8", 17, 10, "is not an address"),
    ("sysctl ip_forward 1", 8, 10, "`ip_forward` is no setting; write net.ipv4.ip_forward"),
    ("sysctl kernel.hostname x", 8, 15, "namespaces have settings of their own only below net"),
    ("sysctl net/ipv4/../../kernel/x 1", 8, 23, "is no setting"),
    ("sysctl net.ipv4.ip_forward", 27, 1, "expected a value of the setting here"),
    ("sysctl net.ipv4.ip_forward netns r", 28, 5, "expected a value of the setting here"),
    ("rule", 5, 1, "expected what the rule says here: `from`, `lookup` or another keyword"),
    ("rule netns r", 13, 1, "expected what the rule says here"),
    ("rule form 10.0.0.1", 6, 4, "unknown keyword `form`; did you mean `from`?"),
    ("rule from 10.0.0.1/24", 11, 11, "is not a prefix; write 10.0.0.0/24, 10.0.0.1 or all"),
    ("rule lookup isp", 13, 3, "`isp` is no routing table; write its number, or one of main, local, default"),
    ("sysctl net.ipv4.ip_forward = 1", 28, 1, "stand without `=`: net.ipv4.ip_forward 1"),
    ("rule within 2x lookup 5", 13, 2, "`2x` is an invalid duration"),
    ("rule fwmark -1", 13, 2, "`-1` is no mark"),
    ("netfilter filter INPUT -p tcp --dport http", 39, 4, "`http` is no port; write 80 or 1024:65535"),
    ("netfilter filter INPUT -p tcp --dport 80,443", 39, 6, "several ports behind --sports / --dports"),
    ("netfilter filter INPUT -p tcp --sport 70000", 39, 5, "`70000` is no port"),
    ("rule fwmark red", 13, 3, "`red` is no mark; write 0x1 or 0x1/0xff"),
    ("rule from all priority first", 24, 5, "`first` is no priority"),
    ("route default table local", 21, 5, "the local table is the kernel's own"),
    ("netfilter", 10, 1, "expected a table: filter, nat, mangle here"),
    ("netfilter filtr INPUT -j DROP", 11, 5, "unknown table `filtr`; did you mean `filter`?"),
    ("netfilter filter", 17, 1, "expected a chain: FORWARD, POSTROUTING here"),
    ("netfilter nat FORWARD -j DROP", 15, 7, "table nat has no chain FORWARD; it has PREROUTING, INPUT,"),
    ("netfilter filter FORWRD -j DROP", 18, 6, "unknown chain `FORWRD`; did you mean `FORWARD`?"),
    ("netfilter filter -A INPUT", 18, 2, "`-A` cannot be the name of a chain"),
    ("netfilter filter INPUT", 23, 1, "expected the words of a rule here, as behind `iptables -A CHAIN`, or `policy`"),
    ("netfilter filter INPUT policy drop", 31, 4, "`drop` is no policy; it is ACCEPT or DROP"),
    ("netfilter filter INPUT policy", 30, 1, "expected a value for `policy` here"),
    ("netfilter filter INPUT policy DROP -i lo", 36, 2, "`policy` stands alone"),
    ("netfilter filter INPUT netns a -j DROP netns b", 40, 5, "`netns` is given twice"),
    ("netfilter filter INPUT drop", 24, 4, "expected an option like -s, -o or -j here"),
    ("netfilter filter INPUT -j DROP !", 32, 1, "expected an option like -s, -o or -j here"),
    ("netfilter filter INPUT -j DORP", 27, 4, "unknown target `DORP`; did you mean `DROP`?"),
    ("netfilter filter INPUT -j accept", 27, 6, "unknown target `accept`; did you mean `ACCEPT`?"),
    ("netfilter filter INPUT --dprt 80 -j DROP", 24, 6, "unknown option `--dprt`; did you mean `--dport`?"),
    ("netfilter filter INPUT -A INPUT -j DROP", 24, 2, "unknown option `-A`"),
    ("netfilter filter INPUT -s -j DROP", 27, 2, "expected a value for `-s` here"),
    ("netfilter filter INPUT -j", 26, 1, "expected a value for `-j` here"),
    ("netfilter filter INPUT -s 10.0.0.300 -j DROP", 27, 10, "is not a prefix; write 10.0.0.0/24 or 10.0.0.1"),
    ("ran ip link netns greenland", 5, 2, "stand behind `--`: ran netns greenland -- ip link"),
    ("ran ping 10.0.0.1 netns a status 0", 5, 4, "ran netns a status 0 -- ping 10.0.0.1"),
    ("ran", 4, 1, "stand behind `--`: ran -- WORDS"),
    ("ran --", 7, 1, "expected a command here"),
    ("ran -- ip -batch x", 19, 1, "expected a command here that can be seen"),
    ("ran staus 0 -- ip link", 5, 5, "did you mean `status`?"),
    ("ran status 256 -- ip link", 12, 3, "from 0 to 255"),
    ("ran netns a -- ip -n b link", 19, 2, "`-n b` contradicts `netns a`"),
    ("link wangpo within", 19, 1, "expected a time behind `within`"),
    ("link wangpo within soon", 20, 4, "`soon` is an invalid duration; write 2s or 500ms"),
    ("link wangpo within 1s within 2s", 23, 6, "`within` is given twice"),
    ("link wangpo within 61s", 20, 3, "60s at most"),
]


@pytest.mark.parametrize(("text", "column", "length", "message"), FAULTS)
def test_a_fault_is_located(text: str, column: int, length: int, message: str) -> None:
    """A wrong check line names its line and column, underlines the words and says what was expected."""
    with pytest.raises(LessonError) as caught:
        parse_check(Line(text, 7, 3), "lesson.md")
    (fault,) = caught.value.faults
    assert (fault.path, fault.line, fault.column, fault.length) == ("lesson.md", 7, column + 2, length)
    assert message in fault.message
    assert fault.source == f"  {text}"


def test_tables_have_rows() -> None:
    """The registry and the table of faults hold what they are meant to hold."""
    assert len(FAMILIES) > 8
    assert {text.removeprefix("not ").split()[0] for text, *_ in FAULTS if text not in ("", "not")} > set(FAMILIES)


@pytest.mark.parametrize(
    ("text", "within", "rest"),
    [
        ("link wangpo", 2.0, "link wangpo"),
        ("link wangpo within 5s up", 5.0, "link wangpo up"),
        ("not  link wangpo\twithin 500ms", 0.5, "not link wangpo"),
        ("ping 10.0.0.1", 3.0, "ping 10.0.0.1"),
        ("ping 10.0.0.1 within 1.5s", 1.5, "ping 10.0.0.1"),
        ("ran within 4s -- within 2s", 4.0, "ran -- within 2s"),
        ("link within", 2.0, "link within"),
    ],
)
def test_within_may_stand_anywhere(text: str, within: float, rest: str) -> None:
    """`within` sets the time to wait and is no part of the check's text; a name is no keyword."""
    stated = check(text)
    assert (stated.within, stated.text, stated.line) == (within, rest, 1)


LABELS = [
    ("netns greenland", "greenland", "namespace greenland"),
    ("not netns eden", "no eden", "no namespace eden"),
    ("link wangpo type bridge", "wangpo bridge", "wangpo in host, type bridge"),
    ("link wangpo netns any", "wangpo", "wangpo"),
    ("link xmq2wp netns ximenqing-ns", "xmq2wp in ximenqing-ns", "xmq2wp in ximenqing-ns"),
    ("link wp2xmq peer xmq2wp", "wp2xmq – xmq2wp", "wp2xmq in host, peer xmq2wp"),
    ("link wp2pjl up master wangpo", "wp2pjl master up", "wp2pjl in host, up, master wangpo"),
    ("link wp2pjl carrier off", "wp2pjl carrier off", "wp2pjl in host, carrier off"),
    ("link wp2pjl mtu 1400", "wp2pjl mtu 1400", "wp2pjl in host, mtu 1400"),
    (
        "addr 192.168.188.96/24 dev xmq2wp netns ximenqing-ns",
        "xmq2wp .96",
        "192.168.188.96/24 on xmq2wp in ximenqing-ns",
    ),
    ("addr fd00::2/64 netns host", "host :2", "fd00::2/64 in host"),
    ("addr inet dev lo", "lo inet", "inet on lo in host"),
    ("route default via 10.0.0.1", "host default", "route default via 10.0.0.1 in host"),
    ("neigh 10.0.0.1 dev b", "host neigh 10.0.0.1", "neighbour 10.0.0.1 dev b in host"),
    ("fdb a/b dev c master d", "c fdb a/b", "forwarding entry a/b behind c of d in host"),
    (
        "ping 192.168.188.69 netns ximenqing-ns through wangpo",
        "ximenqing-ns ping .69",
        "an answer from 192.168.188.69 to ximenqing-ns, through wangpo",
    ),
    ("ran netns greenland -- ip link show lo", "greenland ip link show", "`ip link show lo` run in greenland"),
    ("ran status 0 -- ip netns ls", "ran ip netns ls", "`ip netns ls` run, ended with status 0"),
]


@pytest.mark.parametrize(("text", "label", "goal"), LABELS)
def test_label_and_goal(text: str, label: str, goal: str) -> None:
    """The toolbar gets four words or fewer, `:check` the fact as a phrase."""
    stated = check(text)
    assert (stated.label, stated.goal) == (label, goal)
    assert len(label.split()) <= 4


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("link wangpo", set()),
        ("route default", {Kind.ROUTES}),
        ("not neigh 10.0.0.1", {Kind.NEIGHBOURS}),
        ("fdb a/b dev c", {Kind.FDB}),
    ],
)
def test_a_check_says_what_it_reads(text: str, needs: set[Kind]) -> None:
    """Routes, neighbours and forwarding entries are read only for the checks that are about them."""
    assert check(text).needs == needs


ANSWERS = [
    ("link lo operstate", "unknown", True),
    ("link lo operstate", " UNKNOWN. ", True),
    ("link lo operstate", "UP", False),
    ("link lo netns ximenqing-ns carrier", "off", True),
    ("link lo netns ximenqing-ns carrier", "no", True),
    ("link wangpo up", "up", True),
    ("link wp2xmq master", "`wangpo`", True),
    ("link wangpo master", "none", True),
    ("link nobody master", "none", False),
    ("addr inet dev xmq2wp netns ximenqing-ns local", "192.168.188.96", True),
    ("addr inet dev xmq2wp netns ximenqing-ns local", "192.168.188.96/24", True),
    ("addr inet dev xmq2wp netns ximenqing-ns local", "192.168.188.9", False),
    ("route 192.168.188.0/24 netns panjinlian-ns dev", "pjl2wp", True),
    ("neigh 10.0.0.1 lladdr", "none", False),
    ("fdb ximenqing-ns/xmq2wp dev", "wp2xmq", False),
]


@pytest.mark.parametrize(("expression", "given", "right"), ANSWERS)
def test_the_kernel_knows_the_answer(expression: str, given: str, right: bool) -> None:
    """A question's answer is read from the snapshot; letter case and quotes do not matter."""
    question = Question("?", (), Line(expression, 1), None, 1)
    assert right_answer(question, given, WANGPO.snapshot()) is right


def test_a_fixed_answer_is_compared_as_text() -> None:
    """What the lesson itself gives as the answer is right, up to blanks and letter case."""
    question = Question("?", (), None, "no, the ports  stop", 1)
    assert right_answer(question, "No, the ports stop.", WANGPO.snapshot())
    assert not right_answer(question, "yes", WANGPO.snapshot())


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("lnk lo operstate", 1, "did you mean `link`?"),
        ("ran -- ip link", 1, "nothing can be asked of `ran`"),
        ("link lo operstte", 9, "did you mean `operstate`?"),
        ("link lo", 8, "which value is asked for; there are: type"),
        ("link lo nets a mtu", 9, "did you mean `netns`?"),
        ("addr 10.0.0.1 local", 6, "is not `inet` or `inet6`"),
    ],
)
def test_a_wrong_answer_expression_is_located(text: str, column: int, message: str) -> None:
    """An expression that asks for nothing says so at its column."""
    with pytest.raises(LessonError) as caught:
        parse_answer(Line(text, 4, 9), "lesson.md")
    (fault,) = caught.value.faults
    assert (fault.line, fault.column) == (4, column + 8)
    assert message in fault.message
