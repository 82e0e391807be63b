"""Near misses of connections, listeners, settings, filters and policy rules: one row for each message."""

from __future__ import annotations

import errno
import os
from dataclasses import replace

import pytest
from checks_scenes import BORN, WANGPO, Net, addr, chain, check, judge, link, ran, route, rule, veth

from nstutor.checks.base import Status
from nstutor.kernel.model import Kind, Rule
from nstutor.kernel.parts import Listener, Setting
from nstutor.kernel.probe_types import ConnectResult

R = Net((), names=("r", "srv"))
FORWARD = "net/ipv4/ip_forward"
ONE_HERE = replace(R, settings={f"r {FORWARD}": "1"})
ONE_IN_HOST = replace(R, settings={f"host {FORWARD}": "1"})
ALL_BUT_ONE = replace(R, settings={f"host {FORWARD}": "1", f"srv {FORWARD}": "1"})
RANGE = replace(R, settings={"r net/ipv4/ip_local_port_range": "32768 60999"})


def listens(*sockets: str) -> Net:
    """The two houses with sockets: `NETNS PROTO LOCAL PORT`."""
    found = [text.split() for text in sockets]
    made = tuple(Listener(netns, proto, local, int(port)) for netns, proto, local, port in found)
    return replace(R, listeners=made)


NAT_IN_R = "netfilter nat POSTROUTING netns r"
MASQUERADE = "netfilter nat POSTROUTING netns r -s 10.0.0.0/24 -o eth0 -j MASQUERADE"
NAT = replace(R, chains=(chain("r nat POSTROUTING", "-s 10.0.0.0/24 -o eth0 -j MASQUERADE"),))


STRANGE = replace(
    R,
    chains=tuple(
        one._replace(rules=tuple(found._replace(unknown="recent") for found in one.rules)) for one in NAT.chains
    ),
)
"""A rule that says all the words, and something that is not understood."""


def filtered(*chains: str, policy: str = "ACCEPT") -> Net:
    """The two houses with chains: `NETNS TABLE NAME: RULE; RULE`."""
    found = [text.partition(":") for text in chains]
    made = (
        chain(place, *(one.strip() for one in rules.split(";") if one.strip()), policy=policy)
        for place, _, rules in found
    )
    return replace(R, chains=tuple(made))


RULE = "rule from 10.0.0.0/24 lookup 100 netns r"
RULED = replace(R, rules=(*BORN, *(one._replace(netns="r") for one in BORN), rule("r", 50, 100, src="10.0.0.0/24")))


def ruled(*rules: Rule) -> Net:
    """The two houses with the rules that every namespace has, and these."""
    return replace(RULED, rules=(*RULED.rules[:-1], *rules))


