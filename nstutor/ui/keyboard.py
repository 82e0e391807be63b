"""The keyboard's one owner: what is typed waits in one queue, and is handed over when somebody asks for it.

The terminal is raw from the first screen to the last. Whoever is there to take keys, the line editor or the relay to a
program, is the queue's taker; nothing that it was given is ever taken back. Without a taker the keys wait.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import re
import select
import termios
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from prompt_toolkit.application import get_app_or_none
from prompt_toolkit.input import Input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

READ_SIZE = 64 * 1024
ESCAPE_PATIENCE = 0.05
"""Seconds until what may be the beginning of an escape sequence is taken for a key of its own."""
PASTE, PASTE_END = b"\x1b[200~", b"\x1b[201~"
"""What a terminal puts around a paste while an editor has asked for that (xterm's bracketed paste mode)."""
LONG_RUN = 256
"""Characters in one piece from which it is inserted like a paste: nobody types so fast."""
SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[ -~]|\x1b?[^\x1b\[O])")
UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|O|\x1b)?\Z")
TEXT = re.compile(rb"[^\x00-\x1f\x7f]+")
LINE_END = re.compile(rb"\r\n?|\n")

Taker = Callable[[int], None]
"""Is told how many bytes have come; none when it may take what waits."""


def raw_settings(descriptor: int) -> list[Any]:
    """The terminal's settings with every key passed on as it is, and output processed as before."""
    settings: list[Any] = termios.tcgetattr(descriptor)
    settings[0] &= ~(termios.BRKINT | termios.ICRNL | termios.INLCR | termios.IGNCR | termios.ISTRIP | termios.IXON)
    settings[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    settings[6][termios.VMIN], settings[6][termios.VTIME] = 1, 0
    return settings


class KeyQueue:
    """Reads a terminal, or the wire to one, all the time."""

    def __init__(self, descriptor: int) -> None:
        self.typed = bytearray()
        self.shown = bytearray()
        """For each byte of `typed`, 1 if it was echoed when it was typed."""
        self.pasting = False
        """The first byte is within a paste whose beginning was taken already."""
        self.received = 0
        """How many bytes have come so far."""
        self.closed = False
        """The terminal went away."""
        self.on_closed: Callable[[], None] = lambda: None
        self._descriptor = descriptor
        self._taker: Taker | None = None
        self._held = 0

    def open(self) -> None:
        """Begin to read, on the running loop."""
        asyncio.get_running_loop().add_reader(self._descriptor, self._on_readable)

    def close(self) -> None:
        """Read no more."""
        with contextlib.suppress(ValueError, OSError, RuntimeError):
            asyncio.get_running_loop().remove_reader(self._descriptor)

    @contextlib.contextmanager
    def taken_by(self, taker: Taker | None) -> Iterator[None]:
        """For the body these keys are the taker's; nobody's with None."""
        before, self._taker = self._taker, taker
        self.offer()
        try:
            yield
        finally:
            self._taker = before
            self.offer()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """For the body nothing is handed over: what a key began is not over yet."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            self.offer()

    @property
    def on_hold(self) -> bool:
        """Whether nothing may be handed over now."""
        return self._held > 0

    def offer(self) -> None:
        """Have the taker look at what waits, soon."""
        if self._taker is not None and (self.typed or self.closed):
            asyncio.get_running_loop().call_soon(self._offer_now, self._taker)

    def _offer_now(self, taker: Taker) -> None:
        if taker is self._taker:
            taker(0)

    @property
    def taken(self) -> int:
        """How many of them have left the queue."""
        return self.received - len(self.typed)

    def take(self, count: int) -> bytes:
        """The first bytes; they leave the queue."""
        data = bytes(self.typed[:count])
        del self.typed[:count]
        del self.shown[:count]
        return data

    def replace(self, count: int, data: bytes) -> None:
        """Put these in the place of the first bytes."""
        self.typed[:count] = data
        self.shown[:count] = bytes(len(data))

    def paste(self, text: str) -> None:
        """Put a text in front of what waits, as if it had been pasted."""
        if text:
            data = PASTE + text.encode(errors="surrogateescape") + PASTE_END
            self.replace(0, data)
            self.received += len(data)

    def _on_readable(self) -> None:
        # The loop may call twice for what was read at the first time, when something else ends it in between.
        if not select.select([self._descriptor], [], [], 0)[0]:
            return
        try:
            data = os.read(self._descriptor, READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.closed = True
            self.close()
            self.on_closed()
        self.typed += data
        self.shown += bytes(len(data))
        self.received += len(data)
        if self._taker is not None:
            self._taker(len(data))


class KeyInput(Input):
    """The queue as prompt_toolkit's input: the editor gets at most one piece that may end it.

    A paste is handed over line by line, each with its Enter; keys in it that are bound to something are text.
    """

    def __init__(self, keys: KeyQueue) -> None:
        self.keys = keys
        self.blank_lines_count = True
        """Whether an empty line of a paste is a line; else it is passed over where nothing else is on the line."""
        self._pressed: list[KeyPress] = []
        self._parser = Vt100Parser(self._pressed.append)
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._impatient: asyncio.TimerHandle | None = None
        self._alone = False
        """What may begin an escape sequence has waited long enough for more."""

    # --- prompt_toolkit's Input -----------------------------------------------------------------------------------

    def fileno(self) -> int:
        """Of no use: the queue reads."""
        raise NotImplementedError

    def typeahead_hash(self) -> str:
        """A name under which prompt_toolkit would keep keys that it did not process; there are none."""
        return f"nstutor-{id(self)}"

    def attach(self, input_ready_callback: Callable[[], None]) -> AbstractContextManager[None]:
        """The editor takes keys."""
        return self.keys.taken_by(lambda _count: input_ready_callback())

    def detach(self) -> AbstractContextManager[None]:
        """The editor makes room for something else."""
        return self.keys.taken_by(None)

    def raw_mode(self) -> AbstractContextManager[None]:
        """The terminal is raw already."""
        return contextlib.nullcontext()

    def cooked_mode(self) -> AbstractContextManager[None]:
        """It stays raw."""
        return contextlib.nullcontext()

    @property
    def closed(self) -> bool:
        """Whether the terminal went away, and all that was typed before has been taken."""
        return self.keys.closed

    def read_keys(self) -> list[KeyPress]:
        """The keys of the next piece."""
        app = get_app_or_none()
        if app is None or app.is_done or self.keys.on_hold:
            return []
        self._take_piece()
        return self._all_pressed()

    def flush_keys(self) -> list[KeyPress]:
        """The keys of an escape sequence that did not go on."""
        self._parser.flush()
        return self._all_pressed()

    def _all_pressed(self) -> list[KeyPress]:
        pressed = list(self._pressed)
        self._pressed.clear()
        if self.keys.typed:
            self.keys.offer()
        return pressed

    # --- pieces ---------------------------------------------------------------------------------------------------

    def _take_piece(self) -> None:
        keys, alone = self.keys, self._alone
        self._alone = False
        if not keys.pasting and keys.typed.startswith(PASTE):
            keys.take(len(PASTE))
            keys.pasting = True
        if keys.pasting:
            self._take_pasted()
        elif UNFINISHED.match(keys.typed):
            if alone:
                self._text(keys.take(len(keys.typed)))
                self._parser.flush()
            else:
                self._wait_for_more()
        elif match := TEXT.match(keys.typed) or SEQUENCE.match(keys.typed):
            self._text(keys.take(match.end()))
        elif keys.typed:
            self._text(keys.take(1))

    def _wait_for_more(self) -> None:
        """An escape key, or the beginning of what another key sends."""
        if self._impatient is None:
            self._impatient = asyncio.get_running_loop().call_later(ESCAPE_PATIENCE, self._lose_patience)

    def _lose_patience(self) -> None:
        self._impatient = None
        self._alone = True
        self.keys.offer()

    def _text(self, data: bytes) -> None:
        text = self._decoder.decode(data)
        if len(text) > LONG_RUN:
            self._pressed.append(KeyPress(Keys.BracketedPaste, text))
        else:
            self._parser.feed(text)

    def _take_pasted(self) -> None:
        """Text up to the end of a line, or of the paste."""
        keys = self.keys
        end = keys.typed.find(PASTE_END)
        line = LINE_END.search(keys.typed, 0, end if end >= 0 else len(keys.typed))
        if line is not None:
            self._insert(keys.take(line.start()))
            keys.take(line.end() - line.start())
            if self._pressed or self._line_counts():
                self._pressed.append(KeyPress(Keys.ControlM, "\r"))
        elif end >= 0:
            self._insert(keys.take(end))
            keys.take(len(PASTE_END))
            keys.pasting = False
        else:
            partial = keys.typed.rfind(b"\x1b")
            whole = len(keys.typed)
            begun = partial >= 0 and PASTE_END.startswith(keys.typed[partial:])
            self._insert(keys.take(partial if begun else whole))

    def _insert(self, data: bytes) -> None:
        if text := self._decoder.decode(data):
            self._pressed.append(KeyPress(Keys.BracketedPaste, text))

    def _line_counts(self) -> bool:
        app = get_app_or_none()
        return self.blank_lines_count or (app is not None and bool(app.current_buffer.text))
