"""Re-evaluating on kernel events: operstate lags, a deleted namespace's devices linger."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Iterable

from nstutor.lesson.model import Step
from nstutor.session.live import LiveSession

POLL = 0.1
"""Seconds between two looks at what no event tells of."""
CALM_LOOKS = 2
"""After so many, in POLL seconds at the least, nothing starts any more."""
REST_SECONDS = 3.0
"""The most that is waited for an untouched world to come to rest: the search for duplicate addresses takes some two
seconds (RFC 4862, section 5.4), the kernel's queue of devices one (net/core/link_watch.c)."""
STARTING_SECONDS = 30.0
"""The most that is waited for what starts: in a loop, something always does."""


async def begin_at_rest(live: LiveSession) -> None:
    """Show the session the untouched world with its probes' results, once what the setup began is done.

    What comes true by itself a moment later, or while the network still changes, is nobody's work either.
    """
    loop, session = asyncio.get_running_loop(), live.session
    end, latest = loop.time() + REST_SECONDS, loop.time() + STARTING_SECONDS
    while (wanted := live.begin().wanted) or session.patience():
        if live.jobs() and live.world.starting():
            end = min(loop.time() + REST_SECONDS, latest)
        if (left := end - loop.time()) <= 0:
            break
        if wanted:
            await live.probe(wanted, brief=True)
        else:
            await readable(live.observer.descriptors(), min(left, POLL))
            live.retry()
    live.probes.begin(live.executions.last, live.look())


async def wait_until_settled(live: LiveSession, most: float) -> tuple[Step, ...]:
    """Judge again at the kernel's events while a check may come true by itself; the steps that were passed by it.

    Ends when the time that the checks give after the last change (`within`) is over, after `most` seconds at the
    latest, and at once if there is nothing to wait for. Not for `learn`, which listens to the events anyway.
    """
    passed: list[Step] = []
    loop = asyncio.get_running_loop()
    until = loop.time() + most
    if live.session.silent and live.jobs():
        passed += await let_start(live, until)
    # What starts in the background changes nothing at first: then the time counts from now.
    began = loop.time() if live.session.silent else live.changed_at
    end = min(began + live.session.patience(), until)
    while live.session.patience() and (left := end - loop.time()) > 0:
        passed += await _look_again(live, min(left, POLL) if live.session.silent else left, until)
    return tuple(passed)


async def let_start(live: LiveSession, until: float) -> tuple[Step, ...]:
    """Judge while what was put into the background starts; the steps that were passed by it.

    bash is ready before that has become the program that it will be, and how long a program takes to begin with its
    work is a matter of the machine. Until nothing has been starting for a while.
    """
    passed: list[Step] = []
    loop = asyncio.get_running_loop()
    calm, end = 0, min(loop.time() + STARTING_SECONDS, until)
    while live.session.silent and calm < CALM_LOOKS and loop.time() < end:
        # Asked before it is judged: what is judged last is what was there when nothing started any more.
        calm = 0 if live.world.starting() else calm + 1
        await asyncio.sleep(POLL / CALM_LOOKS)
        passed += await _judge_again(live, until)
    return tuple(passed)


async def _look_again(live: LiveSession, seconds: float, until: float) -> list[Step]:
    """Judge again after an event, or so many seconds; the steps that were passed by it.

    Probes are tried as long as the loop's clock allows.
    """
    await readable(live.observer.descriptors(), seconds)
    return await _judge_again(live, until)


async def _judge_again(live: LiveSession, until: float) -> list[Step]:
    observed = live.observe()
    return [*observed.passed, *(await live.settle(until) if observed.probing else ())]


async def readable(descriptors: Iterable[int], seconds: float) -> bool:
    """Wait until one of the descriptors can be read; False when the time is over."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    with select.epoll() as epoll:
        for descriptor in descriptors:
            epoll.register(descriptor, select.EPOLLIN)
        loop.add_reader(epoll, ready.set)
        try:
            # Python 3.11's wait_for() loses a cancellation that comes at the same moment as what is waited for.
            async with asyncio.timeout(seconds):
                return await ready.wait()
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(epoll)
