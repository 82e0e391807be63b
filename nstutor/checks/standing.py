"""Since when a network has been as it is: what the kernel makes of it a moment later is no new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nstutor.checks.base import Observation

if TYPE_CHECKING:
    from nstutor.kernel.model import Snapshot


class Standing:
    """Remembers the newest execution at the first sight of what is there now."""

    def __init__(self) -> None:
        self.since = 0
        """Its serial: what is executed after it finds the network as it is now, or as the kernel will make it."""
        self._given: object = None
        self._reach: tuple[int | None, ...] = ()

    def note(self, observation: Observation) -> None:
        """The network as it is now."""
        given = _given(observation.snapshot)
        reach = tuple(namespace.reach for namespace in observation.snapshot.namespaces.values())
        # It is read only where a probe hangs on it: then the first reading is no change.
        changed = any(None not in pair and pair[0] != pair[1] for pair in zip(self._reach, reach, strict=False))
        if given != self._given or changed:
            self.since = observation.executions[-1].serial if observation.executions else 0
        if given != self._given or changed or None not in reach:
            self._given, self._reach = given, reach


def _given(snapshot: Snapshot) -> object:
    """What somebody set of links, addresses and gateways, without what follows from it."""
    links = (link._replace(operstate="", carrier=False, port=None) for link in snapshot.links())
    addresses = ((a.netns, a.dev, a.interface) for a in snapshot.addresses() if not a.interface.ip.is_link_local)
    routes = (route for route in snapshot.routes() if route.via is not None)
    return tuple(snapshot.namespaces), tuple(links), tuple(addresses), tuple(routes)
