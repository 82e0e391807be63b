"""A probe that is watched: taps where its packets must pass, for as long as it lasts, and what they show of its way."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import NamedTuple

from nstutor.kernel.crossing import Bridge, Crossing, Holder, crossing, passed_on
from nstutor.kernel.diversions import Beside, look_beside
from nstutor.kernel.echo import Echo, send_marked
from nstutor.kernel.hop import hop
from nstutor.kernel.model import Address, Link, Snapshot
from nstutor.kernel.probe_types import PingProbe
from nstutor.kernel.registry import Registry
from nstutor.kernel.way import Cause, Detour, Sighting, Tap, keep_stamps
from nstutor.text.names import HOST

_MOST_HOLDERS = 4
_PATIENCE = 0.1
"""Seconds that a copy of the reply is waited for."""


class Outcome(NamedTuple):
    """What a watched probe shows: the device that the request left from, where it crossed the bridge, else why not."""

    crossed: bool
    dev: str | None = None
    detour: Detour | None = None


class SightedProbe:
    """The taps of one probe: in host, and where the address is if that is no direct neighbour of the bridge."""

    def __init__(self, probe: PingProbe, echo: Echo, snapshot: Snapshot, registry: Registry) -> None:
        self._netns, self._echo, self._snapshot, self._registry = probe.netns, echo, snapshot, registry
        self._links = snapshot.namespaces[HOST].by_name
        self._bridge = _bridge(probe.through or "", self._links)
        bare = str(echo.to).partition("%")[0]
        holding = [one for one in snapshot.addresses() if str(one.interface.ip) == bare]
        self._local = echo.to.is_loopback or any(one.netns == probe.netns for one in holding)
        away = (self._holder(one) for one in holding if one.netns not in (HOST, probe.netns))
        self._holders = tuple(away)[:_MOST_HOLDERS]
        self._taps: list[Tap] = []
        self.way: list[Sighting] = []
        """What was seen so far."""

    def _holder(self, address: Address) -> Holder:
        link = self._snapshot.link(address.netns, address.dev)
        cabled = {port for port in self._bridge.ports if self._links[port].peernetns == address.netns}
        near = link is not None and link.peernetns == HOST and link.peer in cabled
        return Holder(address.netns, frozenset(cabled if near else ()))

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Taps for the time of the body. OSError if one cannot be made."""
        keep_stamps()
        watched = (holder.netns for holder in self._holders if not holder.ports)
        try:
            for netns in dict.fromkeys((HOST, *watched)):
                with self._registry.opened(netns) as fd, hop(fd):
                    self._taps.append(Tap(netns, self._echo.to, self._echo.nonce))
            yield
        finally:
            for tap in self._taps:
                tap.close_beside()

    def _look(self) -> None:
        for tap in self._taps:
            self.way += tap.read(self._bridge_of)

    def _bridge_of(self, dev: str) -> str | None:
        link = self._links.get(dev)
        return link.master if link else None

    def unanswered(self) -> Outcome:
        """Why the bridge passed nothing on, where that is certain."""
        self._look()
        came = next(
            (
                one.dev
                for one in self.way
                if (one.netns, one.direction) == (HOST, "in") and one.dev in self._bridge.ports
            ),
            None,
        )
        others = self._bridge.ports - {came}
        if came is None or not others or not all(self._links[port].isolated for port in self._bridge.ports):
            return Outcome(crossed=False)
        return Outcome(crossed=False, detour=Detour(Cause.ISOLATED, came, min(others)))

    async def answered(self, sequence: int, another: Callable[[float], Awaitable[None]]) -> Outcome:
        """How the request of that number and its reply crossed the bridge, or by what the answer came instead.

        `another` waits for one more reply, so many seconds at most.
        """
        self._look()
        if self._local:
            return Outcome(crossed=False, detour=Detour(Cause.LOCAL))
        found = crossing([one for one in self.way if one.sequence == sequence], self._bridge, self._holders)
        if not isinstance(found, Crossing):
            return Outcome(crossed=False, detour=found)
        detour = await self._objection(found, another)
        if detour is not None:
            return Outcome(crossed=False, detour=detour)
        near = self._links[found.request.dev]
        return Outcome(crossed=True, dev=near.peer if near.peernetns == self._netns else None)

    async def _objection(self, found: Crossing, another: Callable[[float], Awaitable[None]]) -> Detour | None:
        """What may have carried the packets from port to port instead of the bridge."""
        ports = found.request.dev, found.reply.dev
        if all(self._links[port].isolated for port in ports):
            return Detour(Cause.ISOLATED, *ports)
        beside = self._beside()
        if beside.diversion is not None:
            return beside.diversion
        if beside.packet_sockets and not found.request.mark:
            return Detour(Cause.UNPROVED)
        return await self._copied(found, another) if beside.packet_sockets or not found.straight else None

    def _beside(self) -> Beside:
        with self._registry.opened(HOST) as fd, hop(fd):
            devices = (self._links.get(dev) for dev in (self._bridge.name, *self._bridge.ports))
            return look_beside({link.index: link.name for link in devices if link})

    async def _copied(self, found: Crossing, another: Callable[[float], Awaitable[None]]) -> Detour | None:
        """Send a copy of the reply that bears a flow hash, for the reply itself has none: is that one passed on?"""
        holder = next((one for one in self._holders if one.has_sent(found.reply, self.way)), None)
        if holder is None:
            return None  # nobody knows from where to send it
        seen = len(self.way)
        try:
            with self._registry.opened(holder.netns) as fd, hop(fd):
                raw = self._echo.sender()
            with raw:
                send_marked(raw, self._target(holder, found.reply), self._echo.reply(found.reply.sequence))
        except OSError:
            return Detour(Cause.UNPROVED)
        await another(_PATIENCE)
        self._look()
        here = [one for one in self.way[seen:] if (one.netns, one.kind) == (HOST, "reply")]
        near, far = found.request.dev, found.reply.dev
        entered = next((one for one in here if (one.dev, one.direction) == (far, "in") and one.mark), None)
        if entered is None:
            return Detour(Cause.UNPROVED)
        return None if near in passed_on(entered, here, self._bridge) else Detour(Cause.RESENT, far, near)

    def _target(self, holder: Holder, reply: Sighting) -> tuple[str, int] | tuple[str, int, int, int]:
        if self._echo.to.version == 4:
            return reply.destination, 0
        dev = self._snapshot.link(holder.netns, self._links[reply.dev].peer or "")
        local = ip_address(reply.destination).is_link_local
        return reply.destination, 0, 0, dev.index if dev and local else 0


def _bridge(name: str, links: Mapping[str, Link]) -> Bridge:
    ports = [link for link in links.values() if link.master == name]
    own = [*ports, links[name]] if name in links else ports
    macs = {link.address: link.name for link in own if link.address}
    return Bridge(name, frozenset(port.name for port in ports), macs)