FAILED: list[tuple[str, Net, str]] = [
    # listen
    ("listen 80 netns srv", R, "nothing listens on tcp port 80 in srv"),
    (
        "listen 80 netns srv",
        listens("srv tcp 0.0.0.0 8080"),
        "nothing listens on tcp port 80 in srv; something does on 8080",
    ),
    (
        "listen 80 netns srv",
        listens("host tcp 0.0.0.0 80"),
        "what listens on tcp port 80 is in host; it belongs in srv",
    ),
    ("listen 80 netns srv", listens("srv udp 0.0.0.0 80"), "what listens on port 80 in srv is udp; it must be tcp"),
    (
        "listen 53 netns srv proto udp",
        listens("srv tcp :: 53"),
        "what listens on port 53 in srv is tcp; it must be udp",
    ),
    (
        "listen 80 netns srv local 10.0.0.2",
        listens("srv tcp 127.0.0.1 80", "srv tcp ::1 80"),
        "tcp port 80 in srv is open on 127.0.0.1 and ::1 only; it must be reached at 10.0.0.2",
    ),
    ("not listen 80 netns srv", listens("srv tcp :: 80"), "something listens on tcp port 80 in srv; it must not"),
    (
        "not listen 80 netns srv local 10.0.0.2",
        listens("srv tcp :: 80"),
        "tcp port 80 in srv is reached at 10.0.0.2; it must not be",
    ),
    # sysctl
    (
        "sysctl net.ipv4.ip_forward 1 netns r",
        replace(R, settings={f"r {FORWARD}": "0"}),
        "net.ipv4.ip_forward is 0 in r; it must be 1",
    ),
    (
        "sysctl net.ipv4.ip_forward 1 netns r",
        ONE_IN_HOST,
        "net.ipv4.ip_forward is 0 in r; it must be 1, as it is in host",
    ),
    ("sysctl net.ipv4.ip_forward 1 netns r", ALL_BUT_ONE, "net.ipv4.ip_forward is 0 in r; it must be 1"),
    (
        "sysctl net.ipv4.ip_local_port_range 1024 60999 netns r",
        RANGE,
        "net.ipv4.ip_local_port_range is 32768 60999 in r; it must be 1024 60999",
    ),
    ("sysctl net/ipv4/conf/eth0.1/rp_filter 2 netns r", R, "r has no setting net.ipv4.conf.eth0/1.rp_filter"),
    ("sysctl net.ipv4.ip_forwrd 1 netns r", R, "r has no setting net.ipv4.ip_forwrd; there is net.ipv4.ip_forward"),
    ("not sysctl net.ipv4.ip_forward 1 netns r", ONE_HERE, "net.ipv4.ip_forward is 1 in r; it must not be"),
    # netfilter: a rule
    (MASQUERADE, R, "r has no rule -s 10.0.0.0/24 -o eth0 -j MASQUERADE in nat POSTROUTING"),
    (
        MASQUERADE,
        filtered("host nat POSTROUTING: -s 10.0.0.0/24 -o eth0 -j MASQUERADE"),
        "the rule -s 10.0.0.0/24 -o eth0 -j MASQUERADE is in host; it belongs in r",
    ),
    (
        MASQUERADE,
        filtered("r nat PREROUTING: -s 10.0.0.0/24 -o eth0 -j MASQUERADE"),
        "the rule -s 10.0.0.0/24 -o eth0 -j MASQUERADE in r is in nat PREROUTING; it belongs in nat POSTROUTING",
    ),
    (
        MASQUERADE,
        filtered("r nat POSTROUTING: -s 10.0.0.0/24 -o eth1 -j MASQUERADE"),
        "the rule -s 10.0.0.0/24 -o eth1 -j MASQUERADE in nat POSTROUTING of r says -o eth1; it must say -o eth0",
    ),
    (
        MASQUERADE,
        filtered("r nat POSTROUTING: -s 10.0.0.0/24 ! -o eth0 -j MASQUERADE"),
        "the rule -s 10.0.0.0/24 ! -o eth0 -j MASQUERADE in nat POSTROUTING of r says ! -o eth0; it must say -o eth0",
    ),
    (
        MASQUERADE,
        filtered("r nat POSTROUTING: -s 10.0.0.0/24 -j MASQUERADE"),
        "the rule -s 10.0.0.0/24 -j MASQUERADE in nat POSTROUTING of r does not say -o eth0",
    ),
    (
        MASQUERADE,
        filtered("r nat POSTROUTING: -s 192.0.2.0/24 -j SNAT"),
        "r has no rule -s 10.0.0.0/24 -o eth0 -j MASQUERADE in nat POSTROUTING",
    ),
    (
        "netfilter filter INPUT netns r -j DROP",
        filtered("r filter FORWARD: -j DROP"),
        "r has no rule -j DROP in filter INPUT",
    ),
    (
        "netfilter filter INPUT netns r -s fd00::/64 -j DROP",
        replace(R, chains=(chain("r filter INPUT", "-s fd00::/64 -j DROP"),)),
        "the rule -s fd00::/64 -j DROP in r is for the other family of IP; it must be in ip6 filter INPUT",
    ),
    (
        "not netfilter filter INPUT netns r -p tcp --dport 23",
        filtered("r filter INPUT: -p tcp --dport 23 -j ACCEPT"),
        "filter INPUT of r has the rule -p tcp --dport 23 -j ACCEPT; it must not",
    ),
    # netfilter: a policy
    ("netfilter filter FORWARD policy DROP netns r", R, "filter FORWARD in r has policy ACCEPT; it must be DROP"),
    (
        "netfilter filter FORWARD policy DROP netns r",
        filtered("host filter FORWARD:", policy="DROP"),
        "filter FORWARD in r has policy ACCEPT; it must be DROP, as it is in host",
    ),
    (
        "netfilter filter FORWARD netns r policy ACCEPT",
        filtered("r filter FORWARD:", policy="DROP"),
        "filter FORWARD in r has policy DROP; it must be ACCEPT",
    ),
    ("not netfilter filter FORWARD netns r policy ACCEPT", R, "filter FORWARD in r has policy ACCEPT; it must not"),
    # rule
    (RULE, R, "r has no rule from 10.0.0.0/24 lookup 100"),
    (RULE, ruled(), "r has no rule from 10.0.0.0/24 lookup 100"),
    ("rule lookup 100 netns any", ruled(), "no namespace has a rule lookup 100"),
    (
        RULE,
        ruled(rule("host", 50, 100, src="10.0.0.0/24")),
        "the rule from 10.0.0.0/24 lookup 100 is in host; it belongs in r",
    ),
    (
        RULE,
        ruled(rule("r", 50, 200, src="10.0.0.0/24")),
        "the rule from 10.0.0.0/24 lookup 200 in r has lookup 200; it must be 100",
    ),
    (
        RULE,
        ruled(rule("r", 50, 100, src="10.0.0.0/16")),
        "the rule from 10.0.0.0/16 lookup 100 in r has from 10.0.0.0/16; it must be 10.0.0.0/24",
    ),
    (f"{RULE} priority 10", RULED, "the rule from 10.0.0.0/24 lookup 100 in r has priority 50; it must be 10"),
    (
        "rule fwmark 1 lookup 100 netns r",
        ruled(rule("r", 50, 100)),
        "the rule from all lookup 100 in r has no fwmark; it must be 0x1",
    ),
    (
        RULE,
        ruled(rule("r", 50, None, src="10.0.0.0/24")),
        "the rule from 10.0.0.0/24 in r has no lookup; it must be 100",
    ),
    (
        RULE,
        ruled(rule("r", 50, 100, src="10.0.0.0/24", inverted=True)),
        "the rule from 10.0.0.0/24 lookup 100 in r is turned round by `not`",
    ),
    ("rule priority 10 netns r", R, "r has no rule priority 10"),
    ("not rule priority 50 netns r", RULED, "r has a rule from 10.0.0.0/24 lookup 100; it must not"),
    (f"not {RULE}", RULED, "r has a rule from 10.0.0.0/24 lookup 100; it must not"),
    # route: another table
    ("route default via 10.0.0.1 netns r table 100", R, "r has no route default table 100"),
    (
        "route default via 10.0.0.1 netns r table 100",
        replace(R, routes=(route("r", "0.0.0.0/0", "eth0", "10.0.0.1"),)),
        "the route default in r is in table main; it must be in table 100",
    ),
    (
        "not route default via 10.0.0.1 netns any",
        replace(R, routes=(route("srv", "0.0.0.0/0", "eth0", "10.0.0.9"), route("r", "0.0.0.0/0", "eth0", "10.0.0.1"))),
        "r has a route default via 10.0.0.1; it must not",
    ),
    (
        "route default via 10.0.0.1 netns r table 100",
        replace(R, routes=(route("r", "0.0.0.0/0", "eth0", "10.0.0.9", table=100),)),
        "the route default table 100 in r goes via 10.0.0.9; it must go via 10.0.0.1",
    ),
]

