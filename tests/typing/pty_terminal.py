"""A terminal's side of a pty, with no terminal emulator in between: keys go in, a stream comes out.

The tests of the keyboard need to say which byte is typed at which moment, and need a terminal that answers a question
about its cursor late. Standard library only.
"""

from __future__ import annotations

import fcntl
import os
import pty
import random
import re
import select
import struct
import subprocess
import termios
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from plain_text import PlainText

ROWS, COLUMNS = 40, 100
CURSOR_REQUEST = re.compile(rb"\x1b\[6n")
LONGEST_START = len(b"\x1b[6")
"""Of a request at the end of what was read, whose rest is still to come."""
READ_SIZE = 64 * 1024
END_PATIENCE = 15.0
"""Seconds that a program may take to end once its terminal is closed."""
ERASE_CHARACTERS = 0o040000
"""IUTF8 (termios(3)): the erase key takes a character, not a byte; as every terminal of today sets it."""
TOLD_KEYS, TOLD_TEXT = 40, 3000

Wanted = str | re.Pattern[str]


class PtyTerminal:
    """A program on a pty of its own; a context manager that closes the terminal and waits for the program's end.

    A thread reads all the time, writes what was typed as the program takes it, and answers each cursor request after
    0 to `cursor_ms` milliseconds. All waiting has a deadline in seconds and raises AssertionError with the stream.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        rng: random.Random,
        cursor_ms: float = 3,
    ) -> None:
        self.cursor_ms = cursor_ms
        self.stream = bytearray()
        """Everything that came from the program."""
        self.ended = False
        """The program, and all others that had the terminal, closed it."""
        self._rng, self._plain = rng, PlainText()
        self._unsent: deque[tuple[str, bytes]] = deque()
        self._answers: deque[float] = deque()
        self._keys: list[tuple[float, str, bytes]] = []
        self._scanned, self._closing = 0, False
        self._changed = threading.Condition()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.master, self._process, self.before = _start(command, environment, folder)
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # --- the typist's side ----------------------------------------------------------------------------------------

    def type(self, keys: str | bytes) -> None:
        """Press these keys, at once."""
        data = keys if isinstance(keys, bytes) else keys.encode()
        with self._changed:
            self._unsent.append(("key", data))
        os.eventfd_write(self._wake, 1)

    def line(self, text: str) -> None:
        """Type the text and press Enter."""
        self.type(text + "\r")

    @property
    def text(self) -> str:
        """What came so far, without control sequences."""
        with self._changed:
            return self._plain.text

    def mark(self) -> int:
        """Where the text ends now."""
        return len(self.text)

    def wait(self, wanted: Wanted, seconds: float = 20, since: int = 0) -> re.Match[str]:
        """Wait until the text, or a match of the pattern, has come after the mark."""
        found = self.look(wanted, seconds, since)
        assert found, self.told(f"{_pattern(wanted).pattern!r} never came" + (", the program ended" * self.ended))
        return found

    def look(self, wanted: Wanted, seconds: float, since: int = 0) -> re.Match[str] | None:
        """The same; None if it has not come by then."""
        pattern, deadline = _pattern(wanted), time.monotonic() + seconds
        with self._changed:
            while (found := pattern.search(self._plain.text, since)) is None and not self.ended:
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(left)
        return found

    def beyond(self, mark: int, seconds: float) -> str:
        """Wait until there is more text than up to the mark; what there is more, "" if nothing came."""
        with self._changed:
            self._changed.wait_for(lambda: self.ended or len(self._plain.text) > mark, seconds)
            return self._plain.text[mark:]

    def quiet(self, seconds: float, limit: float = 20) -> None:
        """Wait until nothing has come for so long."""
        deadline = time.monotonic() + limit
        with self._changed:
            while self._changed.wait(seconds) and not self.ended:
                assert time.monotonic() < deadline, self.told("it is never quiet")

    def told(self, what: str) -> str:
        """What went wrong, with the last keys and the end of the stream."""
        with self._changed:
            keys = "\n".join(f"{at:8.3f} {note:6} {data!r}" for at, note, data in self._keys[-TOLD_KEYS:])
            unsent = sum(len(data) for _note, data in self._unsent)
            left = f"\n({unsent} bytes were not taken)" * bool(unsent)
            return f"{what}\n--- keys, by seconds:\n{keys}{left}\n--- the stream:\n{self._plain.text[-TOLD_TEXT:]}\n---"

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._process.pid

    def settings(self) -> list[Any]:
        """What the program's side is set to (termios(3))."""
        return termios.tcgetattr(self.master)

    def set(self, settings: list[Any]) -> None:
        """Set it, as the shell does that started the program."""
        termios.tcsetattr(self.master, termios.TCSANOW, settings)

    def alive(self) -> bool:
        """Whether the program still runs."""
        return self._process.poll() is None

    def status(self, seconds: float = 15) -> int:
        """Wait for the program's end; its exit status, or minus the signal that ended it."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(self.told("it still runs")) from None

    def close(self) -> None:
        """Close the terminal and wait until the program has ended; a second call does nothing."""
        if self._closing:
            return
        self._closing = True
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        os.close(self.master)
        os.close(self._wake)
        try:
            self._process.wait(END_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(self.told("it outlived its terminal")) from None

    # --- the terminal's side --------------------------------------------------------------------------------------

    def _pump(self) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        while not self._closing:
            self._send_answers()
            poll.register(self.master, 0 if self.ended else select.POLLIN | select.POLLOUT * bool(self._unsent))
            ready = dict(poll.poll(self._patience()))
            if self._wake in ready:
                os.eventfd_read(self._wake)
            if ready.get(self.master, 0) & select.POLLOUT:
                self._send_keys()
            if ready.get(self.master, 0) & (select.POLLIN | select.POLLHUP):
                self._receive()
            if self.ended:
                poll.unregister(self.master)
                return

    def _patience(self) -> float | None:
        """Milliseconds until an answer is due."""
        return max(0.0, self._answers[0] - time.monotonic()) * 1000 if self._answers else None

    def _send_answers(self) -> None:
        while self._answers and self._answers[0] <= time.monotonic():
            self._answers.popleft()
            with self._changed:
                self._unsent.append(("cursor", b"\x1b[%d;1R" % ROWS))

    def _send_keys(self) -> None:
        """As much as the program's side takes now; what one call typed stays together."""
        with self._changed:
            note, data = self._unsent.popleft()
            try:
                size = os.write(self.master, data)
            except (BlockingIOError, OSError):
                size = 0
            if size:
                self._keys.append((time.monotonic() - self._began, note, data[:size]))
            if data[size:]:
                self._unsent.appendleft((note, data[size:]))

    def _receive(self) -> None:
        try:
            data = os.read(self.master, READ_SIZE)
        except BlockingIOError:
            return
        except OSError:  # EIO: nobody has it open any more (pty(7))
            data = b""
        with self._changed:
            self.stream += data
            self._plain.add(data)
            self.ended = not data
            self._changed.notify_all()
        self._note_requests()

    def _note_requests(self) -> None:
        for found in CURSOR_REQUEST.finditer(self.stream, self._scanned):
            self._scanned = found.end()
            due = time.monotonic() + self._rng.uniform(0, self.cursor_ms) / 1000
            self._answers.append(max([due, *self._answers]))
        self._scanned = max(self._scanned, len(self.stream) - LONGEST_START)


def _pattern(wanted: Wanted) -> re.Pattern[str]:
    return re.compile(re.escape(wanted)) if isinstance(wanted, str) else wanted


def _start(
    command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> tuple[int, subprocess.Popen[bytes], list[Any]]:
    """The pty's master, the program, which leads a session on its other side, and the settings it finds there."""
    master, slave = pty.openpty()
    try:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        settings = termios.tcgetattr(slave)
        settings[0] |= ERASE_CHARACTERS
        termios.tcsetattr(slave, termios.TCSANOW, settings)
        settings = termios.tcgetattr(slave)
        os.set_blocking(master, False)
        process = subprocess.Popen(
            ("setsid", "--ctty", *command), stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=folder
        )
    finally:
        os.close(slave)
    return master, process, settings
