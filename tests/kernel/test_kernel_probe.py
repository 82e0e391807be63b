"""nstutor's own echo: answered or not, by which devices, and whether it crossed the bridge."""

from __future__ import annotations

import asyncio
import os
import time

from kernel_world import BRIDGE, World, a_world, as_judge

from nstutor.kernel.probe import ping
from nstutor.kernel.probe_types import PingProbe, PingResult
from nstutor.text.names import HOST

NEAR, FAR = "192.168.188.96", "192.168.188.69"
ACROSS = PingProbe(FAR, "ximenqing-ns", "wangpo")


def probe(world: World, question: PingProbe, timeout: float = 3.0) -> PingResult:
    """Ask the network in its present state."""
    with world.observer() as observer:
        snapshot = observer.snapshot()
    return asyncio.run(ping(question, snapshot, world.root, world.netns, timeout))


@as_judge
def test_an_echo_crosses_the_bridge() -> None:
    """Request and reply go in at one port and out at the other, in either direction; then nothing is left open."""
    with a_world(BRIDGE) as world:
        there = probe(world, ACROSS)
        assert (there.answered, there.crossed, there.path) == (True, True, ("wp2xmq", "wp2pjl"))
        assert (there.error, there.dev, there.detour) == (None, "xmq2wp", None)
        before = os.listdir("/proc/self/fd")
        back = probe(world, PingProbe(NEAR, "panjinlian-ns", "wangpo"))
        assert (back.answered, back.crossed, back.path) == (True, True, ("wp2pjl", "wp2xmq"))
        assert os.listdir("/proc/self/fd") == before


@as_judge
def test_without_through_only_the_answer_counts() -> None:
    """No tap is opened, and so no path is known."""
    with a_world(BRIDGE) as world:
        assert probe(world, PingProbe(FAR, "ximenqing-ns")) == PingResult(answered=True, dev="xmq2wp")


@as_judge
def test_a_direct_ladder_does_not_cross() -> None:
    """A veth between the houses answers too; host never sees the echo."""
    setup = f"""{BRIDGE}
    ip link add old1 netns ximenqing-ns type veth peer name old2 netns panjinlian-ns
    ip -n ximenqing-ns link set old1 up
    ip -n panjinlian-ns link set old2 up
    ip -n ximenqing-ns route add {FAR}/32 dev old1
    ip -n panjinlian-ns route add {NEAR}/32 dev old2
    """
    with a_world(setup) as world:
        assert probe(world, ACROSS) == PingResult(answered=True, crossed=False, dev="old1")


@as_judge
def test_host_holding_the_address_does_not_cross() -> None:
    """The echo enters the bridge at one port and is answered by host itself."""
    setup = f"""{BRIDGE}
    ip -n panjinlian-ns addr del {FAR}/24 dev pjl2wp
    ip addr add {FAR}/24 dev wangpo
    """
    with a_world(setup) as world:
        result = probe(world, ACROSS)
        assert (result.answered, result.crossed) == (True, False)
        assert "wp2xmq" in result.path
        assert "wp2pjl" not in result.path


@as_judge
def test_another_bridge_is_not_this_one() -> None:
    """What crosses one bridge has not crossed another."""
    with a_world(f"{BRIDGE}\nip link add other type bridge") as world:
        result = probe(world, PingProbe(FAR, "ximenqing-ns", "other"))
        assert (result.answered, result.crossed) == (True, False)


@as_judge
def test_a_port_that_is_down_gives_no_answer() -> None:
    """The request is sent, and host may see it, but nothing comes back until the deadline."""
    with a_world(f"{BRIDGE}\nip link set wp2pjl down") as world:
        started = time.monotonic()
        result = probe(world, ACROSS, timeout=0.5)
        assert 0.45 < time.monotonic() - started < 2
        assert (result.answered, result.crossed, result.error, result.path) == (False, False, None, ())


@as_judge
def test_a_namespace_without_a_way_says_so_at_once() -> None:
    """In a fresh namespace the kernel refuses to send."""
    with a_world("ip netns add fresh") as world:
        started = time.monotonic()
        for address in ("127.0.0.1", FAR):
            result = probe(world, PingProbe(address, "fresh"))
            assert result == PingResult(answered=False, error="Network is unreachable"), address
        for address in ("::1", "fd00::1"):
            result = probe(world, PingProbe(address, "fresh"))
            assert result == PingResult(answered=False, error="Cannot assign requested address"), address
        assert time.monotonic() - started < 1


@as_judge
def test_own_addresses_answer_over_lo() -> None:
    """All of 127.0.0.0/8, IPv6's loopback, an address of one's own: each leaves by lo."""
    with a_world("ip netns add n; ip -n n link set lo up; ip -n n addr add 10.0.0.1/32 dev lo") as world:
        for address in ("127.0.0.1", "127.8.8.8", "::1", "10.0.0.1"):
            assert probe(world, PingProbe(address, "n")) == PingResult(answered=True, dev="lo"), address


