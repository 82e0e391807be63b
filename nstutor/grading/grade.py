"""Grade a submission: its lines are typed into a fresh lab, as the student would have typed them."""

from __future__ import annotations

import asyncio
import time

from nstutor.errors import WorldDiedError, kept_as_fault, scarcity, write_report
from nstutor.grading import limit_notes as hits
from nstutor.grading.limits import GradingLimits
from nstutor.grading.machine_watch import MachineWatch
from nstutor.grading.own import runner_for
from nstutor.grading.result import Result, now, step_results, voided
from nstutor.grading.script_runner import ScriptRunner, silent
from nstutor.grading.submission import Submission
from nstutor.kernel.hop import has_room_for_netns
from nstutor.kernel.model import Snapshot
from nstutor.lab.home_archive import put_into
from nstutor.lab.identity import Tier
from nstutor.lab.refusals import flat, no_netns_left
from nstutor.lab.world_factory import WorldFactory
from nstutor.session.live import LiveSession
from nstutor.session.settle import begin_at_rest, let_start
from nstutor.session.setup import play_setup
from nstutor.session.steps import Order, Plan, StepMachine
from nstutor.shell.pty import State
from nstutor.text.i18n import _

MOST_DRAWN = 200
"""Namespaces and devices in a drawing."""
JOBS_INTERVAL = 0.02
"""Seconds between two looks at what runs in the background."""


async def grade(
    plan: Plan, submission: Submission, factory: WorldFactory, limits: GradingLimits, *, picture: bool = False
) -> Result:
    """Type a submission into a fresh world and judge it. A broken world is told in the result's `error`.

    With `picture` the result has a drawing of the network as it was at the end.
    """
    began, started = asyncio.get_running_loop().time(), now()
    session = StepMachine(plan, Order.ANY)
    error = None
    faults = _collect_faults()
    with factory.world(limits.world, None) as world, LiveSession(world, session, memory=limits.memory_bytes) as live:
        runner = runner_for(submission, live, limits)
        runner.machine = live.probes.witness = MachineWatch(live.monitor.shared)
        live.monitor.tell = lambda text: runner.notes.extend({text} - set(runner.notes))
        try:
            with kept_as_fault(faults):
                await begin(live, submission)
                await runner.type_all(submission.lines)
                await let_jobs_end(live, runner.deadline)
                await _finish(live, runner)
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
        commands=runner.commands,
        duration_ms=_ms(asyncio.get_running_loop().time() - began),
        notes=hits.counted(runner.notes),
        error=error,
        started=started,
        picture=_drawn(live.snapshot) if picture else None,
        mark=plan.lesson.pass_mark,
        variant=plan.lesson.variant,
        evidence=submission.evidence,
    )
    if error is not None or live.monitor.kill_reason is not None or result.passed:
        return result
    return _void_if_suffered(result, session, runner)


def _void_if_suffered(result: Result, session: StepMachine, runner: ScriptRunner) -> Result:
    """The same, void where it may have failed for what the machine lacks, or for what others did."""
    if (lack := runner.missing.reason(session)) is not None:
        return voided(result, lack)
    why = runner.machine.reason(session) if runner.machine is not None else None
    return result if why is None else voided(result, why, again=True)


async def begin(live: LiveSession, submission: Submission) -> None:
    """Bring a new world to where the first line is typed.

    Raises CannotRunHereError for one in which a submission could do harm to the next.
    """
    if live.world.tier is Tier.FLAT:
        raise flat()
    if submission.home is not None:
        put_into(live.world, submission.home)
    await live.open(silent)
    await play_setup(live)
    await begin_at_rest(live)


def _ms(seconds: float) -> int:
    return round(1000 * seconds)


def _drawn(snapshot: Snapshot | None) -> str | None:
    """The network as SVG; nothing for one that is larger than anybody can look at."""
    if snapshot is None or sum(1 + len(found.links) for found in snapshot.namespaces.values()) > MOST_DRAWN:
        return None
    from nstutor.picture.svg import draw

    return draw(snapshot)


async def _finish(live: LiveSession, runner: ScriptRunner) -> None:
    """Judge the state at the end. Its probes have the time that they need once, also where all of it is used up."""
    live.monitor.look()
    await live.finish(max(runner.deadline, time.monotonic() + _slowest(live.session)))
    if runner.machine is not None and not live.session.complete and not has_room_for_netns():
        runner.machine.refused(str(no_netns_left()))
    runner.notes += hits.of_world(runner.limits, live.monitor, live.snapshot)


def _slowest(session: StepMachine) -> float:
    """Seconds that the slowest check of the lesson has."""
    return max((check.within for checks in session.plan.checks.values() for check in checks), default=0.0)


async def let_jobs_end(live: LiveSession, deadline: float) -> None:
    """Give what still runs as long as the slowest check has, unless nothing is open any more.

    In front something may run where a mark was forged. No longer than to the deadline, by time.monotonic().
    """
    session = live.session
    if _runs(live):
        await let_start(live, deadline)
    until = min(time.monotonic() + _slowest(session), deadline)
    while not session.complete and time.monotonic() < until and _runs(live):
        await asyncio.sleep(JOBS_INTERVAL)
        if live.observe().probing:
            await live.settle(deadline)


def _runs(live: LiveSession) -> bool:
    """Whether anything goes on behind the shell in front, or in it."""
    bash = live.bash
    return bool(live.jobs()) or (bash.state is not State.GONE and bash.front.blocked() is None)


def _collect_faults() -> list[BaseException]:
    """What goes wrong in the loop's own callbacks is ours; it must not look like the student's failure."""
    faults: list[BaseException] = []

    def on_fault(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        fault = context.get("exception")
        faults.append(fault if isinstance(fault, BaseException) else RuntimeError(str(context.get("message"))))

    asyncio.get_running_loop().set_exception_handler(on_fault)
    return faults
