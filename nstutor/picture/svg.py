"""A drawing as SVG: one file that needs nothing else.

The colours stand twice: as attributes, which are right on any background because the drawing has paper of its own, and
as rules for a reader whose programs are dark (prefers-color-scheme, Media Queries 5), where such rules are heeded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from nstutor.kernel.model import Snapshot
from nstutor.picture.layout import lay_out
from nstutor.picture.lettering import SIZES
from nstutor.picture.sentences import sentences
from nstutor.picture.shapes import Box, Card, Drawing, House, Label, Mark, Role, Wire
from nstutor.text.colours import colour_of
from nstutor.text.i18n import _
from nstutor.text.names import HOST
from nstutor.text.width import printable

MONO = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', 'PingFang SC', 'Microsoft YaHei', \
'Noto Sans CJK SC', monospace"
SANS = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', 'PingFang SC', 'Microsoft YaHei', \
'Noto Sans CJK SC', sans-serif"

INKS: Mapping[str, tuple[str, str]] = {
    "paper": ("#fbfaf7", "#1b1e24"),
    "wall": ("#ffffff", "#262a32"),
    "card": ("#f3f4f6", "#323842"),
    "table": ("#f6ecdb", "#40382b"),
    "text": ("#1f2328", "#e8eaed"),
    "dim": ("#5f6770", "#a3abb5"),
    "address": ("#0a6683", "#74c7e3"),
    "up": ("#1f883d", "#5cc873"),
    "down": ("#b35900", "#e3a552"),
    "carrier": ("#2da44e", "#4cc06a"),
    "dead": ("#8b949e", "#7d8590"),
}
"""What is drawn with it, on light and on dark paper."""
EDGES: Mapping[str, tuple[str, str]] = {"card": ("#c8cdd4", "#525a67"), "table": ("#b8945f", "#8a7048")}
ROLES: Mapping[Role, str] = {
    Role.TITLE: "text",
    Role.DEVICE: "text",
    Role.KIND: "dim",
    Role.ADDRESS: "address",
    Role.SMALL: "dim",
    Role.NOTE: "dim",
}
BOLD = frozenset({Role.TITLE, Role.NAME})
PREFIX = "nst-"
"""Of classes: several drawings may stand in one page, beside other things."""


def draw(snapshot: Snapshot, *, title: str = "", wanted: Sequence[str] = (), name: str = "") -> str:
    """A whole SVG of the lab: namespaces are houses; the same snapshot gives the same text.

    `title` stands above the drawing; `name` is what a screen reader calls it, if not the title; `wanted` are labels of
    what is still missing. Routes are drawn if the snapshot has them.
    """
    drawing = lay_out(snapshot, title, wanted)
    svg = _root(drawing)
    SubElement(svg, "title").text = printable(name or title or _("The network of the lab"))
    SubElement(svg, "desc").text = "\n".join(sentences(snapshot, wanted))
    SubElement(svg, "style").text = _style({colour_of(house.netns) for house in drawing.houses})
    _rectangle(svg, Box(0, 0, drawing.width, drawing.height), "paper", rx="10")
    for house in drawing.houses:
        _house(svg, house)
    for wire in drawing.wires:
        _wire(svg, wire)
    for label in drawing.labels:
        _label(svg, label)
    indent(svg)
    return tostring(svg, encoding="unicode") + "\n"


def _root(drawing: Drawing) -> Element:
    width, height = math.ceil(drawing.width), math.ceil(drawing.height)
    return Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width} {height}",
            "width": str(width),
            "height": str(height),
            "role": "img",
            "style": "max-width: 100%; height: auto",
        },
    )


def _style(colours: set[str]) -> str:
    """The colours on dark paper; names of namespaces become lighter there."""
    rules = [f".{PREFIX}{name} {{ fill: {dark} }}" for name, (_light, dark) in INKS.items()]
    rules += [f".{PREFIX}{name} {{ stroke: {dark} }}" for name, (_light, dark) in EDGES.items()]
    rules += [f".{PREFIX}{name}-line {{ stroke: {INKS[name][1]} }}" for name in ("down", "carrier", "dead")]
    for colour in sorted(colours):
        rules.append(f".{_tint(colour)} {{ fill: {_mixed(colour, 255, 0.4)} }}")
    return "\n".join(["", "@media (prefers-color-scheme: dark) {", *rules, "}", ""])


def _tint(colour: str) -> str:
    """The class of a namespace's name."""
    return PREFIX + colour.removeprefix("#")


def _mixed(colour: str, other: int, share: float) -> str:
    """With so much of black (0) or white (255): the colours suit both, and a name stands on one of them."""
    parts = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(part + (other - part) * share):02x}" for part in parts)


# --- shapes -------------------------------------------------------------------------------------------------------


