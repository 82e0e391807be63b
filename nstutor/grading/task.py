"""One submission to be graded, as a record that travels to whatever process does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from nstutor import NamedTuple
from nstutor.grading.grade import grade
from nstutor.grading.limits import GradingLimits
from nstutor.grading.repeats import Gate, graded_calmly
from nstutor.grading.result import Result
from nstutor.grading.submission import Submission
from nstutor.kernel.observer import preload
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.world_factory import WorldFactory
from nstutor.session.steps import Plan
from nstutor.text.i18n import speaking


class Task(NamedTuple):
    """A submission, and all that is needed to grade it: the lesson itself, and no file."""

    plan: Plan
    submission: Submission
    limits: GradingLimits
    language: str
    picture: bool = False
    """Whether the result is to have a drawing."""
    hidden: tuple[str, ...] = ()
    """Absolute paths of what no submission may see: the lesson, all submissions, the reports."""


@contextmanager
def judging(hidden: tuple[str, ...] = (), *, once: bool = False) -> Iterator[Callable[[Task], Result]]:
    """In a worker (workers.py): become a judge with a factory of worlds; what it gives grades one task after another.

    `hidden` is what the tasks are expected to want hidden. With `once` there will be one task only. Raises
    CannotRunHereError where no lab can be made.
    """
    gate = Gate.here()
    become_supervisor()
    with ExitStack() as stack:
        factories = {hidden: stack.enter_context(WorldFactory(hidden=hidden, once=once))}

        def perform(task: Task) -> Result:
            if task.hidden not in factories:
                stack.pop_all().close()
                factories.clear()
                factories[task.hidden] = stack.enter_context(WorldFactory(hidden=task.hidden))
            return asyncio.run(_graded(task, factories[task.hidden], gate))

        yield perform


async def _graded(task: Task, factory: WorldFactory, gate: Gate) -> Result:
    async def once() -> Result:
        return await grade(task.plan, task.submission, factory, task.limits, picture=task.picture)

    with speaking(task.language):
        return await graded_calmly(once, gate)


def load_all() -> None:
    """Import what grading needs, before workers are forked: they share it then."""
    preload()
