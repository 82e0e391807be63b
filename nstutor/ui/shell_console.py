"""A shell of the lab at somebody's terminal: lines are edited here, and the keyboard goes to what runs in it."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Awaitable, Callable

from prompt_toolkit.formatted_text import AnyFormattedText

from nstutor.errors import UsageError
from nstutor.session.live import LiveSession
from nstutor.session.replay import END_OF_FILE, INTERRUPT, press
from nstutor.shell.bash import Bash
from nstutor.shell.keyboard import refuse_control_characters
from nstutor.shell.pty import State
from nstutor.shell.turn import Ended, LineResult, RunOptions
from nstutor.text.i18n import _
from nstutor.ui.editing import make_editor
from nstutor.ui.editor_keys import EditorWanted
from nstutor.ui.prompt import CONTINUATION, LineEditor, prompt_text
from nstutor.ui.relay import Relay
from nstutor.ui.terminal import Terminal


def repaired() -> str:
    """What is said when a terminal had to be set right."""
    return _("The terminal was left unfit for typing; it is set right again.")


class ShellConsole:
    """The editor in front of a shell; `bash` is the one at hand, which a lesson may exchange."""

    def __init__(
        self,
        terminal: Terminal,
        editor: LineEditor,
        live: Callable[[], LiveSession],
        bash: Callable[[], Bash],
        allowed: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self.terminal, self.editor = terminal, editor
        self.more = False
        """bash wants the rest of a command."""
        self._command: str | None = None
        """The last one that was run here."""
        self._at_line_start = True
        """Nothing stands in front of where the next prompt is drawn."""
        self._entered = 0
        """How many keys had been received when the line was entered."""
        self._live, self._bash, self._allowed = live, bash, allowed
        self._context = contextvars.copy_context()
        """prompt_toolkit knows by it which terminal's editor is meant."""
        self._printing: set[asyncio.Task[None]] = set()

    def message(self) -> AnyFormattedText:
        """The prompt that belongs in front of the next line."""
        if self.more:
            return CONTINUATION
        bash = self._bash()
        return prompt_text(self._live().levels(bash), bash.prompt)

    async def ask(self, opened: Callable[[], None] = lambda: None) -> str:
        """The next line. Raises KeyboardInterrupt and EOFError as the editor does."""
        while True:
            try:
                vi = "vi" in self._bash().options
                return await self.editor.ask(self.message(), opened, more=self.more, vi=vi)
            except EditorWanted as wanted:
                await self._edit(wanted.text)
            finally:
                self._entered = self.terminal.keys.received

    async def _edit(self, text: str) -> None:
        """Have the learner's own editor change the line; what it leaves behind is typed at the next prompt."""
        if self.more:
            self.say(_("An editor can be opened for the first line of a command only."))
        else:
            from nstutor.shell.edit_line import editing_command

            with contextlib.suppress(UsageError):  # it is told when the line is entered
                await self._run(editing_command(text))
                text = self._edited(text)
        self.terminal.keys.paste(text)

    def _edited(self, text: str) -> str:
        from nstutor.shell.edit_line import edited

        result = edited(f"/proc/self/fd/{self._live().world.root}")
        if result is None:
            return text
        if result.missing:
            missing = _("There is no {name} here: set EDITOR to an editor that there is.")
            self.say(missing.format(name=result.missing))
            return text
        return result.text

    async def run(self, line: str) -> LineResult:
        """Type a line, its `!!` expanded, and give the terminal to what it runs.

        Raises UsageError for control characters, and where nothing is there that `!!` could stand for.
        """
        if not self.more:
            line = self._expanded(line)
        turn = await self._run(line)
        if turn.taken and (self.more or line.strip()):
            self._command = f"{self._command}\n{line}" if self.more else line
        self.more = turn.ended is Ended.INCOMPLETE
        return turn

    def _expanded(self, line: str) -> str:
        if "histexpand" not in self._bash().options:
            return line
        from nstutor.shell.history_expansion import expand

        expanded = expand(line, self._command)
        if expanded != line:
            self.terminal.write(f"{expanded}\r\n".encode(errors="surrogateescape"))
            self.editor.remember(expanded)
        return expanded

    async def _run(self, line: str) -> LineResult:
        refuse_control_characters(line)
        bash = self._bash()
        return await self._in_front(self._live().run(line, self._show, RunOptions(), bash), bash)

    async def press(self, key: bytes) -> LineResult:
        """A key for the shell itself: an interrupt, an end of file."""
        self.more = False
        bash = self._bash()
        return await self._in_front(press(self._live(), key, self._show, bash=bash), bash)

    async def _in_front(self, turn: Awaitable[LineResult], bash: Bash) -> LineResult:
        self.fit()
        relay = Relay(self.terminal.keys, bash, self._show, self._entered)
        with self.terminal.output_as_it_is(), relay.open():
            ended = await turn
        if not self._at_line_start:
            self._show(b"\r\n")
        return ended

    def fit(self) -> None:
        """Give the shell's terminal the size of this one: a prompt sees to its own only."""
        self._bash().keyboard.resize(*self.terminal.size())

    def _show(self, data: bytes) -> None:
        """Write what a program printed, or the echo of keys for it."""
        data = self._allowed(data)
        if data:
            self._at_line_start = data.endswith(b"\n")
            self.terminal.write(data)

    def print_above(self, data: bytes) -> None:
        """Show what a background job prints while a line is edited."""
        task = asyncio.get_running_loop().create_task(self._print_above(data), context=self._context)
        self._printing.add(task)
        task.add_done_callback(self._printing.discard)

    async def _print_above(self, data: bytes) -> None:
        data = self._allowed(data)
        async with self.editor.above():
            self.terminal.write(data if data.endswith(b"\n") else data + b"\r\n")

    def say(self, text: str) -> None:
        """A remark of nstutor's."""
        self.terminal.write("".join(f"  {line}\r\n" for line in text.splitlines()).encode())

    def remark(self, text: str) -> None:
        """Tell at once what was done to the learner's network, above the prompt or between a program's output."""
        if self.editor.open:
            self.print_above(f"  {text}\r\n".encode())
            return
        if not self._at_line_start:
            self._show(b"\r\n")
        self.say(text)

    def took_repair(self) -> bool:
        """Whether the terminal had to be set right for the next line; it is said once."""
        bash = self._bash()
        repaired, bash.was_repaired = bash.was_repaired, False
        return repaired


