"""What netlink says about the lab at one moment, as plain records.

Names are iproute2's. Every record carries the namespace it was found in (`netns`) by the name under which the learner
knows it: "host" for the lab's first one, else its name in /run/netns. The small ones are named tuples, which take a
sixth of the time of a frozen dataclass to define: every command waits for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from itertools import chain

from nstutor import NamedTuple
from nstutor.kernel.basics import MAIN, RT_TABLE_DEFAULT, RT_TABLE_LOCAL, Execution, Identity, Kind
from nstutor.kernel.parts import Listener, Netfilter, Setting

__all__ = [
    "MAIN",
    "RT_TABLE_DEFAULT",
    "RT_TABLE_LOCAL",
    "SILENT",
    "Address",
    "Execution",
    "FdbEntry",
    "Identity",
    "Kind",
    "Link",
    "Namespace",
    "Neighbour",
    "Part",
    "Route",
    "Rule",
    "Snapshot",
    "silent",
]

LINKS, ADDRESSES = "links", "addresses"
"""What every snapshot holds, as Namespace.cut names it beside the kinds."""

Part = Kind | Setting
"""What a snapshot can be asked to hold besides links and addresses."""

SILENT = frozenset({Kind.LISTENERS, Kind.NETFILTER, Kind.COUNTERS, Kind.REACH})
"""Kinds of whose changes no event tells, as of those of settings: who wants to know must look again."""


def silent(parts: Iterable[Part]) -> frozenset[Part]:
    """Those of the parts of whose changes no event tells."""
    return frozenset(part for part in parts if isinstance(part, Setting) or part in SILENT)


class Link(NamedTuple):
    """A network device (rtnetlink(7), RTM_NEWLINK)."""

    netns: str
    index: int  # type: ignore[assignment]  # nobody searches it as a tuple
    name: str
    type: str | None
    """IFLA_INFO_KIND (`veth`, `bridge`); `loopback` for lo; None where the kernel gives no kind."""
    up: bool
    """IFF_UP: what `ip link set DEV up` sets."""
    carrier: bool
    """IFF_LOWER_UP: the other end answers."""
    operstate: str
    """UNKNOWN, NOTPRESENT, DOWN, LOWERLAYERDOWN, TESTING, DORMANT or UP (RFC 2863)."""
    mtu: int
    address: str | None
    """The MAC address, lower case with colons."""
    master: str | None
    """Name of the bridge (or other master) it is plugged into, in the same namespace."""
    port: str | None
    """State as a bridge port: disabled, listening, learning, forwarding, blocking; None for no port."""
    peer: str | None
    """For a veth: name of its other end, None if that cannot be seen."""
    peernetns: str | None
    """For a veth: namespace of its other end."""
    loopback: bool = False
    isolated: bool = False
    """As a bridge port: nothing is passed on to another isolated one (bridge(8))."""


class Address(NamedTuple):
    """An address on a device (RTM_NEWADDR)."""

    netns: str
    dev: str
    interface: IPv4Interface | IPv6Interface
    """Address and prefix length as `ip addr` shows them: 192.168.188.96/24."""
    scope: str
    """global, site, link, host."""
    tentative: bool = False

    @property
    def family(self) -> str:
        """`inet` or `inet6`."""
        return "inet" if self.interface.version == 4 else "inet6"


class Route(NamedTuple):
    """A route (RTM_NEWROUTE)."""

    netns: str
    dst: IPv4Network | IPv6Network
    """0.0.0.0/0 or ::/0 for default."""
    via: str | None
    dev: str | None
    src: str | None
    metric: int | None
    type: str
    """unicast, blackhole, unreachable, prohibit, …"""
    table: int = MAIN


class Rule(NamedTuple):
    """A routing policy rule (RTM_NEWRULE)."""

    netns: str
    raw: bytes
    """All of it, to be compared."""
    family: str
    """`inet` or `inet6`."""
    priority: int
    src: str | None
    """The prefix of `from`; None for all."""
    dst: str | None
    iif: str | None
    oif: str | None
    fwmark: str | None
    """`0x1`, `0x10/0xf0`."""
    lookup: int | None
    """The table; None where the rule does something else than to look one up."""
    inverted: bool = False
    """`not`: it is for all that the selector does not meet."""


class Neighbour(NamedTuple):
    """A neighbour table entry (RTM_NEWNEIGH)."""

    netns: str
    dst: str
    lladdr: str | None
    dev: str
    state: str
    """PERMANENT, NOARP, REACHABLE, STALE, DELAY, PROBE, INCOMPLETE, FAILED or NONE."""


class FdbEntry(NamedTuple):
    """A bridge's forwarding entry (RTM_NEWNEIGH of family AF_BRIDGE)."""

    netns: str
    mac: str
    dev: str
    master: str | None
    permanent: bool
    vlan: int | None


