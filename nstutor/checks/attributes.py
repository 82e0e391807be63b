"""The attributes of a device that is there: which of them are not as they should be, the cause before its effects."""

from __future__ import annotations

from collections.abc import Iterator

from nstutor import NamedTuple
from nstutor.checks import values
from nstutor.checks.base import Observation, Verdict
from nstutor.checks.executed import set_up_elsewhere
from nstutor.checks.fact import failed, not_checked, settling
from nstutor.checks.kernel_delay import carrier_lags, operstate_lags, port_lags
from nstutor.checks.presence import dev_problem, need_netns, place
from nstutor.kernel.model import Link, Snapshot
from nstutor.text.i18n import _, clauses


class Wanted(NamedTuple):
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
        pairs = {
            "type": self.type,
            "peer": self.peer,
            "peernetns": self.peernetns,
            "master": self.master,
            "port": self.port,
            "mtu": self.mtu,
            "address": self.address,
            "operstate": self.operstate,
        }
        if self.up is not None:
            yield "up" if self.up else "down"
        if self.carrier is not None:
            yield f"carrier {_on(self.carrier)}"
        yield from (f"{key} {value}" for key, value in pairs.items() if value is not None)


def _on(value: bool | None) -> str:
    return "on" if value else "off"


def problem(wanted: Wanted, link: Link, observation: Observation) -> Verdict | None:
    """The first thing that is wrong with a device; None if nothing is."""
    return next(problems(wanted, link, observation), None)


def problems(wanted: Wanted, link: Link, observation: Observation) -> Iterator[Verdict]:
    """Everything that is wrong with a device, causes first: what it is, its cable, its switch, its state."""
    rules = (_type, _peer, _peernetns, _master, _up, _carrier, _port, _mtu, _address, _operstate)
    for rule in rules:
        verdict = rule(wanted, link, observation)
        if verdict is not None:
            yield verdict


def _type(wanted: Wanted, link: Link, _scene: Observation) -> Verdict | None:
    if wanted.type in (None, link.type):
        return None
    if link.type is None:
        message = _("{name} has no type; it must be of type {wanted}").format(name=link.name, wanted=wanted.type)
        return failed(message, wanted.type)
    message = _("{name} is of type {type}, not {wanted}").format(name=link.name, type=link.type, wanted=wanted.type)
    return failed(message, wanted.type, link.type)


def _peer(wanted: Wanted, link: Link, observation: Observation) -> Verdict | None:
    if wanted.peer in (None, link.peer):
        return None
    if link.peer is not None:
        message = _("the other end of {name} is {peer}; it should be {wanted}").format(
            name=link.name, peer=link.peer, wanted=wanted.peer
        )
        return failed(message, wanted.peer, link.peer)
    if link.type != "veth":
        message = _("{name} is of type {type}, not veth: it has no other end")
        return failed(message.format(name=link.name, type=link.type), wanted.peer)
    there = next((end for end in observation.snapshot.links() if end.name == wanted.peer), None)
    if there is None:
        unseen = _("the other end of {name} is in a namespace without a name; it should be {wanted}")
        return failed(unseen.format(name=link.name, wanted=wanted.peer), wanted.peer)
    unseen = _(
        "the other end of {name} is in a namespace without a name; it should be {wanted}, and {place} is another device"
    )
    message = unseen.format(name=link.name, wanted=wanted.peer, place=place(there.name, there.netns))
    return failed(message, wanted.peer)


def _peernetns(wanted: Wanted, link: Link, observation: Observation) -> Verdict | None:
    if wanted.peernetns in (None, link.peernetns) or wanted.peernetns is None:
        return None
    missing = need_netns(observation.snapshot, wanted.peernetns)
    if missing is not None:
        return missing
    found = link.peernetns or _("a namespace without a name")
    message = _("{name} is in {netns}; it belongs in {wanted}").format(
        name=link.peer, netns=found, wanted=wanted.peernetns
    )
    return failed(message, wanted.peernetns, link.peernetns)


def _master(wanted: Wanted, link: Link, observation: Observation) -> Verdict | None:
    if wanted.master in (None, link.master) or wanted.master is None:
        return None
    if link.master is not None:
        message = _("{name} is plugged into {master}; it belongs in {wanted}").format(
            name=link.name, master=link.master, wanted=wanted.master
        )
        return failed(message, wanted.master, link.master)
    if observation.snapshot.link(link.netns, wanted.master):
        message = _("{name} has no master; plug it into {master}").format(name=link.name, master=wanted.master)
        return failed(message, wanted.master)
    cause = _("{name} has no master").format(name=link.name)
    return failed(clauses(cause, dev_problem(observation, link.netns, wanted.master).message), wanted.master)


