"""Who is cabled to whom, and who stands beside whom for that.

Namespaces that hang together by cables make a band. In its middle column stands the hub, the one with the most
neighbours; what hangs together without the hub goes to one side of it as a whole, each namespace as many columns away
as it has cables to cross. So a cable runs between neighbouring columns or within one, and never behind a house.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nstutor.kernel.model import Link
from nstutor.picture.shapes import End
from nstutor.text.names import HOST

Neighbours = dict[str, dict[str, int]]
"""Each namespace, those that cables lead to from it, and how many."""
FARTHEST = 2
"""Columns on each side of the hub; what is farther away joins the last one, so that a drawing stays narrow."""


@dataclass(frozen=True, slots=True)
class Cable:
    """A veth pair of which both ends are drawn."""

    ends: tuple[End, End]
    """First the one that the command named first: its peer was made before it (veth_newlink in drivers/net/veth.c)."""
    carrier: bool

    @property
    def inside(self) -> bool:
        """Whether both ends are in one namespace."""
        return self.ends[0][0] == self.ends[1][0]

    def other(self, end: End) -> End:
        """The end that is not this one."""
        return self.ends[1] if end == self.ends[0] else self.ends[0]


@dataclass(frozen=True)
class Band:
    """Namespaces that hang together: in which column each stands; the hub's is 0, those on its left are negative."""

    columns: Mapping[str, int]

    @property
    def hub(self) -> str:
        """The one in the middle."""
        return next(name for name, column in self.columns.items() if column == 0)

    def column(self, number: int) -> list[str]:
        """Who stands there."""
        return [name for name, column in self.columns.items() if column == number]


def end_of(link: Link) -> End:
    """The device as an end."""
    return link.netns, link.name


def cables(drawn: Iterable[Link]) -> tuple[Cable, ...]:
    """The cables between the devices that are drawn, each once."""
    links = {end_of(link): link for link in drawn}
    found: list[Cable] = []
    taken: set[End] = set()
    for end, link in links.items():
        other = (link.peernetns or link.netns, link.peer or "")
        if other in links and other != end and not taken & {end, other}:
            taken |= {end, other}
            ends = (end, other) if link.index >= links[other].index else (other, end)
            found.append(Cable(ends, link.carrier and links[other].carrier))
    return tuple(found)


def bands(names: Sequence[str], wires: Iterable[Cable]) -> tuple[list[Band], list[str]]:
    """The bands, in the order of their first namespaces, and those that nothing leads to."""
    neighbours: Neighbours = {name: {} for name in names}
    firsts = Counter[str]()
    for wire in wires:
        a, b = wire.ends[0][0], wire.ends[1][0]
        if a != b:
            neighbours[a][b] = neighbours[a].get(b, 0) + 1
            neighbours[b][a] = neighbours[b].get(a, 0) + 1
            firsts[a] += 1
    groups = list(_together(names, neighbours))
    found = []
    for group in groups:
        if len(group) > 1:
            hub = max(group, key=lambda name: (len(neighbours[name]), name == HOST, firsts[name], -names.index(name)))
            found.append(_band(hub, group, neighbours))
    return found, [group[0] for group in groups if len(group) == 1]


def _together(names: Sequence[str], neighbours: Neighbours) -> Iterator[list[str]]:
    """The namespaces in groups that hang together, in their order."""
    seen: set[str] = set()
    for name in names:
        if name not in seen:
            group = set(_distances([name], neighbours, set(names)))
            seen |= group
            yield [one for one in names if one in group]


def _distances(start: Iterable[str], neighbours: Neighbours, among: set[str]) -> dict[str, int]:
    """How many cables there are to cross, for all that can be reached among these."""
    distances = dict.fromkeys(start, 0)
    queue = list(distances)
    for name in queue:
        for other in neighbours[name]:
            if other in among and other not in distances:
                distances[other] = distances[name] + 1
                queue.append(other)
    return distances


def _band(hub: str, group: Sequence[str], neighbours: Neighbours) -> Band:
    distances = _distances([hub], neighbours, set(group))
    # In the order of the hub's cables.
    rest = [*neighbours[hub], *(name for name in group if name != hub and name not in neighbours[hub])]
    parts = list(_together(rest, neighbours))
    columns = {hub: 0}
    weights = {-1: 0, 1: 0}
    for part in parts:
        side = 1 if len(parts) == 1 or weights[1] < weights[-1] else -1
        for name in part:
            columns[name] = side * min(distances[name], FARTHEST)
            weights[side] += 2 + sum(neighbours[name].values())
    return Band(columns)
