"""Where a namespace or a device is, and what to say when it is not where it should be."""

from __future__ import annotations

from collections.abc import Iterable

from nstutor.checks.base import Observation, Verdict
from nstutor.checks.fact import failed, not_checked
from nstutor.kernel.model import Link, Snapshot
from nstutor.text.i18n import _
from nstutor.text.names import HOST
from nstutor.text.typo import meant_by


def place(name: str, netns: str) -> str:
    """`wangpo` in host, `xmq2wp in ximenqing-ns` elsewhere: how messages name a device."""
    return name if netns == HOST else _("{name} in {netns}").format(name=name, netns=netns)


def whereabouts(what: str, dev: str | None, netns: str | None) -> str:
    """A thing and where it belongs: `192.168.188.96/24 on xmq2wp in ximenqing-ns`; None for what does not matter."""
    if dev and netns:
        return _("{what} on {dev} in {netns}").format(what=what, dev=dev, netns=netns)
    if dev:
        return _("{what} on {dev}").format(what=what, dev=dev)
    return inside(what, netns)


def inside(what: str, netns: str | None) -> str:
    """A thing and its namespace: `route default in greenland`; None for a namespace that does not matter."""
    return _("{name} in {netns}").format(name=what, netns=netns) if netns else what


def forgotten_exit(observation: Observation, found: str, wanted: str) -> str | None:
    """Advice for what was made in the namespace where the learner's shell stands, and not where it belongs."""
    if observation.shell_netns != found or found in (HOST, wanted):
        return None
    return _("Your shell stands in {found}: a forgotten `exit`, most likely.").format(found=found)


def need_netns(snapshot: Snapshot, netns: str) -> Verdict | None:
    """Say that a check cannot be judged because its namespace does not exist; None if it does."""
    return None if netns in snapshot.namespaces else not_checked(netns_problem(snapshot, netns))


def netns_problem(snapshot: Snapshot, name: str) -> str:
    """Why there is no namespace of that name."""
    if name in snapshot.dead:
        message = _(
            "{name} was added inside an `ip netns exec` shell; outside it is only a dead file: "
            "delete it with `ip netns delete {name}` and add it from host"
        )
        return message.format(name=name)
    device = next((link for link in snapshot.links() if link.name == name), None)
    if device is not None:
        return _("{name} is a device in {netns}; it must be a namespace").format(name=name, netns=device.netns)
    names = [other for other in snapshot.namespaces if other != HOST]
    return misspelt(name, names) or _("{name} does not exist yet").format(name=name)


def need_dev(observation: Observation, netns: str, name: str) -> Verdict | None:
    """Say why a device is not in its (existing) namespace; None if it is."""
    return None if observation.snapshot.link(netns, name) else dev_problem(observation, netns, name)


def dev_problem(observation: Observation, netns: str, name: str, peer: str | None = None) -> Verdict:
    """Why there is no device `name` in `netns`; `peer` is what its other end should be, if that is known."""
    elsewhere = [link for link in observation.snapshot.links() if link.name == name and not link.loopback]
    if elsewhere:
        return _misplaced(observation, netns, elsewhere, peer)
    if name in observation.snapshot.namespaces and name != HOST:
        return failed(_("{name} is a namespace; it must be a device in {netns}").format(name=name, netns=netns))
    return failed(_absence(observation.snapshot, netns, name, peer))


def _absence(snapshot: Snapshot, netns: str, name: str, peer: str | None) -> str:
    names = [link.name for link in snapshot.links()]
    missing = _("{name} does not exist").format(name=name)
    if netns != HOST:
        missing = _("{name} does not exist in {netns}").format(name=name, netns=netns)
    end = next((link for link in snapshot.links() if peer and link.name == peer and link.peer), None)
    spelling = misspelt(name, names)
    if spelling or end is None:
        return spelling or missing
    return _("{missing}: the other end of {name} is {peer}").format(missing=missing, name=end.name, peer=end.peer)


def _misplaced(observation: Observation, netns: str, found: list[Link], peer: str | None) -> Verdict:
    link = next((link for link in found if peer in (None, link.peer)), None)
    if link is None:
        other = found[0]
        message = _("{name} does not exist in {netns}; the {name} in {found} is the other end of {peer}")
        if other.peer is None:
            message = _("{name} does not exist in {netns}; the {name} in {found} is the other end of nothing")
        return failed(message.format(name=other.name, netns=netns, found=other.netns, peer=other.peer))
    message = _("{name} is in {netns}; it belongs in {wanted}")
    if link.netns == HOST and netns.startswith(f"{link.name}-"):
        message = _("{name} is in {netns}; it belongs in {wanted}: {name} is a device, {wanted} the namespace")
    message = message.format(name=link.name, netns=link.netns, wanted=netns)
    return failed(message, netns, link.netns, forgotten_exit(observation, link.netns, netns))


def misspelt(wanted: str, names: Iterable[str]) -> str | None:
    """Name what differs from the wanted name in letter case or by one slip; None if nothing does."""
    near = meant_by(wanted, names)
    if near is None:
        return None
    if near.casefold() == wanted.casefold():
        return _("the name is {name}; it must be {wanted}").format(name=near, wanted=wanted)
    message = _("{wanted} does not exist; there is {near}: one letter off {wanted}")
    return message.format(wanted=wanted, near=near)
