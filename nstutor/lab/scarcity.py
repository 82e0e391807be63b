"""What others may give back: calls of ours that meet it are made again for a while."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

SCARCE = frozenset(
    {errno.EAGAIN, errno.ENOMEM, errno.ENOSPC, errno.EUSERS, errno.ENFILE, errno.ENOBUFS, errno.ETOOMANYREFS}
)
"""Processes, memory, terminals and namespaces, open files of the machine, buffers, descriptors in flight (errno(3)).
EMFILE is not among them: that is a process's own matter."""
PATIENCE_SECONDS = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.5


class Patience:
    """A bounded time of waiting in growing pauses. What fails for longer fails at once from then on, until renewed."""

    def __init__(self, seconds: float = PATIENCE_SECONDS) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """Something has succeeded."""
        self._until: float | None = None
        self._pause = _FIRST_PAUSE

    def allows(self, code: int | None) -> bool:
        """After a failure with this errno: wait and say True, or say False, for it is none of these or time is up."""
        if code not in SCARCE:
            return False
        if self._until is None:
            self._until = time.monotonic() + self._seconds
        if time.monotonic() > self._until:
            return False
        time.sleep(self._pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        return True


def patiently(call: Callable[[], Answer]) -> Answer:
    """Make a call, and again while it meets what others may give back. Raises the last OSError, or any other one."""
    patience = Patience()
    while True:
        try:
            return call()
        except OSError as error:
            if not patience.allows(error.errno):
                raise
