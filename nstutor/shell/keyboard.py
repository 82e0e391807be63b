"""The typing end of a pty: writes that never block, control characters, and what was typed ahead."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import struct
import termios

from nstutor.errors import UsageError
from nstutor.language import _

CANONICAL_LIMIT = 4095
"""n_tty(4): in canonical mode a line has room for 4,095 bytes and the newline; a longer one is cut and run."""
ENDING = (termios.VINTR, termios.VQUIT, termios.VSUSP, termios.VEOF, termios.VKILL)
"""Control characters after which nothing that was typed before is left in the terminal's queue."""
KEY_SEQUENCES = re.compile(r"\x1b(?:\[[0-9;]*[ -~]|O[ -~])?")
"""What a key without a character sends: an arrow, a function key."""
WRITE_SIZE = 64 * 1024


def refuse_control_characters(line: str) -> None:
    """Raise UsageError for a line that a terminal would not take as text."""
    for position, char in enumerate(line, 1):
        if (ord(char) < 0x20 and char != "\t") or ord(char) == 0x7F:
            message = _("the line has the control character {char!r} at column {column}")
            raise UsageError(message.format(char=char, column=position),
                             _("A terminal would act on it instead of passing it on."))


class Keyboard:
    """Types into a terminal. `master` must be non-blocking; `slave` is only asked and set."""

    def __init__(self, master: int, slave: int) -> None:
        self._master, self._slave = master, slave
        self._loop = asyncio.get_running_loop()
        self._unsent = bytearray()
        self._partial = bytearray()
        self._long_line = False

    def type_line(self, line: str) -> None:
        """A line and its newline, however long."""
        self._partial.clear()
        data = line.encode(errors="surrogateescape")
        if len(data) > CANONICAL_LIMIT and self.line_mode():
            self._set_line_mode(on=False)
            self._long_line = True
        self.write(data + b"\n")

    def line_was_read(self) -> None:
        """The shell has the line: the terminal goes back to how it was."""
        if self._long_line:
            self._set_line_mode(on=True)
            self._long_line = False

    def pass_on(self, data: bytes) -> bool:
        """Keys of the learner's for the program that runs; whether whole lines were among them."""
        whole_lines = self._remember(data)
        self.write(data)
        return whole_lines

    @property
    def unread(self) -> bytes:
        """The keys of the beginning of a line that no program has read."""
        return bytes(self._partial)

    def take_back(self) -> str:
        """The beginning of a line that no program has read; it leaves the terminal's queue."""
        typed = self._edited(KEY_SEQUENCES.sub("", self._partial.decode(errors="ignore")))
        text = "".join(char for char in typed if char.isprintable())
        if self._partial:
            # A nested readline may have taken it already: the kill character reaches it there, and is silent elsewhere.
            with contextlib.suppress(termios.error):
                termios.tcflush(self._slave, termios.TCIFLUSH)
            self.control(termios.VKILL)
        self._partial.clear()
        return text

    def _edited(self, typed: str) -> str:
        """The text after what the erase key took away."""
        erase, text = self._character(termios.VERASE).decode(errors="ignore"), ""
        for char in typed:
            text = text[:-1] if char == erase else text + char
        return text

    def control(self, which: int) -> None:
        """A control character by its index in termios(3), VINTR for example, as the terminal is set."""
        self.write(self._character(which))

    def line_mode(self) -> bool:
        """Whether the terminal is in canonical mode: what runs is no full-screen program."""
        return bool(termios.tcgetattr(self._slave)[3] & termios.ICANON)

    def all_read(self) -> bool:
        """Whether everything that was typed has been read."""
        if self._unsent:
            return False
        (waiting,) = struct.unpack("i", fcntl.ioctl(self._slave, termios.FIONREAD, b"\0" * 4))
        return not waiting

    def write(self, data: bytes) -> None:
        """Bytes for the terminal; what it does not take at once follows by itself."""
        self._unsent += data
        self._send()

    def close(self) -> None:
        """Stop writing."""
        self._unsent.clear()
        with contextlib.suppress(ValueError, OSError):
            self._loop.remove_writer(self._master)

    def _send(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._master, self._unsent[:WRITE_SIZE])]
        except BlockingIOError:
            self._loop.add_writer(self._master, self._send)
            return
        except OSError:
            # The terminal is gone; the end of its shell is told elsewhere.
            self._unsent.clear()
        self._loop.remove_writer(self._master)

    def _character(self, which: int) -> bytes:
        try:
            return bytes(termios.tcgetattr(self._slave)[6][which])
        except termios.error:
            return b""

    def _set_line_mode(self, *, on: bool) -> None:
        with contextlib.suppress(termios.error):
            settings = termios.tcgetattr(self._slave)
            settings[3] = settings[3] | termios.ICANON if on else settings[3] & ~termios.ICANON
            termios.tcsetattr(self._slave, termios.TCSANOW, settings)

    def _remember(self, data: bytes) -> bool:
        # Only in canonical mode does the terminal keep an unfinished line; a program in raw mode reads each key.
        if not self.line_mode():
            self._partial.clear()
            return False
        whole_lines = False
        ending = [self._character(which) for which in ENDING]
        for key in (data[index : index + 1] for index in range(len(data))):
            if key in {b"\r", b"\n"} or key in ending:
                self._partial.clear()
                whole_lines |= key in {b"\r", b"\n"}
            else:
                self._partial += key
        return whole_lines
