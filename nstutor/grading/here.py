"""`check LESSON --here`: judge the network of the namespace that nstutor was started in; nothing is sent or changed.

A state is all that can be seen: who ran what, and what came and went, cannot. A step is judged by what can.
"""

from __future__ import annotations

import time

from nstutor.checks.base import Check, Observation, Status, Verdict
from nstutor.checks.fact import ANY, not_checked
from nstutor.checks.judging import name_each_cause_once
from nstutor.grading.result import CheckResult, Result, StepResult, now
from nstutor.kernel import here
from nstutor.kernel.bridgefilter import dropping_chains, filters_bridges
from nstutor.lesson.model import Step
from nstutor.session.steps import Plan
from nstutor.text.i18n import _, in_row

SETTING = "net.bridge.bridge-nf-call-iptables"
BRIDGE_WORDS = frozenset(("bridge", "master", "port", "through", "fdb"))


def judge_here(plan: Plan, name: str) -> Result:
    """The result for the network as it is now. The process may be in another network namespace afterwards."""
    began, started = time.monotonic(), now()
    notes = _about_bridges(plan)
    needs = frozenset(kind for checks in plan.checks.values() for check in checks for kind in check.needs)
    sight = here.look(needs)
    lesson = plan.lesson
    return Result(
        lesson=lesson.id,
        lesson_title=lesson.title,
        lesson_path=lesson.path,
        sha256=lesson.sha256,
        submission=name,
        steps=tuple(_step_result(plan, step, sight) for step in lesson.steps),
        commands=0,
        duration_ms=round(1000 * (time.monotonic() - began)),
        notes=(*_about_sight(sight), *notes),
        started=started,
        mark=lesson.pass_mark,
        variant=lesson.variant,
    )


# --- one step ---------------------------------------------------------------------------------------------------------


def _step_result(plan: Plan, step: Step, sight: here.HostView) -> StepResult:
    checks = plan.checks[step.id]
    verdicts = name_each_cause_once(_verdict(check, sight) for check in checks)
    why = _cannot_tell(plan, step, verdicts)
    seen = [verdict for check, verdict in zip(checks, verdicts, strict=True) if not _beyond(check)]
    holds = not why and all(verdict.passed for verdict in seen)
    unread = not any(verdict.status is Status.FAILED for verdict in seen) and any(_unread(one, sight) for one in checks)
    status = Status.PASSED if holds else Status.NOT_CHECKED if why or unread else Status.FAILED
    if why:
        verdicts = tuple(not_checked(_beyond(check) or why) for check in checks)
    results = tuple(
        CheckResult(check.text, check.goal, check.line, verdict)
        for check, verdict in zip(checks, verdicts, strict=True)
    )
    return StepResult(
        step.id,
        step.title,
        status,
        holds,
        holds,
        0 if why else step.points,
        results,
        bonus=step.bonus and not why,
        why=why or (_("could not be read; try it with sudo") if unread else ""),
    )


def _beyond(check: Check) -> str:
    """Why a check is not made here at all; empty if it is."""
    if check.looks:
        return _("not checked: what was run can only be seen in a lab")
    if check.probe is not None:
        return _("not tried: --here sends nothing")
    return ""


def _verdict(check: Check, sight: here.HostView) -> Verdict:
    beyond = _beyond(check) or _unread(check, sight)
    return not_checked(beyond) if beyond else check.judge(Observation(sight.snapshot))


def _unread(check: Check, sight: here.HostView) -> str:
    """Why the part of the network that a check is about could not be read; empty if it was."""
    if check.needs - sight.parts:
        return _("cannot be read by an ordinary user; use sudo")
    words = frozenset(check.text.replace("/", " ").split())
    hidden = sight.unreadable if ANY in words else sight.unreadable & words
    if not hidden:
        return ""
    return _("{names} cannot be read by an ordinary user; use sudo").format(names=in_row(sorted(hidden)))


def _cannot_tell(plan: Plan, step: Step, verdicts: tuple[Verdict, ...]) -> str:
    """Why a state at one moment cannot tell whether the step was done; empty if it can."""
    checks = plan.checks[step.id]
    if all(map(_beyond, checks)):
        return next(map(_beyond, checks), _("not checked: questions are for learners"))
    if _came_and_went(plan, checks):
        return _("not checked: it is there for a while and gone later, which a state cannot tell")
    if all(verdict.passed for verdict in verdicts) and _holds_untouched(plan, step):
        return _("not checked: it holds in an untouched network, too")
    return ""


def _came_and_went(plan: Plan, checks: tuple[Check, ...]) -> bool:
    """Whether another step asks for the opposite: `netns eden` of one is `not netns eden` of the next."""
    others = {other.text for several in plan.checks.values() for other in several}
    return any(f"not {check.text}" in others for check in checks if not _beyond(check))


def _holds_untouched(plan: Plan, step: Step) -> bool:
    """Whether a step says that it may hold before it is done, or only asks for what a new network lacks anyway."""
    denies = all(check.text.startswith("not ") for check in plan.checks[step.id])
    return bool(step.already) or (denies and plan.lesson.setup is None)


# --- what is told -----------------------------------------------------------------------------------------------------


def _about_sight(sight: here.HostView) -> list[str]:
    if not sight.unreadable:
        return []
    message = _("namespaces that an ordinary user cannot read: {names}; use `sudo nstutor check … --here`")
    return [message.format(names=in_row(sorted(sight.unreadable)))]


def _about_bridges(plan: Plan) -> list[str]:
    """A word on a machine that filters what crosses a bridge, where the lesson has one."""
    words = {word for checks in plan.checks.values() for check in checks for word in check.text.split()}
    if not words & BRIDGE_WORDS or not filters_bridges():
        return []
    try:
        chains = dropping_chains()
    except PermissionError:
        message = _(
            "this machine filters what crosses its bridges ({setting} = 1); whether it drops it only root can "
            "see: {command}"
        )
        return [message.format(setting=SETTING, command="sudo iptables -S FORWARD")]
    if not chains:
        return []
    message = _(
        "this machine drops what crosses its bridges ({setting} = 1, and the policy of {chains} drops, as "
        "Docker sets it): a ping may fail though the network is right; {command} lets it pass"
    )
    return [message.format(setting=SETTING, chains=in_row(chains), command=f"sudo sysctl {SETTING}=0")]
