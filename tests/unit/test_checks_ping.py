"""What a ping check says for every way in which an echo may fail to come back, or come back by the wrong way."""

from __future__ import annotations

import errno
import os
from dataclasses import replace

import pytest
from checks_scenes import WANGPO, Net, addr, check, judge, link, lo, route, veth

from nstutor.checks.base import Status, Verdict
from nstutor.kernel.model import Kind, Neighbour
from nstutor.kernel.probe_types import PingResult
from nstutor.kernel.way import Sighting

TEXT = "ping 192.168.188.69 netns ximenqing-ns through wangpo"
UNREACHABLE = PingResult(answered=False, error=os.strerror(errno.ENETUNREACH))
SILENCE = PingResult(answered=False)
NET = "192.168.188.0/24"
XMQ = addr("ximenqing-ns", "xmq2wp", "192.168.188.96/24")
PJL = addr("panjinlian-ns", "pjl2wp", "192.168.188.69/24")

LOOP = replace(WANGPO, addresses=(XMQ, PJL), links=(*WANGPO.links, lo("ximenqing-ns", up=False)))


def remembers(netns: str, dst: str, lladdr: str, dev: str, state: str = "STALE") -> Neighbour:
    """A neighbour entry."""
    return Neighbour(netns, dst, lladdr, dev, state)


def seen(*devices: str) -> tuple[Sighting, ...]:
    """A request at devices of host."""
    macs = ("02:00:00:00:00:01", "02:00:00:00:00:02")
    return tuple(
        Sighting(0, "host", dev, "in", "request", "192.168.188.96", "192.168.188.69", 64, macs, None) for dev in devices
    )


def probed(text: str, net: Net, result: PingResult) -> Verdict:
    """What a ping check comes to with this result of its probe."""
    probe = check(text).probe
    assert probe is not None
    return judge(text, net, probes={probe: result})


LOCAL = replace(
    WANGPO.with_addresses(
        addr("ximenqing-ns", "xmq2wp", "fe80::1/64", "link"), addr("panjinlian-ns", "pjl2wp", "fe80::2/64", "link")
    ),
    routes=(
        route("ximenqing-ns", "fe80::/64", "other"),
        route("ximenqing-ns", "fe80::/64", "xmq2wp"),
        route("panjinlian-ns", "fe80::/64", "pjl2wp"),
    ),
)
"""With addresses of which each device has its own."""

UNANSWERED: list[tuple[str, Net, PingResult, str]] = [
    (TEXT, WANGPO, SILENCE, "no answer from 192.168.188.69 to ximenqing-ns"),
    (TEXT, replace(WANGPO.with_addresses(PJL), routes=()), UNREACHABLE, "ximenqing-ns has no address"),
    (TEXT, replace(WANGPO, routes=()), UNREACHABLE, "ximenqing-ns has no route to 192.168.188.69"),
    (
        TEXT,
        replace(WANGPO.with_addresses(addr("ximenqing-ns", "xmq2wp", "192.168.188.96/32"), PJL), routes=()),
        UNREACHABLE,
        "ximenqing-ns has no route to 192.168.188.69; 192.168.188.96/32 on xmq2wp is a network of one",
    ),
    (TEXT, replace(WANGPO.but("xmq2wp", up=False), routes=()), UNREACHABLE, "xmq2wp in ximenqing-ns is down"),
    (
        TEXT,
        replace(WANGPO, routes=(route("ximenqing-ns", NET, kind="prohibit"),)),
        PingResult(answered=False, error=os.strerror(errno.EACCES)),
        "the route to 192.168.188.69 in ximenqing-ns is of type prohibit",
    ),
    ("ping fe80::2%xmq2wp netns ximenqing-ns", LOCAL, SILENCE, "no answer from fe80::2%xmq2wp to ximenqing-ns"),
    (
        "ping fe80::2%xmq2wp netns ximenqing-ns",
        LOCAL.but("pjl2wp", up=False),
        SILENCE,
        "pjl2wp in panjinlian-ns is down",
    ),
    ("ping fe80::3%xmq2wp netns ximenqing-ns", LOCAL, SILENCE, "no device has fe80::3%xmq2wp"),
    (TEXT, WANGPO.with_addresses(XMQ), SILENCE, "no device has 192.168.188.69"),
    (TEXT, WANGPO.but("pjl2wp", up=False), SILENCE, "pjl2wp in panjinlian-ns is down"),
    (
        TEXT,
        WANGPO.but("pjl2wp", carrier=False).but("wp2pjl", up=False),
        SILENCE,
        "pjl2wp in panjinlian-ns has no carrier: the other end, wp2pjl, is down",
    ),
    (
        TEXT,
        WANGPO.but("xmq2wp", carrier=False).but("wp2xmq", up=False),
        SILENCE,
        "xmq2wp in ximenqing-ns has no carrier: the other end, wp2xmq, is down",
    ),
    (TEXT, WANGPO.but("wangpo", up=False), SILENCE, "wangpo is down"),
    (TEXT, WANGPO.but("wp2pjl", master=None), SILENCE, "wp2pjl has no master"),
    (TEXT, WANGPO.but("wp2pjl", master="wangpo2"), SILENCE, "wp2xmq is plugged into wangpo, wp2pjl into wangpo2"),
    (TEXT, replace(WANGPO, routes=WANGPO.routes[:1]), SILENCE, "panjinlian-ns has no route back to 192.168.188.96"),
    (
        TEXT,
        replace(WANGPO, neighbours=(remembers("ximenqing-ns", "192.168.188.69", "0a:00:00:00:00:00", "xmq2wp"),)),
        SILENCE,
        "ximenqing-ns remembers an old MAC for 192.168.188.69; forget it with `ip -n ximenqing-ns neigh flush all`",
    ),
    (
        TEXT,
        replace(WANGPO, neighbours=(remembers("panjinlian-ns", "192.168.188.96", "0a:00:00:00:00:00", "pjl2wp"),)),
        SILENCE,
        "panjinlian-ns remembers an old MAC for 192.168.188.96; forget it with `ip -n panjinlian-ns neigh flush all`",
    ),
    (
        TEXT,
        replace(WANGPO, neighbours=(remembers("ximenqing-ns", "192.168.188.69", "0a:0", "xmq2wp", "FAILED"),)),
        SILENCE,
        "no answer from 192.168.188.69 to ximenqing-ns",
    ),
    (
        "ping 192.168.188.96 netns ximenqing-ns",
        LOOP,
        SILENCE,
        "lo in ximenqing-ns is down; a namespace reaches its own addresses over lo",
    ),
    ("ping 127.8.8.8 netns ximenqing-ns", LOOP, UNREACHABLE, "lo in ximenqing-ns is down"),
    (
        "ping 10.0.0.2",
        Net(veth("host/a", "b/c"), addresses=(addr("host", "a", "10.0.0.1/24"),)),
        UNREACHABLE,
        "host has no route to 10.0.0.2",
    ),
]

