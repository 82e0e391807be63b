"""The line editor in front of bash: prompt, toolbar, keys, history."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from prompt_toolkit import PromptSession
from prompt_toolkit.application import in_terminal
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import ANSI, AnyFormattedText, FormattedText, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import Style

from nstutor.progress.database import make_file, make_private
from nstutor.shell.levels import Level
from nstutor.text.colours import colour_of
from nstutor.text.i18n import YES_OR_NO, is_yes
from nstutor.text.width import wrapped
from nstutor.ui.editor_keys import line_keys, vi_keys_late
from nstutor.ui.keyboard import KeyQueue
from nstutor.ui.terminal import Terminal

Act = Callable[[], Awaitable[None]]
CONTINUATION = FormattedText([("class:dim", "  … ")])
INDENT = 2
STYLE = Style.from_dict(
    {
        "bottom-toolbar": "noreverse",
        "bottom-toolbar.text": "",
        "dim": "ansibrightblack",
        "good": "ansigreen",
        "todo": "",
        "key": "bold",
    }
)


def prompt_text(levels: Sequence[Level], own: str) -> AnyFormattedText:
    """The prompt: the namespaces of the shells, each in its colour; or what the learner put into PS1 themselves.

    A shell inside another one of the same namespace is named: an exit leads to that one, and not out.
    """
    if own:
        # The terminal makes a carriage return of its own in front of each line feed, and readline one more.
        return ANSI(re.sub(r"\r*\n", "\n", own).replace("\r", ""))
    parts: list[tuple[str, str]] = []
    for level in levels:
        colour = colour_of(level.netns)
        for style, name in ((f"bold fg:{colour}", level.netns), *((f"fg:{colour}", shell) for shell in level.shells)):
            if parts:
                parts.append(("class:dim", " › "))
            parts.append((style, name))
    parts.append((f"bold fg:{colour_of(levels[-1].netns)}", " ❯ "))
    return FormattedText(parts)


class KeptHistory(FileHistory):
    """History in a file, as long as the disk has room for it."""

    def store_string(self, string: str) -> None:
        """Keep a line."""
        with contextlib.suppress(OSError):
            super().store_string(string)


def open_history(folder: Path) -> History:
    """History across sessions; in memory where the file cannot be written."""
    path = folder / "history"
    try:
        make_private(folder)
        make_file(path)
        with open(path, "ab"):
            pass
    except OSError:
        return InMemoryHistory()
    return KeptHistory(os.fspath(path))


class LateCompleter(Completer):
    """A completer that is made when it is first asked: its grammar is no part of the first prompt."""

    def __init__(self, make: Callable[[], Completer]) -> None:
        self._make = make
        self._made: Completer | None = None

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Completions for the word before the cursor."""
        if self._made is None:
            self._made = self._make()
        return self._made.get_completions(document, complete_event)


class LateLexer(Lexer):
    """A lexer that is made when there is something to colour."""

    def __init__(self, make: Callable[[], Lexer]) -> None:
        self._make = make
        self._made: Lexer | None = None

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """The coloured fragments of each line."""
        if self._made is None and not document.text:
            return lambda _: []
        self._made = self._made or self._make()
        return self._made.lex_document(document)

    def invalidation_hash(self) -> Hashable:
        """When to colour anew."""
        return self._made.invalidation_hash() if self._made else None