PASSED: list[tuple[str, Net]] = [
    ("listen 80 netns srv", listens("srv tcp 127.0.0.1 80")),
    ("listen 80 netns srv local 10.0.0.2", listens("srv tcp :: 80")),
    ("listen 80 netns srv local fd00::2", listens("srv tcp :: 80")),
    ("listen 80 netns srv local 127.0.0.1 proto udp", listens("srv udp 0.0.0.0 80")),
    ("not listen 80 netns srv", listens("host tcp :: 80")),
    ("sysctl net/ipv4/ip_forward 1 netns r", ONE_HERE),
    ("sysctl net.ipv4.ip_local_port_range 32768 60999 netns r", RANGE),
    ("not sysctl net.ipv4.ip_forward 1", ONE_HERE),
    (MASQUERADE, NAT),
    (
        "netfilter nat POSTROUTING -j MASQUERADE --source 10.0.0.7/24 --out-interface eth0 netns r",
        replace(R, chains=(chain("r nat POSTROUTING", "-s 10.0.0.0/24 -o eth0 -j MASQUERADE"),)),
    ),
    (
        "netfilter filter INPUT netns r -m state --state ESTABLISHED,RELATED -m tcp -j ACCEPT",
        filtered("r filter INPUT: -i lo -j DROP; -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"),
    ),
    (
        "netfilter filter INPUT netns r -p icmp --icmp-type echo-request -j DROP",
        filtered("r filter INPUT: -p icmp --icmp-type 8 -j DROP"),
    ),
    (
        "netfilter mangle PREROUTING netns r -j MARK --set-mark 1",
        filtered("r mangle PREROUTING: -i a -j MARK --set-xmark 0x1/0xffffffff"),
    ),
    (
        "netfilter filter INPUT netns r -p tcp ! --syn -j DROP",
        filtered("r filter INPUT: -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP"),
    ),
    (
        "netfilter filter INPUT netns r --dport 1024: --comment 'no more' -j DROP",
        filtered("r filter INPUT: --dport 1024:65535 --comment no more -j DROP"),
    ),
    ("rule priority 50 netns r", RULED),
    ("netfilter filter strangers netns r -j DROP", filtered("r filter strangers: -j DROP")),
    ("netfilter filter INPUT netns r -6 -j DROP", replace(R, chains=(chain("r filter INPUT", "-j DROP", family=6),))),
    ("not netfilter filter INPUT netns r -i eth0", filtered("r filter INPUT: ! -i eth0 -j DROP")),
    ("netfilter filter FORWARD policy ACCEPT netns r", R),
    ("not netfilter nat POSTROUTING netns r -o eth1", STRANGE),
    ("not netfilter nat POSTROUTING netns r -j ACCEPT", STRANGE),
    ("netfilter filter INPUT netns r -s 0/0 -i + -j DROP", filtered("r filter INPUT: -j DROP")),
    ("not netfilter filter INPUT netns r -s 0.0.0.0/0 -j DROP", filtered("r filter INPUT: -s 10.0.0.1 -j DROP")),
    (
        "netfilter filter INPUT netns r -s 10/8 --in-int lo -p 6 --reject port-unreach",
        filtered("r filter INPUT: -p tcp -i lo --reject-with icmp-port-unreachable --source 10.0.0.0/255.0.0.0"),
    ),
    (
        "not netfilter filter INPUT netns r -m mark --mark 1 -j DROP",
        filtered("r filter INPUT: -m connmark --mark 1 -j DROP"),
    ),
    (
        "netfilter mangle PREROUTING netns r -j MARK --or-mark 8",
        filtered("r mangle PREROUTING: -j MARK --set-xmark 0x8/0x8"),
    ),
    ("netfilter raw PREROUTING netns r -j NOTRACK", filtered("r raw PREROUTING: -j CT --notrack")),
    ("netfilter filter FORWARD policy DROP netns r", filtered("r filter FORWARD:", policy="DROP")),
    (RULE, RULED),
    ("rule from 10.0.0.0/24 netns any", RULED),
    ("rule lookup main netns r", RULED),
    ("rule lookup 254 priority 32766 netns r from all", RULED),
    ("not rule from 10.0.0.0/24 lookup main netns r", RULED),
    (
        "route default via 10.0.0.1 netns r table 100",
        replace(R, routes=(route("r", "0.0.0.0/0", "eth0", "10.0.0.1", table=100),)),
    ),
    ("not route default netns r", replace(R, routes=(route("r", "0.0.0.0/0", "eth0", "10.0.0.1", table=100),))),
]

