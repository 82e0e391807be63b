"""What runs beside the prompt. A fault of ours in there must not stop the verdicts without a word."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import AbstractContextManager
from typing import Any, NoReturn, TypeVar

from nstutor.errors import INTERRUPTED
from nstutor.ui.keyboard import KeyQueue

Value = TypeVar("Value")

INTERRUPT = b"\x03"
GRACE = 5.0
"""Seconds in which the tasks of a lesson that was told to end may end. None is known that does not; but one that waited
for ever would keep its learner out of the lesson, with nobody left to see it."""


def run_to_end(work: Coroutine[Any, Any, Value]) -> Value:
    """Run what a lesson is, as asyncio.run() does; when it is told to end (SystemExit) it ends, whatever waits."""
    try:
        with asyncio.Runner() as runner:
            try:
                return runner.run(work)
            except SystemExit:
                signal.signal(signal.SIGALRM, _wait_no_longer)
                signal.setitimer(signal.ITIMER_REAL, GRACE)
                raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _wait_no_longer(*_: object) -> NoReturn:
    """What is around the lesson, the terminal for one, is still closed in order."""
    raise SystemExit(INTERRUPTED)


def end() -> None:
    """End as when told so from outside: everything is closed, and the record tells where to go on."""
    signal.raise_signal(signal.SIGTERM)


def ended_by_interrupt(keys: KeyQueue) -> AbstractContextManager[None]:
    """For the body, in which nobody takes keys, Ctrl-C is the end; all others wait."""

    def look(_count: int) -> None:
        if INTERRUPT in keys.typed:
            end()

    return keys.taken_by(look)


class Tasks:
    """Runs things beside the task that made it; the first fault in one of them, or in a callback, ends that task."""

    def __init__(self) -> None:
        self._owner = asyncio.current_task()
        self._running: set[asyncio.Task[None]] = set()
        self._fault: BaseException | None = None
        asyncio.get_running_loop().set_exception_handler(self._on_callback_fault)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin some work."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._on_done)
        return task

    def stop(self) -> None:
        """Cancel what still runs."""
        for task in tuple(self._running):
            task.cancel()

    def raise_fault(self) -> None:
        """Raise the fault that ended the owner, if there was one."""
        if self._fault is not None:
            raise self._fault

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._end_owner(fault)

    def _on_callback_fault(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._end_owner(context.get("exception") or RuntimeError(context["message"]))

    def _end_owner(self, fault: BaseException) -> None:
        if self._fault is None:
            self._fault = fault
            if self._owner is not None:
                self._owner.cancel()
