"""The ways that cables take: never behind a house other than those they end in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nstutor.picture.namespace_box import LEFT, PAD, STRIP
from nstutor.picture.shapes import Card, House, Wire
from nstutor.picture.topology import Cable

_STUB = 16.0
_LEAST, _MOST = 0.4, 1.2
"""How far the control points of a bulging cable lie, in widths of its room; the cable itself reaches 3/4 of that."""


def across(cable: Cable, left: tuple[Card, House], right: tuple[Card, House]) -> Wire:
    """From the right edge of one card to the left edge of another, in a house farther right."""
    (start, from_house), (goal, to_house) = left, right
    a, b = (from_house.box.right, start.box.middle), (to_house.box.x, goal.box.middle)
    half = (b[0] - a[0]) / 2
    path = ((start.box.right, a[1]), a, (a[0] + half, a[1]), (b[0] - half, b[1]), b, (goal.box.x, b[1]))
    return Wire((start.end, goal.end), cable.carrier, path)


def beside(cable: Cable, ends: tuple[Card, Card], wall: float, side: int, depth: float) -> Wire:
    """From one card to another in the same column, out at `side` beyond x = `wall`, `depth` for its control points."""
    first, second = ends
    start, goal = (card.box.x if side == LEFT else card.box.right for card in ends)
    y, z, out = first.box.middle, second.box.middle, wall + side * depth
    path = ((start, y), (wall, y), (out, y), (out, z), (wall, z), (goal, z))
    return Wire((first.end, second.end), cable.carrier, path)


def depths(spans: Sequence[tuple[float, float]], room: float) -> list[float]:
    """How far each of several bulging cables reaches, from its upper to its lower end: round those within its span."""
    order = sorted(range(len(spans)), key=lambda index: spans[index][1] - spans[index][0])
    lanes: dict[int, int] = {}
    for index in order:
        top, bottom = spans[index]
        below = [lanes[other] for other in lanes if spans[other][0] <= bottom and top <= spans[other][1]]
        lanes[index] = max(below, default=-1) + 1
    step = (_MOST - _LEAST) / max(*lanes.values(), 3) if lanes else 0.0
    return [room * (_LEAST + lanes[index] * step) for index in range(len(spans))]


def span(cards: tuple[Card, Card]) -> tuple[float, float]:
    """From which height to which a cable between two cards runs."""
    first, second = sorted(card.box.middle for card in cards)
    return first, second


def inside(cables: Sequence[Cable], house: House, side: int) -> Iterator[Wire]:
    """The cables that stay in the house, in the strip beside its cards."""
    cards = {card.end: card for card in house.cards}
    pairs = [(cards[cable.ends[0]], cards[cable.ends[1]]) for cable in cables]
    reaches = depths([span(pair) for pair in pairs], STRIP)
    for cable, pair, reach in zip(cables, pairs, reaches, strict=True):
        yield beside(cable, pair, _strip_edge(house, side), side, reach)


def stub(house: House, card: Card, side: int, *, carrier: bool) -> Wire:
    """A cable of which the other end is not to be seen."""
    edge, y = _strip_edge(house, side), card.box.middle
    start, tip = card.box.x if side == LEFT else card.box.right, edge + side * _STUB
    return Wire((card.end, None), carrier, ((start, y), (edge, y), (edge, y), (tip, y), (tip, y), (tip, y)))


def _strip_edge(house: House, side: int) -> float:
    """Where the cards end and the strip begins."""
    return house.box.x + PAD + STRIP if side == LEFT else house.box.right - PAD - STRIP
