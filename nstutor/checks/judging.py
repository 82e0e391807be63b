"""The verdicts of one step, taken together: every cause is named once."""

from __future__ import annotations

from collections.abc import Iterable

from nstutor.checks.base import Status, Verdict
from nstutor.checks.fact import not_checked
from nstutor.text.i18n import cause_of


def name_each_cause_once(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Turn a failure into *not checked* where an earlier check of the step failed for the same cause.

    `addr … dev wp2pjl` cannot hold while there is no wp2pjl; `link wp2pjl` has said so already.
    """
    named: set[str] = set()
    said: list[Verdict] = []
    for verdict in verdicts:
        repeated = verdict.status is Status.FAILED and _cause(verdict) in named
        said.append(not_checked(_cause(verdict)) if repeated else verdict)
        if verdict.status is Status.FAILED:
            named.add(_cause(verdict))
    return tuple(said)


def _cause(verdict: Verdict) -> str:
    """What is wrong, without what to make of it: messages put that behind a semicolon."""
    return cause_of(verdict.message)