class Recorder:
    """What becomes of the lines of a shell beside the lesson's; this one forgets them."""

    def begins(self, line: str, netns: str) -> None:
        """A line is typed."""

    def ended(self, turn: LineResult, netns: str) -> None:
        """It came to its end. Raises UsageError where that cannot be kept."""

    def left(self) -> None:
        """The shell was left, while the lab stands."""


class ShellLoop:
    """Reads lines and runs them until the shell ends, or its terminal goes away."""

    def __init__(self, console: ShellConsole, live: LiveSession, bash: Bash, recorder: Recorder) -> None:
        self._console, self._live, self._bash, self._recorder = console, live, bash, recorder
        bash.gone = console.editor.give_up
        bash.background = console.print_above

    async def run(self) -> None:
        """Until the end."""
        while not self._is_over():
            try:
                await self._turn()
            except UsageError as error:
                self._console.say(str(error))

    def _is_over(self) -> bool:
        return self._bash.state is State.GONE or self._console.terminal.keys.closed

    async def _turn(self) -> None:
        where = self._live.namespace_stack(self._bash)[-1]
        try:
            line = await self._console.ask()
        except KeyboardInterrupt:
            key = INTERRUPT if self._console.more else b""
        except EOFError:
            key = END_OF_FILE
        else:
            where = self._live.namespace_stack(self._bash)[-1]
            self._recorder.begins(line, where)
            self._end(await self._console.run(line), where)
            return
        if key and not self._is_over():
            self._end(await self._console.press(key), where)

    def _end(self, turn: LineResult, where: str) -> None:
        if self._console.took_repair():
            self._console.say(repaired())
        if not self._console.terminal.keys.closed:  # else it was cut short by that, and is told as left
            self._recorder.ended(turn, where)


def plain_console(
    terminal: Terminal, live: LiveSession, bash: Bash, allowed: Callable[[bytes], bytes] = bytes
) -> ShellConsole:
    """A console without a lesson; `allowed` gives what of the programs' output is shown."""
    editor = make_editor(terminal, lambda: live, lambda: bash)
    return ShellConsole(terminal, editor, lambda: live, lambda: bash, allowed)
