"""Where the lines of a text end on a terminal, also of a text without spaces.

Rich breaks lines at spaces only. Chinese has none: a line may end before and behind each of its characters, but no
closing punctuation mark begins one, and no opening one ends it (Requirements for Chinese Text Layout, W3C, section
"Prohibition Rules for Line Start and Line End"; Unicode Standard Annex 14 calls the classes CL, EX, NS and OP).
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown, Paragraph
from rich.measure import Measurement
from rich.text import Text

from nstutor.cells import cells

NEVER_FIRST = frozenset("。，、；：！？）》」』】〕〉〗”’…—～·％‰℃,.;:!?)]}%")
NEVER_LAST = frozenset("（《「『【〔〈〖“‘([{")


class Flowing:
    """A text whose lines are broken at the width that it is given."""

    def __init__(self, text: Text) -> None:
        self.text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The text with its line ends in it."""
        yield broken(self.text, options.max_width)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Two columns at least, all of it in one line at most."""
        widest = max(map(cell_len, self.text.plain.split("\n")), default=0)
        return Measurement(min(2, widest), widest).with_maximum(options.max_width)


class _FlowingParagraph(Paragraph):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The paragraph, with its line ends in it."""
        self.text.justify = self.justify
        yield Flowing(self.text)


class Flow(Markdown):
    """Markdown whose paragraphs are broken so."""

    elements = Markdown.elements | {"paragraph_open": _FlowingParagraph}


def broken(text: Text, width: int) -> Text:
    """The text with a line break wherever a line ends."""
    lines: list[Text] = []
    for line in text.split("\n", allow_blank=True):
        lines += line.divide(list(ends(line.plain, max(2, width))))
    for line in lines:
        line.rstrip()
    return Text("\n", justify=text.justify, end=text.end).join(lines)


def ends(line: str, width: int) -> Iterator[int]:
    """The offsets at which a line is to be broken, so that no part is wider than so many columns."""
    start, room = 0, width
    for at, char in enumerate(line):
        room -= cells(char)
        if room >= 0 or char == " ":
            continue
        start = _last_break(line, start, at)
        yield start
        room = width - sum(map(cells, line[start : at + 1]))


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