@as_judge
def test_loopback_after_it_was_down_again() -> None:
    """Once up and down again, 127.0.0.1 is still routed by a local table, and no answer comes or no way is left."""
    with a_world("ip netns add n; ip -n n link set lo up; ip -n n link set lo down") as world:
        assert not probe(world, PingProbe("127.0.0.1", "n"), timeout=0.3).answered


@as_judge
def test_host_is_a_place_to_ask_from_too() -> None:
    """From host through its own bridge the request enters at no port."""
    with a_world(f"{BRIDGE}\nip addr add 192.168.188.1/24 dev wangpo") as world:
        result = probe(world, PingProbe(FAR, HOST, "wangpo"))
        assert (result.answered, result.crossed, result.dev) == (True, False, "wangpo")
        assert set(result.path) >= {"wangpo", "wp2pjl"}


@as_judge
def test_a_link_that_has_just_come_up_is_waited_for() -> None:
    """Requests are repeated, so the kernel's delay before it uses a new link costs time and no verdict."""
    with a_world(BRIDGE.replace("ip link set wangpo up", "")) as world:
        world.run("ip link set wangpo up")
        assert probe(world, ACROSS).crossed


@as_judge
def test_ipv6_crosses_the_bridge_even_while_addresses_are_tentative() -> None:
    """The kernel refuses to send from an address that it still checks; that passes by itself."""
    setup = f"""{BRIDGE}
    ip -n ximenqing-ns addr add fd00::96/64 dev xmq2wp
    ip -n panjinlian-ns addr add fd00::69/64 dev pjl2wp
    """
    with a_world(setup) as world:
        result = probe(world, PingProbe("fd00::69", "ximenqing-ns", "wangpo"), timeout=6)
        assert (result.answered, result.crossed, result.error, result.dev) == (True, True, None, "xmq2wp")


@as_judge
def test_a_link_local_address_names_its_device() -> None:
    """fe80::1%DEV is sent by that device."""
    with a_world(f"{BRIDGE}\nip -n panjinlian-ns addr add fe80::69/64 dev pjl2wp nodad") as world:
        result = probe(world, PingProbe("fe80::69%xmq2wp", "ximenqing-ns"), timeout=6)
        assert (result.answered, result.dev) == (True, "xmq2wp")


@as_judge
def test_a_firewall_that_forbids_it_says_so() -> None:
    """A prohibit route refuses the send with its own words."""
    with a_world(f"{BRIDGE}\nip -n ximenqing-ns route add prohibit {FAR}/32") as world:
        result = probe(world, ACROSS)
        assert (result.answered, result.error) == (False, "Permission denied")


@as_judge
def test_a_host_that_refuses_is_no_answer() -> None:
    """An ICMP error on the way back carries the request in it, and is neither a reply nor a crossing."""
    setup = f"""{BRIDGE}
    ip -n panjinlian-ns addr del {FAR}/24 dev pjl2wp
    ip -n panjinlian-ns addr add 192.168.188.1/24 dev pjl2wp
    ip -n panjinlian-ns route add unreachable 10.9.0.0/16
    ip -n ximenqing-ns route add 10.9.0.0/16 via 192.168.188.1
    ip netns exec panjinlian-ns sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
    """
    with a_world(setup) as world:
        result = probe(world, PingProbe("10.9.0.1", "ximenqing-ns", "wangpo"), timeout=0.5)
        assert result == PingResult(answered=False, way=result.way, dev="xmq2wp")
        assert result.path == ("wp2xmq", "wp2pjl")
        assert {seen.kind for seen in result.way} == {"request", "error"}


@as_judge
def test_a_namespace_that_is_gone_is_an_error() -> None:
    """The question cannot be asked there."""
    with a_world() as world:
        result = probe(world, PingProbe("127.0.0.1", "nowhere"))
        assert result == PingResult(answered=False, error="No such file or directory")


@as_judge
def test_two_probes_at_once_do_not_mix() -> None:
    """Each takes only the reply to its own request."""
    with a_world(f"{BRIDGE}\nip link set wp2pjl down; ip -n ximenqing-ns link set lo up") as world:
        with world.observer() as observer:
            snapshot = observer.snapshot()

        async def both() -> tuple[PingResult, ...]:
            questions = (ACROSS, PingProbe(NEAR, "ximenqing-ns", "wangpo"))
            asked = (ping(question, snapshot, world.root, world.netns, 0.5) for question in questions)
            return tuple(await asyncio.gather(*asked))

        assert [result.answered for result in asyncio.run(both())] == [False, True]
