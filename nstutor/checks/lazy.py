"""A lesson's checks, read when they are first asked for: the first prompt does not wait for their grammar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nstutor.checks.base import Check
from nstutor.lesson.model import Lesson

Checks = Mapping[str, tuple[Check, ...]]


def compile_now(lesson: Lesson) -> Checks:
    """The checks by step id. Raises LessonError with all their faults."""
    from nstutor.checks.registry import compile_lesson

    return compile_lesson(lesson)


class LateChecks(Mapping[str, tuple[Check, ...]]):
    """The same, as late as possible."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._compiled: Checks | None = None

    def _checks(self) -> Checks:
        if self._compiled is None:
            self._compiled = compile_now(self._lesson)
        return self._compiled

    def __getitem__(self, step_id: str) -> tuple[Check, ...]:
        return self._checks()[step_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._checks())

    def __len__(self) -> int:
        return len(self._checks())
