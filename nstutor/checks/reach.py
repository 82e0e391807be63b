"""Why an echo does not come back, as far as a snapshot shows it: from the sender's house along the way and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv6Address, ip_address

from nstutor.checks.attributes import no_carrier
from nstutor.checks.presence import place
from nstutor.checks.values import IPAddress
from nstutor.kernel.model import (
    MAIN,
    RT_TABLE_DEFAULT,
    RT_TABLE_LOCAL,
    Address,
    Link,
    Namespace,
    Neighbour,
    Route,
    Snapshot,
)
from nstutor.text.i18n import _, clauses
from nstutor.text.names import HOST

NO_MEMORY = ("FAILED", "INCOMPLETE", "NONE", "NOARP")
"""States of neighbour entries that name no MAC which was learnt from an answer or written down by hand."""


@dataclass(frozen=True)
class Way:
    """The way of an echo from a namespace to an address."""

    snapshot: Snapshot
    start: Namespace
    target: IPAddress
    """A link-local one may name its device: fe80::1%eth0."""

    @cached_property
    def bare(self) -> IPAddress:
        """The target without the name of a device, as devices have it."""
        return ip_address(str(self.target).partition("%")[0])

    @cached_property
    def scope(self) -> str | None:
        """The device that the target names."""
        return self.target.scope_id if isinstance(self.target, IPv6Address) else None

    @cached_property
    def holders(self) -> tuple[Address, ...]:
        """Every device address that is the target."""
        return tuple(address for address in self.snapshot.addresses() if address.interface.ip == self.bare)

    @cached_property
    def route(self) -> Route | None:
        """The route of the main table that the echo would take; None also where rules may choose another table."""
        return None if _chooses(self.start) else _lookup(self.start, self.bare, self.scope)

    @cached_property
    def out(self) -> Link | None:
        """The device that the echo would leave by."""
        return self.start.by_name.get(self.route.dev) if self.route and self.route.dev else None

    @cached_property
    def holder(self) -> Link | None:
        """The device in another namespace that has the address."""
        away = (address for address in self.holders if address.netns != self.start.name)
        return next((self.snapshot.link(address.netns, address.dev) for address in away), None)

    @cached_property
    def source(self) -> IPAddress | None:
        """The address that the echo would carry as its sender's."""
        own = (address for address in self.start.addresses if self.out and address.dev == self.out.name)
        return next((a.interface.ip for a in own if a.interface.version == self.target.version), None)

    def obstacle(self) -> str | None:
        """The first thing in the way; None if nothing can be seen."""
        rules = (
            self._at_home,
            self._no_address,
            self._asleep,
            self._no_route,
            self._nobody,
            self._cable,
            self._far_end,
            self._switch,
            self._old_neighbour,
            self._way_back,
        )
        return next((found for found in (rule() for rule in rules) if found), None)

    def _at_home(self) -> str | None:
        own = any(address.netns == self.start.name for address in self.holders)
        lo = next((link for link in self.start.links if link.loopback), None)
        if lo is None or lo.up or not (own or self.target.is_loopback):
            return None
        message = (
            _("{place} is down")
            if self.target.is_loopback
            else (_("{place} is down; a namespace reaches its own addresses over lo"))
        )
        return message.format(place=place(lo.name, lo.netns))

    def _no_address(self) -> str | None:
        addresses = [address for address in self.start.addresses if address.interface.version == self.target.version]
        useful = [a for a in addresses if not a.interface.ip.is_loopback or self.target.is_loopback]
        if useful or self.route or _chooses(self.start):
            return None
        return _("{netns} has no address").format(netns=self.start.name)

    def _asleep(self) -> str | None:
        for address in self.start.addresses:
            link = self.start.by_name.get(address.dev)
            meant = self.scope in (None, address.dev) and self.bare in address.interface.network
            if meant and link and not link.up and not link.loopback:
                return _("{place} is down").format(place=place(link.name, link.netns))
        return None

    def _no_route(self) -> str | None:
        if self.route is not None and self.route.type != "unicast":
            message = _("the route to {target} in {netns} is of type {type}")
            return message.format(target=self.target, netns=self.start.name, type=self.route.type)
        if self.route is not None or self._is_own() or _chooses(self.start):
            return None
        narrow = [
            a
            for a in self.start.addresses
            if a.interface.network.num_addresses == 1 and a.interface.version == self.target.version
        ]
        cause = _("{netns} has no route to {target}").format(netns=self.start.name, target=self.target)
        if not narrow:
            return cause
        also = _("{address} on {dev} is a network of one").format(address=narrow[0].interface, dev=narrow[0].dev)
        return clauses(cause, also)

    def _is_own(self) -> bool:
        return self.target.is_loopback or any(address.netns == self.start.name for address in self.holders)

    def _nobody(self) -> str | None:
        return None if self.holders or self._is_own() else _("no device has {target}").format(target=self.target)

    def _cable(self) -> str | None:
        if self.out is None or self.out.loopback or (self.out.up and self.out.carrier):
            return None
        return no_carrier(self.out, self.snapshot)

    def _far_end(self) -> str | None:
        if self.holder is None or self.holder.loopback or (self.holder.up and self.holder.carrier):
            return None
        return no_carrier(self.holder, self.snapshot)

    def _switch(self) -> str | None:
        """What is wrong between two ends that are not each other's peer, where a bridge could join them."""
        near, far = _other_end(self.out, self.snapshot), _other_end(self.holder, self.snapshot)
        if near is None or far is None or self.out is None or near == self.holder or near.netns != far.netns:
            return None
        ports = [port for port in (near, far) if port.master]
        for bridge in (self.snapshot.link(port.netns, port.master or "") for port in ports):
            if bridge is not None and not bridge.up:
                return _("{place} is down").format(place=place(bridge.name, bridge.netns))
        if not ports or near.master == far.master:
            return None
        return _unplugged(near, far)

    def _old_neighbour(self) -> str | None:
        """An entry that outlived the device it names: it makes a right network fail for half a minute."""
        if self.holder is None or self.out is None or (self.route and self.route.via):
            return None
        there = self.snapshot.namespaces.get(self.holder.netns)
        entries = [(self.start, _entry(self.start, str(self.bare)), self.holder)]
        if there is not None and self.source is not None:
            entries.append((there, _entry(there, str(self.source)), self.out))
        old = ((who, entry) for who, entry, owner in entries if entry and entry.lladdr != owner.address)
        return next((_forget(who, entry) for who, entry in old), None)

    def _way_back(self) -> str | None:
        there = self.snapshot.namespaces.get(self.holder.netns) if self.holder else None
        if there is None or self.source is None or there.routes is None or _lookup(there, self.source):
            return None
        if _chooses(there) or any(map(_translates, self.snapshot.namespaces.values())):
            return None  # by another table, or to another address
        return _("{netns} has no route back to {address}").format(netns=there.name, address=self.source)


