"""The checks of one step, judged together: every cause is named once."""

from __future__ import annotations

from collections.abc import Sequence

from nstutor.checks.base import Check, Scene, Status, Verdict
from nstutor.checks.fact import not_checked


def judge_all(checks: Sequence[Check], scene: Scene) -> tuple[Verdict, ...]:
    """Judge the checks of a step, in their order.

    A cause that an earlier check failed for is not complained of again: the later check is not checked. Probes that
    were not tried say what they wait for.
    """
    verdicts = [check.judge(scene) for check in checks]
    first = _first_cause(verdicts)
    named: set[str] = set()
    said: list[Verdict] = []
    for check, verdict in zip(checks, verdicts, strict=True):
        cause = _cause(verdict)
        if verdict.status is Status.FAILED and cause in named:
            said.append(not_checked(cause))
        elif verdict.status is Status.NOT_CHECKED and first and check.probe and check.probe not in scene.probes:
            said.append(not_checked(f"not tried: {first}"))
        else:
            said.append(verdict)
        named.add(cause)
    return tuple(said)


def _first_cause(verdicts: Sequence[Verdict]) -> str | None:
    return next((_cause(verdict) for verdict in verdicts if verdict.status is Status.FAILED), None)


def _cause(verdict: Verdict) -> str:
    """What is wrong, without what to make of it: messages put that behind a semicolon."""
    return verdict.message.split(";")[0]
