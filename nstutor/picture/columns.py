"""Streets: houses that cables join, in columns, and houses that nothing joins, in rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nstutor.kernel.model import Link, Snapshot
from nstutor.picture.isotonic import Target, stacked
from nstutor.picture.namespace_box import LEFT, RIGHT, Content, Leads, build, content
from nstutor.picture.shapes import Card, End, House, Wire
from nstutor.picture.topology import Band, Cable, end_of
from nstutor.picture.wires import across, beside, depths, inside, span, stub

BESIDE, BELOW = 40.0, 22.0
"""Between houses that nothing joins; between houses of a column."""
_GUTTER, _TRACK, _WIDEST_GUTTER = 90.0, 6.0, 190.0
_LAST = 1e6
"""Behind every height."""
_INDIFFERENT = 1e-3
"""How much the wish of a house weighs that only wants to be near others."""
_NONE = 99
"""The column of a namespace that is in another band."""


@dataclass
class Street:
    """A part of the drawing, from 0, 0 on: houses and the cables between them."""

    houses: list[House] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)

    @property
    def width(self) -> float:
        """How wide it is."""
        return max((house.box.right for house in self.houses), default=0.0)

    @property
    def height(self) -> float:
        """How high it is."""
        return max((house.box.bottom for house in self.houses), default=0.0)

    def on_the_ground(self) -> Street:
        """With each house moved down to the lowest one's ground."""
        falls = {house.netns: self.height - house.box.bottom for house in self.houses}
        houses = [house.moved(0, falls[house.netns]) for house in self.houses]
        return Street(houses, [wire.moved(0, falls[wire.ends[0][0]]) for wire in self.wires])

    def moved(self, dx: float, dy: float) -> Street:
        """The same elsewhere."""
        return Street([house.moved(dx, dy) for house in self.houses], [wire.moved(dx, dy) for wire in self.wires])


