"""`route PREFIX …`: the route is in the main table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from nstutor.checks import values
from nstutor.checks.base import PASSED, Scene, Verdict
from nstutor.checks.fact import ANY, Fact, failed
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.presence import dev_problem, forgotten_exit, need_netns, place
from nstutor.kernel.model import HOST, Kind, Route

KEYWORDS: Keywords = {
    "via": values.address,
    "dev": values.dev,
    "netns": values.netns_or_any,
    "src": values.address,
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

    @property
    def _name(self) -> str:
        return "default" if self.dst in EVERYTHING else self.dst

    @property
    def label(self) -> str:
        """See Fact."""
        return f"{self.netns} {self._name}"

    @property
    def goal(self) -> str:
        """See Fact."""
        pairs = {"via": self.via, "dev": self.dev, "src": self.src}
        stated = "".join(f" {key} {value}" for key, value in pairs.items() if value)
        return f"route {self._name}{stated}" + ("" if self.netns == ANY else f" in {self.netns}")

    @property
    def needs(self) -> frozenset[Kind]:
        """See Fact."""
        return frozenset({Kind.ROUTES})

    def judge(self, scene: Scene) -> Verdict:
        """See Fact."""
        missing = None if self.netns == ANY else need_netns(scene.snapshot, self.netns)
        if missing is not None:
            return missing
        here = [route for route in self._to_dst(scene) if self.netns in (ANY, route.netns)]
        if any(self._differs(route) is None for route in here):
            return PASSED
        if here:
            return self._differs(here[0]) or PASSED
        if self.dev and self.netns != ANY and not scene.snapshot.link(self.netns, self.dev):
            return dev_problem(scene, self.netns, self.dev)
        return self._absent(scene)

    def _to_dst(self, scene: Scene) -> Iterator[Route]:
        return (route for route in scene.snapshot.routes() if str(route.dst) == self.dst)

    def _differs(self, route: Route) -> Verdict | None:
        """What is wrong with a route to the right prefix; None if nothing is."""
        the_route = f"the route {self._name} in {route.netns}"
        if route.type != "unicast":
            return failed(f"{the_route} is of type {route.type}", "unicast", route.type)
        if self.via not in (None, route.via):
            goes = f"goes via {route.via}" if route.via else "goes via nobody"
            return failed(f"{the_route} {goes}; it must go via {self.via}", self.via, route.via)
        if self.dev not in (None, route.dev):
            return failed(f"{the_route} leaves by {route.dev}; it must leave by {self.dev}", self.dev, route.dev)
        if self.src not in (None, route.src):
            message = f"{the_route} has src {route.src or 'of its device'}; it must be {self.src}"
            return failed(message, self.src, route.src)
        return None

    def _absent(self, scene: Scene) -> Verdict:
        asleep = scene.snapshot.link(self.netns, self.dev) if self.dev else None
        if asleep is not None and not asleep.up:
            return failed(f"{place(asleep.name, asleep.netns)} is down: it can have no route", self.goal)
        other = next(self._to_dst(scene), None)
        # Every connected pair has two routes of one prefix: elsewhere it is a near miss only as somebody's way out.
        if other is not None and self.via is not None and other.via == self.via:
            message = f"the route {self._name} is in {other.netns}; it belongs in {self.netns}"
            return failed(message, self.netns, other.netns, forgotten_exit(scene, other.netns, self.netns))
        return self._other_length(scene) or failed(f"{self._namespace()} has no route {self._name}", self.goal)

    def _namespace(self) -> str:
        return "nobody" if self.netns == ANY else self.netns

    def _other_length(self, scene: Scene) -> Verdict | None:
        wanted = ip_network(self.dst)
        for route in scene.snapshot.routes():
            same = route.dst.network_address == wanted.network_address and self.dst not in EVERYTHING
            if same and route.netns == self.netns and self.via in (None, route.via):
                message = f"{route.netns} has a route {route.dst}; it must be {self.dst}"
                return failed(message, self.dst, str(route.dst))
        return None

    def contradiction(self, scene: Scene) -> Verdict:
        """See Fact."""
        here = next(route for route in self._to_dst(scene) if self.netns in (ANY, route.netns))
        return failed(f"{here.netns} has a route {self._name}; it must not", None, self._name)


def parse(words: Words) -> Fact:
    """Read what stands behind `route`."""
    dst, words = words.value(values.network, "a prefix or `default`")
    found = fields(words, KEYWORDS)
    via = found.get("via")
    if dst == "0.0.0.0/0" and via and ip_address(via).version == 6:
        dst = "::/0"
    return RouteFact(dst, via, found.get("dev"), found.get("netns", HOST), found.get("src"))
