"""The probes of the step at hand while the learner is at the prompt: begun, given up, and told what they came to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from nstutor.lesson.model import Step
from nstutor.session.outcome import LineOutcome
from nstutor.ui.announcer import Announcer
from nstutor.ui.lesson_run import LessonRun
from nstutor.ui.tasks import Tasks

PATIENCE = 0.15
"""Seconds that a prompt may wait for an echo; a slower one reports above the prompt."""


class Probing:
    """Runs the probes that an observation wants, beside the prompt."""

    def __init__(
        self, room: LessonRun, announcer: Announcer, tasks: Tasks, tell: Callable[[Sequence[Step]], Awaitable[None]]
    ) -> None:
        """`tell` is called after each round with what it passed."""
        self._room, self._teller, self._tasks, self._tell = room, announcer, tasks, tell
        self._task: asyncio.Task[None] | None = None
        self._stamp: tuple[int, int] | None = None
        """Of the network that the probes under way were begun for."""
        self._found = asyncio.Event()
        """A probe passed something."""

    @property
    def busy(self) -> bool:
        """Whether probes are under way."""
        return self._task is not None and not self._task.done()

    async def verify(self, observed: LineOutcome) -> None:
        """Run what is wanted; a prompt does not wait long for that, nor for what the next step wants."""
        task = self.begin(observed)
        if task is None:
            return
        found = asyncio.ensure_future(self._found.wait())
        await asyncio.wait({task, found}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        found.cancel()

    def begin(self, observed: LineOutcome) -> asyncio.Task[None] | None:
        """Run what is wanted; what is under way is given up if the network is another one now."""
        if not observed.probing or observed.after is None:
            return None
        if observed.after.stamp != self._stamp:
            self.give_up()
        self._stamp = observed.after.stamp
        return self.settle(ahead=bool(observed.passed))

    def give_up(self) -> None:
        """What is still waited for is tried again after what is done now."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def settle(self, *, ahead: bool = False) -> asyncio.Task[None]:
        """Run what the session wants, unless that is under way; `ahead` if the step before was passed just now."""
        if self._task is None or self._task.done():
            self._found.clear()
            self._task = self._tasks.start(self._settle_and_tell(ahead))
        return self._task

    async def _settle_and_tell(self, ahead: bool) -> None:
        async for passed in self._room.live.settling():
            self._teller.note(passed, ahead=ahead)
            if passed:
                self._found.set()
                ahead = True
            await self._tell(passed)
