"""A submission's world as it was when one of its steps was judged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from nstutor.grading import limit_notes as hits
from nstutor.grading.grade import begin, let_jobs_end
from nstutor.grading.limits import GradingLimits
from nstutor.grading.own import typist_for
from nstutor.grading.result import StepResult, step_results
from nstutor.grading.submission import Submission
from nstutor.lab.world import Maker
from nstutor.session.live import LiveSession
from nstutor.session.steps import Order, Plan, StepMachine


@dataclass(frozen=True)
class Moment:
    """The world while it stands, and what was found in it."""

    conductor: LiveSession
    step: StepResult
    line: int
    """Number of the last line that was typed: of the one that reached the step, if it was reached."""
    notes: tuple[str, ...]


@asynccontextmanager
async def moment_of(
    plan: Plan, index: int, submission: Submission, maker: Maker, limits: GradingLimits
) -> AsyncIterator[Moment]:
    """Type a submission until its step with this index is reached, or to its end if it never is.

    Raises WorldDiedError where a line ended the world.
    """
    session = StepMachine(plan, Order.ANY)
    with maker.world(limits.world, None) as world, LiveSession(world, session, memory=limits.memory_bytes) as conductor:
        typist = typist_for(submission, conductor, limits)
        typist.enough = lambda: session.states[index].reached
        await begin(conductor, submission)
        await typist.type_all(submission.lines)
        if not session.states[index].reached:
            await let_jobs_end(conductor, typist.deadline)
            await conductor.finish()
        yield Moment(conductor, step_results(session)[index], typist.line, hits.counted(typist.notes))
