"""Why no answer comes back: the first thing on the way that the snapshot shows to be wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from nstutor.cmdline import tokens
from nstutor.coach import lines, places
from nstutor.coach.advice import Advice, Attempt
from nstutor.kernel.model import Address, Link, Snapshot
from nstutor.text.i18n import _

_PROGRAMS = frozenset(("ping", "ping6", "traceroute", "traceroute6", "tracepath", "mtr", "arping"))


@dataclass(frozen=True)
class Trip:
    """An echo's way: from which namespace to which address; by which of its own addresses it leaves, to whom."""

    snapshot: Snapshot
    netns: str
    target: IPv4Address | IPv6Address
    leaves: Address | None
    """The address, on the device that it leaves by; None where that is not certain."""
    holder: Address | None
    """Who in the lab has the target address; None for nobody and for more than one."""

    @property
    def out(self) -> Link | None:
        """The device that it leaves by."""
        return self.snapshot.link(self.netns, self.leaves.dev) if self.leaves else None

    @property
    def goal(self) -> Link | None:
        """The device that has the target address."""
        return self.snapshot.link(self.holder.netns, self.holder.dev) if self.holder else None


def unreachable(attempt: Attempt) -> Advice | None:
    """`Network is unreachable`: no route, because lo is down, a device is down, or no address is in that network."""
    command, target = _asked(attempt)
    if command is None or target is None or not lines.known(attempt.after, command.netns):
        return None
    return _first(_NO_ROUTE, _trip(attempt.after, command.netns or "", target))


def no_answer(attempt: Attempt) -> Advice | None:
    """`100% packet loss`, `Destination Host Unreachable`."""
    command, target = _asked(attempt)
    if command is None or target is None or not lines.known(attempt.after, command.netns):
        return None
    return _first(_NO_ANSWER, _trip(attempt.after, command.netns or "", target))


def bad_gateway(attempt: Attempt) -> Advice | None:
    """`Nexthop has invalid gateway`, `SIOCADDRT: Network is unreachable`: the gateway is in no network of ours."""
    for command in lines.of(attempt):
        via = command.after("via", "gw")
        if via is None or not lines.known(attempt.after, command.netns):
            continue
        try:
            gateway = ip_address(via.text)
        except ValueError:
            return None
        trip = _trip(attempt.after, command.netns or "", gateway)
        if gateway in {address.interface.ip for address in _own(trip)}:
            text = _("{address} is {netns}'s own address; a gateway is a neighbour's.")
            return Advice(text.format(address=gateway, netns=trip.netns))
        return _first((_device_with_network_down, _only_host_prefix, _no_address, _no_network), trip)
    return None


def _asked(attempt: Attempt) -> tuple[tokens.Command | None, IPv4Address | IPv6Address | None]:
    """The command that asked, and whom; nothing if the line asks more than one, for then the blame is not certain."""
    asking = [command for command in lines.of(attempt) if command.program in _PROGRAMS]
    reach = [command for command in lines.of(attempt) if command.program == "ip" and "get" in command.texts]
    if len(asking) + len(reach) != 1:
        return None, None
    command = (asking + reach)[0]
    for text in reversed(command.texts):
        try:
            return command, ip_address(text)
        except ValueError:
            continue
    return command, None


def _trip(snapshot: Snapshot, netns: str, target: IPv4Address | IPv6Address) -> Trip:
    holders = [address for address in snapshot.addresses() if address.interface.ip == target]
    return Trip(snapshot, netns, target, _leaves(snapshot, netns, target), holders[0] if len(holders) == 1 else None)


def _leaves(snapshot: Snapshot, netns: str, target: IPv4Address | IPv6Address) -> Address | None:
    """By which address of its own: the longest prefix; where two are equally long, the routes tell, or nothing does."""
    namespace = snapshot.namespaces[netns]
    up = {link.name for link in namespace.links if link.up}
    fitting = [a for a in namespace.addresses if a.dev in up and target in a.interface.network]
    if namespace.routes is not None:
        routes = [r for r in namespace.routes if target.version == r.dst.version and target in r.dst]
        if not routes:
            return None
        best = max(routes, key=lambda route: (route.dst.prefixlen, -(route.metric or 0)))
        fitting = [a for a in fitting if a.dev == best.dev and best.via is None]
    longest = max((a.interface.network.prefixlen for a in fitting), default=0)
    best_fitting = [a for a in fitting if a.interface.network.prefixlen == longest]
    return best_fitting[0] if len({a.dev for a in best_fitting}) == 1 else None