NOT_CHECKED: list[tuple[str, Net, str]] = [
    ("listen 80 netns web", R, "web does not exist yet"),
    ("sysctl net.ipv4.ip_forward 1 netns web", R, "web does not exist yet"),
    ("netfilter filter INPUT netns web -j DROP", R, "web does not exist yet"),
    *(
        (text, STRANGE, "a rule in nat POSTROUTING of r cannot be compared: what it says by `recent` is not known")
        for text in (MASQUERADE, f"{NAT_IN_R} -j MASQUERADE", f"{NAT_IN_R} -p tcp")
    ),
    ("netfilter filter INPUT netns web policy DROP", R, "web does not exist yet"),
    ("rule lookup 100 netns web", R, "web does not exist yet"),
    ("connect 10.0.0.1 80 netns web", R, "web does not exist yet"),
    ("connect 10.0.0.1 80 netns srv", R, "not tried yet"),
    (
        "netfilter filter INPUT netns r -j DROP",
        replace(R, unread="Operation not permitted"),
        "the filters of r cannot be read: Operation not permitted",
    ),
]


def test_tables_have_rows() -> None:
    """The tables hold what they are meant to hold."""
    assert len(FAILED) > 40
    assert len(PASSED) > 20
    assert len(CLOSED) > 8


@pytest.mark.parametrize(("text", "net", "message"), FAILED)
def test_a_near_miss_is_named(text: str, net: Net, message: str) -> None:
    """A check that does not hold fails with one line that names the object and what is wrong with it."""
    verdict = judge(text, net)
    assert (verdict.status, verdict.message) == (Status.FAILED, message)


