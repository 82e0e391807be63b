"""One long-lived bash on a pty: type a line, know when it is ready for the next one.

A line's life: READY → the line is typed → (TYPED: bash echoes it) → START mark → (RUNNING: output) → READY mark.
Where marks are missing (`env -i bash`, dash, python) the kernel decides: what is blocked in a read waits for a line.
"""

from __future__ import annotations

import asyncio
import logging
import os
import termios
from collections.abc import Callable

from nstutor.kernel.waiting import Blocked
from nstutor.shell.front import Front
from nstutor.shell.keyboard import Keyboard, refuse_control_characters
from nstutor.shell.limited import within_limits
from nstutor.shell.line_discipline import ExpectedEcho
from nstutor.shell.marks import Mark, Marked, without_noise
from nstutor.shell.pty import Pty, State
from nstutor.shell.pty_reader import PtyReader
from nstutor.shell.turn import Ended, LineResult, OutputCallback, PendingLine, RunOptions

_LOG = logging.getLogger(__name__)
PACE = 0.02
"""Seconds between two looks at the kernel while no mark has come."""
LOOKS = 2
"""Looks in a row, PACE apart, that find the front waiting: then it waits."""
READLINE = frozenset(("emacs", "vi"))
"""Options with which bash edits its lines itself: then the terminal is raw at its prompt."""


