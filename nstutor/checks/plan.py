"""A lesson with its checks, and what of it counts for a submission."""

from __future__ import annotations

from collections.abc import Mapping

from nstutor import NamedTuple
from nstutor.checks.base import Check
from nstutor.lesson.model import Lesson, Step


class Plan(NamedTuple):
    """A lesson with its check lines compiled, by step id."""

    lesson: Lesson
    checks: Mapping[str, tuple[Check, ...]]

    def looks(self, step: Step) -> bool:
        """Whether the step is only about looking (`ran`, questions) and so costs a submission nothing."""
        return self.only_looks(step) and not self.asks(step)

    def only_looks(self, step: Step) -> bool:
        """Whether nothing is done in the step, nor required to be run."""
        checks = self.checks[step.id]
        return all(check.looks for check in checks) and not (step.required and checks)

    @property
    def points(self) -> int:
        """What a submission can get, bonuses aside."""
        return sum(step.points for step in self.lesson.steps if not (self.looks(step) or step.bonus))

    def asks(self, step: Step) -> bool:
        """Whether a submission must answer its questions: it is required, or the lesson has no step of doing."""
        return bool(step.questions) and (step.required or all(map(self.only_looks, self.lesson.steps)))
