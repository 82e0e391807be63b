"""Rich's Markdown, whose paragraphs are broken as `Flowing` breaks them."""

from __future__ import annotations

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown, Paragraph

from nstutor.ui.flow import Flowing


class _FlowingParagraph(Paragraph):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The paragraph, with its line ends in it."""
        self.text.justify = self.justify
        yield Flowing(self.text)


class FlowingMarkdown(Markdown):
    """Markdown whose paragraphs are broken so."""

    elements = Markdown.elements | {"paragraph_open": _FlowingParagraph}
