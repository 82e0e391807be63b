"""Whether a lesson file is well formed: its own faults, those of its checks, and hints that give too much away."""

from __future__ import annotations

from pathlib import Path

from nstutor.checks.registry import compile_lesson
from nstutor.errors import Fault, LessonError
from nstutor.lesson.faults import Faults
from nstutor.lesson.model import Lesson
from nstutor.lesson.parse import examine
from nstutor.session.steps import Plan
from nstutor.text.i18n import _


def read_plan(path: str | Path, seed: str = "") -> tuple[Plan | None, tuple[Fault, ...]]:
    """The lesson with its checks, or all of its faults at once.

    Raises UsageError for a file that cannot be read.
    """
    try:
        lesson, faults = examine(path, seed)
    except LessonError as error:
        return None, error.faults
    if lesson is None:
        return None, faults.all
    plan = _compiled(lesson, faults)
    if plan is not None:
        refuse_idle_points(plan, faults)
    refuse_early_solutions(lesson, faults)
    return (None if faults.all else plan), faults.all


def _compiled(lesson: Lesson, faults: Faults) -> Plan | None:
    try:
        return Plan(lesson, compile_lesson(lesson))
    except LessonError as error:
        faults.take(error)
        return None


def refuse_idle_points(plan: Plan, faults: Faults) -> None:
    """Note a fault for each step that has points and costs a submission nothing."""
    for step in plan.lesson.steps:
        if (step.points != 1 or step.bonus) and plan.looks(step):
            faults.add_line(step.line, _("this step only looks: its points count only with a check and `.required`"))


def refuse_early_solutions(lesson: Lesson, faults: Faults) -> None:
    """Note a fault for each hint before the last that holds a whole line of a solution.

    A line that the step's own text shows anyway gives nothing away.
    """
    for step in lesson.steps:
        solution = step.secret_lines()
        start = step.line
        for hint in step.hints[:-1]:
            for text in hint.split("\n"):
                start = _line_of(text, start, lesson)
                _refuse_line(text, start, solution, faults)


def _line_of(text: str, start: int, lesson: Lesson) -> int:
    """The number of the first line from `start` on that reads so; `start` where none does."""
    return next(
        (
            number
            for number in range(start, len(lesson.source) + 1)
            if lesson.source[number - 1].strip() == text.strip()
        ),
        start,
    )


def _refuse_line(text: str, number: int, solution: tuple[str, ...], faults: Faults) -> None:
    given = next((line for line in solution if line in text), None)
    if given is not None:
        message = _("only the last hint may hold a whole line of the solution: `{line}`").format(line=given)
        faults.add_line(number, message)