class Bash:
    """A shell of the lab's; one turn at a time.

    `background` receives what is printed while the shell waits for a line.
    """

    def __init__(self, pty: Pty, nonce: str, background: OutputCallback = lambda _: None) -> None:
        self.pty = pty
        self.background = background
        self.state = State.RUNNING
        self.prompt = ""
        """PS1 as the shell in front expanded it; empty when it is ours."""
        self.status: int | None = None
        self.options: frozenset[str] = frozenset()
        """What `set -o` has set in the shell in front, at its last prompt."""
        self._ps1 = bytearray()
        self._open: PendingLine | None = None
        self.gone: Callable[[], None] = lambda: None
        """Called when the shell ends while no line runs."""
        self.was_repaired = False
        """The terminal was left so that nobody could type, and was set right; whoever tells it resets this."""
        self._echo = ExpectedEcho()
        self._unmarked = False
        """The last prompt came without its mark."""
        self._loop = asyncio.get_running_loop()
        self.keyboard = Keyboard(pty.master, pty.slave)
        self.front = Front(pty.master, pty.slave, pty.pid, self.keyboard)
        self._reader = PtyReader(pty, nonce, self._on_item, self._end)

    def hang_up(self) -> None:
        """Nobody sits at its terminal any more. To whoever waits for it the shell is gone; close() sees to it."""
        if self.state is not State.GONE:
            self._end()

    def close(self) -> None:
        """Hang up, and give the descriptors back."""
        self.hang_up()
        for descriptor in (self.pty.master, self.pty.slave, self.pty.pidfd):
            os.close(descriptor)

    async def start(self, show: OutputCallback, seconds: float = 10.0) -> LineResult:
        """Wait for the first prompt."""
        return await self._turn("", show, RunOptions(seconds=seconds, pace=True))

    async def run(self, line: str, show: OutputCallback, terms: RunOptions) -> LineResult:
        """Type a line and wait until the shell is ready again.

        Raises UsageError for a line with control characters.
        """
        refuse_control_characters(line)
        if self.state is not State.GONE:
            self.state = State.TYPED
        return await self._turn(line, show, terms)

    async def wait(self, show: OutputCallback, terms: RunOptions | None = None) -> LineResult:
        """Wait for the shell after something other than a line was typed: the end of file, an interrupt."""
        if self.state is not State.GONE:
            self.state = State.RUNNING
        return await self._turn("", show, terms or RunOptions())

    async def _turn(self, line: str, show: OutputCallback, terms: RunOptions) -> LineResult:
        turn = self._open = PendingLine(line, show, terms, self._loop.time(), self._loop.create_future())
        if self.state is State.TYPED:
            self.keyboard.type_line(line)
        if self.state is State.GONE:
            turn.taken = False
            turn.end(Ended.GONE)
        self._loop.call_later(PACE, self._look, turn)
        try:
            ended = await within_limits(turn, self.front, self.interrupt)
        finally:
            self._open = None
        turn.printed(self._echo.end())
        if self.state is State.TYPED and ended is not Ended.INCOMPLETE:
            turn.show_behind_echo(self.prompt)
        return turn.closed(ended, self.status, self._loop.time())

    # --- what the keyboard sends while a command runs -------------------------------------------------------------

    @property
    def takes_keys(self) -> bool:
        """Whether a line runs, so that keys are for a program: the shell has read the line, and is not ready again."""
        self._reader.read()
        turn = self._open
        if turn is None or turn.done.done():
            return False
        return self.state is State.RUNNING or (self.state is State.TYPED and self.keyboard.all_read())

    def send(self, data: bytes, *, raw: bool = False, echoed: bytes = b"", unseen: bool = False) -> None:
        """Keys for the program that runs; `raw` ones go to one that reads single keys, `echoed` was shown already.

        What is `unseen` while it is typed is kept by nobody.
        """
        if self._open is not None:
            self._open.keyboard += b"" if unseen else data
            self._open.raw |= raw
            self._open.unseen |= unseen
        self._echo.expect(echoed)
        self.keyboard.write(data)

    def end_of_file(self) -> None:
        """Ctrl-D on an empty line."""
        self.keyboard.control(termios.VEOF)

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.keyboard.control(termios.VINTR)

    def hold_output(self, *, on: bool) -> None:
        """Read no output while whoever shows it cannot take more: then the programs wait, as at any terminal."""
        self._reader.hold(on=on)

    # --- the stream -----------------------------------------------------------------------------------------------

    def _on_item(self, item: bytes | Marked) -> None:
        if isinstance(item, Marked):
            self._on_mark(item)
        else:
            self._on_bytes(item)

    def _on_bytes(self, data: bytes) -> None:
        if self.state is State.PROMPTING:
            self._ps1 += data
        elif self._open is None or self.state is State.READY:
            self._on_background(data)
        elif self.state is State.TYPED:
            self._open.echoed(data)
        else:
            self._open.printed(self._echo.filtered(data))

    def _on_background(self, data: bytes) -> None:
        prompt = self._shown_prompt()
        # Of a prompt with several lines, readline draws the last one again.
        data = without_noise(data).removeprefix(prompt).removeprefix(prompt.rpartition(b"\n")[2])
        if data.strip(b"\r"):
            self.background(data)

    def _shown_prompt(self) -> bytes:
        """PS1 without the marks around its invisible parts, which bash leaves in `${PS1@P}`."""
        return bytes(self._ps1).translate(None, b"\x01\x02")

    def _on_mark(self, marked: Marked) -> None:
        _LOG.debug("%s status %s", marked.mark.name, marked.status)
        match marked.mark:
            case Mark.START:
                self._on_start()
            case Mark.MORE:
                # It is about this turn's line, or about one that a program left unread behind it.
                begun = self.state in {State.TYPED, State.READY}
                if self._open is not None and begun and not self._open.done.done():
                    self.keyboard.line_was_read()
                    self.state = State.READY
                    self._open.end(Ended.INCOMPLETE)
            case Mark.READY:
                self._on_ready(marked)
            case Mark.PROMPT:
                self._on_prompt()

    def _on_start(self) -> None:
        self.keyboard.line_was_read()
        if self._open is not None and self.state is State.TYPED and "verbose" in self.options:
            self._open.show_behind_echo(self.prompt)
        self.state = State.RUNNING

    def _on_ready(self, marked: Marked) -> None:
        self.keyboard.line_was_read()
        if self._open is not None and self.state is State.TYPED:
            # A syntax error or an empty line starts nothing: only the words tell the echo from the message.
            self._open.show_behind_echo(self.prompt)
        self.status, self.options = marked.status, marked.options
        self._ps1.clear()
        self.state = State.PROMPTING

    def _on_prompt(self) -> None:
        if self.state is not State.PROMPTING:
            return
        self.prompt = self._shown_prompt().decode(errors="replace")
        self.state = State.READY
        self._unmarked = False
        self.front.has_marked()
        self._loop.call_later(PACE, self._learn_prompt)
        turn = self._open
        if self.front.is_outermost:
            if not self.options & READLINE:
                self.was_repaired |= self.keyboard.repair()
            if turn is not None and turn.raw:
                self.keyboard.forget_unread()
        if turn is not None and (turn.more_lines or not self.keyboard.all_read()):
            # bash may be about to read a line that was given to a program: only the kernel knows.
            self._loop.call_later(PACE / 10, self._look, turn)
        elif turn is not None:
            turn.end(Ended.READY)

    # --- what the kernel says -------------------------------------------------------------------------------------

    def _look(self, turn: PendingLine) -> None:
        """Ask the kernel whether whatever is in front waits for a line."""
        if turn is not self._open:
            return
        blocked = self.front.blocked()
        if blocked is not None:
            # What it printed before it waited; a read passes on what a terminal still holds (n_tty_read).
            self._reader.read()
        if not turn.done.done():
            turn.quiet_looks = turn.quiet_looks + 1 if blocked is not None else 0
            if keys := turn.due(self._loop.time()):
                self.send(keys)
            elif blocked is not None and (ended := self._ending(turn, blocked)):
                self.keyboard.line_was_read()
                turn.end(ended)
        # Also after its end: what is ended for its limits begins to be waited for anew.
        self._loop.call_later(PACE, self._look, turn)

    def _ending(self, turn: PendingLine, blocked: Blocked) -> Ended | None:
        """What a front that waits means for the turn: of that no mark can lie, and none may be there."""
        if turn.quiet_looks < LOOKS:
            return None
        if self.state is State.READY:
            return Ended.READY
        if not self.front.at_prompt(blocked):
            return Ended.WAITING if turn.terms.pace else None
        # The learner's shell has lost its marks. One that still marks its prompts has shown PS2.
        goes_on = self.state is State.TYPED and not self._unmarked
        if self.state is State.TYPED and not goes_on:
            turn.show_behind_echo(self.prompt)
        self._unmarked |= not goes_on
        self.state, self.status, self.prompt = State.READY, None, ""
        return Ended.INCOMPLETE if goes_on else Ended.READY

    def _learn_prompt(self) -> None:
        if self.state is State.READY:
            self.front.learn_prompt()

    # --- the end --------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        if self._open is not None:
            self._open.taken = self.state is not State.TYPED
        self.state = State.GONE
        self.keyboard.close()
        self._reader.close()
        if self._open is not None:
            self._open.end(Ended.GONE)
        else:
            self.gone()
