"""Where things stand in a drawing: nothing overlaps, and cables end at their devices, whatever the topology."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations

import pytest
from snapshots import BRIDGE, snapshot

from nstutor.kernel.model import Snapshot
from nstutor.picture.isotonic import Target, stacked
from nstutor.picture.layout import MOST_HOUSES, lay_out
from nstutor.picture.namespace_box import MOST_DEVICES
from nstutor.picture.shapes import Box, Card, Drawing, End, House, Point, Wire
from nstutor.picture.topology import bands, cables

KINDS = ("dummy", "vxlan", "macvlan", "wireguard", "-")
STEPS = [number / 24 for number in range(25)]


def cable(one: str, other: str, words: str = "up carrier", extra: str = "") -> tuple[str, str]:
    """A veth pair between `NETNS DEV` and `NETNS DEV`."""
    (a, dev), (b, peer) = one.split(), other.split()
    return f"{a} {dev} veth {words} peer={peer}@{b} {extra}", f"{b} {peer} veth {words} peer={dev}@{a}"


def random_lab(seed: int) -> Snapshot:
    """A lab of up to 30 namespaces and 60 devices; half of them hang together at random, the others at few places."""
    dice = random.Random(seed)
    names = ["host", *(dice.choice(("n", "西门庆", "a-namespace-with-a-very-long-name-")) + str(i) for i in range(29))]
    names = names[: dice.randint(1, 30)]
    centres = names if dice.random() < 0.5 else names[: dice.randint(1, 3)]
    lines = [f"{name} lo loopback {dice.choice(('', 'up carrier'))}" for name in names]
    bridges = [name for name in names if dice.random() < 0.2]
    lines += [f"{name} br bridge up" for name in bridges]
    for number in range(dice.randint(0, 24)):
        a, b = dice.choice(names), dice.choice(centres)
        extra = "master=br" if a in bridges and dice.random() < 0.7 else ""
        lines += cable(f"{a} a{number}", f"{b} abcdefghijkl{number}", dice.choice(("", "up", "up carrier")), extra)
        if dice.random() < 0.4:
            lines.append(f"{a} a{number} 10.0.{number}.1/24")
        if dice.random() < 0.1:
            lines.append(f"{a} a{number} 2001:db8:aaaa:bbbb:cccc:dddd:eeee:{number:x}/64")
    lines += [f"{dice.choice(names)} d{number} {dice.choice(KINDS)} up" for number in range(dice.randint(0, 8))]
    lines += [f"{dice.choice(names)} lost{number} veth up" for number in range(dice.randint(0, 3))]
    return snapshot(*lines, dead=("inner",) if dice.random() < 0.2 else ())


def walls(house: House) -> Box:
    """The house without its roof, with which its eaves would reach over the street."""
    return Box(house.box.x, house.box.y + house.roof, house.box.width, house.box.height - house.roof)


def along(wire: Wire) -> Iterator[Point]:
    """Points of a cable, close to each other."""
    start, leave, one, two, enter, goal = wire.path
    yield from (start, goal)
    for t in STEPS:
        u = 1 - t
        weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
        corners = (leave, one, two, enter)
        yield (
            sum(w * x for w, (x, _) in zip(weights, corners, strict=True)),
            sum(w * y for w, (_, y) in zip(weights, corners, strict=True)),
        )


def is_on_edge(point: Point, box: Box) -> bool:
    """Whether a point lies at the left or right edge of a box."""
    x, y = point
    return box.y < y < box.bottom and (abs(x - box.x) < 0.01 or abs(x - box.right) < 0.01)


def check_house(house: House) -> None:
    """Cards lie in the house, and apart unless they stand on a table; texts lie in what they belong to."""
    for card in house.cards:
        assert walls(house).holds(card.box), (house.netns, card.end)
        assert card.box.holds(card.mark.box)
        for label in card.labels:
            assert card.box.holds(label.box), (card.end, label.text)
    for one, other in combinations(house.cards, 2):
        assert not one.box.overlaps(other.box) or is_port_on(one, other), (one.end, other.end)
    outside = [label.box for label in house.labels] + [mark.box for mark in house.marks]
    assert all(walls(house).holds(box) for box in outside), house.netns
    assert not any(box.overlaps(card.box) for box in outside for card in house.cards), house.netns


def is_port_on(table: Card, port: Card) -> bool:
    """Whether a card stands on a table, below what is written there."""
    head = max(label.box.bottom for label in table.labels)
    return table.is_table and table.box.holds(port.box) and port.box.y >= head


def check_drawing(drawing: Drawing) -> None:
    """Nothing overlaps, everything is on the paper, and cables run between their devices and behind no house."""
    paper = Box(0, 0, drawing.width, drawing.height)
    for house in drawing.houses:
        assert paper.holds(house.box), house.netns
        check_house(house)
    for one, other in combinations(drawing.houses, 2):
        assert not one.box.overlaps(other.box), (one.netns, other.netns)
    for label in drawing.labels:
        assert paper.holds(label.box)
        assert not any(label.box.overlaps(house.box) for house in drawing.houses), label.text
    cards = {card.end: card.box for house in drawing.houses for card in house.cards}
    for wire in drawing.wires:
        check_wire(wire, cards, drawing)


def check_wire(wire: Wire, cards: dict[End, Box], drawing: Drawing) -> None:
    """It begins at the edge of one card, ends at that of the other, and crosses no third house."""
    first, second = wire.ends
    assert is_on_edge(wire.path[0], cards[first]), wire
    assert second is None or is_on_edge(wire.path[-1], cards[second]), wire
    own = {first[0], second[0] if second else first[0]}
    for x, y in along(wire):
        assert 0 <= x <= drawing.width
        assert 0 <= y <= drawing.height
        there = {house.netns for house in drawing.houses if walls(house).holds(Box(x, y, 0, 0))}
        assert there <= own, (wire.ends, there)


@pytest.mark.parametrize("seed", range(60))
def test_nothing_overlaps_in_any_lab(seed: int) -> None:
    """In labs of all sizes houses, devices and texts stand apart, and each cable joins its two devices."""
    lab = random_lab(seed)
    drawing = lay_out(lab, "A title", ["something up", "ping .69"])
    check_drawing(drawing)
    assert {house.netns for house in drawing.houses} == set(lab.namespaces)
    devices = {(link.netns, link.name) for link in lab.links() if not link.loopback}
    assert {card.end for house in drawing.houses for card in house.cards} == devices
    pairs = [frozenset(wire.ends) for wire in drawing.wires if wire.ends[1]]
    assert len(pairs) == len(set(pairs)) == sum(link.peer is not None for link in lab.links()) / 2


def test_the_dice_make_labs_of_all_kinds() -> None:
    """The labs of the test before have bridges with ports, cables inside a house, many houses, and few."""
    labs = [random_lab(seed) for seed in range(60)]
    links = [link for lab in labs for link in lab.links()]
    assert any(link.master for link in links)
    assert any(link.peer and link.peernetns == link.netns for link in links)
    sizes = [len(lab.namespaces) for lab in labs]
    assert min(sizes) < 4
    assert max(sizes) > 26


def test_two_houses_stand_beside_each_other() -> None:
    """A ladder between two houses runs level, the house of the end that the command named first on the left."""
    lab = snapshot("b-ns lo loopback", *cable("b-ns b", "a-ns a"))
    drawing = lay_out(lab)
    a, b, host = (next(h for h in drawing.houses if h.netns == name) for name in ("a-ns", "b-ns", "host"))
    assert b.box.right < a.box.x
    assert len({y for _, y in drawing.wires[0].path}) == 1
    assert host.box.y > max(a.box.bottom, b.box.bottom)


def test_bridge_stands_between_its_houses() -> None:
    """As in the lesson: host with the bridge in the middle, a house on each side, both cables level."""
    drawing = lay_out(snapshot(*BRIDGE))
    left, host, right = sorted(drawing.houses, key=lambda house: house.box.x)
    assert [left.netns, host.netns, right.netns] == ["ximenqing-ns", "host", "panjinlian-ns"]
    assert all(len({y for _, y in wire.path}) == 1 for wire in drawing.wires)
    assert [wire.carrier for wire in drawing.wires] == [True, False]


def test_several_ladders_do_not_cross() -> None:
    """The devices of the second house stand in the order of their other ends."""
    pairs = [line for n in range(4) for line in cable(f"a-ns a{n}", f"b-ns b{3 - n}")]
    wires = lay_out(snapshot(*pairs)).wires
    assert len(wires) == 4
    assert all(len({y for _, y in wire.path}) == 1 for wire in wires)


def test_cable_inside_a_house_stays_inside() -> None:
    """A pair of which nobody moved an end is drawn within its house."""
    drawing = lay_out(snapshot(*cable("host left", "host right")))
    (host,) = drawing.houses
    assert all(walls(host).holds(Box(x, y, 0, 0)) for x, y in along(drawing.wires[0]))


def test_end_that_is_not_to_be_seen_has_half_a_cable() -> None:
    """A veth whose other end is in a namespace without a name."""
    (wire,) = lay_out(snapshot("host lost veth up")).wires
    assert wire.ends == (("host", "lost"), None)


def test_crowds_are_counted() -> None:
    """Ten thousand namespaces, or devices, make a drawing of bounded size that says how many it leaves out."""
    many = lay_out(snapshot(*(f"n{number}" for number in range(2000))))
    assert len(many.houses) == MOST_HOUSES
    assert many.labels[0].text == f"and {2001 - MOST_HOUSES} more namespaces"
    (host,) = lay_out(snapshot(*(f"host d{number} dummy" for number in range(500)))).houses
    assert len(host.cards) == MOST_DEVICES
    assert f"and {500 - MOST_DEVICES} more devices" in [label.text for label in host.labels]


def test_hub_is_the_one_with_most_neighbours() -> None:
    """What hangs together without it stands on one side of it; a chain goes outwards."""
    lines = [*cable("r a", "a r"), *cable("r b", "b r"), *cable("b c", "c b")]
    lab = snapshot(*lines)
    (band,), alone = bands(list(lab.namespaces), cables(lab.links()))
    assert band.hub == "r"
    assert {name: abs(column) for name, column in band.columns.items()} == {"r": 0, "a": 1, "b": 1, "c": 2}
    assert band.columns["b"] * 2 == band.columns["c"]
    assert band.columns["a"] == -band.columns["b"]
    assert alone == ["host"]


@pytest.mark.parametrize(
    ("wishes", "tops"),
    [
        ([0, 100], [0, 100]),
        ([0, 0], [-6, 6]),
        ([50, 0, 0], [4.6666, 16.6666, 28.6666]),
        ([], []),
    ],
)
def test_boxes_stand_near_their_wishes(wishes: list[float], tops: list[float]) -> None:
    """Boxes of height 10, two apart: each at its wish, or together around the mean of their wishes."""
    found = stacked([Target(top) for top in wishes], [10.0] * len(wishes), 2.0)
    assert found == pytest.approx(tops, abs=0.001)
