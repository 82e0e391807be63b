"""Lines in a few styles, for a terminal or a file: for some ten of them nobody waits until rich is imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from nstutor.text.width import printable, terminal_size

WIDEST = 78
STYLES: Mapping[str, str] = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
"""The parameters of SGR (ECMA-48, 8.3.117)."""

Words = str | tuple[str, str]
"""A text, or a text and its styles: `("passed", "bold green")`."""


class Lines:
    """Writes lines into a file, with their styles if that is a terminal which shows them."""

    def __init__(self, file: TextIO, width: int | None = None) -> None:
        self._file = file
        self._styled = shows_styles(file)
        self.width = min(width or terminal_size()[1], WIDEST)

    def line(self, *words: Words) -> None:
        """One line of these words."""
        print(*map(self._shown, words), sep="", file=self._file)

    def _shown(self, words: Words) -> str:
        text, styles = (words, "") if isinstance(words, str) else words
        text = printable(text, keep="\n")
        if not (self._styled and text and styles):
            return text
        return f"\x1b[{';'.join(STYLES[style] for style in styles.split())}m{text}\x1b[0m"


def shows_styles(file: TextIO) -> bool:
    """Whether to write styles there: as NO_COLOR and FORCE_COLOR want it, else if it is a terminal that is not dumb."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (file.isatty() and os.environ.get("TERM") not in ("dumb", "unknown"))
