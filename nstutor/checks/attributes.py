"""The attributes of a device that is there: which of them are not as they should be, the cause before its effects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nstutor.checks import values
from nstutor.checks.base import Scene, Verdict
from nstutor.checks.executed import set_up_elsewhere
from nstutor.checks.fact import failed, not_checked, settling
from nstutor.checks.lag import carrier_lags, operstate_lags, port_lags
from nstutor.checks.presence import dev_problem, need_netns, place
from nstutor.kernel.model import Link, Snapshot


@dataclass(frozen=True)
class Wanted:
    """What a `link` line compares; None for what it does not."""

    type: str | None = None
    up: bool | None = None
    carrier: bool | None = None
    master: str | None = None
    port: str | None = None
    peer: str | None = None
    peernetns: str | None = None
    mtu: int | None = None
    address: str | None = None
    """A MAC address or NETNS/DEV."""
    operstate: str | None = None

    def state(self) -> str | None:
        """The state that is compared, in two words at most; None if it is only about what the device is."""
        if self.master is not None:
            return "master up" if self.up else "master"
        if self.up is not None:
            return "up" if self.up else "down"
        if self.carrier is not None:
            return f"carrier {_on(self.carrier)}"
        if self.mtu is not None:
            return f"mtu {self.mtu}"
        return self.operstate or self.port or ("address" if self.address else None)

    def phrases(self) -> Iterator[str]:
        """Each compared attribute as the lesson has it."""
        pairs = {"type": self.type, "peer": self.peer, "peernetns": self.peernetns, "master": self.master,
                 "port": self.port, "mtu": self.mtu, "address": self.address, "operstate": self.operstate}  # fmt: skip
        if self.up is not None:
            yield "up" if self.up else "down"
        if self.carrier is not None:
            yield f"carrier {_on(self.carrier)}"
        yield from (f"{key} {value}" for key, value in pairs.items() if value is not None)


def _on(value: bool | None) -> str:
    return "on" if value else "off"


def problem(wanted: Wanted, link: Link, scene: Scene) -> Verdict | None:
    """The first thing that is wrong with a device; None if nothing is."""
    return next(problems(wanted, link, scene), None)


def problems(wanted: Wanted, link: Link, scene: Scene) -> Iterator[Verdict]:
    """Everything that is wrong with a device, causes first: what it is, its cable, its switch, its state."""
    rules = (_type, _peer, _peernetns, _master, _up, _carrier, _port, _mtu, _address, _operstate)
    for rule in rules:
        verdict = rule(wanted, link, scene)
        if verdict is not None:
            yield verdict


def _type(wanted: Wanted, link: Link, _scene: Scene) -> Verdict | None:
    if wanted.type in (None, link.type):
        return None
    if link.type is None:
        return failed(f"{link.name} has no type; it must be of type {wanted.type}", wanted.type)
    return failed(f"{link.name} is of type {link.type}, not {wanted.type}", wanted.type, link.type)


def _peer(wanted: Wanted, link: Link, scene: Scene) -> Verdict | None:
    if wanted.peer in (None, link.peer):
        return None
    if link.peer is not None:
        message = f"the other end of {link.name} is {link.peer}; it should be {wanted.peer}"
        return failed(message, wanted.peer, link.peer)
    if link.type != "veth":
        return failed(f"{link.name} is of type {link.type}, not veth: it has no other end", wanted.peer)
    there = next((end for end in scene.snapshot.links() if end.name == wanted.peer), None)
    unseen = f"the other end of {link.name} is in a namespace without a name; it should be {wanted.peer}"
    return failed(unseen + (f", and {place(there.name, there.netns)} is another device" if there else ""), wanted.peer)


def _peernetns(wanted: Wanted, link: Link, scene: Scene) -> Verdict | None:
    if wanted.peernetns in (None, link.peernetns) or wanted.peernetns is None:
        return None
    missing = need_netns(scene.snapshot, wanted.peernetns)
    if missing is not None:
        return missing
    message = f"{link.peer} is in {link.peernetns or 'a namespace without a name'}; it belongs in {wanted.peernetns}"
    return failed(message, wanted.peernetns, link.peernetns)


def _master(wanted: Wanted, link: Link, scene: Scene) -> Verdict | None:
    if wanted.master in (None, link.master) or wanted.master is None:
        return None
    if link.master is not None:
        message = f"{link.name} is plugged into {link.master}; it belongs in {wanted.master}"
        return failed(message, wanted.master, link.master)
    message = f"{link.name} has no master; "
    if scene.snapshot.link(link.netns, wanted.master):
        return failed(f"{message}plug it into {wanted.master}", wanted.master)
    return failed(message + dev_problem(scene, link.netns, wanted.master).message, wanted.master)


def _up(wanted: Wanted, link: Link, scene: Scene) -> Verdict | None:
    if wanted.up in (None, link.up):
        return None
    name = place(link.name, link.netns)
    if link.up:
        return failed(f"{name} is up; it must be down", "down", "up")
    elsewhere = set_up_elsewhere(link, scene)
    also = f"; {link.name} was set up in {elsewhere}" if elsewhere else ""
    return failed(f"{name} is down{also}", "up", "down")


def _carrier(wanted: Wanted, link: Link, scene: Scene) -> Verdict | None:
    if wanted.carrier is None or wanted.carrier == link.carrier:
        return None
    lags = carrier_lags(link, wanted.carrier, scene.snapshot)
    if link.carrier:
        return settling(failed(f"{place(link.name, link.netns)} has carrier; it must have none", "off", "on"), lags)
    return settling(failed(no_carrier(link, scene.snapshot), "on", "off"), lags)


def no_carrier(link: Link, snapshot: Snapshot) -> str:
    """Why a device has no carrier, as far as the snapshot shows it."""
    name = place(link.name, link.netns)
    if not link.up:
        return f"{name} is down"
    end = snapshot.link(link.peernetns, link.peer) if link.peer and link.peernetns else None
    if end is not None and not end.up:
        return f"{name} has no carrier: the other end, {place(end.name, end.netns)}, is down"
    if link.type == "bridge":
        ports = [other for other in snapshot.links() if other.netns == link.netns and other.master == link.name]
        return f"{name} has no carrier: " + ("none of its ports has" if ports else "nothing is plugged into it")
    return f"{name} has no carrier"


def _port(wanted: Wanted, link: Link, scene: Scene) -> Verdict | None:
    if wanted.port is None or wanted.port == link.port:
        return None
    if link.port is None:
        return failed(f"{link.name} is not plugged into a bridge", wanted.port)
    bridge = scene.snapshot.link(link.netns, link.master) if link.master else None
    asleep = next((place(part.name, part.netns) for part in (link, bridge) if part and not part.up), None)
    cause = f": {asleep} is down" if asleep and wanted.port != "disabled" else ""
    message = f"as a port, {link.name} is {link.port}; it must be {wanted.port}{cause}"
    return settling(failed(message, wanted.port, link.port), port_lags(link, wanted.port, scene.snapshot))


def _mtu(wanted: Wanted, link: Link, _scene: Scene) -> Verdict | None:
    if wanted.mtu in (None, link.mtu):
        return None
    message = f"{place(link.name, link.netns)} has mtu {link.mtu}; it must be {wanted.mtu}"
    return failed(message, wanted.mtu, link.mtu)


def _address(wanted: Wanted, link: Link, scene: Scene) -> Verdict | None:
    if wanted.address is None:
        return None
    expected = values.mac_of(wanted.address, scene.snapshot)
    if expected is None:
        return not_checked(f"{wanted.address} does not exist yet")
    if expected == link.address:
        return None
    message = f"{place(link.name, link.netns)} has the MAC {link.address}; it must be {expected}"
    return failed(message, expected, link.address)


def _operstate(wanted: Wanted, link: Link, scene: Scene) -> Verdict | None:
    if wanted.operstate is None or wanted.operstate == link.operstate:
        return None
    message = f"{place(link.name, link.netns)} is in state {link.operstate}; it must be {wanted.operstate}"
    lags = operstate_lags(link, wanted.operstate, scene.snapshot)
    return settling(failed(message, wanted.operstate, link.operstate), lags)