def _first(reasons: tuple[Reason, ...], trip: Trip) -> Advice | None:
    return next((advice for reason in reasons if (advice := reason(trip))), None)


def _own(trip: Trip) -> tuple[Address, ...]:
    return trip.snapshot.namespaces[trip.netns].addresses


def _lo_down(trip: Trip) -> Advice | None:
    lo = trip.snapshot.link(trip.netns, "lo")
    if lo is None or lo.up:
        return None
    if trip.target.is_loopback:
        return Advice(_("lo is down in {netns}.").format(netns=trip.netns))
    if any(address.interface.ip == trip.target for address in _own(trip)):
        text = _("{target} is {netns}'s own address: the way to it is lo, and lo is down.")
        return Advice(text.format(target=trip.target, netns=trip.netns))
    return None


def _device_with_network_down(trip: Trip) -> Advice | None:
    for address in _own(trip):
        link = trip.snapshot.link(trip.netns, address.dev)
        if link and not link.up and trip.target in address.interface.network and address.interface.ip != trip.target:
            text = _("{name} in {netns} has {address} but is down.")
            return Advice(text.format(name=link.name, netns=trip.netns, address=address.interface))
    return None


def _only_host_prefix(trip: Trip) -> Advice | None:
    for address in _own(trip):
        network = address.interface.network
        if network.num_addresses == 1 and address.dev != "lo" and address.interface.ip != trip.target:
            text = _("{dev} has {address}: a network of one, so no neighbour is in it.")
            return Advice(text.format(dev=address.dev, address=address.interface))
    return None


def _no_address(trip: Trip) -> Advice | None:
    if any(address.dev != "lo" and address.interface.version == trip.target.version for address in _own(trip)):
        return None
    if trip.holder and trip.holder.netns != trip.netns:
        text = _("{netns} has no address of its own; {target} is on {dev} in {found}.").format(
            netns=trip.netns, target=trip.target, dev=trip.holder.dev, found=trip.holder.netns
        )
        return Advice(text)
    return Advice(_("{netns} has no address of its own yet.").format(netns=trip.netns))


def _no_network(trip: Trip) -> Advice | None:
    addresses = [a for a in _own(trip) if a.dev != "lo" and a.interface.version == trip.target.version]
    if any(trip.target in address.interface.network for address in addresses):
        return None
    shown = places.listed(str(address.interface) for address in addresses if address.scope == "global")
    text = _("{target} is in no network of {netns}, which has {addresses}.")
    return Advice(text.format(target=trip.target, netns=trip.netns, addresses=shown)) if shown else None


def _out_without_carrier(trip: Trip) -> Advice | None:
    out = trip.out
    if out is None or out.carrier or not out.up:
        return None
    other = trip.snapshot.link(out.peernetns or "", out.peer or "")
    if other and not other.up:
        text = _("{name} has no carrier: its other end, {peer} in {netns}, is down.")
        return Advice(text.format(name=out.name, peer=other.name, netns=other.netns))
    text = _("{name} in {netns} has no carrier.").format(name=out.name, netns=trip.netns)
    return Advice(text) if out.type != "bridge" else None


def _nobody(trip: Trip) -> Advice | None:
    if any(address.interface.ip == trip.target for address in trip.snapshot.addresses()) or trip.target.is_loopback:
        return None
    return Advice(_("No device of the lab has {target}.").format(target=trip.target))


def _goal_down(trip: Trip) -> Advice | None:
    goal = trip.goal
    if goal is None or goal.up or goal.loopback:
        return None
    text = _("{name} in {netns}, which has {target}, is down.")
    return Advice(text.format(name=goal.name, netns=goal.netns, target=trip.target))


