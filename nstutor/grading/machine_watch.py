"""Which failures may be the machine's: something was exhausted by others, of what the kernel shares, as it failed."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping

from nstutor.checks.base import Check
from nstutor.kernel.probe_types import PingProbe, PingResult, Probe, ProbeResult
from nstutor.kernel.shared import Frames, Shared, read_shared
from nstutor.lab.shared_watch import SharedWatch
from nstutor.session.steps import StepMachine
from nstutor.text.i18n import _

BACKLOG = 1000
"""Frames that a processor keeps for later (net.core.netdev_max_backlog): a world that sent fewer has filled none."""
SHARE = 4
"""Who had one part in so many of what was exhausted has done it to itself."""
SCARCE = frozenset(os.strerror(code) for code in (errno.EMFILE, errno.ENFILE, errno.ENOMEM))
"""Errors of a probe that say that nstutor had nothing to send it with."""
NO_ROOM = os.strerror(errno.ENOBUFS).encode()
"""What a program says that was refused an entry of a table of neighbours."""


class MachineWatch:
    """Notes which probes and lines failed while frames were dropped, or a table of neighbours was full.

    Never for what the world did to itself: then the frames, or the entries, were its own.
    """

    def __init__(self, watch: SharedWatch) -> None:
        self._watch = watch
        self._probes: dict[tuple[Probe, int], str] = {}
        """Why a probe may have failed in that state of the network; until it fails there without such a reason."""
        self._lines: dict[str, str] = {}
        """Lines that were typed meanwhile, and what it was."""
        self._refused: str | None = None
        """Why a command was refused."""
        self._own = Frames()
        self._lost = 0
        """The machine's drops when the world's own frames were counted."""
        self._line = self._probe = self._counted(read_shared())

    # --- what is told -------------------------------------------------------------------------------------------------

    def probing(self) -> None:
        """See Witness."""
        self._probe = self._counted(read_shared())

    def probed(self, results: Mapping[Probe, ProbeResult], state: int) -> None:
        """See Witness."""
        failed = {probe: result for probe, result in results.items() if not _succeeded(probe, result)}
        trouble = self._trouble(self._probe, read_shared()) if failed else None
        for probe, result in results.items():
            why = trouble if probe in failed else None
            if result.error in SCARCE:
                why = _("the machine had no room for a probe: {why}").format(why=_(result.error))
            if why is None:
                self._probes.pop((probe, state), None)
            else:
                self._probes[probe, state] = why

    def typed(self, line: str, output: bytes) -> None:
        """A line has ended, and printed this."""
        now = read_shared()
        trouble = self._trouble(self._line, now)
        if trouble is not None:
            self._lines[line] = trouble
            if NO_ROOM in output:
                self._refused = self._refused or trouble
        self._line = self._counted(now)

    def refused(self, why: str) -> None:
        """The machine may have refused a command something, for this reason."""
        self._refused = self._refused or why

    # --- what it means ------------------------------------------------------------------------------------------------

    def reason(self, session: StepMachine) -> str | None:
        """Why the verdict is void: a step that counts was not reached, and may have hung on such a failure."""
        for state in session.states:
            if state.reached or (session.plan.looks(state.step) and not state.step.required):
                continue
            if self._refused is not None:
                return self._refused
            for check in session.plan.checks[state.step.id]:
                if (why := self._reason_of(check)) is not None:
                    return why
        return None

    def _reason_of(self, check: Check) -> str | None:
        if check.looks:
            # The learner's own look, which a lost frame may have made fail.
            wanted = set(check.text.split()[1:])
            return next((why for line, why in self._lines.items() if wanted & set(line.split())), None)
        return next((why for (probe, _state), why in self._probes.items() if probe == check.probe), None)

    def _counted(self, shared: Shared) -> Shared:
        """What is shared, as it was read now; the world's own part is counted anew only if somebody lost frames."""
        if shared.backlog.dropped != self._lost:
            self._own, self._lost = self._watch.frames(), shared.backlog.dropped
        return shared

    def _trouble(self, before: Shared, now: Shared) -> str | None:
        """What was exhausted between the two, by others."""
        known = self._own
        if now.fulls > before.fulls and not self._holds_many(now):
            return _("the machine's table of neighbours was full, and not by this submission")
        if now.backlog.dropped > before.backlog.dropped and suffers(before, now, known, self._watch.frames()):
            return _("the machine dropped frames of this submission in a storm that was not its own")
        return None

    def _holds_many(self, now: Shared) -> bool:
        return SHARE * self._watch.neighbours() >= min((table.most for table in now.tables), default=0)


def suffers(before: Shared, now: Shared, known: Frames, own: Frames) -> bool:
    """Whether a world whose frames were `known` before, and are its `own` now, lost some in a storm of others."""
    passed = sum(now.backlog) - sum(before.backlog)
    sent = own.all - known.all
    # A namespace that has gone took its numbers with it.
    return own.dropped != known.dropped and (sent < BACKLOG or SHARE * sent < passed)


def _succeeded(probe: Probe, result: ProbeResult) -> bool:
    through = isinstance(probe, PingProbe) and probe.through is not None
    return result.answered and (not through or (isinstance(result, PingResult) and result.crossed))