def _house(svg: Element, house: House) -> None:
    group = SubElement(svg, "g", {"class": f"{PREFIX}house"})
    box, colour = house.box, colour_of(house.netns)
    edge = {"stroke": colour, "stroke-width": "1.5"}
    wall = Box(box.x, box.y + house.roof, box.width, box.height - house.roof)
    _rectangle(group, wall, "wall", **edge)
    SubElement(group, "path", {"d": _roof(house), "fill": colour, "stroke-linejoin": "round", **edge})
    for card in house.cards:
        _card(group, card)
    for mark in house.marks:
        _mark(group, mark)
    for label in house.labels:
        _label(group, label, colour)


def _roof(house: House) -> str:
    """A gable with eaves; host's is flat."""
    box = house.box
    eaves, top = box.y + house.roof, box.y + 1
    left, right, middle = box.x - 8, box.right + 8, box.x + box.width / 2
    if house.netns == HOST:
        return f"M {_n(left)} {_n(top)} H {_n(right)} V {_n(eaves)} H {_n(left)} Z"
    return f"M {_n(left)} {_n(eaves)} L {_n(middle)} {_n(top)} L {_n(right)} {_n(eaves)} Z"


def _card(group: Element, card: Card) -> None:
    name = "table" if card.is_table else "card"
    _rectangle(group, card.box, name, stroke=EDGES[name][0], rx="5" if card.is_table else "4")
    _mark(group, card.mark)
    for label in card.labels:
        _label(group, label)


def _mark(group: Element, mark: Mark) -> None:
    """A full triangle that points up, an empty one that points down."""
    box = mark.box
    flat, tip = (box.bottom, box.y) if mark.up else (box.y, box.bottom)
    points = ((box.x, flat), (box.x + box.width / 2, tip), (box.right, flat))
    corners = {"points": " ".join(f"{_n(x)},{_n(y)}" for x, y in points)}
    if mark.up:
        SubElement(group, "polygon", {**corners, "class": f"{PREFIX}up", "fill": INKS["up"][0]})
    else:
        line = {"class": f"{PREFIX}down-line", "fill": "none", "stroke": INKS["down"][0], "stroke-width": "1.5"}
        SubElement(group, "polygon", {**corners, **line})


def _wire(svg: Element, wire: Wire) -> None:
    """Solid with carrier, dashed without; round plugs where it ends, a question mark where nobody knows."""
    name = "carrier" if wire.carrier else "dead"
    (ax, ay), *_rest, (bx, by) = wire.path
    points = [f"{_n(x)} {_n(y)}" for x, y in wire.path]
    way = f"M {points[0]} L {points[1]} C {points[2]} {points[3]} {points[4]} L {points[5]}"
    line = {
        "d": way,
        "class": f"{PREFIX}{name}-line",
        "fill": "none",
        "stroke": INKS[name][0],
        "stroke-width": "2.5",
        "stroke-linecap": "round",
    }
    if not wire.carrier:
        line["stroke-dasharray"] = "6 5"
    SubElement(svg, "path", line)
    for end, x, y in ((wire.ends[0], ax, ay), (wire.ends[1], bx, by)):
        if end is not None:
            SubElement(
                svg, "circle", {"cx": _n(x), "cy": _n(y), "r": "3.5", "class": f"{PREFIX}{name}", "fill": INKS[name][0]}
            )
        else:
            left = bx < ax
            label = Label(Box(x - 16 if left else x + 4, y - 8, 12, 16), "?", Role.SMALL, at_end=left)
            _label(svg, label)


def _rectangle(parent: Element, box: Box, name: str, **attributes: str) -> None:
    place = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    SubElement(
        parent,
        "rect",
        {
            **{key: _n(value) for key, value in place.items()},
            "class": f"{PREFIX}{name}",
            "fill": INKS[name][0],
            **attributes,
        },
    )


def _label(parent: Element, label: Label, colour: str = "") -> None:
    """A line of text; a namespace's name has its colour."""
    size = SIZES[label.role]
    # The middle of small letters in the middle of the line.
    baseline = label.box.middle + size * 0.35
    attributes = {"x": _n(label.box.right if label.at_end else label.box.x), "y": _n(baseline)}
    attributes |= {"font-family": SANS if label.role in (Role.TITLE, Role.NOTE) else MONO, "font-size": _n(size)}
    attributes |= {"font-weight": "600"} if label.role in BOLD else {}
    attributes |= {"text-anchor": "end"} if label.at_end else {}
    if label.role is Role.NAME:
        attributes |= {"class": _tint(colour), "fill": _mixed(colour, 0, 0.2)}
    else:
        ink = ROLES[label.role]
        attributes |= {"class": f"{PREFIX}{ink}", "fill": INKS[ink][0]}
    SubElement(parent, "text", {**attributes, "xml:space": "preserve"}).text = label.text


def _n(number: float) -> str:
    """A number with as few digits as it needs, tenths at the most."""
    return f"{round(number, 1) + 0.0:g}"
