"""Reads a shell's terminal whenever the event loop tells of output, and cuts the stream into marks and bytes."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable

from nstutor.shell.marks import Marked, MarkReader
from nstutor.shell.pty import Pty

READ_SIZE = 64 * 1024
READS_AT_ONCE = 64


class PtyReader:
    """Hands on what is printed on a terminal, in order, until the shell that was started on it ends."""

    def __init__(
        self, pty: Pty, nonce: str, on_item: Callable[[bytes | Marked], None], on_end: Callable[[], None]
    ) -> None:
        """`on_item` gets each mark and the bytes between two; `on_end` is called behind the last of them."""
        self._pty, self._on_item, self._on_end = pty, on_item, on_end
        self._marks = MarkReader(nonce)
        self._closed = False
        self._loop = asyncio.get_running_loop()
        os.set_blocking(pty.master, False)
        self._loop.add_reader(pty.master, self.read)
        self._loop.add_reader(pty.pidfd, self._on_exit)

    def read(self) -> None:
        """Read what is there now."""
        for _ in range(READS_AT_ONCE):
            try:
                data = os.read(self._pty.master, READ_SIZE)
            except BlockingIOError:
                return
            except OSError:
                # EIO: no process has the terminal open any more. The pidfd tells that the shell is gone.
                self._loop.remove_reader(self._pty.master)
                return
            for item in self._marks.feed(data):
                self._on_item(item)

    def hold(self, *, on: bool) -> None:
        """Read nothing at the loop's events, or again."""
        if on:
            self._loop.remove_reader(self._pty.master)
        elif not self._closed:
            self._loop.add_reader(self._pty.master, self.read)

    def _on_exit(self) -> None:
        self.read()
        if held := self._marks.flush():
            self._on_item(held)
        self._on_end()

    def close(self) -> None:
        """Read no more at the loop's events."""
        self._closed = True
        for descriptor in (self._pty.master, self._pty.pidfd):
            with contextlib.suppress(ValueError, OSError):
                self._loop.remove_reader(descriptor)