@pytest.mark.parametrize(("text", "net"), PASSED)
def test_what_holds_passes(text: str, net: Net) -> None:
    """A check that holds passes, and its denial does not."""
    assert judge(text, net).message == ""
    assert judge(text, net).status is Status.PASSED
    denial = text.removeprefix("not ") if text.startswith("not ") else f"not {text}"
    assert judge(denial, net).status is Status.FAILED


@pytest.mark.parametrize(("text", "net", "message"), NOT_CHECKED)
def test_what_cannot_be_judged_is_not_checked(text: str, net: Net, message: str) -> None:
    """It is neither passed nor failed, also when it is denied."""
    for stated in (text, f"not {text}"):
        verdict = judge(stated, net)
        assert (verdict.status, verdict.message) == (Status.NOT_CHECKED, message)


# --- a connection -----------------------------------------------------------------------------------------------------

TEXT = "connect 10.0.0.2 80 netns near"
CABLE = Net(
    veth("near/a", "srv/b"),
    addresses=(addr("near", "a", "10.0.0.1/24"), addr("srv", "b", "10.0.0.2/24")),
    routes=(route("near", "10.0.0.0/24", "a"), route("srv", "10.0.0.0/24", "b")),
)
REFUSED = ConnectResult(answered=False, error=os.strerror(errno.ECONNREFUSED))
SILENCE = ConnectResult(answered=False)

