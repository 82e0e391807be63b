"""The results of probes, each belonging to one state of the network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nstutor.lab.world import World

if TYPE_CHECKING:
    from nstutor.kernel.asked import Probe, ProbeResult
    from nstutor.kernel.model import Snapshot


class Probes:
    """Runs probes in a world and remembers what came of them, until the network is another one."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._state: int | None = None
        self._results: dict[Probe, ProbeResult] = {}
        self._lladdr: dict[Probe, str | None] = {}
        """Which MAC the asking namespace remembered after a probe."""

    def results(self, snapshot: Snapshot) -> Mapping[Probe, ProbeResult]:
        """The results that belong to this state."""
        if self._state != snapshot.reachability:
            self._results.clear()
            self._state = snapshot.reachability
        for probe, result in list(self._results.items()):
            # Events of neighbours never start a probe; but a stale entry that was flushed had made this one fail.
            remembered = self._lladdr.get(probe)
            if not result.answered and remembered is not None and _lladdr(snapshot, probe) != remembered:
                del self._results[probe]
        return dict(self._results)

    def forget(self, *, answered: bool) -> None:
        """Let the probes that got no answer be tried again; with `answered` all of them."""
        self._results = {} if answered else {p: result for p, result in self._results.items() if result.answered}

    async def run(self, wanted: Mapping[Probe, float], snapshot: Snapshot) -> Mapping[Probe, ProbeResult]:
        """Send them all at once; each is given as many seconds to be answered."""
        tries = (self._try(probe, snapshot, seconds) for probe, seconds in wanted.items())
        return dict(zip(wanted, await asyncio.gather(*tries), strict=True))

    async def _try(self, probe: Probe, snapshot: Snapshot, seconds: float) -> ProbeResult:
        from nstutor.kernel.asked import ConnectProbe
        from nstutor.kernel.connect import connect
        from nstutor.kernel.probe import ping

        world = self._world
        if isinstance(probe, ConnectProbe):
            return await connect(probe, snapshot, world.root, world.netns, seconds)
        return await ping(probe, snapshot, world.root, world.netns, seconds)

    def keep(self, results: Mapping[Probe, ProbeResult], before: Snapshot, after: Snapshot) -> None:
        """Remember results, unless the network changed meanwhile: then they belong to neither state."""
        if before.reachability != after.reachability:
            return
        self._state = after.reachability
        for probe, result in results.items():
            self._results[probe] = result
            self._lladdr[probe] = _lladdr(after, probe)


def _lladdr(snapshot: Snapshot, probe: Probe) -> str | None:
    entries = (entry for entry in snapshot.neighbours() if entry.netns == probe.netns)
    return next((entry.lladdr for entry in entries if entry.dst == probe.address), None)
