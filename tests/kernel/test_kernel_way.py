"""Whether the bridge itself passed an echo on, and what did if it was not the bridge."""

from __future__ import annotations

import asyncio

import pytest
from kernel_world import BRIDGE, World, a_world, as_judge, eventually
from ways import BESIDE, BOTH, ECHOES, FAR, HONEST, ISOLATED, NEAR, TCPDUMP, program

from nstutor.kernel.probe import ping
from nstutor.kernel.probe_types import PingProbe, PingResult
from nstutor.kernel.way import Cause, Detour

ACROSS = PingProbe(FAR, "ximenqing-ns", "wangpo")


def probe(world: World, question: PingProbe = ACROSS, timeout: float = 3.0) -> PingResult:
    """Ask the network in its present state."""
    with world.observer() as observer:
        snapshot = observer.snapshot()
    return asyncio.run(ping(question, snapshot, world.root, world.netns, timeout))


@pytest.mark.parametrize("name", BESIDE)
@as_judge
def test_what_goes_beside_the_bridge_is_named(name: str) -> None:
    """It brings the echo back, and is not taken for the bridge."""
    setup, cause = BESIDE[name]
    with a_world(BRIDGE) as world:
        world.run(setup)
        for question in (ACROSS, PingProbe(NEAR, "panjinlian-ns", "wangpo"))[: 1 if cause is not Cause.ROUTED else 2]:
            result = probe(world, question)
            assert (result.answered, result.crossed) == (True, False), result
            assert (result.detour and result.detour.cause) == cause, result


@pytest.mark.parametrize("name", HONEST)
@as_judge
def test_the_bridge_passes_it_on(name: str) -> None:
    """Whatever else there is, an echo that the bridge passes on has crossed it, both ways."""
    with a_world(BRIDGE) as world:
        world.run(HONEST[name])
        for question in (ACROSS, PingProbe(NEAR, "panjinlian-ns", "wangpo")):
            result = probe(world, question)
            assert (result.answered, result.crossed, result.detour) == (True, True, None), result


BEHIND = f"""{BRIDGE}
ip netns add attic
ip link add pjl2a netns panjinlian-ns type veth peer name a2pjl netns attic
ip -n panjinlian-ns addr add 10.1.0.1/24 dev pjl2a; ip -n panjinlian-ns link set pjl2a up
ip -n attic addr add 10.1.0.2/24 dev a2pjl; ip -n attic link set a2pjl up
ip -n attic route add default via 10.1.0.1; ip -n ximenqing-ns route add 10.1.0.0/24 via {FAR}
ip netns exec panjinlian-ns sysctl -qw net.ipv4.ip_forward=1
"""
"""The address is not where the bridge's port leads to, but a router further."""
ATTIC = PingProbe("10.1.0.2", "ximenqing-ns", "wangpo")


@as_judge
def test_an_address_behind_a_router() -> None:
    """The bridge passes it on; where the address is, it is watched that the answer comes from there."""
    with a_world(BEHIND) as world:
        for setup in ("true", TCPDUMP.replace("DEV", "wp2pjl")):
            world.run(setup)
            result = probe(world, ATTIC)
            assert (result.crossed, result.detour) == (True, None), result
            assert {seen.netns for seen in result.way} == {"host", "attic"}
        world.run(f"ip netns exec attic sysctl -qw net.ipv4.icmp_echo_ignore_all=1\n{program(ECHOES, 'panjinlian-ns')}")
        result = probe(world, ATTIC)
        assert (result.answered, result.detour) == (True, Detour(Cause.STRANGER, "wp2pjl", "attic")), result


@as_judge
def test_it_is_the_same_with_ipv6() -> None:
    """A program that carries IPv6 is seen as well, and one that only hears it does no harm."""
    setup = f"""{BRIDGE}
    ip -n ximenqing-ns addr add fd00::96/64 dev xmq2wp nodad
    ip -n panjinlian-ns addr add fd00::69/64 dev pjl2wp nodad
    """
    question = PingProbe("fd00::69", "ximenqing-ns", "wangpo")
    with a_world(setup) as world:
        world.run(TCPDUMP.replace("DEV", "any"))
        result = probe(world, question, timeout=6)
        assert (result.crossed, result.detour) == (True, None), result
        world.run(f"{ISOLATED}\n{BOTH}")
        result = probe(world, question, timeout=6)
        assert (result.answered, result.detour) == (True, Detour(Cause.RESENT, "wp2xmq", "wp2pjl")), result


@as_judge
def test_silence_between_isolated_ports_is_named() -> None:
    """Nobody answers, and it is certain why."""
    with a_world(f"{BRIDGE}\n{ISOLATED}") as world:
        result = probe(world, timeout=0.3)
        assert (result.answered, result.detour) == (False, Detour(Cause.ISOLATED, "wp2xmq", "wp2pjl")), result


@as_judge
def test_every_sighting_says_what_was_seen() -> None:
    """In the order of the kernel's forwarding, with the bridge of a port, MACs, TTL and one mark for the request."""
    with a_world(BRIDGE) as world:
        way = [seen for seen in probe(world).way if seen.kind in ("request", "reply")]
        assert [(seen.dev, seen.direction, seen.kind) for seen in way] == [
            ("wp2xmq", "in", "request"),
            ("wp2pjl", "out", "request"),
            ("wp2pjl", "in", "reply"),
            ("wp2xmq", "out", "reply"),
        ]
        assert [(seen.source, seen.destination) for seen in way] == 2 * [(NEAR, FAR)] + 2 * [(FAR, NEAR)]
        assert {(seen.netns, seen.ttl, seen.bridge, seen.sequence) for seen in way} == {("host", 64, "wangpo", 1)}
        near, far = (
            world.ip(f"{house}-ns", "link show dev " + dev)[0]["address"]
            for house, dev in (("ximenqing", "xmq2wp"), ("panjinlian", "pjl2wp"))
        )
        assert [seen.macs for seen in way] == 2 * [(near, far)] + 2 * [(far, near)]
        assert way[0].mark == way[1].mark > 0 == way[2].mark == way[3].mark
        assert sorted(way, key=lambda seen: seen.at) == way


@as_judge
def test_nothing_of_a_probe_is_left() -> None:
    """No packet socket stays, and a namespace that was watched goes when it is deleted."""
    with a_world(BEHIND) as world:
        assert probe(world, ATTIC).crossed
        for netns in ("host", "attic"):
            where = "" if netns == "host" else f"ip netns exec {netns} "
            assert len(world.run(f"{where}cat /proc/net/packet").splitlines()) == 1
        world.run("ip netns del attic")
        eventually(lambda: "pjl2a" not in world.run("ip -n panjinlian-ns link"))