@dataclass(frozen=True)
class Namespace:
    """One network namespace. A part that was not asked for is None."""

    name: str
    identity: Identity
    links: tuple[Link, ...]
    addresses: tuple[Address, ...]
    routes: tuple[Route, ...] | None = None
    rules: tuple[Rule, ...] | None = None
    neighbours: tuple[Neighbour, ...] | None = None
    fdb: tuple[FdbEntry, ...] | None = None
    tables: tuple[Route, ...] | None = None
    """Routes of other tables than main and local."""
    listeners: tuple[Listener, ...] | None = None
    settings: Mapping[str, str | None] | None = None
    """By their paths below /proc/sys; None for one that this namespace does not have."""
    netfilter: Netfilter | None = None
    cut: frozenset[str] = frozenset()
    """Of what there is more than was read: LINKS, ADDRESSES, values of Kind."""
    reach: int | None = None
    """A digest (Kind.REACH)."""

    def as_set(self) -> tuple[object, ...]:
        """What decides whether a packet arrives, as far as it was read, without what changes by itself."""
        links = tuple(link._replace(operstate="") for link in self.links)
        addresses = tuple((a.dev, a.interface) for a in self.addresses if not a.interface.ip.is_link_local)
        routes = tuple(r for r in self.routes or () if not (r.dst.is_link_local or r.dst.is_multicast))
        settings = tuple(sorted((self.settings or {}).items(), key=lambda setting: setting[0]))
        listeners = tuple(one for one in self.listeners or () if one.proto == "tcp")  # udp is also who only asks
        netfilter = self.netfilter and self.netfilter.uncounted()
        return links, addresses, routes, self.rules, self.tables, settings, listeners, netfilter, self.reach

    @cached_property
    def by_name(self) -> Mapping[str, Link]:
        """The devices by name."""
        return {link.name: link for link in self.links}


@dataclass(frozen=True)
class Snapshot:
    """Everything that was read about all namespaces of the lab at one moment.

    `namespaces` maps names to namespaces, host first. `dead` are the names in /run/netns that are no namespace for the
    learner's outermost shell (made by `ip netns add` inside an `ip netns exec` shell: a plain file outside it).
    """

    namespaces: Mapping[str, Namespace]
    dead: frozenset[str] = field(default_factory=frozenset)
    cut: bool = False
    """Whether there may be more names in /run/netns than were read."""
    events: int = 0
    """How many events had come until then of what may decide whether a packet arrives (`events.decides`)."""

    def is_cut(self, netns: str | None, *parts: str) -> bool:
        """Whether there is more of one of these parts (see Namespace.cut) in that namespace, or in any for None."""
        if netns is not None:
            namespace = self.namespaces.get(netns)
            return namespace is not None and not namespace.cut.isdisjoint(parts)
        return self.cut or any(self.is_cut(name, *parts) for name in self.namespaces)

    def link(self, netns: str, dev: str) -> Link | None:
        """The device of that name in that namespace."""
        namespace = self.namespaces.get(netns)
        return namespace.by_name.get(dev) if namespace else None

    @cached_property
    def _each(self) -> tuple[Namespace, ...]:
        """The namespaces, those once that stand under many names."""
        return tuple({id(namespace): namespace for namespace in self.namespaces.values()}.values())

    def links(self) -> Iterator[Link]:
        """All devices of all namespaces."""
        return chain.from_iterable(namespace.links for namespace in self._each)

    def addresses(self) -> Iterator[Address]:
        """All addresses of all namespaces."""
        return chain.from_iterable(namespace.addresses for namespace in self._each)

    def routes(self, table: int = MAIN) -> Iterator[Route]:
        """All routes of that table that were read."""
        for namespace in self._each:
            found = namespace.routes if table == MAIN else namespace.tables
            yield from (route for route in found or () if route.table == table)

    def rules(self) -> Iterator[Rule]:
        """All policy rules that were read."""
        return chain.from_iterable(namespace.rules or () for namespace in self._each)

    def listeners(self) -> Iterator[Listener]:
        """All listening sockets that were read."""
        return chain.from_iterable(namespace.listeners or () for namespace in self._each)

    def neighbours(self) -> Iterator[Neighbour]:
        """All neighbour entries that were read."""
        return chain.from_iterable(namespace.neighbours or () for namespace in self._each)

    def setting(self, netns: str, key: str) -> str | None:
        """The value of a setting that was read; None where that namespace does not have it."""
        namespace = self.namespaces.get(netns)
        return (namespace.settings or {}).get(key) if namespace else None

    def name_of(self, identity: Identity) -> str | None:
        """Under which name the learner knows the namespace with this identity; None for an unnamed one."""
        return next((n.name for n in self._each if n.identity == identity), None)

    @cached_property
    def reachability(self) -> int:
        """A digest of what somebody set and what may decide whether a packet arrives.

        What changes by itself is left out: operstate, and the addresses and routes that the kernel gives to a device
        that comes up (link-local ones, RFC 4862).
        """
        return hash(tuple((n.identity, *n.as_set()) for n in self._each))

    @property
    def stamp(self) -> tuple[int, int]:
        """Two snapshots with the same one are of one network: what a probe came to in one of them holds in the other.

        Who sets a device down and up again leaves the digest as it was, and has flushed its neighbours: that is told
        by the number of events.
        """
        return self.reachability, self.events
