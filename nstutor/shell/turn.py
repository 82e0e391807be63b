"""One turn of the shell: a line goes in, and what became of it comes out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from enum import Enum

from nstutor import NamedTuple
from nstutor.shell.marks import without_echo

KEPT_OUTPUT = 64 * 1024
FEED_PATIENCE = 0.5
"""Seconds after which keys are typed to a program that does not wait for a line: an interrupt, for one."""
KEYS = re.compile(rb"[\x03\x04\x1a\x1c]|[^\x03\x04\x1a\x1c]+")
"""A key that a terminal acts on (interrupt, end of file, stop, quit), or what stands before one: it drops what a
program has not read yet."""

OutputCallback = Callable[[bytes], None]


class Ended(Enum):
    """Why a turn is over."""

    READY = "ready"
    """The line ran; the shell is ready for the next one."""
    INCOMPLETE = "more"
    """The line is not complete: bash wants a continuation."""
    WAITING = "waiting"
    """Something without marks waits for a line of its own (dash, python, `read`)."""
    GONE = "gone"
    """The shell has ended."""
    TIMEOUT = "timeout"
    """The time for one command was over; it was ended."""
    FLOODED = "flooded"
    """The output limit was reached; the command was ended."""


class RunOptions(NamedTuple):
    """How a line is typed.

    With `pace`, also a program that waits for a line without a mark ends the turn; without it such a program keeps the
    keyboard. `keyboard` is typed to the program
    as it reads it, which takes `pace`.
    """

    seconds: float | None = None
    output_bytes: int | None = None
    pace: bool = False
    keyboard: bytes = b""


class LineResult(NamedTuple):
    """What became of one typed line."""

    line: str
    ended: Ended
    status: int | None
    output: bytes
    """The first and the last of what it printed."""
    keyboard: bytes
    """What was typed to the programs while it ran."""
    seconds: float
    limit: Ended | None = None
    """TIMEOUT or FLOODED where a limit ended the line, and maybe the shell with it."""
    raw: bool = False
    """Keys among `keyboard` were given to a program that reads single keys: an editor, a pager."""
    taken: bool = True
    """Whether the shell read the line: one that ended at that moment did not."""
    unseen: bool = False
    """Something was typed to the programs that they did not show, a password perhaps: it is kept nowhere."""


class KeptOutput:
    """The first and the last of what a command printed, so that endless output costs no memory."""

    def __init__(self) -> None:
        self.head, self.tail = bytearray(), bytearray()
        self.total = 0

    def add(self, data: bytes) -> None:
        """Keep what fits."""
        self.total += len(data)
        room = KEPT_OUTPUT - len(self.head)
        if room > 0:
            self.head += data[:room]
            data = data[room:]
        if data:
            self.tail += data
            del self.tail[:-KEPT_OUTPUT]

    def __bytes__(self) -> bytes:
        return bytes(self.head + self.tail)


class PendingLine:
    """The turn under way."""

    def __init__(
        self, line: str, show: OutputCallback, terms: RunOptions, began: float, done: asyncio.Future[Ended]
    ) -> None:
        self.line, self.show, self.terms, self.began, self.done = line, show, terms, began, done
        self.output = KeptOutput()
        self.echo = bytearray()
        """What came between the typing and the START mark; of a shell without marks, all that it says."""
        self.echo_total = 0
        self.keyboard = bytearray()
        self.unfed = bytearray(terms.keyboard)
        """What is still to be typed to the program, of the terms' keyboard."""
        self.fed_at = began
        self.raw = False
        self.taken = True
        self.unseen = False
        self.quiet_looks = 0
        self.limit: Ended | None = None
        """The limit that it came to; it is being ended."""

    def due(self, now: float) -> bytes:
        """Keys for the program, once it waits for them or has been given long enough."""
        if not self.unfed or (self.quiet_looks < 2 and now - self.fed_at < FEED_PATIENCE):
            return b""
        match = KEYS.match(self.unfed)
        keys = bytes(match[0]) if match else b""
        del self.unfed[: len(keys)]
        self.fed_at, self.quiet_looks = now, 0
        return keys

    @property
    def more_lines(self) -> bool:
        """Whether another line is about to be typed to the program."""
        return b"\r" in self.unfed or b"\n" in self.unfed

    def closed(self, ended: Ended, status: int | None, now: float) -> LineResult:
        """What became of it."""
        output, keyboard, seconds = bytes(self.output), bytes(self.keyboard), now - self.began
        return LineResult(
            self.line, ended, status, output, keyboard, seconds, self.limit, self.raw, self.taken, self.unseen
        )

    def end(self, ended: Ended) -> None:
        """Settle what became of it; the first word stands."""
        if not self.done.done():
            self.done.set_result(ended)

    def printed(self, data: bytes) -> None:
        """Output of the command."""
        self.output.add(data)
        self.quiet_looks = 0
        self.show(data)
        self._keep_within_limit()

    def show_behind_echo(self, prompt: str) -> None:
        """What came without a START mark is output, but for the echo of the line."""
        rest = without_echo(bytes(self.echo), self.line, prompt)
        self.echo.clear()
        if rest:
            self.printed(rest)

    def echoed(self, data: bytes) -> None:
        """The shell's echo of the typed line."""
        self.echo += data
        self.echo_total += len(data)
        self.quiet_looks = 0
        del self.echo[: -2 * KEPT_OUTPUT]
        self._keep_within_limit()

    def _keep_within_limit(self) -> None:
        limit = self.terms.output_bytes
        if limit is not None and self.output.total + self.echo_total > limit and self.limit is None:
            self.end(Ended.FLOODED)
