"""Snapshots and observations by hand, in as few words as the facts in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_interface, ip_network

from nstutor.checks.base import Check, Observation, Verdict
from nstutor.checks.registry import parse_check
from nstutor.kernel.filterwords import read_options
from nstutor.kernel.model import MAIN, Address, Execution, FdbEntry, Link, Namespace, Neighbour, Route, Rule, Snapshot
from nstutor.kernel.parts import Chain, FilterRule, Hook, Listener, Netfilter
from nstutor.kernel.probe_types import Probe, ProbeResult
from nstutor.lesson.model import Line
from nstutor.text.names import HOST


@dataclass(frozen=True)
class Net:
    """A network as a test describes it."""

    links: tuple[Link, ...]
    addresses: tuple[Address, ...] = ()
    routes: tuple[Route, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    fdb: tuple[FdbEntry, ...] = ()
    names: tuple[str, ...] = ()
    dead: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    listeners: tuple[Listener, ...] = ()
    chains: tuple[Chain, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    """`NETNS KEY` to value; other namespaces have 0."""
    unread: str | None = None
    """Why the filters could not be read."""

    def snapshot(self) -> Snapshot:
        """What netlink would say about it; host and every named namespace are there and have a lo."""
        named = [HOST, *self.names, *(link.netns for link in self.links)]
        namespaces = {name: self._namespace(name, number) for number, name in enumerate(dict.fromkeys(named))}
        return Snapshot(namespaces, frozenset(self.dead))

    def _namespace(self, name: str, number: int) -> Namespace:
        links = tuple(link for link in self.links if link.netns == name)
        own = () if any(link.loopback for link in links) else (lo(name, up=name == HOST),)
        return Namespace(
            name,
            (1, number),
            own + links,
            tuple(address for address in self.addresses if address.netns == name),
            tuple(route for route in self.routes if route.netns == name and route.table == MAIN),
            tuple(rule for rule in self.rules if rule.netns == name),
            tuple(entry for entry in self.neighbours if entry.netns == name),
            tuple(entry for entry in self.fdb if entry.netns == name),
            tuple(route for route in self.routes if route.netns == name and route.table != MAIN),
            tuple(one for one in self.listeners if one.netns == name),
            self._settings(name),
            Netfilter(tuple(chain for chain in self.chains if chain.netns == name), self.unread),
        )

    def _settings(self, name: str) -> Mapping[str, str]:
        keys = dict.fromkeys(word.split()[1] for word in self.settings)
        return {key: self.settings.get(f"{name} {key}", "0") for key in keys}

    def but(self, dev: str, **changes: object) -> Net:
        """The same network with some attributes of one device changed."""
        changed = tuple(link._replace(**changes) if link.name == dev else link for link in self.links)  # type: ignore[arg-type]
        assert changed != self.links, f"nothing changed on {dev}"
        return replace(self, links=changed)

    def with_addresses(self, *addresses: Address) -> Net:
        """The same network with these addresses instead of its own."""
        return replace(self, addresses=addresses)


def link(netns: str, name: str, **given: object) -> Link:
    """A device; up, with carrier and without kind unless given."""
    usual: dict[str, object] = {
        "type": None,
        "up": True,
        "carrier": True,
        "operstate": "UP",
        "mtu": 1500,
        "address": f"02:00:00:00:00:{sum(name.encode()) % 256:02x}",
        "master": None,
        "port": None,
        "peer": None,
        "peernetns": None,
    }
    return Link(netns, 2, name, **{**usual, **given})  # type: ignore[arg-type]


def lo(netns: str, *, up: bool) -> Link:
    """A loopback."""
    state = "UNKNOWN" if up else "DOWN"
    return link(
        netns,
        "lo",
        type="loopback",
        up=up,
        carrier=up,
        operstate=state,
        mtu=65536,
        loopback=True,
        address="00:00:00:00:00:00",
    )


def veth(end: str, other: str, **given: object) -> tuple[Link, Link]:
    """A pair; each end is `NETNS/DEV`, and what is given holds for both."""
    (netns, name), (peernetns, peer) = end.split("/"), other.split("/")
    first = link(netns, name, type="veth", peer=peer, peernetns=peernetns, **given)
    return first, link(peernetns, peer, type="veth", peer=name, peernetns=netns, **given)


def addr(netns: str, dev: str, interface: str, scope: str = "global") -> Address:
    """An address."""
    return Address(netns, dev, ip_interface(interface), scope)


def route(
    netns: str, dst: str, dev: str | None = None, via: str | None = None, kind: str = "unicast", *, table: int = MAIN
) -> Route:
    """A route."""
    return Route(netns, ip_network(dst), via, dev, None, None, kind, table)


def rule(netns: str, priority: int, lookup: int | None = MAIN, **given: object) -> Rule:
    """A policy rule, of IPv4 and for all unless given."""
    usual: dict[str, object] = dict.fromkeys(("src", "dst", "iif", "oif", "fwmark"))
    said = {**usual, "inverted": False, **given}
    return Rule(netns, repr((priority, lookup, said)).encode(), "inet", priority, lookup=lookup, **said)  # type: ignore[arg-type]


BORN = tuple(rule("host", priority, lookup) for priority, lookup in ((0, 255), (32766, 254), (32767, 253)))
"""The rules that every namespace has."""


def chain(place: str, *rules: str, policy: str | None = "ACCEPT", packets: int = 0, family: int = 4) -> Chain:
    """A chain of iptables': `NETNS TABLE NAME`, and its rules as `iptables -A` takes them, each having met as many."""
    netns, table, name = place.split()
    met = tuple(FilterRule(read_options(line.split()), packets) for line in rules)
    hook = Hook(table, name) if name.isupper() else None
    return Chain(netns, (family,), table, name, hook, policy if hook else None, met, packets)


WANGPO = (
    Net(
        links=(
            link(HOST, "wangpo", type="bridge"),
            *veth("host/wp2xmq", "ximenqing-ns/xmq2wp"),
            *veth("host/wp2pjl", "panjinlian-ns/pjl2wp"),
        ),
        addresses=(
            addr("ximenqing-ns", "xmq2wp", "192.168.188.96/24"),
            addr("panjinlian-ns", "pjl2wp", "192.168.188.69/24"),
        ),
        routes=(
            route("ximenqing-ns", "192.168.188.0/24", "xmq2wp"),
            route("panjinlian-ns", "192.168.188.0/24", "pjl2wp"),
        ),
    )
    .but("wp2xmq", master="wangpo", port="forwarding")
    .but("wp2pjl", master="wangpo", port="forwarding")
)
"""The bridge of the third lesson, whole and up."""


def check(text: str) -> Check:
    """The check that a line states."""
    return parse_check(Line(text, 1), "lesson.md")


def ran(*lines: str, netns: int = 0, status: int | None = 0) -> tuple[Execution, ...]:
    """Executions of these command lines in the namespace with that number (0 is host, then in the order of names)."""
    return tuple(
        Execution(tuple(line.split()), (1, netns), 100 + number, status, number) for number, line in enumerate(lines, 1)
    )


def judge(
    text: str,
    net: Net,
    *,
    executions: tuple[Execution, ...] = (),
    probes: Mapping[Probe, ProbeResult] | None = None,
    shell: str | None = None,
) -> Verdict:
    """What a check line comes to in a network."""
    return check(text).judge(Observation(net.snapshot(), executions, probes or {}, shell))


def messages(lines: Iterable[str], net: Net) -> list[str]:
    """The messages of several check lines in one network."""
    return [judge(line, net).message for line in lines]
