"""Where everything stands in a drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nstutor.kernel.model import Snapshot
from nstutor.picture.columns import Builder, Street
from nstutor.picture.lettering import folded, label
from nstutor.picture.namespace_box import shown_devices
from nstutor.picture.shapes import Drawing, House, Label, Role, Wire
from nstutor.picture.topology import bands, cables
from nstutor.text.i18n import _, in_row, n_

MOST_HOUSES = 60
"""What is more is only counted."""
MARGIN, BELOW = 24.0, 28.0
"""Around everything; between streets."""
WIDEST_ROW = 860.0
_NOTE_LINES = 12
_NARROWEST = 300.0


def lay_out(snapshot: Snapshot, title: str = "", wanted: Sequence[str] = ()) -> Drawing:
    """The drawing of a snapshot; `wanted` are labels of what is still missing."""
    names = list(snapshot.namespaces)[:MOST_HOUSES]
    drawn = {name: shown_devices(snapshot.namespaces[name]) for name in names}
    found = cables(link for links in drawn.values() for link in links)
    builder = Builder(snapshot, drawn, found)
    joined, alone = bands(names, found)
    streets = [builder.band(band) for band in joined]
    widest = max([WIDEST_ROW, *(street.width for street in streets)])
    streets += builder.rows(alone, widest)
    return _composed(streets, title, list(_notes(snapshot, wanted)))


def _composed(streets: Sequence[Street], title: str, notes: Sequence[str]) -> Drawing:
    """The streets one below the other, each in the middle; the title above them, the notes below."""
    inner = max([_NARROWEST, *(street.width for street in streets)])
    cells = int(inner / 8)
    labels = [label(line, Role.TITLE, 0, 0) for line in folded(title, int(cells * 0.8))] if title else []
    lines = [label(line, Role.NOTE, 0, 0) for note in notes for line in folded(note, cells, _NOTE_LINES)]
    inner = max([inner, *(one.box.width for one in [*labels, *lines])])
    y, placed = MARGIN, list[Label]()
    for one in labels:
        placed.append(one.moved(MARGIN, y))
        y += one.box.height
    y += 12 if labels else 0
    houses, wires = list[House](), list[Wire]()
    for street in streets:
        there = street.moved(MARGIN + (inner - street.width) / 2, y)
        houses += there.houses
        wires += there.wires
        y += street.height + BELOW
    for one in lines:
        placed.append(one.moved(MARGIN, y - BELOW / 2))
        y += one.box.height
    bottom = y - (BELOW if not lines else BELOW / 2) + MARGIN
    return Drawing(inner + 2 * MARGIN, bottom, tuple(houses), tuple(wires), tuple(placed))


def _notes(snapshot: Snapshot, wanted: Sequence[str]) -> Iterator[str]:
    missing = len(snapshot.namespaces) - MOST_HOUSES
    if missing > 0:
        yield n_("and {n} more namespace", "and {n} more namespaces", missing).format(n=missing)
    if snapshot.dead:
        yield _("dead files in /run/netns: {names}").format(names=in_row(sorted(snapshot.dead)))
    if wanted:
        yield _("still wanted: {names}").format(names=in_row(wanted))
