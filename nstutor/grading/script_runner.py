"""Typing a submission's lines, as the student would have typed them, within its limits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nstutor.errors import UsageError
from nstutor.grading import limit_notes as hits
from nstutor.grading.answers import Answers, is_answer
from nstutor.grading.limits import GradingLimits
from nstutor.grading.machine_watch import MachineWatch
from nstutor.grading.missing_tools import MissingTools
from nstutor.session.live import LiveSession
from nstutor.session.settle import wait_until_settled
from nstutor.shell.keyboard import refuse_control_characters
from nstutor.shell.turn import Ended, LineResult, RunOptions
from nstutor.text.i18n import _

MOST_REFUSED = 10
"""So many lines that cannot be typed are named; a file that is no text has thousands."""


def silent(_data: bytes) -> None:
    """Nobody watches a submission's output."""


@dataclass(eq=False, repr=False)
class ScriptRunner:
    """Types the lines one by one, within the limits."""

    live: LiveSession
    limits: GradingLimits
    commands: int = 0
    notes: list[hits.Note] = field(default_factory=list)
    refused: int = 0
    """Lines that no terminal would take as text."""
    enough: Callable[[], bool] = lambda: False
    """Asked after each line: whether the rest need not be typed."""
    machine: MachineWatch | None = None
    missing: MissingTools = field(default_factory=MissingTools)
    """Who is told of each line that has ended, besides."""
    line: int = 0
    """Number of the newest line that was typed."""
    deadline: float = field(init=False)
    """By time.monotonic(): when the whole time is over."""

    answers: Answers = field(init=False)

    def __post_init__(self) -> None:
        self.answers = Answers(self.live)
        self.deadline = time.monotonic() + self.limits.total_seconds

    async def type_all(self, lines: Sequence[str]) -> None:
        """Until the last line, the end of the shell, or the end of the time, which begins now.

        How long the lab and the lesson's setup took is no matter of the student's.
        """
        self.deadline = time.monotonic() + self.limits.total_seconds
        ended = Ended.READY
        for number, line in enumerate(lines, 1):
            left = self.deadline - time.monotonic()
            if left <= 0:
                note = _("line {line} and later were not typed: {seconds:g} s were over")
                self.notes.append(note.format(line=number, seconds=self.limits.total_seconds))
                return
            if ended is not Ended.INCOMPLETE and is_answer(line):
                await self._take_answer(number, line)
                if self.enough():
                    return
                continue
            try:
                refuse_control_characters(line)
            except UsageError as error:
                self._note_refused(number, error)
                continue
            turn = await self._type(number, line, min(left, self.limits.command_seconds))
            ended, self.line = turn.ended, number
            if self.enough():
                return
            if ended is Ended.GONE and not await self.goes_on():
                if self.live.monitor.kill_reason:
                    note = _("line {line} was ended with its world: {why}")
                    self.notes.append(note.format(line=number, why=self.live.monitor.kill_reason))
                return
        if ended is Ended.INCOMPLETE:
            self.notes.append(_("the last command is not complete: bash waits for more"))

    async def _take_answer(self, number: int, line: str) -> None:
        self.notes += self.answers.take(number, line)
        self.line = number
        if self.live.observe().probing:
            await self.live.settle(self.deadline)

    async def enter(self, number: int, line: str, terms: RunOptions) -> LineResult:
        """Type one line, which has this number, and wait for the shell."""
        assert number
        return await self.live.run(line, silent, terms)

    async def goes_on(self) -> bool:
        """Whether lines are typed after the end of the outermost shell."""
        return False

    def _note_refused(self, number: int, error: UsageError) -> None:
        self.refused += 1
        if self.refused <= MOST_REFUSED:
            self.notes.append(_("line {line} was not typed: {why}").format(line=number, why=error.message))
        elif self.refused == MOST_REFUSED + 1:
            self.notes.append(_("line {line} was not typed either, nor were others like it").format(line=number))

    async def _type(self, number: int, line: str, limit: float) -> LineResult:
        live = self.live
        turn = await self.enter(number, line, RunOptions(limit, self.limits.output_bytes, pace=True))
        self.notes += hits.of_turn(number, turn, limit, self.limits)
        if self.machine is not None:
            self.machine.typed(line, turn.output)
        self.notes += self.missing.typed(number, turn)
        if turn.ended is not Ended.INCOMPLETE:
            self.commands += bool(line.strip()) and not line.lstrip().startswith("#")
            if live.observe().probing:
                await live.settle(self.deadline)
            await wait_until_settled(live, min(limit, self.deadline - time.monotonic()))
        return turn
