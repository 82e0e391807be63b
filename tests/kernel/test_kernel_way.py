"""Whether the bridge itself passed an echo on, and what did if it was not the bridge."""

from __future__ import annotations

import asyncio

import pytest
from kernel_world import BRIDGE, World, a_world, as_judge
from ways import BESIDE, FAR, HONEST, NEAR

from nstutor.kernel.model import PingProbe, PingResult
from nstutor.kernel.probe import ping
from nstutor.kernel.way import Cause

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
