"""Grade a submission: its lines are typed into a fresh lab, as the student would have typed them."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from nstutor.conductor import Conductor
from nstutor.errors import UsageError, WorldDiedError, kept_as_fault, write_report
from nstutor.intake import read_at_most
from nstutor.lab.world import Limits, Maker
from nstutor.patience import outwait
from nstutor.report.result import Result, step_results
from nstutor.session import Order, Plan, Session
from nstutor.shell.keyboard import refuse_control_characters
from nstutor.shell.turn import Ended, Terms, Turn

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST = 8 << 20
"""Bytes of a submission; nobody types that much."""
JOBS_INTERVAL = 0.02
"""Seconds between two looks at what runs in the background."""


@dataclass(frozen=True)
class GradingLimits:
    """What one submission may use."""

    command_seconds: float = 30.0
    total_seconds: float = 120.0
    output_bytes: int = 16 * 1024 * 1024
    memory_bytes: int = 1 << 30
    world: Limits = field(default_factory=Limits.grading)


@dataclass(frozen=True)
class Submission:
    """A script as it was handed in: its name and its lines, without line ends."""

    name: str
    lines: tuple[str, ...]


def read_submission(path: str) -> Submission:
    """Read a script of the student's commands. Raises UsageError when it cannot be read."""
    try:
        data = read_at_most(path, LONGEST + 1)
    except IsADirectoryError:
        raise UsageError(f"{path} is a directory", "Name the script itself.") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    if len(data) > LONGEST:
        raise UsageError(f"{path} is longer than {LONGEST >> 20} MiB", "A submission is a script of typed commands.")
    text = data.removeprefix(BYTE_ORDER_MARK).decode("utf-8", errors="surrogateescape")
    # Only \n and \r\n end a line for bash; str.splitlines() knows a dozen more.
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines and not lines[-1]:
        lines.pop()
    return Submission(os.path.basename(path), tuple(lines))


def _silent(_: bytes) -> None:
    """Nobody watches a submission's output."""


@dataclass
class _Typist:
    """Types the lines one by one, within the limits."""

    conductor: Conductor
    limits: GradingLimits
    commands: int = 0
    notes: list[str] = field(default_factory=list)
    deadline: float = field(init=False)
    """By time.monotonic(): when the whole time is over."""

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.limits.total_seconds

    async def type_all(self, lines: Sequence[str]) -> None:
        """Until the last line, the end of the shell, or the end of the time."""
        ended = Ended.READY
        for number, line in enumerate(lines, 1):
            left = self.deadline - time.monotonic()
            if left <= 0:
                self.notes.append(f"line {number} and later were not typed: {self.limits.total_seconds:g} s were over")
                return
            turn = await self._type(number, line, min(left, self.limits.command_seconds))
            if turn is None:
                continue
            ended = turn.ended
            if ended is Ended.GONE:
                if self.conductor.watchdog.bitten:
                    self.notes.append(f"line {number} was ended with its world: {self.conductor.watchdog.bitten}")
                return
        if ended is Ended.MORE:
            self.notes.append("the last command is not complete: bash waits for more")

    async def _type(self, number: int, line: str, limit: float) -> Turn | None:
        try:
            refuse_control_characters(line)
        except UsageError as error:
            self.notes.append(f"line {number} was not typed: {error.message}")
            return None
        conductor = self.conductor
        turn = await conductor.run(line, _silent, Terms(limit, self.limits.output_bytes, pace=True))
        self._note(number, turn, limit)
        if turn.ended is not Ended.MORE:
            self.commands += bool(line.strip()) and not line.lstrip().startswith("#")
            if conductor.observe().probing:
                await conductor.settle()
            await outwait(conductor, min(limit, self.deadline - time.monotonic()))
        return turn

    def _note(self, number: int, turn: Turn, limit: float) -> None:
        if turn.ended is Ended.TIMEOUT:
            self.notes.append(f"line {number} was ended after {limit:.3g} s: {turn.line.strip()[:60]}")
        if turn.ended is Ended.FLOODED:
            size = self.limits.output_bytes // (1024 * 1024)
            self.notes.append(f"line {number} was ended after {size} MiB of output: {turn.line.strip()[:60]}")


async def grade(plan: Plan, submission: Submission, maker: Maker, limits: GradingLimits) -> Result:
    """Type a submission into a fresh world and judge it. A broken world is told in the result's `error`."""
    began = time.monotonic()
    session = Session(plan, Order.ANY)
    error = None
    faults = _collect_faults()
    with maker.world(limits.world, None) as world, Conductor(world, session, memory=limits.memory_bytes) as conductor:
        typist = _Typist(conductor, limits)
        try:
            with kept_as_fault(faults):
                await conductor.open(_silent)
                await conductor.play_setup()
                await conductor.begin_with_probes()
                await typist.type_all(submission.lines)
                await _let_jobs_end(conductor, typist.deadline)
                await conductor.finish()
        except WorldDiedError as death:
            error = f"the world ended: {death.message}"
    if faults:
        error = f"internal error: {faults[0]!r}; a report is in {write_report(faults[0])}"
    return _result(session, submission, typist, time.monotonic() - began, error)


async def _let_jobs_end(conductor: Conductor, deadline: float) -> None:
    """Give what still runs in the background as long as the slowest check has, unless nothing is open any more.

    No longer than to the deadline, by time.monotonic().
    """
    session = conductor.session
    slowest = max((check.within for checks in session.plan.checks.values() for check in checks), default=0.0)
    until = min(time.monotonic() + slowest, deadline)
    while not session.complete and time.monotonic() < until and conductor.jobs():
        await asyncio.sleep(JOBS_INTERVAL)
        if conductor.observe().probing:
            await conductor.settle()


def _collect_faults() -> list[BaseException]:
    """What goes wrong in the loop's own callbacks is ours; it must not look like the student's failure."""
    faults: list[BaseException] = []

    def on_fault(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        fault = context.get("exception")
        faults.append(fault if isinstance(fault, BaseException) else RuntimeError(str(context.get("message"))))

    asyncio.get_running_loop().set_exception_handler(on_fault)
    return faults


def _result(session: Session, submission: Submission, typist: _Typist, seconds: float, error: str | None) -> Result:
    lesson = session.plan.lesson
    return Result(
        lesson=lesson.id,
        lesson_title=lesson.title,
        lesson_path=lesson.path,
        sha256=lesson.sha256,
        submission=submission.name,
        steps=step_results(session),
        commands=typist.commands,
        duration_ms=round(1000 * seconds),
        notes=tuple(typist.notes),
        error=error,
    )
