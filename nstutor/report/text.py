"""A graded submission for a person."""

from __future__ import annotations

import os
from typing import TextIO

from nstutor.checks.base import Status
from nstutor.grading.result import Result, StepResult
from nstutor.report.lines import Lines, Words
from nstutor.text.i18n import _, n_
from nstutor.text.width import printable, width

MOST_NOTES = 10
SIGNS = {Status.PASSED: ("✓", "green"), Status.FAILED: ("✗", "red"), Status.NOT_CHECKED: ("–", "dim")}


class TextReport:
    """Each submission is shown as its result comes; of several there is a line at the end."""

    def __init__(self, file: TextIO, alone: bool) -> None:
        self._file, self._alone = file, alone
        self._lines = Lines(file)
        self._passed = self._count = 0

    def add(self, result: Result) -> None:
        """See Report."""
        if self._count:
            self._lines.line()
        show(result, self._lines)
        self._file.flush()
        self._count += 1
        self._passed += result.passed

    def end(self) -> None:
        """See Report."""
        if not self._alone:
            words = n_("{passed} of {n} submission passed", "{passed} of {n} submissions passed", self._count)
            self._lines.line()
            self._lines.line((f"  {words.format(passed=self._passed, n=self._count)}", "bold"))


def show(result: Result, lines: Lines) -> None:
    """Print one submission: a line for each step, and for a failed one its first cause."""
    score = (f"{_score(result)}   {_outcome(result)}", "bold green" if result.passed else "bold red")
    _row(lines, f"  {printable(result.submission)} · {result.lesson_title}", score)
    if result.error is None or any(step.checks for step in result.steps):
        for number, step in enumerate(result.steps, 1):
            _show_step(lines, number, step, result)
    for note in result.notes[:MOST_NOTES]:
        lines.line((f"  ! {printable(note)}", "yellow"))
    if len(result.notes) > MOST_NOTES:
        more = _("and {n} more like these").format(n=len(result.notes) - MOST_NOTES)
        lines.line((f"  ! {more}", "yellow"))
    if result.error:
        lines.line(("  ! " + result.error.replace("\n", "\n    "), "red"))
    if result.void:
        lines.line(("    " + _("It is neither passed nor failed: mend that, and grade it again."), "red"))
    last = [
        n_("{n} command", "{n} commands", result.commands).format(n=result.commands),
        _("{seconds:.1f} s").format(seconds=result.duration_ms / 1000),
    ]
    if result.pass_mark is not None:
        last.append(n_("{n} point is enough", "{n} points are enough", result.pass_mark).format(n=result.pass_mark))
    lines.line((f"  {' · '.join(last)}", "dim"))


def _outcome(result: Result) -> str:
    if result.error is not None:
        return _("void") if result.void else _("could not be graded")
    return _("passed") if result.passed else _("not passed")


def _score(result: Result) -> str:
    if not result.bonus:
        return _("{n} of {all}").format(n=result.score, all=result.max_score)
    counted = result.score - result.bonus
    return _("{n} of {all} + {bonus}").format(n=counted, all=result.max_score, bonus=result.bonus)


def _worth(step: StepResult) -> str:
    """What a step is worth, where that is not one point."""
    points = n_("{n} point", "{n} points", step.points).format(n=step.points)
    if step.bonus:
        return "  " + _("bonus, {points}").format(points=points)
    return f"  {points}" if step.points > 1 else ""


def _row(lines: Lines, left: str, right: Words) -> None:
    gap = max(3, lines.width - width(left) - width(right if isinstance(right, str) else right[0]))
    lines.line(left, " " * gap, right)


def _meant_to_go(step: StepResult, result: Result) -> bool:
    """Whether another step asks for the opposite: `netns eden` of one is `not netns eden` of the next."""
    denied = {f"not {check.check}" for check in step.checks}
    return any(check.check in denied for other in result.steps for check in other.checks)


def _show_step(lines: Lines, number: int, step: StepResult, result: Result) -> None:
    sign, style = SIGNS[step.status]
    title = (step.title, "" if step.status is Status.PASSED else "bold")
    lines.line("   ", (sign, style), f" {number:<3}", title, (_worth(step), "dim"))
    cause = step.cause
    if cause is None or step.status is Status.PASSED:
        if cause is not None:
            # Judged by its other checks: --here sends nothing.
            lines.line((f"        {cause.check}: {cause.verdict.message}", "dim"))
        if step.reached and not step.holds and step.points and not _meant_to_go(step, result):
            lines.line(("        " + _("reached, but undone by the end"), "dim"))
        return
    if step.status is Status.NOT_CHECKED:
        lines.line(("        " + (step.why or _("only looks; costs nothing")), "dim"))
        return
    place = f"{os.path.basename(result.lesson_path)}:{cause.line}"
    _row(lines, f"        {cause.verdict.message}", (place, "dim"))
    if cause.verdict.advice:
        lines.line((f"        {cause.verdict.advice}", "dim"))
