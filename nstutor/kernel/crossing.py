"""Did the bridge itself pass on an echo and its reply? Told from where the packets of one probe were seen.

The bridge's own forwarding shows as one packet that comes in at a port and leaves by another, with the same MACs,
addresses, TTL and flow hash, and that has not left by the bridge device in between: what does, host has sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from nstutor.kernel.way import Cause, Detour, Sighting
from nstutor.text.names import HOST


class Bridge(NamedTuple):
    """A bridge of host's."""

    name: str
    ports: frozenset[str]
    macs: Mapping[str, str]
    """Devices by MAC: the ports and the bridge itself. What is addressed to one of these is host's own."""


class Crossing(NamedTuple):
    """The request went in at one port and out at another one, the reply the other way round."""

    request: Sighting
    """As it came in."""
    reply: Sighting
    """As it came in."""
    straight: bool
    """The reply, to which the kernel gives no flow hash, came in at no other port on its way."""


class Holder(NamedTuple):
    """A namespace, other than host, that has the address which was asked."""

    netns: str
    ports: frozenset[str]
    """The bridge's ports that are cabled to it, if the device with the address is; else it is watched by a tap."""

    def has_sent(self, reply: Sighting, way: Iterable[Sighting]) -> bool:
        """Whether a reply that came in at a port of the bridge is its own."""
        if self.ports:
            return reply.dev in self.ports
        passed = {(seen.kind, seen.direction) for seen in way if seen.netns == self.netns}
        return {("request", "in"), ("reply", "out")} <= passed

    def silent(self, reply: Sighting) -> Detour:
        """That this reply is of somebody else."""
        if self.ports:
            return Detour(Cause.ELSEWHERE, reply.dev, min(self.ports))
        return Detour(Cause.STRANGER, reply.dev, self.netns)


def crossing(way: Sequence[Sighting], bridge: Bridge, holders: Sequence[Holder]) -> Crossing | Detour | None:
    """How an answered echo crossed the bridge, or by what it came back instead; None if that is not to be seen.

    `way` has the sightings of one request and its replies.
    """
    here = [seen for seen in way if seen.netns == HOST]
    requests, replies = ([seen for seen in here if seen.kind == kind] for kind in ("request", "reply"))
    entered = next(_entering(requests, bridge), None)
    if entered is None:
        return None
    back = tuple(_entering(replies, bridge))
    own = [reply for reply in back if any(holder.has_sent(reply, way) for holder in holders)] if holders else back[:1]
    if back and not own:
        return holders[0].silent(back[0])
    left = passed_on(entered, requests, bridge)
    for reply in own:
        if reply.dev in left and entered.dev in passed_on(reply, replies, bridge):
            return Crossing(entered, reply, straight=all(one.dev == reply.dev for one in back))
    if not own:
        return None if left else _otherwise(entered, requests, bridge)
    if own[0].dev not in left:
        return _otherwise(entered, requests, bridge, own[0].dev)
    return _otherwise(own[0], replies, bridge, entered.dev)


def passed_on(entered: Sighting, seen: Sequence[Sighting], bridge: Bridge) -> tuple[str, ...]:
    """The ports by which the bridge itself sent the packet on that came in at another one."""
    if bridge.macs.keys() & set(entered.macs):
        return ()  # it does not forward what is addressed to itself, nor anything to where its own MAC is
    later = _before_host_sends(_after(entered, seen), bridge)
    leaving = (one.dev for one in later if _leaves(one, entered, bridge) and one.same_packet(entered))
    return tuple(dict.fromkeys(leaving))


def _entering(seen: Iterable[Sighting], bridge: Bridge) -> Iterator[Sighting]:
    return (one for one in seen if one.direction == "in" and one.dev in bridge.ports)


def _after(entered: Sighting, seen: Sequence[Sighting]) -> Sequence[Sighting]:
    return seen[next(at for at, one in enumerate(seen) if one is entered) + 1 :]


def _before_host_sends(seen: Sequence[Sighting], bridge: Bridge) -> Sequence[Sighting]:
    sent = (at for at, one in enumerate(seen) if (one.dev, one.direction) == (bridge.name, "out"))
    return seen[: next(sent, len(seen))]


def _leaves(seen: Sighting, entered: Sighting, bridge: Bridge) -> bool:
    return seen.direction == "out" and seen.dev in bridge.ports and seen.dev != entered.dev


def _otherwise(entered: Sighting, seen: Sequence[Sighting], bridge: Bridge, port: str | None = None) -> Detour | None:
    """How the packet came from one port to another (to this one), if not by the bridge."""
    later, near = _after(entered, seen), entered.dev
    out = next((one for one in later if _leaves(one, entered, bridge) and port in (None, one.dev)), None)
    if out is None:
        owner = bridge.macs.get(entered.macs[1])
        return Detour(Cause.HOST, owner) if owner and entered.kind == "request" else None
    by_host = out not in _before_host_sends(later, bridge)
    if by_host or out.ttl < entered.ttl or bridge.macs.keys() & {*entered.macs, *out.macs}:
        return Detour(Cause.ROUTED, near, out.dev)
    changed = (out.source, out.destination, out.ttl, out.macs) != entered[5:9]
    return Detour(Cause.REWRITTEN if changed else Cause.RESENT, near, out.dev)