CLOSED: list[tuple[Net, ConnectResult, str]] = [
    (CABLE, REFUSED, "nothing listens on tcp port 80 in srv"),
    (replace(CABLE, listeners=(Listener("srv", "udp", "::", 80),)), REFUSED, "nothing listens on tcp port 80 in srv"),
    (
        replace(CABLE, listeners=(Listener("srv", "tcp", "127.0.0.1", 80),)),
        REFUSED,
        "tcp port 80 in srv is open on 127.0.0.1 only",
    ),
    (
        replace(CABLE, listeners=(Listener("srv", "tcp", "0.0.0.0", 80),)),
        REFUSED,
        "it is refused, though tcp port 80 in srv is open; a filter rejects it",
    ),
    (replace(CABLE, addresses=CABLE.addresses[:1]), REFUSED, "Connection refused"),
    (CABLE, SILENCE, "nothing comes back"),
    (CABLE, ConnectResult(answered=False, error=os.strerror(errno.ETIMEDOUT)), "nothing comes back"),
    (CABLE.but("b", up=False), SILENCE, "b in srv is down"),
    (
        replace(CABLE, routes=()),
        ConnectResult(answered=False, error=os.strerror(errno.ENETUNREACH)),
        "near has no route to 10.0.0.2",
    ),
    (replace(CABLE, routes=CABLE.routes[:1]), SILENCE, "srv has no route back to 10.0.0.1"),
    (
        replace(CABLE, routes=CABLE.routes[:1], chains=(chain("near nat POSTROUTING", "-j MASQUERADE"),)),
        SILENCE,
        "nothing comes back",
    ),
    (replace(CABLE, routes=CABLE.routes[:1], rules=(rule("srv", 50, 100),)), SILENCE, "nothing comes back"),
    (replace(CABLE, routes=CABLE.routes[1:], rules=(rule("near", 50, 100),)), SILENCE, "nothing comes back"),
    (
        replace(CABLE, links=(*CABLE.links, link("srv", "c"))),
        ConnectResult(answered=False, error=os.strerror(errno.EHOSTUNREACH)),
        os.strerror(errno.EHOSTUNREACH),
    ),
]


@pytest.mark.parametrize(("net", "result", "reason"), CLOSED)
def test_a_connection_that_does_not_open_has_a_reason(net: Net, result: ConnectResult, reason: str) -> None:
    """Who refuses it, what is in its way, or that a filter must be looked for; its denial passes."""
    probe = check(TEXT).probe
    assert probe is not None
    verdict = judge(TEXT, net, probes={probe: result})
    assert (verdict.status, verdict.message) == (Status.FAILED, f"no connection to 10.0.0.2 port 80: {reason}")
    assert ("look for a filter" in (verdict.advice or "")) == (reason.startswith(("nothing comes", "it is refused")))
    assert judge(f"not {TEXT}", net, probes={probe: result}).passed


def test_a_connection_that_opens_passes() -> None:
    """And its denial says so."""
    probe = check(TEXT).probe
    assert probe is not None
    opened = {probe: ConnectResult(answered=True)}
    assert judge(TEXT, CABLE, probes=opened).passed
    said = judge(f"not {TEXT}", CABLE, probes=opened).message
    assert said == "10.0.0.2 takes connections of near on port 80; it must not"


def test_a_connection_of_no_namespace_of_ours() -> None:
    """An error that says nothing about the network leaves the check open."""
    probe = check(TEXT).probe
    assert probe is not None
    ours = {probe: ConnectResult(answered=False, error=os.strerror(errno.EMFILE))}
    verdict = judge(TEXT, CABLE, probes=ours)
    assert verdict.status is Status.NOT_CHECKED
    assert verdict.message == "the connection could not be tried: Too many open files"


def test_loopback_is_the_house_itself() -> None:
    """127.0.0.1 is everybody's own."""
    probe = check("connect 127.0.0.1 80 netns near").probe
    assert probe is not None
    verdict = judge("connect 127.0.0.1 80 netns near", CABLE, probes={probe: REFUSED})
    assert verdict.message.endswith("nothing listens on tcp port 80 in near")


# --- what they have in common -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["listen 80 netns srv", "connect 10.0.0.2 80 netns near"])
def test_a_program_that_was_just_started_is_given_time(text: str) -> None:
    """What runs in that namespace, and was executed last, may be about to listen; a shell there is not."""
    probe = check(text).probe
    probes = {probe: REFUSED} if probe else None
    number = list(CABLE.snapshot().namespaces).index("srv")
    for line, netns, status, settles in [
        ("perl server.pl", number, None, True),
        ("perl server.pl", number, 1, False),
        ("perl server.pl", 0, None, False),
        ("bash", number, None, False),
    ]:
        done = ran(line, netns=netns, status=status)
        assert judge(text, CABLE, executions=done, probes=probes).settling is settles


