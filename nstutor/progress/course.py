"""The course as the learner stands in it."""

from __future__ import annotations

from dataclasses import dataclass

from nstutor.lesson.catalog import course
from nstutor.lesson.model import Lesson
from nstutor.lesson.parse import load
from nstutor.progress.record import Progress


@dataclass(frozen=True)
class Entry:
    """One lesson of the course."""

    lesson: Lesson
    number: str
    """As in its file's name: `03`."""
    passed: int
    """Steps that were ever passed."""
    seconds: float
    """Time spent on it."""


def overview() -> tuple[Entry, ...]:
    """The lessons in their order. Raises LessonError for a damaged file, UsageError for an unusable record."""
    entries = []
    with Progress.open() as progress:
        for path in course():
            lesson = load(path)
            known = {step.id for step in lesson.steps}
            passed = len(progress.steps_ever_passed(lesson.id) & known)
            number = path.name.partition("-")[0]
            entries.append(Entry(lesson, number, passed, progress.seconds_spent(lesson.id)))
    return tuple(entries)


def next_index(entries: tuple[Entry, ...]) -> int:
    """Where Enter goes on: the first lesson that is begun or untouched, else the first."""
    return next((i for i, entry in enumerate(entries) if entry.passed < len(entry.lesson.steps)), 0)
