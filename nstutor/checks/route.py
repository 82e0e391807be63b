"""`route PREFIX …`: the route is in the main table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from nstutor.checks import values
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.fact import ANY, Fact, failed
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.presence import dev_problem, forgotten_exit, inside, need_netns, place
from nstutor.kernel.model import LINKS, MAIN, Kind, Part, Route
from nstutor.text.i18n import _
from nstutor.text.names import HOST

KEYWORDS: Keywords = {
    "via": values.address,
    "dev": values.dev,
    "netns": values.netns_or_any,
    "src": values.address,
    "table": values.route_table,
}

EVERYTHING = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True)
class RouteFact(Fact):
    """A route to that prefix is in the namespace's main table."""

    dst: str
    via: str | None
    dev: str | None
    netns: str
    src: str | None
    table: int = MAIN

    @property
    def _prefix(self) -> str:
        return "default" if self.dst in EVERYTHING else self.dst

    @property
    def _name(self) -> str:
        name = self._prefix
        return name if self.table == MAIN else f"{name} table {values.table_name(self.table)}"

    @property
    def label(self) -> str:
        """See Fact."""
        return f"{self.netns} {self._name}"

    @property
    def goal(self) -> str:
        """See Fact."""
        return inside(f"route {self._stated}", None if self.netns == ANY else self.netns)

    @property
    def _stated(self) -> str:
        """The route with all that the check says of it."""
        pairs = {"via": self.via, "dev": self.dev, "src": self.src}
        return " ".join([self._name, *(f"{key} {value}" for key, value in pairs.items() if value)])

    @property
    def needs(self) -> frozenset[Part]:
        """See Fact."""
        return frozenset({Kind.ROUTES} if self.table == MAIN else {Kind.ROUTES, Kind.TABLES})

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        missing = None if self.netns == ANY else need_netns(observation.snapshot, self.netns)
        if missing is not None:
            return missing
        here = [route for route in self._to_dst(observation) if self.netns in (ANY, route.netns)]
        if any(self._differs(route) is None for route in here):
            return PASSED
        if here:
            return self._differs(here[0]) or PASSED
        if self.dev and self.netns != ANY and not observation.snapshot.link(self.netns, self.dev):
            return dev_problem(observation, self.netns, self.dev)
        return self._absent(observation)

    def _to_dst(self, observation: Observation) -> Iterator[Route]:
        return (route for route in observation.snapshot.routes(self.table) if str(route.dst) == self.dst)

    def _differs(self, route: Route) -> Verdict | None:
        """What is wrong with a route to the right prefix; None if nothing is."""
        if route.type != "unicast":
            return self._mismatch(_("the route {name} in {netns} is of type {found}"), route, "unicast", route.type)
        if self.via not in (None, route.via):
            message = (
                _("the route {name} in {netns} goes via {found}; it must go via {wanted}")
                if route.via
                else (_("the route {name} in {netns} has no gateway; it must go via {wanted}"))
            )
            return self._mismatch(message, route, self.via, route.via)
        if self.dev not in (None, route.dev):
            message = _("the route {name} in {netns} leaves by {found}; it must leave by {wanted}")
            return self._mismatch(message, route, self.dev, route.dev)
        if self.src not in (None, route.src):
            message = (
                _("the route {name} in {netns} has src {found}; it must be {wanted}")
                if route.src
                else (_("the route {name} in {netns} has src of its device; it must be {wanted}"))
            )
            return self._mismatch(message, route, self.src, route.src)
        return None

    def _mismatch(self, message: str, route: Route, wanted: str | None, found: str | None) -> Verdict:
        words = message.format(name=self._name, netns=route.netns, wanted=wanted, found=found)
        return failed(words, wanted, found)

    def _absent(self, observation: Observation) -> Verdict:
        asleep = observation.snapshot.link(self.netns, self.dev) if self.dev else None
        if asleep is not None and not asleep.up:
            message = _("{place} is down: it can have no route").format(place=place(asleep.name, asleep.netns))
            return failed(message, self.goal)
        other = next(self._to_dst(observation), None)
        # Every connected pair has two routes of one prefix: elsewhere it is a near miss only as somebody's way out.
        if other is not None and self.via is not None and other.via == self.via:
            message = _("the route {name} is in {netns}; it belongs in {wanted}").format(
                name=self._name, netns=other.netns, wanted=self.netns
            )
            return failed(message, self.netns, other.netns, forgotten_exit(observation, other.netns, self.netns))
        near = self._other_table(observation) or self._other_length(observation)
        message = _("no namespace has a route {name}") if self.netns == ANY else _("{netns} has no route {name}")
        return near or failed(message.format(netns=self.netns, name=self._name), self.goal)

    def _other_table(self, observation: Observation) -> Verdict | None:
        if self.table == MAIN:
            return None
        beside = (route for route in observation.snapshot.routes() if str(route.dst) == self.dst)
        if not any(route.netns == self.netns and self.via in (None, route.via) for route in beside):
            return None
        message = _("the route {route} in {netns} is in table {found}; it must be in table {table}")
        names = {"route": self._prefix, "netns": self.netns, "found": "main", "table": values.table_name(self.table)}
        return failed(message.format(**names), names["table"], "main")

    def _other_length(self, observation: Observation) -> Verdict | None:
        wanted = ip_network(self.dst)
        for route in observation.snapshot.routes(self.table):
            same = route.dst.network_address == wanted.network_address and self.dst not in EVERYTHING
            if same and route.netns == self.netns and self.via in (None, route.via):
                message = _("{netns} has a route {found}; it must be {wanted}").format(
                    netns=route.netns, found=route.dst, wanted=self.dst
                )
                return failed(message, self.dst, str(route.dst))
        return None

    def unseen(self, observation: Observation) -> bool:
        """See Fact."""
        kind = Kind.ROUTES if self.table == MAIN else Kind.TABLES
        return observation.snapshot.is_cut(None if self.netns == ANY else self.netns, LINKS, kind.value)

    def contradiction(self, observation: Observation) -> Verdict:
        """See Fact."""
        fitting = (route for route in self._to_dst(observation) if self._differs(route) is None)
        here = next(route for route in fitting if self.netns in (ANY, route.netns))
        message = _("{netns} has a route {name}; it must not").format(netns=here.netns, name=self._stated)
        return failed(message, None, self._stated)


def parse(words: Words) -> Fact:
    """Read what stands behind `route`."""
    dst, words = words.value(values.network, _("a prefix or `default`"))
    found = fields(words, KEYWORDS)
    via = found.get("via")
    if dst == "0.0.0.0/0" and via and ip_address(via).version == 6:
        dst = "::/0"
    return RouteFact(
        dst, via, found.get("dev"), found.get("netns", HOST), found.get("src"), int(found.get("table", MAIN))
    )
