"""A submission's world as it was when one of its steps was judged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from nstutor.grading import limit_notes as hits
from nstutor.grading.grade import begin, let_jobs_end
from nstutor.grading.limits import GradingLimits
from nstutor.grading.own import runner_for
from nstutor.grading.result import StepResult, step_results
from nstutor.grading.submission import Submission
from nstutor.lab.world_factory import WorldFactory
from nstutor.session.live import LiveSession
from nstutor.session.steps import Order, Plan, StepMachine


@dataclass(frozen=True)
class Moment:
    """The world while it stands, and what was found in it."""

    live: LiveSession
    step: StepResult
    line: int
    """Number of the last line that was typed: of the one that reached the step, if it was reached."""
    notes: tuple[str, ...]


@asynccontextmanager
async def moment_of(
    plan: Plan, index: int, submission: Submission, factory: WorldFactory, limits: GradingLimits
) -> AsyncIterator[Moment]:
    """Type a submission until its step with this index is reached, or to its end if it never is.

    Raises WorldDiedError where a line ended the world.
    """
    session = StepMachine(plan, Order.ANY)
    with factory.world(limits.world, None) as world, LiveSession(world, session, memory=limits.memory_bytes) as live:
        runner = runner_for(submission, live, limits)
        runner.enough = lambda: session.states[index].reached
        await begin(live, submission)
        await runner.type_all(submission.lines)
        if not session.states[index].reached:
            await let_jobs_end(live, runner.deadline)
            await live.finish()
        yield Moment(live, step_results(session)[index], runner.line, hits.counted(runner.notes))
