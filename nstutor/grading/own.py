"""The learner's own work: what was typed in `learn` is typed again, with the keys that its programs got."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from itertools import accumulate

from nstutor.grading.limits import GradingLimits
from nstutor.grading.script_runner import ScriptRunner, silent
from nstutor.grading.submission import Submission, Typed
from nstutor.lab.home_archive import put_changes
from nstutor.session.live import LiveSession
from nstutor.session.replay import Replay
from nstutor.shell.turn import Ended, LineResult, RunOptions
from nstutor.text.i18n import _

SLACK = 0.5
"""Seconds more than it took."""
NOTHING = LineResult("", Ended.READY, None, b"", b"", 0.0)
"""What became of a line that was not typed, or that still runs."""
JOBS_INTERVAL = 0.02


def runner_for(submission: Submission, live: LiveSession, limits: GradingLimits) -> ScriptRunner:
    """Who types this submission."""
    runner = OwnTypist(live, limits, submission.typed) if submission.typed else ScriptRunner(live, limits)
    runner.notes += submission.notes
    return runner


class OwnTypist(ScriptRunner):
    """Types what was recorded, into as many shells. As in `learn`, another one begins where the outermost one ends."""

    def __init__(self, live: LiveSession, limits: GradingLimits, typed: Sequence[Typed | None]) -> None:
        super().__init__(live, limits)
        self._typed = [one for one in typed if one is not None]
        self._typed_before = list(accumulate((one is not None for one in typed), initial=0))
        """How many of these stand before each line."""
        lines = [one.recorded for one in self._typed]
        self._replay = Replay(live, lines, silent, partial(put_changes, live.world))

    async def type_all(self, lines: Sequence[str]) -> None:
        """See Typist."""
        try:
            await super().type_all(lines)
            if not self.enough() and not self.live.world.ended:
                await asyncio.wait_for(self._replay.finish(), max(self.deadline - time.monotonic(), 0.0))
        except TimeoutError:
            self.notes.append(
                _("what still ran was not waited for: {seconds:g} s were over").format(
                    seconds=self.limits.total_seconds
                )
            )
        finally:
            self._replay.close()

    async def enter(self, number: int, line: str, terms: RunOptions) -> LineResult:
        """See Typist."""
        index = self._typed_before[number - 1]
        typed = self._typed[index]
        turn = await self._replay.type(index, terms)
        told = line.strip()[:60]
        if typed.fatal:
            self.notes.append(
                _("line {line} was not typed again, for it ended the lab: {command}").format(line=number, command=told)
            )
        elif typed.recorded.unseen:
            note = _("line {line} was not typed again, for what was typed into it unseen is not kept: {command}")
            self.notes.append(note.format(line=number, command=told))
        elif typed.recorded in self._replay.left_out:
            self.notes.append(
                _(
                    "line {line} was not typed again, for its terminal stood in {netns}, which is not there: {command}"
                ).format(line=number, netns=typed.recorded.netns, command=told)
            )
        if typed.awaited:
            await self._await_jobs(typed)
        return turn or NOTHING

    async def _await_jobs(self, typed: Typed) -> None:
        """Give what runs in the background the time that it had, until it has done what it did then."""
        until = min(time.monotonic() + typed.seconds + SLACK, self.deadline)
        while time.monotonic() < until and self.live.jobs() and not self._reached(typed.awaited):
            await asyncio.sleep(JOBS_INTERVAL)
            if self.live.observe().probing:
                await self.live.settle(self.deadline)

    def _reached(self, steps: Sequence[str]) -> bool:
        return all(state.reached for state in self.live.session.states if state.step.id in steps)
