"""What stands in a house, and where in it: devices as cards, bridges as tables with their ports on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from nstutor.kernel.model import Link, Namespace
from nstutor.picture.lettering import folded, height_of, label, label_before, width_of
from nstutor.picture.shapes import Box, Card, End, House, Label, Mark, Role
from nstutor.picture.topology import end_of
from nstutor.text.i18n import n_
from nstutor.text.names import HOST

MOST_DEVICES = 40
"""Of one namespace; what is more is only counted."""
MOST_LINES = 8
"""Addresses of a device, default routes of a namespace."""
PAD, GAP = 14.0, 8.0
ROOF, FLAT_ROOF = 28.0, 12.0
MARK = 9.0
STRIP = 46.0
"""Beside the cards, for cables that do not leave the house."""
_TABLE_PAD = 8.0
_CARD_PAD = 6.0
_INDENT = _CARD_PAD + MARK + 7
_NARROWEST = 132.0
_NAME_CELLS, _TEXT_CELLS = 28, 40
LEFT, RIGHT, NOWHERE = -1, 1, 0


@dataclass(frozen=True, slots=True)
class Device:
    """A device with what is written on its card."""

    link: Link
    addresses: tuple[str, ...]
    side: int
    """To which side of the house its cable leads; NOWHERE for none, and for one that stays inside."""
    loops: bool = False
    """Whether its cable stays inside, or ends at nothing that is drawn."""

    @property
    def end(self) -> End:
        """The device as an end of a cable."""
        return end_of(self.link)

    @property
    def kind(self) -> str:
        """Its type, where that is worth a word: most are veth."""
        return "" if self.link.type == "veth" else self.link.type or ""

    @property
    def height(self) -> float:
        """Of its card."""
        return 2 * _CARD_PAD + height_of(Role.DEVICE) + len(self.addresses) * height_of(Role.ADDRESS)

    @property
    def width(self) -> float:
        """The least that its card needs."""
        kind = width_of(self.kind, Role.KIND) + 12 if self.kind else 0
        first = width_of(self.link.name, Role.DEVICE) + kind
        return _INDENT + _CARD_PAD + max([first, *(width_of(text, Role.ADDRESS) for text in self.addresses)])


@dataclass(frozen=True, slots=True)
class Group:
    """A bridge, or another master, with its ports; without one the devices that are nobody's port."""

    table: Device | None
    left: tuple[Device, ...]
    right: tuple[Device, ...]
    """Empty where all stand in one column, which is `left` then."""

    @property
    def pad(self) -> float:
        """The edge of the table around its ports."""
        return _TABLE_PAD if self.table else 0.0

    @property
    def width(self) -> float:
        """The least that it needs."""
        left, right = self.columns
        ports = left + GAP + right if self.right else left
        return max(ports + 2 * self.pad, self.table.width if self.table else 0.0)

    @property
    def columns(self) -> tuple[float, float]:
        """The least that the cards in each column need."""
        left, right = (max((device.width for device in side), default=0.0) for side in (self.left, self.right))
        return left, right


@dataclass(frozen=True)
class Content:
    """All that a house has to show."""

    netns: str
    groups: tuple[Group, ...]
    feet: tuple[str, ...]
    """Lines of text below the devices: default routes, what had no room."""
    lo: Link | None
    lo_addresses: str
    strip: int = NOWHERE
    """On which side there is room for cables that stay inside."""

    @property
    def name(self) -> list[str]:
        """The namespace's name in lines."""
        return folded(self.netns, _NAME_CELLS)

    @property
    def width(self) -> float:
        """The least that the house needs."""
        texts = [*(width_of(line, Role.NAME) for line in self.name), *(width_of(t, Role.SMALL) for t in self.feet)]
        lo = width_of(f"lo {self.lo_addresses}", Role.SMALL) + MARK + 10
        widest = max([_NARROWEST, lo, *texts, *(group.width for group in self.groups)])
        return widest + 2 * PAD + (STRIP if self.strip else 0)


@dataclass(frozen=True)
class Leads:
    """Where the cables of a house's devices lead."""

    sides: Mapping[End, int]
    """To which side of the house; none for a cable that stays inside."""
    ranks: Mapping[End, float]
    """The devices stand in this order."""
    loops: frozenset[End]
    """The devices whose cables stay inside, on the side of `strip`, or end at nothing that is drawn."""
    strip: int


def content(space: Namespace, shown: Sequence[Link], leads: Leads) -> Content:
    """What the house of a namespace has to show of these devices."""
    ordered = sorted(shown, key=lambda link: (leads.ranks[end_of(link)], link.index))
    devices = [
        Device(link, _addresses(space, link.name), leads.sides.get(end_of(link), NOWHERE), end_of(link) in leads.loops)
        for link in ordered
    ]
    strip = leads.strip if leads.loops else NOWHERE
    lo = next((link for link in space.links if link.loopback), None)
    unusual = [text for text in _addresses(space, lo.name) if text not in ("127.0.0.1/8", "::1/128")] if lo else []
    groups = tuple(_groups(devices, strip))
    return Content(space.name, groups, tuple(_feet(space, len(shown))), lo, ", ".join(unusual[:2]), strip)


def shown_devices(space: Namespace) -> list[Link]:
    """The devices that are drawn, in the order in which they were made; lo has a line of its own."""
    devices = sorted((link for link in space.links if not link.loopback), key=lambda link: link.index)
    return devices[:MOST_DEVICES]