def _bridges_between(trip: Trip) -> Advice | None:
    out, goal = trip.out, trip.goal
    if out is None or goal is None or out.type != "veth" or goal.type != "veth":
        return None
    near = trip.snapshot.link(out.peernetns or "", out.peer or "")
    far = trip.snapshot.link(goal.peernetns or "", goal.peer or "")
    if near is None or far is None or (near.netns, near.name) == (goal.netns, goal.name):
        return None
    return _broken_bridge(trip, near, far)


def _broken_bridge(trip: Trip, near: Link, far: Link) -> Advice | None:
    for port, other in ((near, far), (far, near)):
        if port.master is None and other.master is not None and port.netns == other.netns:
            text = _("{name} in {netns} has no master; {other} is plugged into {bridge}.")
            text = text.format(name=port.name, netns=port.netns, other=other.name, bridge=other.master)
            return Advice(text)
    if near.netns != far.netns or near.master is None or far.master is None:
        return None
    if near.master != far.master:
        text = _("{near} is plugged into {bridge}, but {far} into {other}.")
        return Advice(text.format(near=near.name, bridge=near.master, far=far.name, other=far.master))
    bridge = trip.snapshot.link(near.netns, near.master)
    if bridge and not bridge.up:
        return Advice(_("The bridge {name} is down.").format(name=bridge.name))
    down = next((port for port in (near, far) if not port.up), None)
    return Advice(_("{name} in {netns} is down.").format(name=down.name, netns=down.netns)) if down else None


def _bridge_end_unplugged(trip: Trip) -> Advice | None:
    """A veth on one side, the bridge itself on the other."""
    out, goal = trip.out, trip.goal
    veth, bridge = (out, goal) if goal and goal.type == "bridge" else (goal, out)
    if veth is None or bridge is None or veth.type != "veth" or bridge.type != "bridge":
        return None
    port = trip.snapshot.link(veth.peernetns or "", veth.peer or "")
    if port and port.netns == bridge.netns and port.master != bridge.name:
        text = (
            _("{name} in {netns} is plugged into {master}; it belongs into {bridge}.")
            if port.master
            else (_("{name} in {netns} has no master; it belongs into {bridge}."))
        )
        text = text.format(name=port.name, netns=port.netns, master=port.master, bridge=bridge.name)
        return Advice(text)
    return None


def _no_way_back(trip: Trip) -> Advice | None:
    if trip.leaves is None or trip.holder is None:
        return None
    source = trip.leaves.interface.ip
    namespace = trip.snapshot.namespaces[trip.holder.netns]
    if any(source in address.interface.network for address in namespace.addresses):
        return None
    if namespace.routes is None or any(source in route.dst for route in namespace.routes):
        return None
    text = _("The answer finds no way back: {dev} has {address}, and {source} is not in it.")
    return Advice(text.format(dev=trip.holder.dev, address=trip.holder.interface, source=source))


def _stale_neighbour(trip: Trip) -> Advice | None:
    """A rebuilt veth has a new hardware address; the old one is believed for half a minute (arp(7))."""
    ways = ((trip.out, trip.target, trip.goal), (trip.goal, trip.leaves and trip.leaves.interface.ip, trip.out))
    for device, address, holder in ways:
        if device is None or holder is None or address is None or not holder.address:
            continue
        for neighbour in trip.snapshot.namespaces[device.netns].neighbours or ():
            usable = neighbour.lladdr is not None and neighbour.state not in ("FAILED", "INCOMPLETE", "NONE")
            stale = usable and neighbour.lladdr != holder.address
            if (neighbour.dev, neighbour.dst) == (device.name, str(address)) and stale:
                ip = "ip" if device.netns == "host" else f"ip -n {device.netns}"
                text = _("{netns} remembers the hardware address that {address} had before.")
                text = text.format(netns=device.netns, address=address)
                return Advice(text, f"{ip} neigh flush dev {device.name}")
    return None


Reason = Callable[[Trip], Advice | None]

_NO_ROUTE: tuple[Reason, ...] = (_lo_down, _device_with_network_down, _only_host_prefix, _no_address, _no_network)
_NO_ANSWER: tuple[Reason, ...] = (
    _lo_down,
    _out_without_carrier,
    _nobody,
    _goal_down,
    _bridges_between,
    _bridge_end_unplugged,
    _no_way_back,
    _stale_neighbour,
)
