"""The results of probes, each belonging to one state of the network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from nstutor import NamedTuple
from nstutor.lab.world import World
from nstutor.lesson.model import Step
from nstutor.session.steps import StepMachine, StepUpdate

if TYPE_CHECKING:
    from nstutor.kernel.model import Snapshot
    from nstutor.kernel.probe_types import Probe, ProbeResult

ROUNDS = 10
"""After so many states in a row that changed under a probe, a network is not waited for any longer."""


class _Tried(NamedTuple):
    """What a probe came to, and when that still holds."""

    result: ProbeResult
    stamp: tuple[int, int]
    """Of the network that it was sent in."""
    lladdr: str | None
    """Which MAC the asking namespace remembered before it."""
    seconds: float
    """How long an answer was waited for at most."""


class Witness(Protocol):
    """Who is told of each try, whatever becomes of it."""

    def probing(self) -> None:
        """Some are about to be sent."""

    def probed(self, results: Mapping[Probe, ProbeResult], state: int) -> None:
        """What they came to, in that state of the network (Snapshot.reachability)."""


class ProbeCache:
    """Runs probes in a world and remembers what came of them, until the network is another one."""

    def __init__(self, world: World) -> None:
        self.witness: Witness | None = None
        self._world = world
        self._tried: dict[Probe, _Tried] = {}
        self._untouched: tuple[int, tuple[int, int]] | None = None

    def results(self, snapshot: Snapshot) -> Mapping[Probe, ProbeResult]:
        """The results that belong to this state."""
        return {probe: tried.result for probe, tried in self._tried.items() if _holds(probe, tried, snapshot)}

    def forget(self, probes: Collection[Probe] | None = None, waited: float = float("inf")) -> bool:
        """Let these be tried again, or all; not those that were waited for so many seconds. Whether any was tried."""
        before = len(self._tried)
        self._tried = {
            probe: tried
            for probe, tried in self._tried.items()
            if tried.seconds >= waited or not (probes is None or probe in probes)
        }
        return len(self._tried) < before

    def begin(self, executed: int, snapshot: Snapshot) -> None:
        """This is the untouched world, in which so many programs were executed so far."""
        self._untouched = executed, snapshot.stamp

    def persist(self, session: StepMachine, executed: int, snapshot: Snapshot) -> bool:
        """At the end: let what failed be tried once more, with all of its time; whether there is any reason to.

        There is none for what had that already, nor where nothing was done since it failed in the untouched world.
        """
        if self._untouched is not None and executed == self._untouched[0]:
            return False
        if self._untouched is None or snapshot.stamp != self._untouched[1]:
            for probe in session.unheld():
                self.forget({probe}, session.trial(probe, brief=False))
        return True

    async def run(self, wanted: Mapping[Probe, float], look: Callable[[], Snapshot], *, tables: bool) -> None:
        """Send them all at once; each is given as many seconds to be answered.

        What they leave in the tables of neighbours is taken away where it would be in the way of the next try, and
        with `tables` always: somebody asks for what the learner's packets left there.
        The results are remembered, unless the network changed meanwhile: then they belong to neither state.
        """
        from nstutor.kernel.registry import Registry
        from nstutor.kernel.traces import take_away

        before = look()
        registry = Registry(self._world.root, self._world.netns)
        take_away(registry, before, pending=True)
        if self.witness is not None:
            self.witness.probing()
        tries = (self._try(probe, before, seconds) for probe, seconds in wanted.items())
        results = dict(zip(wanted, await asyncio.gather(*tries), strict=True))
        if self.witness is not None:
            self.witness.probed(results, before.reachability)
        if tables or not all(result.answered for result in results.values()):
            take_away(registry, before)
        after = look()
        if before.stamp == after.stamp:
            for probe, result in results.items():
                self._tried[probe] = _Tried(result, after.stamp, _lladdr(before, probe), wanted[probe])

    async def _try(self, probe: Probe, snapshot: Snapshot, seconds: float) -> ProbeResult:
        from nstutor.kernel.connect import connect
        from nstutor.kernel.probe import ping
        from nstutor.kernel.probe_types import ConnectProbe

        world = self._world
        if isinstance(probe, ConnectProbe):
            return await connect(probe, snapshot, world.root, world.netns, seconds)
        return await ping(probe, snapshot, world.root, world.netns, seconds)


async def rounds(
    judge: Callable[[], StepUpdate], run: Callable[[Sequence[Probe], float], Awaitable[None]], until: float
) -> AsyncIterator[tuple[Step, ...]]:
    """Judge and run the probes that are wanted, in turns, as long as the loop's clock allows; what each turn passed."""
    left_rounds = ROUNDS
    while left_rounds:
        progress = judge()
        left_rounds = ROUNDS if progress.passed else left_rounds - 1
        yield progress.passed
        left = until - asyncio.get_running_loop().time()
        if not progress.wanted or left <= 0:
            break
        await run(progress.wanted, left)


def _holds(probe: Probe, tried: _Tried, snapshot: Snapshot) -> bool:
    if tried.stamp != snapshot.stamp:
        return False
    # A stale entry that the kernel has given up made this one fail; no event tells of that as of somebody's doing.
    return tried.result.answered or tried.lladdr is None or _lladdr(snapshot, probe) == tried.lladdr


def _lladdr(snapshot: Snapshot, probe: Probe) -> str | None:
    entries = (entry for entry in snapshot.neighbours() if entry.netns == probe.netns)
    return next((entry.lladdr for entry in entries if entry.dst == probe.address), None)