def _addresses(space: Namespace, dev: str) -> tuple[str, ...]:
    """The addresses that somebody gave."""
    own = [str(a.interface) for a in space.addresses if a.dev == dev and not a.interface.ip.is_link_local]
    return (*own[:MOST_LINES], "…") if len(own) > MOST_LINES else tuple(own)


def _groups(devices: Sequence[Device], strip: int) -> Iterator[Group]:
    """Those that are nobody's port first, then each bridge. A master that is itself a port has a table of its own."""
    names = {device.link.name for device in devices}
    masters = {device.link.master for device in devices if device.link.master != device.link.name}
    tables = [device for device in devices if device.link.type == "bridge" or device.link.name in masters]
    others = [device for device in devices if device not in tables]
    alone = [device for device in others if device.link.master not in names]
    if alone:
        yield _group(None, alone, strip)
    for table in tables:
        yield _group(table, [port for port in others if port.link.master == table.link.name], strip)


def _group(table: Device | None, devices: Sequence[Device], strip: int) -> Group:
    """Two columns where cables lead to both sides."""
    if {device.side for device in devices} >= {LEFT, RIGHT}:
        left = [device for device in devices if device.side == LEFT]
        right = [device for device in devices if device.side == RIGHT]
        for device in devices:
            if device.side == NOWHERE:
                shorter = left if len(left) < len(right) else right
                stays = left if strip == LEFT else right
                (stays if device.loops else shorter).append(device)
        return Group(table, tuple(left), tuple(right))
    return Group(table, tuple(devices), ())


def _feet(space: Namespace, shown: int) -> Iterator[str]:
    missing = sum(not link.loopback for link in space.links) - shown
    if missing:
        yield n_("and {n} more device", "and {n} more devices", missing).format(n=missing)
    defaults = [route for route in space.routes or () if route.dst.prefixlen == 0 and route.type == "unicast"]
    for route in defaults[:MOST_LINES]:
        words = [("via", route.via), ("dev", route.dev)]
        line = " ".join(["default", *(f"{key} {value}" for key, value in words if value)])
        yield from folded(line, _TEXT_CELLS)


# --- where it stands ----------------------------------------------------------------------------------------------


def build(what: Content, width: float) -> House:
    """The house, this wide, with its upper left corner at 0, 0."""
    roof = FLAT_ROOF if what.netns == HOST else ROOF
    y = roof + 8
    labels: list[Label] = []
    for line in what.name:
        labels.append(label(line, Role.NAME, PAD, y))
        y += height_of(Role.NAME)
    y += 4
    left = PAD + (STRIP if what.strip == LEFT else 0)
    inner = width - 2 * PAD - (STRIP if what.strip else 0)
    cards: list[Card] = []
    for group in what.groups:
        cards += _placed(group, left, y, inner)
        y = max(card.box.bottom for card in cards) + GAP
    marks: list[Mark] = []
    for line in what.feet:
        labels.append(label(line, Role.SMALL, PAD, y))
        y += height_of(Role.SMALL)
    if what.lo:
        labels.append(label("lo", Role.SMALL, PAD, y))
        marks.append(_mark(what.lo, PAD + width_of("lo", Role.SMALL) + 5, y, Role.SMALL))
        labels += [label(what.lo_addresses, Role.SMALL, marks[0].box.right + 6, y)] if what.lo_addresses else []
        y += height_of(Role.SMALL)
    return House(what.netns, Box(0, 0, width, y + 8), roof, tuple(cards), tuple(marks), tuple(labels))


def _placed(group: Group, x: float, y: float, width: float) -> Iterator[Card]:
    """The cards of a group below y, the table first."""
    table, top, inner = group.table, y, width - 2 * group.pad
    if table:
        top += table.height
    left, right = _shared(group, inner)
    ports = [
        *_stacked(group.left, x + group.pad, top, left),
        *_stacked(group.right, x + group.pad + left + GAP, top, right),
    ]
    if table:
        bottom = max((port.box.bottom for port in ports), default=top - group.pad) + group.pad
        yield _card(table, Box(x, y, width, bottom - y), is_table=True)
    yield from ports


def _shared(group: Group, width: float) -> tuple[float, float]:
    """How wide the two columns are: equally, unless one needs more."""
    if not group.right:
        return width, 0.0
    left, right = group.columns
    left = min(max((width - GAP) / 2, left), width - GAP - right)
    return left, width - GAP - left


def _stacked(devices: Iterable[Device], x: float, y: float, width: float) -> Iterator[Card]:
    for device in devices:
        yield _card(device, Box(x, y, width, device.height))
        y += device.height + GAP


def _card(device: Device, box: Box, *, is_table: bool = False) -> Card:
    y = box.y + _CARD_PAD
    mark = _mark(device.link, box.x + _CARD_PAD, y, Role.DEVICE)
    name = label(device.link.name, Role.DEVICE, box.x + _INDENT, y)
    lower = y + height_of(Role.DEVICE) - height_of(Role.KIND)
    kind = [label_before(device.kind, Role.KIND, box.right - _CARD_PAD, lower - 1)] if device.kind else []
    below = y + height_of(Role.DEVICE)
    addresses = [
        label(text, Role.ADDRESS, box.x + _INDENT, below + number * height_of(Role.ADDRESS))
        for number, text in enumerate(device.addresses)
    ]
    return Card(device.end, box, mark, tuple(chain([name], kind, addresses)), is_table)


def _mark(link: Link, x: float, y: float, role: Role) -> Mark:
    """The sign of its state, in the middle of a line of that role."""
    size = MARK if role is Role.DEVICE else MARK - 2
    return Mark(Box(x, y + (height_of(role) - size) / 2, size, size), link.up)
