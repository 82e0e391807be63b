"""Grade a submission: its lines are typed into a fresh lab, as the student would have typed them."""

from __future__ import annotations

import asyncio
import time

from nstutor.conductor import Conductor
from nstutor.errors import WorldDiedError, kept_as_fault, scarcity, write_report
from nstutor.grading import hits
from nstutor.grading.limits import GradingLimits
from nstutor.grading.machine_watch import MachineWatch
from nstutor.grading.own import typist_for
from nstutor.grading.submission import Submission
from nstutor.grading.typist import Typist, silent
from nstutor.home import put_into
from nstutor.kernel.hop import has_room_for_netns
from nstutor.kernel.model import Snapshot
from nstutor.lab.identity import Tier
from nstutor.lab.refusals import flat, no_netns_left
from nstutor.lab.world import Maker
from nstutor.language import _
from nstutor.patience import begin_at_rest, let_start
from nstutor.report.result import Result, now, step_results, voided
from nstutor.session import Order, Plan, Session
from nstutor.shell.pty import State

MOST_DRAWN = 200
"""Namespaces and devices in a drawing."""
JOBS_INTERVAL = 0.02
"""Seconds between two looks at what runs in the background."""


async def grade(
    plan: Plan, submission: Submission, maker: Maker, limits: GradingLimits, *, picture: bool = False
) -> Result:
    """Type a submission into a fresh world and judge it. A broken world is told in the result's `error`.

    With `picture` the result has a drawing of the network as it was at the end.
    """
    began, started = asyncio.get_running_loop().time(), now()
    session = Session(plan, Order.ANY)
    error = None
    faults = _collect_faults()
    with maker.world(limits.world, None) as world, Conductor(world, session, memory=limits.memory_bytes) as conductor:
        typist = typist_for(submission, conductor, limits)
        typist.machine = conductor.probes.witness = MachineWatch(conductor.watchdog.shared)
        conductor.watchdog.tell = lambda text: typist.notes.extend({text} - set(typist.notes))
        try:
            with kept_as_fault(faults):
                await begin(conductor, submission)
                await typist.type_all(submission.lines)
                await let_jobs_end(conductor, typist.deadline)
                await _finish(conductor, typist)
        except WorldDiedError as death:
            error = _("the world ended: {why}").format(why=death.message)
    if faults:
        scarce = scarcity(faults[0])
        if scarce is not None:
            raise scarce
        error = _("internal error: {error!r}; a report is in {path}").format(
            error=faults[0], path=write_report(faults[0])
        )
    result = Result(
        lesson=plan.lesson.id,
        lesson_title=plan.lesson.title,
        lesson_path=plan.lesson.path,
        sha256=plan.lesson.sha256,
        submission=submission.name,
        steps=step_results(session, began),
        commands=typist.commands,
        duration_ms=_ms(asyncio.get_running_loop().time() - began),
        notes=hits.counted(typist.notes),
        error=error,
        started=started,
        picture=_drawn(conductor.snapshot) if picture else None,
        mark=plan.lesson.pass_mark,
        variant=plan.lesson.variant,
        evidence=submission.evidence,
    )
    if error is not None or conductor.watchdog.bitten is not None or result.passed:
        return result
    return _void_if_suffered(result, session, typist)


def _void_if_suffered(result: Result, session: Session, typist: Typist) -> Result:
    """The same, void where it may have failed for what the machine lacks, or for what others did."""
    if (lack := typist.missing.reason(session)) is not None:
        return voided(result, lack)
    why = typist.machine.reason(session) if typist.machine is not None else None
    return result if why is None else voided(result, why, again=True)


async def begin(conductor: Conductor, submission: Submission) -> None:
    """Bring a new world to where the first line is typed.

    Raises CannotRunHereError for one in which a submission could do harm to the next.
    """
    if conductor.world.tier is Tier.FLAT:
        raise flat()
    if submission.home is not None:
        put_into(conductor.world, submission.home)
    await conductor.open(silent)
    await conductor.play_setup()
    await begin_at_rest(conductor)


def _ms(seconds: float) -> int:
    return round(1000 * seconds)


def _drawn(snapshot: Snapshot | None) -> str | None:
    """The network as SVG; nothing for one that is larger than anybody can look at."""
    if snapshot is None or sum(1 + len(found.links) for found in snapshot.namespaces.values()) > MOST_DRAWN:
        return None
    from nstutor.picture.svg import draw

    return draw(snapshot)


async def _finish(conductor: Conductor, typist: Typist) -> None:
    """Judge the state at the end. Its probes have the time that they need once, also where all of it is used up."""
    conductor.watchdog.look()
    await conductor.finish(max(typist.deadline, time.monotonic() + _slowest(conductor.session)))
    if typist.machine is not None and not conductor.session.complete and not has_room_for_netns():
        typist.machine.refused(str(no_netns_left()))
    typist.notes += hits.of_world(typist.limits, conductor.watchdog, conductor.snapshot)


def _slowest(session: Session) -> float:
    """Seconds that the slowest check of the lesson has."""
    return max((check.within for checks in session.plan.checks.values() for check in checks), default=0.0)


async def let_jobs_end(conductor: Conductor, deadline: float) -> None:
    """Give what still runs as long as the slowest check has, unless nothing is open any more.

    In front something may run where a mark was forged. No longer than to the deadline, by time.monotonic().
    """
    session = conductor.session
    if _runs(conductor):
        await let_start(conductor, deadline)
    until = min(time.monotonic() + _slowest(session), deadline)
    while not session.complete and time.monotonic() < until and _runs(conductor):
        await asyncio.sleep(JOBS_INTERVAL)
        if conductor.observe().probing:
            await conductor.settle(deadline)


def _runs(conductor: Conductor) -> bool:
    """Whether anything goes on behind the shell in front, or in it."""
    bash = conductor.bash
    return bool(conductor.jobs()) or (bash.state is not State.GONE and bash.front.blocked() is None)


def _collect_faults() -> list[BaseException]:
    """What goes wrong in the loop's own callbacks is ours; it must not look like the student's failure."""
    faults: list[BaseException] = []

    def on_fault(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        fault = context.get("exception")
        faults.append(fault if isinstance(fault, BaseException) else RuntimeError(str(context.get("message"))))

    asyncio.get_running_loop().set_exception_handler(on_fault)
    return faults

