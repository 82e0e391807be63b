"""How wide a text is, and how it is made fit.

Names stand in a font of equal widths. How wide it is on the reader's machine nobody knows beforehand: 0.62 em for a
cell is a little more than what the usual ones take, and Chinese characters take two cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len

from nstutor.picture.shapes import Box, Label, Role
from nstutor.text.width import printable

SIZES = {
    Role.TITLE: 16.0,
    Role.NAME: 14.0,
    Role.DEVICE: 13.0,
    Role.KIND: 11.0,
    Role.ADDRESS: 12.0,
    Role.SMALL: 11.0,
    Role.NOTE: 12.0,
}
_CELL = 0.62
_LINE = 1.4
_BOLD = 1.03
_BREAKS = re.compile(r"(?<=[-_./:,; ])")


def width_of(text: str, role: Role) -> float:
    """The width of a text, in pixels."""
    bold = _BOLD if role in (Role.TITLE, Role.NAME) else 1.0
    return cell_len(printable(text)) * SIZES[role] * _CELL * bold


def height_of(role: Role) -> float:
    """The height of a line."""
    return round(SIZES[role] * _LINE)


def label(text: str, role: Role, x: float, y: float) -> Label:
    """A text that begins at x; y is the top of its line."""
    return Label(Box(x, y, width_of(text, role), height_of(role)), printable(text), role)


def label_before(text: str, role: Role, right: float, y: float) -> Label:
    """A text that ends there."""
    width = width_of(text, role)
    return Label(Box(right - width, y, width, height_of(role)), printable(text), role, at_end=True)


def folded(text: str, cells: int, most: int = 3) -> list[str]:
    """The text in lines of so many cells, cut where a word ends if that can be, and with … if it needs more lines."""
    lines = list(_lines(printable(text), cells))
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], _fitting(lines[most - 1], cells - 1) + "…"]


def _lines(text: str, cells: int) -> Iterator[str]:
    line = ""
    for part in _BREAKS.split(text):
        rest = part
        if line and cell_len(line + rest) > cells:
            yield line
            line = ""
        while cell_len(line + rest) > cells:
            head = _fitting(rest, cells)
            yield head
            rest = rest[len(head) :]
        line += rest
    if line or not text:
        yield line


def _fitting(text: str, cells: int) -> str:
    """As much of it as these cells hold, at least one character."""
    end = len(text)
    while end > 1 and cell_len(text[:end]) > cells:
        end -= 1
    return text[:end]
