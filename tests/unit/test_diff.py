"""What a command changed, told in iproute2's words; what the kernel adds by itself is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checks_scenes import WANGPO, Net, addr, link, lo, route, rule, veth

from nstutor.kernel.diff import changes
from nstutor.kernel.model import Link

EMPTY = Net((lo("host", up=True),))
HOUSES = replace(EMPTY, names=("ximenqing-ns", "panjinlian-ns"))
LADDER = veth("host/wp2xmq", "ximenqing-ns/xmq2wp", up=False)
BRIDGE = link("host", "wangpo", type="bridge")


def with_links(*links: Link) -> Net:
    """Both houses and these devices."""
    return replace(HOUSES, links=(*HOUSES.links, *links))


def told(before: Net, after: Net) -> list[str]:
    """Each change in one line."""
    found = changes(before.snapshot(), after.snapshot())
    return [" ".join(f"{c.sign} {c.netns} {c.subject} {c.detail}".split()) for c in found]


CASES: dict[str, tuple[Net, Net, list[str]]] = {
    "nothing": (WANGPO, WANGPO, []),
    "namespaces, in the order of their names": (
        EMPTY,
        HOUSES,
        ["+ host netns panjinlian-ns", "+ host netns ximenqing-ns"],
    ),
    "a namespace that goes takes what was in it along": (
        WANGPO,
        replace(
            WANGPO,
            links=tuple(end for end in WANGPO.links if end.netns == "host"),
            addresses=WANGPO.addresses[1:],
            routes=(*WANGPO.routes[1:],),
            names=("panjinlian-ns",),
        ),
        ["- host netns ximenqing-ns", "- panjinlian-ns pjl2wp veth"],
    ),
    "a pair across two namespaces": (
        HOUSES,
        with_links(*LADDER),
        ["+ host wp2xmq veth ↔ xmq2wp in ximenqing-ns", "+ ximenqing-ns xmq2wp veth ↔ wp2xmq in host"],
    ),
    "a pair in one": (HOUSES, with_links(*veth("host/a", "host/b")), ["+ host a veth ↔ b up", "+ host b veth ↔ a up"]),
    "a bridge that is down": (HOUSES, with_links(BRIDGE._replace(up=False)), ["+ host wangpo bridge"]),
    "plugged in": (
        with_links(BRIDGE, *LADDER),
        with_links(BRIDGE, *LADDER).but("wp2xmq", master="wangpo"),
        ["± host wp2xmq + master wangpo"],
    ),
    "unplugged": (
        with_links(BRIDGE, *LADDER).but("wp2xmq", master="wangpo"),
        with_links(BRIDGE, *LADDER),
        ["± host wp2xmq - master wangpo"],
    ),
    "several at once": (
        with_links(BRIDGE, *LADDER),
        with_links(BRIDGE, *LADDER).but("wp2xmq", master="wangpo", up=True, mtu=1400),
        ["± host wp2xmq up + master wangpo mtu 1400"],
    ),
    "carried away": (
        with_links(*veth("host/a", "host/b")),
        with_links(*veth("host/a", "ximenqing-ns/b")),
        ["± host a the other end, b, is in ximenqing-ns", "+ ximenqing-ns b veth ↔ a in host up", "- host b veth"],
    ),
    "what follows by itself": (
        with_links(*LADDER),
        with_links(*LADDER).but("wp2xmq", carrier=False, operstate="LOWERLAYERDOWN"),
        [],
    ),
    "a new namespace's lo": (HOUSES, with_links(lo("ximenqing-ns", up=False)), []),
    "lo woken": (
        with_links(lo("ximenqing-ns", up=False)),
        replace(
            with_links(lo("ximenqing-ns", up=True)), addresses=(addr("ximenqing-ns", "lo", "127.0.0.1/8", "host"),)
        ),
        ["± ximenqing-ns lo up"],
    ),
    "a MAC": (
        with_links(*LADDER),
        with_links(*LADDER).but("wp2xmq", address="02:00:00:00:00:99"),
        ["± host wp2xmq address 02:00:00:00:00:99"],
    ),
    "a bridge takes its port's MAC": (
        with_links(BRIDGE),
        with_links(BRIDGE).but("wangpo", address="02:00:00:00:00:99"),
        [],
    ),
    "an address, and not the link-local one": (
        with_links(BRIDGE),
        with_links(BRIDGE).with_addresses(
            addr("host", "wangpo", "192.168.188.1/24"), addr("host", "wangpo", "fe80::1/64", "link")
        ),
        ["+ host wangpo 192.168.188.1/24"],
    ),
    "an address of another length": (
        with_links(BRIDGE).with_addresses(addr("host", "wangpo", "192.168.188.1/32")),
        with_links(BRIDGE).with_addresses(addr("host", "wangpo", "192.168.188.1/24")),
        ["+ host wangpo 192.168.188.1/24", "- host wangpo 192.168.188.1/32"],
    ),
    "a device goes, and its address is not told twice": (
        with_links(BRIDGE).with_addresses(addr("host", "wangpo", "192.168.188.1/24")),
        HOUSES,
        ["- host wangpo bridge"],
    ),
    "a way out, and not the network's own route": (
        HOUSES,
        replace(
            HOUSES,
            routes=(route("host", "0.0.0.0/0", "wangpo", "192.168.188.1"), route("host", "192.168.188.0/24", "wangpo")),
        ),
        ["+ host route default via 192.168.188.1 dev wangpo"],
    ),
    "another way": (
        replace(HOUSES, routes=(route("host", "10.0.0.0/8", "wangpo", "192.168.188.1"),)),
        replace(HOUSES, routes=(route("host", "10.0.0.0/8", "wangpo", "192.168.188.2"),)),
        [
            "+ host route 10.0.0.0/8 via 192.168.188.2 dev wangpo",
            "- host route 10.0.0.0/8 via 192.168.188.1 dev wangpo",
        ],
    ),
    "a way in another table": (
        HOUSES,
        replace(HOUSES, routes=(route("host", "0.0.0.0/0", "wangpo", "192.168.188.1", table=100),)),
        ["+ host route default via 192.168.188.1 dev wangpo table 100"],
    ),
    "a policy rule": (
        replace(HOUSES, rules=(rule("host", 32766, 254),)),
        replace(
            HOUSES,
            rules=(rule("host", 32766, 254), rule("host", 50, 100, src="10.0.0.0/24", inverted=True, fwmark="0x1")),
        ),
        ["+ host rule 50: not from 10.0.0.0/24 fwmark 0x1 lookup 100"],
    ),
    "a policy rule that goes": (
        replace(HOUSES, rules=(rule("host", 60, 100),)),
        HOUSES,
        ["- host rule 60: from all lookup 100"],
    ),
    "a new namespace's rules": (
        EMPTY,
        replace(HOUSES, rules=(rule("ximenqing-ns", 0, 255),)),
        ["+ host netns panjinlian-ns", "+ host netns ximenqing-ns"],
    ),
    "a route of a namespace that is gone": (
        replace(HOUSES, routes=(route("ximenqing-ns", "0.0.0.0/0", "xmq2wp", "192.168.188.1"),)),
        replace(EMPTY, names=("panjinlian-ns",)),
        ["- host netns ximenqing-ns"],
    ),
}


@pytest.mark.parametrize(("before", "after", "lines"), CASES.values(), ids=CASES)
def test_changes_are_what_a_learner_could_have_made(before: Net, after: Net, lines: list[str]) -> None:
    """New, gone and different, each once."""
    assert told(before, after) == lines


def test_a_change_back_is_its_opposite() -> None:
    """Building and tearing down tell as many lines."""
    built = with_links(BRIDGE, *LADDER)
    forth, back = told(HOUSES, built), told(built, HOUSES)
    assert [line.split()[1:3] for line in forth] == [line.split()[1:3] for line in back]
    assert {line[0] for line in forth} == {"+"}
    assert {line[0] for line in back} == {"-"}
