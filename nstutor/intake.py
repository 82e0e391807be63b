"""Reading what was handed in, whatever kind of file it is: never more than was asked for, and never for ever."""

from __future__ import annotations

import os
import select

from nstutor.errors import UsageError
from nstutor.language import _

PATIENCE = 10.0
"""Seconds in which a pipe or a terminal may be silent."""
READ_SIZE = 1 << 20


def read_at_most(path: str, size: int) -> bytes:
    """The first bytes of a file, a pipe or a device. Raises OSError, or UsageError where nothing comes."""
    # A blocking open(2) of a pipe waits for somebody who writes.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    data = b""
    try:
        while len(data) < size and (more := _next(path, descriptor, size - len(data))):
            data += more
    finally:
        os.close(descriptor)
    return data


def _next(path: str, descriptor: int, size: int) -> bytes:
    """What comes next, b"" at the end."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    # A pipe that nobody has opened for writing yet would read as ended; poll(2) waits for the first who does.
    if not poll.poll(1000 * PATIENCE):
        message = _("{path} gave nothing for {seconds:g} s").format(path=path, seconds=PATIENCE)
        raise UsageError(message, _("Name a file that holds the script."))
    return os.read(descriptor, min(size, READ_SIZE))