class Builder:
    """Builds streets out of a snapshot, of which these devices and cables are drawn."""

    def __init__(self, snapshot: Snapshot, drawn: Mapping[str, Sequence[Link]], found: Sequence[Cable]) -> None:
        self._snapshot, self._drawn, self._cables = snapshot, drawn, found
        self._by_end: dict[End, Cable] = {end: cable for cable in found for end in cable.ends}

    def rows(self, names: Sequence[str], widest: float) -> list[Street]:
        """Houses that nothing joins side by side, in as many rows as it takes."""
        rows: list[Street] = []
        for name in names:
            what = self._content(name, {}, {})
            if not rows or rows[-1].width + BESIDE + what.width > widest:
                rows.append(Street())
            x = rows[-1].width + BESIDE if rows[-1].houses else 0.0
            house = build(what, what.width).moved(x, 0.0)
            rows[-1].houses.append(house)
            rows[-1].wires += self._wires_inside(house, what)
        return [row.on_the_ground() for row in rows]

    def band(self, band: Band) -> Street:
        """Houses that cables join: the hub in the middle, the others to both sides of it, column after column."""
        contents: dict[str, Content] = {}
        placed: dict[str, House] = {}
        heights: dict[End, float] = {}
        edges = {LEFT: 0.0, RIGHT: 0.0}
        for number in sorted(set(band.columns.values()), key=lambda column: (abs(column), column)):
            names = band.column(number)
            contents |= {name: self._content(name, band.columns, heights) for name in names}
            width = max(contents[name].width for name in names)
            side = LEFT if number < 0 else RIGHT
            x = edges[side] + side * self._gutter(band, number) - (width if side == LEFT else 0)
            houses = self._stacked([build(contents[name], width) for name in names], heights)
            placed |= {house.netns: house.moved(x, 0) for house in houses}
            heights |= {card.end: card.box.middle for house in houses for card in house.cards}
            edges |= {LEFT: 0.0, RIGHT: width} if number == 0 else {side: x if side == LEFT else x + width}
        wires = [wire for house in placed.values() for wire in self._wires_inside(house, contents[house.netns])]
        wires += self._wires_between(band, placed)
        street = Street(list(placed.values()), wires)
        return street.moved(-edges[LEFT], -min(house.box.y for house in street.houses))

    # --- one house ------------------------------------------------------------------------------------------------

    def _content(self, name: str, columns: Mapping[str, int], heights: Mapping[End, float]) -> Content:
        """What the house has to show; `heights` are those of the devices that stand already."""
        sides, ranks = dict[End, int](), dict[End, float]()
        for link in self._drawn[name]:
            cable = self._by_end.get(end_of(link))
            ranks[end_of(link)] = _LAST + link.index
            if cable and cable.inside:
                # Both ends stand together.
                ranks[end_of(link)] = _LAST + min(self._link(end).index for end in cable.ends)
            elif cable:
                other = cable.other(end_of(link))
                sides[end_of(link)] = _towards(columns[name], columns[other[0]])
                ranks[end_of(link)] = heights.get(other, ranks[end_of(link)])
        strip = LEFT if columns.get(name, 0) < 0 else RIGHT
        leads = Leads(sides, ranks, frozenset(self._loops(name)), strip)
        return content(self._snapshot.namespaces[name], self._drawn[name], leads)

    def _link(self, end: End) -> Link:
        return self._snapshot.namespaces[end[0]].by_name[end[1]]

    def _loops(self, name: str) -> set[End]:
        """The veths of which the cable stays inside, or leads to nothing that is drawn."""
        veths = [end_of(link) for link in self._drawn[name] if link.type == "veth" or link.peer]
        return {end for end in veths if end not in self._by_end or self._by_end[end].inside}

    def _wires_inside(self, house: House, what: Content) -> Iterator[Wire]:
        """The cables that do not leave the house."""
        cards = {card.end: card for card in house.cards}
        within = [cable for cable in self._cables if cable.inside and cable.ends[0] in cards]
        yield from inside(within, house, what.strip)
        for end in sorted(self._loops(house.netns) - self._by_end.keys()):
            yield stub(house, cards[end], what.strip, carrier=self._link(end).carrier)

    # --- a column -------------------------------------------------------------------------------------------------

    def _stacked(self, houses: Sequence[House], heights: Mapping[End, float]) -> list[House]:
        """The houses one below the other, so that their cables run as level as can be."""
        wishes = self._wishes(houses, heights)
        ordered = sorted(houses, key=lambda house: wishes[house.netns].top)
        tops = stacked([wishes[house.netns] for house in ordered], [house.box.height for house in ordered], BELOW)
        return [house.moved(0, top) for house, top in zip(ordered, tops, strict=True)]

    def _wishes(self, houses: Sequence[House], heights: Mapping[End, float]) -> dict[str, Target]:
        """Where each would like its top; one that only leads to others of its column stands below them."""
        wishes: dict[str, Target] = {}
        for house in houses:
            steps = [heights[other] - card.box.middle for card, other in self._leading(house) if other in heights]
            if steps:
                wishes[house.netns] = Target(sum(steps) / len(steps))
        pending = [house for house in houses if house.netns not in wishes]
        while pending:
            house = next((one for one in pending if self._near(one, wishes)), pending[0])
            wishes[house.netns] = Target(max(self._near(house, wishes), default=-1.0) + 1.0, _INDIFFERENT)
            pending.remove(house)
        return wishes

    def _near(self, house: House, wishes: Mapping[str, Target]) -> list[float]:
        return [wishes[other[0]].top for _, other in self._leading(house) if other[0] in wishes]

    def _leading(self, house: House) -> list[tuple[Card, End]]:
        """The cards with a cable that leads out, and its other end."""
        cabled = [(card, self._by_end[card.end]) for card in house.cards if card.end in self._by_end]
        return [(card, cable.other(card.end)) for card, cable in cabled if not cable.inside]

    # --- between columns ------------------------------------------------------------------------------------------

    def _gutter(self, band: Band, number: int) -> float:
        """How much room there is between a column and the one before it."""
        if number == 0:
            return 0.0
        return min(_GUTTER + _TRACK * len(self._between(band, number)), _WIDEST_GUTTER)

    def _between(self, band: Band, number: int) -> list[Cable]:
        """The cables that run in the room between a column and the one nearer to the hub."""
        found: list[Cable] = []
        for cable in self._cables:
            columns = sorted((band.columns.get(netns, _NONE) for netns, _ in cable.ends), key=abs)
            if not cable.inside and columns[1] == number and (number or columns[0]):
                found.append(cable)
        return found

    def _wires_between(self, band: Band, placed: Mapping[str, House]) -> Iterator[Wire]:
        cards = {card.end: (card, house) for house in placed.values() for card in house.cards}
        for number in sorted(set(band.columns.values()) - {0}):
            cables = self._between(band, number)
            bent = [cable for cable in cables if len({band.columns[netns] for netns, _ in cable.ends}) == 1]
            for cable in cables:
                if cable not in bent:
                    left, right = sorted((cards[end] for end in cable.ends), key=lambda one: one[1].box.x)
                    yield across(cable, left, right)
            side = LEFT if number > 0 else RIGHT
            spans = [span((cards[cable.ends[0]][0], cards[cable.ends[1]][0])) for cable in bent]
            for cable, depth in zip(bent, depths(spans, self._gutter(band, number)), strict=True):
                (first, house), (second, _) = (cards[end] for end in cable.ends)
                wall = house.box.x if side == LEFT else house.box.right
                yield beside(cable, (first, second), wall, side, depth)


def _towards(here: int, there: int) -> int:
    """To which side of a house a cable leads: within a column on the side of the hub."""
    if here == there:
        return LEFT if here > 0 else RIGHT
    return RIGHT if there > here else LEFT
