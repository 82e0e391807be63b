"""The typing end of a pty: writes that never block, control characters, and the settings that typing needs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import termios

from nstutor.errors import UsageError
from nstutor.shell.line_discipline import Discipline
from nstutor.text.i18n import _

CANONICAL_LIMIT = 4095
"""n_tty(4): in canonical mode a line has room for 4,095 bytes and the newline; a longer one is cut and run."""
NEEDED = {0: termios.ICRNL, 1: termios.OPOST | termios.ONLCR, 3: termios.ICANON | termios.ECHO | termios.ISIG}
"""What a shell without an editor of its own needs of its terminal, by termios(3)'s index: input, output, local."""
UNFIT = {0: termios.INLCR | termios.IGNCR | termios.ISTRIP, 3: termios.NOFLSH}
"""What it can do nothing with, likewise."""
WRITE_SIZE = 64 * 1024


def refuse_control_characters(line: str) -> None:
    """Raise UsageError for a line that a terminal would not take as text."""
    for position, char in enumerate(line, 1):
        if (ord(char) < 0x20 and char != "\t") or ord(char) == 0x7F:
            message = _("the line has the control character {char!r} at column {column}")
            raise UsageError(
                message.format(char=char, column=position), _("A terminal would act on it instead of passing it on.")
            )


class Keyboard:
    """Types into a terminal. `master` must be non-blocking; `slave` is only asked and set."""

    def __init__(self, master: int, slave: int) -> None:
        self._master, self._slave = master, slave
        self._loop = asyncio.get_running_loop()
        self._unsent = bytearray()
        self._long_line = False

    def type_line(self, line: str) -> None:
        """A line and its newline, however long."""
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

    def control(self, which: int) -> None:
        """A control character by its index in termios(3), VINTR for example, as the terminal is set."""
        self.write(self._character(which))

    def resize(self, rows: int, columns: int) -> None:
        """Tell the programs the size of the terminal."""
        with contextlib.suppress(termios.error):
            termios.tcsetwinsize(self._master, (rows, columns))

    def line_mode(self) -> bool:
        """Whether the terminal is in canonical mode: what runs is no full-screen program."""
        return bool(termios.tcgetattr(self._slave)[3] & termios.ICANON)

    def discipline(self) -> Discipline | None:
        """What the terminal does with what is typed, as it is set now; None once it is gone."""
        try:
            return Discipline.of(self._slave)
        except termios.error:
            return None

    def repair(self) -> bool:
        """Set what typing lines needs, where a program left it otherwise; whether there was something to set."""
        with contextlib.suppress(termios.error):
            settings = termios.tcgetattr(self._slave)
            wanted = [settings[index] & ~UNFIT.get(index, 0) | NEEDED.get(index, 0) for index in range(4)]
            if wanted != settings[:4]:
                termios.tcsetattr(self._slave, termios.TCSANOW, [*wanted, *settings[4:]])
                return True
        return False

    def forget_unread(self) -> None:
        """Drop what a program was given as keys and did not read: it is no part of the next line."""
        with contextlib.suppress(termios.error):
            termios.tcflush(self._slave, termios.TCIFLUSH)

    def all_read(self) -> bool:
        """Whether everything that was typed has been read.

        poll(2), and not FIONREAD: it first passes on what was written a moment ago, and counts an end of file
        (n_tty_poll in drivers/tty/n_tty.c).
        """
        if self._unsent:
            return False
        waiting = select.poll()
        waiting.register(self._slave, select.POLLIN)
        return not waiting.poll(0)

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
