"""One submission to be graded, as a record that travels to whatever process does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nstutor import NamedTuple
from nstutor.grading.grade import grade
from nstutor.grading.limits import GradingLimits
from nstutor.grading.submission import Submission
from nstutor.kernel.observer import preload
from nstutor.lab.judge import become_judge
from nstutor.lab.world import Maker
from nstutor.language import speaking
from nstutor.report.result import Result
from nstutor.session import Plan


class Task(NamedTuple):
    """A submission, and all that is needed to grade it: the lesson itself, and no file."""

    plan: Plan
    submission: Submission
    limits: GradingLimits
    language: str
    picture: bool = False
    """Whether the result is to have a drawing."""


@contextmanager
def judging(*, once: bool = False) -> Iterator[Callable[[Task], Result]]:
    """In a worker (nursery.py): become a judge with a maker of worlds; what it gives grades one task after another.

    With `once` there will be one only. Raises CannotRunHereError where no lab can be made.
    """
    become_judge()
    with Maker(once=once) as maker:
        yield lambda task: asyncio.run(_graded(task, maker))


async def _graded(task: Task, maker: Maker) -> Result:
    with speaking(task.language):
        return await grade(task.plan, task.submission, maker, task.limits, picture=task.picture)


def load_all() -> None:
    """Import what grading needs, before workers are forked: they share it then."""
    preload()