DIRECT = replace(
    WANGPO,
    links=(
        *WANGPO.links,
        *veth("ximenqing-ns/ximenqing", "panjinlian-ns/panjinlian"),
        link("host", "br2", type="bridge"),
        link("host", "p1", master="br2"),
        link("host", "eth0"),
    ),
)

WENT_ROUND: list[tuple[Net, PingResult, str]] = [
    (DIRECT, PingResult(answered=True, dev="ximenqing"), "the answer went through ximenqing, not through wangpo"),
    (
        DIRECT,
        PingResult(answered=True, way=seen("p1"), dev="xmq2wp"),
        "the answer went through br2, not through wangpo",
    ),
    (
        DIRECT,
        PingResult(answered=True, way=seen("wp2xmq", "eth0"), dev="xmq2wp"),
        "the answer went through eth0, not through wangpo",
    ),
    (DIRECT, PingResult(answered=True, way=seen("wp2xmq"), dev="xmq2wp"), "the answer did not go through wangpo"),
    (DIRECT, PingResult(answered=True), "the answer did not go through wangpo"),
    (
        WANGPO.with_addresses(XMQ, PJL, addr("host", "wangpo", "192.168.188.69/24")),
        PingResult(answered=True, way=seen("wp2xmq"), dev="xmq2wp"),
        "host itself answered: 192.168.188.69 is on wangpo in host",
    ),
]


@pytest.mark.parametrize(("text", "net", "result", "message"), UNANSWERED)
def test_silence_has_a_reason(text: str, net: Net, result: PingResult, message: str) -> None:
    """An echo without an answer fails with the first obstacle that the snapshot shows."""
    verdict = probed(text, net, result)
    assert verdict.status is Status.FAILED
    assert verdict.message.endswith(message)
    assert verdict.message.startswith("no answer from")


@pytest.mark.parametrize(("net", "result", "message"), WENT_ROUND)
def test_another_way_is_named(net: Net, result: PingResult, message: str) -> None:
    """An answer that did not cross the bridge fails with the way that it took instead."""
    assert probed(TEXT, net, result).message == message


def test_tables_have_rows() -> None:
    """The tables hold what they are meant to hold."""
    assert len(UNANSWERED) > 15
    assert len(WENT_ROUND) > 5


def test_an_answer_passes() -> None:
    """An answer is enough without `through`; with it, the echo must have crossed."""
    assert probed("ping 192.168.188.69 netns ximenqing-ns", WANGPO, PingResult(answered=True)).passed
    assert probed(TEXT, WANGPO, PingResult(answered=True, crossed=True)).passed


def test_what_was_not_tried_is_not_checked() -> None:
    """Without a result, or with an error of our own making, nothing is said about the network, denied or not."""
    ours = PingResult(answered=False, error=os.strerror(errno.EPERM))
    for text in (TEXT, f"not {TEXT}"):
        assert judge(text, WANGPO).status is Status.NOT_CHECKED
        assert judge(text, WANGPO).message == "not tried yet"
        assert probed(text, WANGPO, ours).status is Status.NOT_CHECKED


def test_a_denied_ping_passes_only_on_silence() -> None:
    """`not ping` passes on silence and on an unreachable network, and fails on an answer."""
    text = "not ping 192.168.188.69 netns ximenqing-ns"
    assert probed(text, WANGPO, SILENCE).passed
    assert probed(text, WANGPO, UNREACHABLE).passed
    said = probed(text, WANGPO, PingResult(answered=True)).message
    assert said == "192.168.188.69 answers ximenqing-ns; it must not"


def test_a_missing_bridge_is_named_before_any_probe() -> None:
    """Through a bridge that does not exist nothing can go."""
    assert judge(TEXT, WANGPO.but("wangpo", name="wangpoo")).message.endswith("wangpoo: one letter off wangpo")


def test_it_says_what_it_needs() -> None:
    """A ping check names its probe and the tables that its reasons are read from."""
    stated = check(TEXT)
    assert stated.needs == {Kind.NEIGHBOURS, Kind.ROUTES, Kind.RULES}
    assert stated.within == 3.0
    assert not stated.looks
