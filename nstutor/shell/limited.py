"""A line's limits: what is over its time, or prints too much, is ended."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable

from nstutor.shell.front import Front
from nstutor.shell.turn import Ended, PendingLine

PATIENCE = 0.5
"""Seconds for a program to end after it was asked to."""


async def within_limits(turn: PendingLine, front: Front, interrupt: Callable[[], None]) -> Ended:
    """Wait for the end of the line; one that comes to a limit is ended, and the turn keeps which limit it was."""
    try:
        # Python 3.11's wait_for() loses a cancellation that comes at the same moment as the result.
        async with asyncio.timeout(turn.terms.seconds):
            ended = await asyncio.shield(turn.done)
    except TimeoutError:
        ended = Ended.TIMEOUT
    if ended not in {Ended.TIMEOUT, Ended.FLOODED}:
        return ended
    turn.limit = ended
    turn.done = asyncio.get_running_loop().create_future()
    await _stop(turn, front, interrupt)
    gone = turn.done.done() and turn.done.result() is Ended.GONE
    return Ended.GONE if gone else ended


async def _stop(turn: PendingLine, front: Front, interrupt: Callable[[], None]) -> None:
    """End what runs in front: ask twice, as a person at the keyboard would, then kill its process group."""

    def kill() -> None:
        front.signal(signal.SIGKILL)

    for attempt in (interrupt, interrupt, kill, kill):
        attempt()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await asyncio.shield(turn.done)
            return
