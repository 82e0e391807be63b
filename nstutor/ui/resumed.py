"""Coming back to a lesson: that its lab was built again, and what of it is not as it was left."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nstutor.checks.base import Check, Observation, Status, Verdict
from nstutor.lab.home_archive import changed_files
from nstutor.lesson.model import Step
from nstutor.progress.run_log import Journal
from nstutor.session.live import LiveSession
from nstutor.session.replay import RecordedLine
from nstutor.session.settle import POLL, readable
from nstutor.text.i18n import _, in_row, n_
from nstutor.ui.screen import Screen

LONGEST_WAIT = 3.0
"""Seconds for what the kernel does by itself, before a step is said not to hold."""


async def tell_rebuilt(screen: Screen, live: LiveSession, journal: Journal, left_out: Sequence[RecordedLine]) -> None:
    """One line that it was, and one for each thing that is not as it was."""
    commands = journal.commands()
    number = sum(bool(command.line) for command in commands)
    screen.say(
        n_(
            "Your lab was built again from your {n} command.",
            "Your lab was built again from your {n} commands.",
            number,
        ).format(n=number)
    )
    edited = dict.fromkeys(
        command.line.split()[0]
        for command in commands
        if command.only_looked and command.effect and changed_files(command.effect)
    )
    if edited:
        text = _("Keys that were typed to {programs} were not typed again; what they changed in your files was.")
        screen.say(text.format(programs=in_row(edited)))
    for line in left_out:
        text = _("`{command}` was not typed again, for its terminal stood in {netns}, which is not there.")
        if line.unseen:
            text = _("`{command}` was not typed again, for what was typed into it unseen is not kept.")
        screen.say(text.format(command=line.line.strip(), netns=line.netns), "yellow")
    for number, step, verdict in await _lost(live, journal):
        text = _("Step {n}, {title}, does not hold any more: {why}")
        screen.say(text.format(n=number, title=step.title, why=verdict.message), "yellow")


def holding(live: LiveSession, journal: Journal) -> list[Step]:
    """The passed steps that hold in the state as it is now, as far as that is known without a probe."""
    passed = {entry.step for entry in journal.passes()}
    steps = [step for step in journal.lesson.steps if step.id in passed and _checks(live, step)]
    if not steps or live.world.ended:
        return []
    observation = _look(live, steps)
    return [step for step in steps if all(check.judge(observation).passed for check in _checks(live, step))]


async def _lost(live: LiveSession, journal: Journal) -> list[tuple[int, Step, Verdict]]:
    """The steps that held when the lesson was left, by their numbers, and what they lack now.

    Only what is certain: a step that nobody saw hold after the last command may have been undone by a later one.
    """
    held = {entry.step for entry in journal.passes() if entry.held == journal.number}
    steps = [step for step in journal.lesson.steps if step.id in held and _checks(live, step)]
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_WAIT
    while steps:
        verdicts = {step.id: await _verdict(live, step, until - loop.time()) for step in steps}
        steps = [step for step in steps if not verdicts[step.id].passed]
        if loop.time() >= until:
            failed = [step for step in steps if verdicts[step.id].status is Status.FAILED]
            return [(1 + journal.lesson.steps.index(step), step, verdicts[step.id]) for step in failed]
        if steps:
            await readable(live.observer.descriptors(), POLL)
            live.forget_probes()
    return []


async def _verdict(live: LiveSession, step: Step, seconds: float) -> Verdict:
    """The first of a step's verdicts that is no pass, or its last one."""
    checks = _checks(live, step)
    observation = _look(live, [step])
    wanted = [check.probe for check in checks if check.probe is not None and check.probe not in observation.probes]
    sendable = [probe for probe in wanted if probe.netns in observation.snapshot.namespaces]
    if sendable and seconds > 0:
        await live.probe(sendable, seconds)
        observation = _look(live, [step])
    verdicts = [check.judge(observation) for check in checks]
    return next((verdict for verdict in verdicts if not verdict.passed), verdicts[-1])


def _checks(live: LiveSession, step: Step) -> tuple[Check, ...]:
    """Those about the state of the network: what was executed to look at it is not executed again."""
    return tuple(check for check in live.session.plan.checks[step.id] if not check.looks)


def _look(live: LiveSession, steps: Sequence[Step]) -> Observation:
    live.look(frozenset(part for step in steps for check in _checks(live, step) for part in check.needs))
    return live.observation()
