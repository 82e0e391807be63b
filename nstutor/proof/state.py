"""The lab's network as lines of checks: what two runs of the same commands have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from nstutor.kernel.model import MAIN, Link, Namespace, Route, Snapshot
from nstutor.proof.model import Names, State


def state_of(snapshot: Snapshot) -> State:
    """Namespaces, links, addresses, routes and rules.

    MACs, indexes, link-local addresses, neighbours and learned entries differ from run to run; carrier, operstate and
    a port's state follow from the rest, some time later.
    """
    lines = {f"dead {name}" for name in snapshot.dead}
    for namespace in snapshot.namespaces.values():
        lines |= {f"netns {namespace.name}", *_inside(namespace)}
    return frozenset(lines)


def names_of(snapshots: Iterable[Snapshot]) -> Names:
    """The namespaces, devices and addresses of all these moments."""
    devices: dict[str, dict[str, None]] = {}
    addresses: dict[str, None] = {}
    for snapshot in snapshots:
        for namespace in snapshot.namespaces.values():
            devices.setdefault(namespace.name, {}).update(dict.fromkeys(link.name for link in namespace.links))
        addresses |= dict.fromkeys(
            str(address.interface) for address in snapshot.addresses() if address.scope == "global"
        )
    return Names({name: tuple(found) for name, found in devices.items()}, tuple(addresses))


def link_line(link: Link) -> str:
    """The device with what somebody set on it, as a check; `down` is left out, for it need not stay so."""
    words = ["link", link.name, "netns", link.netns]
    words += ["type", link.type] if link.type and not link.loopback else []
    words += ["peer", link.peer] if link.peer else []
    words += ["peernetns", link.peernetns] if link.peer and link.peernetns not in (None, link.netns) else []
    words += ["master", link.master] if link.master else []
    words += ["up"] if link.up else []
    return " ".join(map(str, words))


def _inside(namespace: Namespace) -> Iterator[str]:
    netns = namespace.name
    for link in namespace.links:
        yield f"{link_line(link)} mtu {link.mtu}"
    for address in namespace.addresses:
        if not address.interface.ip.is_link_local:
            yield f"addr {address.interface} dev {address.dev} netns {netns} scope {address.scope}"
    earlier = Counter[object]()
    for route in (*(namespace.routes or ()), *(namespace.tables or ())):
        if not (route.dst.is_link_local or route.dst.is_multicast):
            # Of equal routes the first is taken: their order is part of the state.
            yield f"{route_line(route)} type {route.type} metric {route.metric} order {earlier[route.table, route.dst]}"
            earlier[route.table, route.dst] += 1
    for rule in namespace.rules or ():
        yield f"rule {rule.raw.hex()} netns {netns}"


def route_line(route: Route) -> str:
    """The route as a check."""
    table = None if route.table == MAIN else str(route.table)
    named = {"via": route.via, "dev": route.dev, "netns": route.netns, "src": route.src, "table": table}
    return " ".join([f"route {route.dst}", *(f"{key} {value}" for key, value in named.items() if value)])
