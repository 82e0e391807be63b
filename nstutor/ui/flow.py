"""Rich's texts with lines that end where `cells.ends` says: rich breaks at spaces only."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

from nstutor.text.width import ends


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


def broken(text: Text, width: int) -> Text:
    """The text with a line break wherever a line ends."""
    lines: list[Text] = []
    for line in text.split("\n", allow_blank=True):
        lines += line.divide(list(ends(line.plain, width)))
    for line in lines:
        line.rstrip()
    return Text("\n", justify=text.justify, end=text.end).join(lines)
