"""Where one step of a lesson stands, and what its checks say of an observation."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nstutor.checks.base import Check, Observation, Status, Verdict
from nstutor.lesson.model import Step
from nstutor.text.i18n import _

if TYPE_CHECKING:
    from nstutor.kernel.probe_types import Probe

_LOG = logging.getLogger(__name__)


@dataclass(eq=False, repr=False)
class StepState:
    """Where one step stands. `verdicts` are the newest ones, in the order of its checks."""

    step: Step
    verdicts: tuple[Verdict, ...] = ()
    reached: bool = False
    reached_at: float | None = None
    """The time of the observation in which it was reached."""
    holds: bool = False
    initially_true: bool = False
    """It holds in the untouched world: it counts only after the step before it."""
    answered: frozenset[int] = frozenset()
    """Indexes of the questions that were answered rightly."""
    wrong: frozenset[int] = frozenset()
    """ANY: of those that were answered wrongly."""
    since: int = 0
    """Serial of the last execution before this step could count its own."""

    def judged(self, checks: Sequence[Check]) -> list[tuple[Check, Verdict]]:
        """The newest verdicts, each with its check."""
        return list(zip(checks, self.verdicts, strict=False))

    def judge(self, checks: Sequence[Check], observation: Observation) -> tuple[tuple[Verdict, ...], list[Probe]]:
        """The verdicts of the step's checks, and the probes that they still want.

        A probe is only wanted once all the other checks hold: until then its failure would be the second complaint
        about the same cause.
        """
        from nstutor.checks.judging import name_each_cause_once
        from nstutor.checks.pending import worth_sending

        own = observation._replace(executions=tuple(e for e in observation.executions if e.serial > self.since))
        verdicts = {check: check.judge(own) for check in checks if check.probe is None}
        blocker = next((verdict for verdict in verdicts.values() if not verdict.passed), None)
        wanted: list[Probe] = []
        for check in checks:
            if check.probe is None:
                continue
            if blocker is not None:
                verdicts[check] = Verdict(Status.NOT_CHECKED, _("not tried: {cause}").format(cause=blocker.message))
                continue
            verdicts[check] = check.judge(own)
            wanted += worth_sending(check.probe, verdicts[check], observation)
        for check in checks:
            _LOG.debug("%s: %s: %s", self.step.id, check.text, verdicts[check].status.value)
        return name_each_cause_once(verdicts[check] for check in checks), wanted

    def patience(self, checks: Sequence[Check]) -> float:
        """How long the step's failed checks are to be waited for: not at all if one of them needs the learner."""
        judged = self.judged(checks)
        failed = [(check, verdict) for check, verdict in judged if verdict.status is Status.FAILED or verdict.settling]
        if not all(verdict.settling for _, verdict in failed):
            return 0.0
        return max((check.within for check, _ in failed), default=0.0)
