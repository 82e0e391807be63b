"""How wide a text is on a terminal, and what of it may be shown there.

Standard library only, for `doctor` runs before anything is installed.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

NEVER_FIRST = frozenset("。，、；：！？）》」』】〕〉〗”’…—～·％‰℃,.;:!?)]}%")
NEVER_LAST = frozenset("（《「『【〔〈〖“‘([{")
"""Marks that begin no line, and that end none (Requirements for Chinese Text Layout, W3C, section "Prohibition Rules
for Line Start and Line End"; Unicode Standard Annex 14 has them as CL, EX, NS and OP)."""


def cells(char: str) -> int:
    """How many columns of a terminal a character takes (Unicode Standard Annex 11)."""
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def width(text: str) -> int:
    """How many columns a text takes."""
    return sum(map(cells, text))


def printable(text: str, keep: str = "") -> str:
    """The text as a terminal, a page or a file's name may hold it, `keep` being allowed characters besides.

    A device, a file or a command may hold an escape sequence (also the C1 controls of ECMA-48), marks that turn the
    direction of what follows (UAX 9), and bytes that are no text: str.isprintable() has them all, Unicode's categories
    "Other" and "Separator". Each becomes U+FFFD but for blanks, which do no harm.
    """
    if text.isprintable():
        return text
    return "".join(char if _may_be_shown(char) or char in keep else "\ufffd" for char in text)


def _may_be_shown(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Zs"


def padded(text: str, columns: int) -> str:
    """The text with blanks behind it up to so many columns."""
    return text + " " * max(0, columns - width(text))


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of so many columns at most."""
    line = " ".join(text.split())
    cuts = [0, *ends(line, columns), len(line)]
    return [part for part in (line[start:end].strip() for start, end in pairwise(cuts)) if part]


def ends(line: str, columns: int) -> Iterator[int]:
    """The offsets at which a line is to be broken, so that no part is wider than so many columns (two at least).

    East Asian text has no spaces: it may break before and behind each of its characters.
    """
    columns = max(2, columns)
    start, room = 0, columns
    for at, char in enumerate(line):
        room -= cells(char)
        if room >= 0 or char == " ":
            continue
        start = _last_break(line, start, at)
        yield start
        room = columns - width(line[start : at + 1])


def _last_break(line: str, start: int, at: int) -> int:
    """The last place at or before `at` where the line may end; `at` itself where there is none."""
    return next((place for place in range(at, start, -1) if _may_break(line, place)), at)


def _may_break(line: str, at: int) -> bool:
    before, after = line[at - 1], line[at]
    if before == " " or after == " ":
        return after != " "
    if after in NEVER_FIRST or before in NEVER_LAST:
        return False
    return cells(before) == 2 or cells(after) == 2


def terminal_size() -> tuple[int, int]:
    """Rows and columns: of the environment if it says them, else of the terminal, else 24 and 80.

    As shutil's, which would bring along all that archives need, for which no start should wait.
    """
    try:
        columns, lines = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1)
    except (ValueError, OSError):
        columns, lines = 0, 0
    return _number_in("LINES") or lines or 24, _number_in("COLUMNS") or columns or 80


def _number_in(variable: str) -> int:
    value = os.environ.get(variable, "")
    return int(value) if value.isdecimal() else 0