def _up(wanted: Wanted, link: Link, observation: Observation) -> Verdict | None:
    if wanted.up in (None, link.up):
        return None
    name = place(link.name, link.netns)
    if link.up:
        return failed(_("{place} is up; it must be down").format(place=name), "down", "up")
    elsewhere = set_up_elsewhere(link, observation)
    if elsewhere is None:
        return failed(_("{place} is down").format(place=name), "up", "down")
    message = _("{place} is down; {name} was set up in {netns}")
    return failed(message.format(place=name, name=link.name, netns=elsewhere), "up", "down")


def _carrier(wanted: Wanted, link: Link, observation: Observation) -> Verdict | None:
    if wanted.carrier is None or wanted.carrier == link.carrier:
        return None
    lags = carrier_lags(link, wanted.carrier, observation.snapshot)
    if link.carrier:
        message = _("{place} has carrier; it must have none").format(place=place(link.name, link.netns))
        return settling(failed(message, "off", "on"), lags)
    return settling(failed(no_carrier(link, observation.snapshot), "on", "off"), lags)


def no_carrier(link: Link, snapshot: Snapshot) -> str:
    """Why a device has no carrier, as far as the snapshot shows it."""
    name = place(link.name, link.netns)
    if not link.up:
        return _("{place} is down").format(place=name)
    end = snapshot.link(link.peernetns, link.peer) if link.peer and link.peernetns else None
    if end is not None and not end.up:
        return _("{place} has no carrier: the other end, {end}, is down").format(
            place=name, end=place(end.name, end.netns)
        )
    if link.type == "bridge":
        ports = [other for other in snapshot.links() if other.netns == link.netns and other.master == link.name]
        if ports:
            return _("{place} has no carrier: none of its ports has").format(place=name)
        return _("{place} has no carrier: nothing is plugged into it").format(place=name)
    return _("{place} has no carrier").format(place=name)


def _port(wanted: Wanted, link: Link, observation: Observation) -> Verdict | None:
    if wanted.port is None or wanted.port == link.port:
        return None
    if link.port is None:
        return failed(_("{name} is not plugged into a bridge").format(name=link.name), wanted.port)
    bridge = observation.snapshot.link(link.netns, link.master) if link.master else None
    asleep = next((place(part.name, part.netns) for part in (link, bridge) if part and not part.up), None)
    message = _("as a port, {name} is {port}; it must be {wanted}")
    if asleep and wanted.port != "disabled":
        message = _("as a port, {name} is {port}; it must be {wanted}: {asleep} is down")
    message = message.format(name=link.name, port=link.port, wanted=wanted.port, asleep=asleep)
    return settling(failed(message, wanted.port, link.port), port_lags(link, wanted.port, observation.snapshot))


def _mtu(wanted: Wanted, link: Link, _scene: Observation) -> Verdict | None:
    if wanted.mtu in (None, link.mtu):
        return None
    message = _("{place} has mtu {mtu}; it must be {wanted}").format(
        place=place(link.name, link.netns), mtu=link.mtu, wanted=wanted.mtu
    )
    return failed(message, wanted.mtu, link.mtu)


def _address(wanted: Wanted, link: Link, observation: Observation) -> Verdict | None:
    if wanted.address is None:
        return None
    expected = values.mac_of(wanted.address, observation.snapshot)
    if expected is None:
        return not_checked(_("{name} does not exist yet").format(name=wanted.address))
    if expected == link.address:
        return None
    message = (
        _("{place} has the MAC {mac}; it must be {wanted}")
        if link.address
        else (_("{place} has no MAC; it must be {wanted}"))
    )
    message = message.format(place=place(link.name, link.netns), mac=link.address, wanted=expected)
    return failed(message, expected, link.address)


def _operstate(wanted: Wanted, link: Link, observation: Observation) -> Verdict | None:
    if wanted.operstate is None or wanted.operstate == link.operstate:
        return None
    message = _("{place} is in state {state}; it must be {wanted}").format(
        place=place(link.name, link.netns), state=link.operstate, wanted=wanted.operstate
    )
    lags = operstate_lags(link, wanted.operstate, observation.snapshot)
    return settling(failed(message, wanted.operstate, link.operstate), lags)