@pytest.mark.parametrize(
    ("text", "net"),
    [
        ("listen 80 netns srv", listens("r tcp :: 80")),
        ("sysctl net.ipv4.ip_forward 1 netns srv", ONE_HERE),
        ("netfilter nat POSTROUTING netns srv -j MASQUERADE", NAT),
        ("netfilter filter INPUT netns srv policy DROP", filtered("r filter INPUT:", policy="DROP")),
        ("rule from 10.0.0.0/24 netns srv", RULED),
    ],
)
def test_a_forgotten_exit_is_suspected(text: str, net: Net) -> None:
    """What was made where the learner's shell stands, and belongs elsewhere, suggests a forgotten `exit`."""
    assert "forgotten `exit`" in (judge(text, net, shell="r").advice or "")
    assert judge(text, net, shell="host").advice is None


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("listen 80", {Kind.LISTENERS}),
        ("connect 10.0.0.1 80", {Kind.LISTENERS, Kind.NEIGHBOURS, Kind.ROUTES, Kind.RULES}),
        ("sysctl net.ipv4.ip_forward 1", {Setting(FORWARD)}),
        ("netfilter filter INPUT -j DROP", {Kind.NETFILTER}),
        ("netfilter filter INPUT policy DROP", {Kind.NETFILTER}),
        ("rule lookup 100", {Kind.RULES}),
        ("route default table 100", {Kind.ROUTES, Kind.TABLES}),
        ("route default table main", {Kind.ROUTES}),
    ],
)
def test_only_what_a_check_is_about_is_read(text: str, needs: set[object]) -> None:
    """Of the kernel."""
    assert check(text).needs == needs


LABELS = [
    ("listen 80 netns srv", "srv tcp 80", "a listener on tcp port 80 in srv"),
    ("listen 53 proto udp local 10.0.0.1", "host udp 53", "a listener on udp port 53 in host, reached at 10.0.0.1"),
    ("connect 10.0.0.2 80 netns near", "near connect 80", "a connection from near to 10.0.0.2 port 80"),
    ("sysctl net/ipv4/conf/eth0.1/rp_filter 2", "host rp_filter", "net.ipv4.conf.eth0/1.rp_filter = 2 in host"),
    (MASQUERADE, "r POSTROUTING MASQUERADE", "-s 10.0.0.0/24 -o eth0 -j MASQUERADE in nat POSTROUTING of r"),
    ("netfilter filter INPUT -6 policy DROP", "host INPUT DROP", "policy DROP of ip6 filter INPUT in host"),
    (RULE, "rule from 10.0.0.0/24", "rule from 10.0.0.0/24 lookup 100 in r"),
    ("rule lookup 100 priority 5 netns any", "rule lookup 100", "rule lookup 100 priority 5"),
    ("route default table 100", "host default table 100", "route default table 100 in host"),
]


@pytest.mark.parametrize(("text", "label", "goal"), LABELS)
def test_labels_and_goals(text: str, label: str, goal: str) -> None:
    """Four words for the toolbar, a phrase for `:check`."""
    stated = check(text)
    assert (stated.label, stated.goal) == (label, goal)


def test_the_network_is_another_one_when_a_filter_a_setting_or_a_listener_is() -> None:
    """So a probe that failed is tried again; what only counts, or only asks by UDP, is no reason."""
    base = NAT.snapshot().reachability
    counted = replace(NAT, chains=(chain("r nat POSTROUTING", "-s 10.0.0.0/24 -o eth0 -j MASQUERADE", packets=9),))
    assert counted.snapshot().reachability == base
    others = (
        replace(NAT, chains=()),
        replace(NAT, settings={f"r {FORWARD}": "1"}),
        replace(NAT, listeners=(Listener("r", "tcp", "::", 80),)),
        replace(NAT, rules=(rule("r", 50, 100),)),
    )
    assert len({base, *(net.snapshot().reachability for net in others)}) == 5
    asks = replace(NAT, listeners=(Listener("r", "udp", "0.0.0.0", 50000),))
    assert asks.snapshot().reachability == base
    assert WANGPO.snapshot().reachability != base