class LineEditor:
    """One prompt_toolkit session for as long as somebody sits at the terminal."""

    def __init__(
        self,
        terminal: Terminal,
        history: History,
        completer: Completer,
        lexer: Lexer,
        *,
        toolbar: Callable[[], AnyFormattedText] | None = None,
        keys: Mapping[str, Act] = MappingProxyType({}),
    ) -> None:
        self._terminal = terminal
        self._above = asyncio.Lock()
        with vi_keys_late():
            self._session: PromptSession[str] = PromptSession(
                history=history,
                input=terminal.input,
                output=terminal.output,
                completer=completer,
                complete_while_typing=False,
                auto_suggest=AutoSuggestFromHistory(),
                lexer=lexer,
                bottom_toolbar=toolbar,
                style=STYLE,
                key_bindings=merge_key_bindings([line_keys(), _bindings(terminal.keys, keys)]),
                reserve_space_for_menu=4,
                include_default_pygments_style=False,
                tempfile_suffix=".sh",
            )
        # Asked for twice with each key, which takes longer than all the rest: parts of a prompt are hidden, and stay.
        controls = tuple(self._session.layout.find_all_controls())
        self._session.layout.find_all_controls = lambda: controls  # type: ignore[method-assign]

    async def ask(
        self,
        message: AnyFormattedText,
        opened: Callable[[], None] = lambda: None,
        *,
        more: bool = False,
        vi: bool = False,
    ) -> str:
        """One line; `more` says that it continues a command. `opened` is called when the prompt is on the screen.

        With `vi` its keys are vi's, else emacs'. Raises EOFError for Ctrl-D on an empty line, KeyboardInterrupt for
        Ctrl-C and EditorWanted for Ctrl-X Ctrl-E.
        """
        self._terminal.input.blank_lines_count = more
        self._session.editing_mode = EditingMode.VI if vi else EditingMode.EMACS
        self._session.app.erase_when_done = False
        return await self._session.prompt_async(
            to_formatted_text(message),
            pre_run=opened,
            set_exception_handler=False,
            handle_sigint=False,
        )

    def remember(self, line: str) -> None:
        """Keep a line in the history that was not typed as it is."""
        self._session.history.append_string(line)

    def show_prompt(self, message: AnyFormattedText) -> None:
        """Another prompt in front of the line that is typed: the shell behind it is another one now."""
        self._session.message = to_formatted_text(message)
        self.refresh()

    def give_up(self) -> None:
        """End the prompt as at the end of input: there is no shell behind it any more."""
        if self.open and not self._session.app.is_done:
            self._session.app.exit(exception=EOFError())

    async def confirm(self, question: str) -> bool:
        """A yes or no; no unless said, and where keys wait already, which were typed before anybody asked."""
        if self._terminal.keys.typed:
            return False
        plain: PromptSession[str] = PromptSession(
            history=InMemoryHistory(), input=self._terminal.input, output=self._terminal.output
        )
        try:
            lines = wrapped(f"{question} {YES_OR_NO}", self._terminal.size()[1] - INDENT - 2)
            text = "\n".join(" " * INDENT + line for line in lines) + " "
            answer = await plain.prompt_async(text, set_exception_handler=False, handle_sigint=False)
        except (EOFError, KeyboardInterrupt):
            return False
        return is_yes(answer)

    @property
    def open(self) -> bool:
        """Whether a prompt is on the screen."""
        return self._session.app.is_running

    def refresh(self) -> None:
        """Draw the toolbar anew."""
        self._session.app.invalidate()

    def draw_anew(self) -> None:
        """Draw all of it again: the window has another size, or something else has written to it."""
        if self.open and not self._session.app.is_done:
            self._session.app._on_resize()  # as at SIGWINCH in a terminal of its own

    @contextlib.asynccontextmanager
    async def above(self) -> AsyncIterator[None]:
        """Room to print, above the prompt if there is one."""
        # One at a time: a task that is cancelled while it waits for another in prompt_toolkit's own queue would leave
        # the editor waiting for it for ever.
        async with self._above:
            if self.open:
                async with in_terminal():
                    yield
            else:
                yield


def _bindings(keyboard: KeyQueue, keys: Mapping[str, Act]) -> KeyBindings:
    bindings = KeyBindings()
    for key, action in keys.items():

        def handler(event: KeyPressEvent, action: Act = action) -> None:
            # The keys behind it wait until what it does is done.
            hold = contextlib.ExitStack()
            hold.enter_context(keyboard.held())
            event.app.create_background_task(_awaited(action)).add_done_callback(lambda _: hold.close())

        bindings.add(key)(handler)
    return bindings


async def _awaited(action: Act) -> None:
    await action()