def _lookup(namespace: Namespace, target: IPAddress, dev: str | None = None) -> Route | None:
    """The longest prefix that holds the target (metrics and rules aside), over that device where one is named."""
    routes = (route for route in namespace.routes or () if dev in (None, route.dev))
    fitting = [route for route in routes if target.version == route.dst.version and target in route.dst]
    return max(fitting, key=lambda route: route.dst.prefixlen, default=None)


def _chooses(namespace: Namespace) -> bool:
    """Whether rules of policy routing may choose another table than main."""
    born = {(RT_TABLE_LOCAL, 0), (MAIN, 32766), (RT_TABLE_DEFAULT, 32767)}
    return any((rule.lookup, rule.priority) not in born for rule in namespace.rules or ())


def _translates(namespace: Namespace) -> bool:
    """Whether addresses are changed on the way through, as far as that was read."""
    chains = namespace.netfilter.chains if namespace.netfilter else ()
    return any(chain.rules for chain in chains if chain.hook and chain.hook.table == "nat")


def _other_end(link: Link | None, snapshot: Snapshot) -> Link | None:
    return snapshot.link(link.peernetns, link.peer) if link and link.peer and link.peernetns else None


def _unplugged(near: Link, far: Link) -> str:
    loose = next((port for port in (near, far) if port.master is None), None)
    if loose is not None:
        return _("{place} has no master").format(place=place(loose.name, loose.netns))
    message = _("{near} is plugged into {bridge}, {far} into {other}")
    return message.format(near=near.name, bridge=near.master, far=far.name, other=far.master)


def _entry(namespace: Namespace, address: str) -> Neighbour | None:
    entries: Iterator[Neighbour] = iter(namespace.neighbours or ())
    return next((e for e in entries if e.dst == address and e.lladdr and e.state not in NO_MEMORY), None)


def _forget(namespace: Namespace, entry: Neighbour) -> str:
    ip = "ip" if namespace.name == HOST else f"ip -n {namespace.name}"
    if entry.state == "PERMANENT":  # `ip neigh flush` leaves those alone (ip-neighbour(8))
        delete = f"{ip} neigh del {entry.dst} dev {entry.dev}"
        message = _("{netns} was told a wrong MAC for {address}; take it back with `{command}`")
        return message.format(netns=namespace.name, address=entry.dst, command=delete)
    message = _("{netns} remembers an old MAC for {address}; forget it with `{command}`")
    return message.format(netns=namespace.name, address=entry.dst, command=f"{ip} neigh flush all")
