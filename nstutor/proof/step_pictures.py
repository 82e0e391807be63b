"""The pictures of a lesson: what stands in the lab after each step, drawn from a world in which it is played."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping

from nstutor.kernel.model import Link, Snapshot
from nstutor.lab.world_factory import WorldFactory
from nstutor.picture.shapes import End
from nstutor.picture.svg import draw
from nstutor.proof.playback import Playback, stage
from nstutor.session.steps import Order, Plan

START = ""
"""Stands where a step's id would, for the lab as the lesson's setup leaves it."""
_SETTLING, _INTERVAL = 5.0, 0.05


async def draw_steps(plan: Plan, factory: WorldFactory) -> Mapping[str, str]:
    """Play the first solutions in one world: step id to SVG of the lab after it, where it differs from the one before.

    What the setup gives is drawn as well, under START. Raises what a world raises (CannotRunHereError, WorldDiedError).
    """
    pictures: dict[str, str] = {}
    last = ""
    async for step, snapshot in states(plan, factory):
        picture = draw(snapshot)
        if picture != last and (step != START or plan.lesson.setup):
            pictures[step] = picture
        last = picture
    return pictures


async def states(plan: Plan, factory: WorldFactory) -> AsyncGenerator[tuple[str, Snapshot], None]:
    """The lab before the first step, under START, then after each step's first solution, under its id."""
    async with stage(plan, factory, Order.IN_TURN) as play:
        halves = set[End]()
        yield START, await _settled(play, halves)
        for index, step in enumerate(plan.lesson.steps):
            await play.type(step.solutions[0].lines)
            await play.answer(index)
            if play.session.position <= index:
                play.skip(index)
                await play.observe()
            yield step.id, await _settled(play, halves)


async def _settled(play: Playback, halves: set[End]) -> Snapshot:
    """The lab once the kernel has done what it does behind a command.

    Carriers are told to everybody up to 1 s late, and only then does a bridge have its own (net/core/link_watch.c). The
    veths of a deleted namespace go some time after it (cleanup_net in net/core/net_namespace.c): until then their other
    ends have no peer to be seen. `halves` are those that have none for good; more are added.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + _SETTLING
    snapshot = play.look()
    while clock() < deadline and (any(map(_lags, snapshot.links())) or _halves(snapshot) - halves):
        await asyncio.sleep(_INTERVAL)
        snapshot = play.look()
    halves |= _halves(snapshot)
    return snapshot


def _lags(link: Link) -> bool:
    """Whether the operational state is not yet what the carrier makes it (RFC 2863)."""
    return link.up and not link.loopback and link.carrier == (link.operstate in ("DOWN", "LOWERLAYERDOWN"))


def _halves(snapshot: Snapshot) -> set[End]:
    """The veths of which the other end is not to be seen."""
    return {(link.netns, link.name) for link in snapshot.links() if link.type == "veth" and link.peer is None}
