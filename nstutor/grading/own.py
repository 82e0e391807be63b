"""The learner's own work: what was typed in `learn` is typed again, with the keys that its programs got."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from nstutor.conductor import Conductor
from nstutor.grading.limits import GradingLimits
from nstutor.grading.submission import Submission, Typed
from nstutor.grading.typist import Typist, silent
from nstutor.language import _
from nstutor.retyping import retype
from nstutor.shell.turn import Terms, Turn

SLACK = 0.5
"""Seconds more than it took."""
JOBS_INTERVAL = 0.02


def typist_for(submission: Submission, conductor: Conductor, limits: GradingLimits) -> Typist:
    """Who types this submission."""
    typist = OwnTypist(conductor, limits, submission.typed) if submission.typed else Typist(conductor, limits)
    typist.notes += submission.notes
    return typist


class OwnTypist(Typist):
    """Types what was recorded. As in `learn`, a new shell begins where the outermost one ends."""

    def __init__(self, conductor: Conductor, limits: GradingLimits, typed: Sequence[Typed]) -> None:
        super().__init__(conductor, limits)
        self._typed = typed

    async def enter(self, number: int, line: str, terms: Terms) -> Turn:
        """See Typist."""
        typed = self._typed[number - 1]
        if typed.fatal:
            self.notes.append(_("line {line} was not typed again, for it ended the lab: {command}").format(
                line=number, command=line.strip()[:60]))
            return await super().enter(number, "", terms)
        turn = await retype(self.conductor, line, silent, replace(terms, keyboard=typed.keyboard))
        if typed.awaited:
            await self._await_jobs(typed)
        return turn

    async def goes_on(self) -> bool:
        """See Typist."""
        if self.conductor.world.ended:
            return False
        await self.conductor.reopen(silent)
        return True

    async def _await_jobs(self, typed: Typed) -> None:
        """Give what runs in the background the time that it had, until it has done what it did then."""
        until = min(time.monotonic() + typed.seconds + SLACK, self.deadline)
        while time.monotonic() < until and self.conductor.jobs() and not self._reached(typed.awaited):
            await asyncio.sleep(JOBS_INTERVAL)
            if self.conductor.observe().probing:
                await self.conductor.settle(self.deadline)

    def _reached(self, steps: Sequence[str]) -> bool:
        return all(state.reached for state in self.conductor.session.states if state.step.id in steps)
