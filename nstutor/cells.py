"""How wide a text is on a terminal; standard library only, for `doctor` runs before anything is installed."""

from __future__ import annotations

import re
import unicodedata

_CLOSING = "、。，；：！？）」』》】”’"
_PIECE = re.compile(rf"[⺀-￯][{_CLOSING}]*| +|[^⺀-￯ ]+[{_CLOSING}]*")
"""What no line break cuts: a character of the CJK blocks with the marks that close it, or a word of another script."""


def cells(char: str) -> int:
    """How many columns of a terminal a character takes (Unicode Standard Annex 11)."""
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def width(text: str) -> int:
    """How many columns a text takes."""
    return sum(map(cells, text))


def padded(text: str, columns: int) -> str:
    """The text with blanks behind it up to so many columns."""
    return text + " " * max(0, columns - width(text))


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of so many columns at most; East Asian text may break between any two characters."""
    lines, line = [], ""
    for piece in _PIECE.findall(" ".join(text.split())):
        if line and width(line) + width(piece.rstrip()) > columns:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines
