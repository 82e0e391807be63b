"""Checks that hang on probes: which of them, and how long a try of one may take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nstutor.checks.base import Check, Observation, Status, Verdict
from nstutor.kernel.probe_types import Probe

TRIAL = 0.15
"""Seconds after which one try of a probe is given up: the kernel answers within a millisecond, or lags."""
SILENCE = 0.3
"""Seconds without an answer that a denied probe (`not ping`) needs."""

Judged = Sequence[tuple[Check, Verdict]]
"""A step's checks with their newest verdicts."""


def only_probes_are_missing(judged: Judged) -> bool:
    """Whether all that does not probe holds, and something probes."""
    return any(check.probe is not None for check, _ in judged) and all(
        check.probe is not None or verdict.passed for check, verdict in judged
    )


def unheld(judged: Judged) -> frozenset[Probe]:
    """The probes of checks that do not hold."""
    return frozenset(check.probe for check, verdict in judged if check.probe is not None and not verdict.passed)


def trial(asking: Iterable[Check], *, brief: bool) -> float:
    """Seconds that a try of the probe that these checks ask for may take; a `brief` one is one of many.

    A denied one is over with the silence that it needs: it holds then.
    """
    checks = tuple(asking)
    most = max((check.within for check in checks if not check.denied), default=0.0)
    most = min(most, TRIAL) if brief else most
    return max(most, SILENCE) if any(check.denied for check in checks) else most


def worth_sending(probe: Probe, verdict: Verdict, observation: Observation) -> list[Probe]:
    """The probe, if its result is all that is missing: nothing can be sent from a namespace that does not exist."""
    untried = verdict.status is Status.NOT_CHECKED and probe not in observation.probes
    return [probe] if untried and probe.netns in observation.snapshot.namespaces else []
