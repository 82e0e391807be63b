"""The course as a menu of a few lines."""

from __future__ import annotations

import asyncio
import contextlib

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import ANSI, AnyFormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from rich.console import Console
from rich.text import Text

from nstutor.progress.course import Entry, next_index, overview
from nstutor.text.i18n import _
from nstutor.ui.course_row import row
from nstutor.ui.terminal import Terminal


class Menu:
    """The lessons; one of them is chosen."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        self.index = next_index(entries)

    def text(self) -> AnyFormattedText:
        """The menu as it stands."""
        console = Console(highlight=False, force_terminal=True)
        with console.capture() as capture:
            title = _("nstutor · Linux network namespaces, by hand")
            console.print(Text(f"\n  {title}\n", "bold"))
            for index, entry in enumerate(self.entries):
                console.print(row(entry, chosen=index == self.index), soft_wrap=True)
            number = self.entries[self.index].number
            keys = _("Enter goes on with {number} · ↑ ↓ choose · q leaves").format(number=number)
            console.print(Text(f"\n  {keys}", "dim"))
        return ANSI(capture.get())

    def move(self, by: int) -> None:
        """Choose another lesson."""
        self.index = max(0, min(len(self.entries) - 1, self.index + by))


def choose(terminal: Terminal) -> str | None:
    """Show the menu until a lesson is chosen; its id, or None."""
    menu = Menu(overview())
    keys = KeyBindings()
    for key, by in (("up", -1), ("k", -1), ("down", 1), ("j", 1)):
        keys.add(key)(lambda _event, by=by: menu.move(by))
    for key in ("q", "escape", "c-c", "c-d"):
        keys.add(key, eager=True)(lambda event: event.app.exit(result=None))

    @keys.add("enter")
    def enter(event: KeyPressEvent) -> None:
        event.app.exit(result=menu.entries[menu.index].lesson.id)

    control = FormattedTextControl(menu.text, show_cursor=False)
    layout = Layout(Window(control, dont_extend_height=True))
    application: Application[str | None] = Application(
        layout, key_bindings=keys, input=terminal.input, output=terminal.output
    )

    async def run() -> str | None:
        terminal.keys.open()
        try:
            with contextlib.suppress(EOFError):  # the terminal is gone
                return await application.run_async(handle_sigint=False)
            return None
        finally:
            terminal.keys.close()

    return asyncio.run(run())
