"""Messages between the supervisor, the factory and the inits: one packet each, with file descriptors.

The packets are marshalled (both ends are forks of one process, so it is one Python). Nothing of the learner's ever
holds such a socket.
"""

from __future__ import annotations

import array
import contextlib
import errno
import marshal
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from nstutor.lab.scarcity import patiently

Message = Mapping[str, Any]
"""What marshal can carry; the records in records.py say which keys."""

LARGEST = 1 << 18
MOST_FDS = 8


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends that keep packets apart and tell when the other one is gone."""
    return patiently(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))


def send(end: socket.socket, message: Message, fds: Sequence[int] = ()) -> None:
    """Send a message, with copies of these descriptors."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    data = [marshal.dumps(dict(message))]
    patiently(lambda: end.sendmsg(data, rights, socket.MSG_NOSIGNAL))


def receive(end: socket.socket) -> tuple[Message, list[int]] | None:
    """The next message and its descriptors, close-on-exec; None when the other end is gone.

    Raises OSError (EMFILE) when this process has no room for them: the kernel then leaves them out (unix(7)).
    """
    size = socket.CMSG_SPACE(MOST_FDS * 4)
    data, ancillary, flags, _ = end.recvmsg(LARGEST, size, socket.MSG_CMSG_CLOEXEC)
    fds = array.array("i")
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    if not data or flags & socket.MSG_CTRUNC:
        close_all(fds)
        if data:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), "recvmsg")
        return None
    return marshal.loads(data), fds.tolist()


def close_all(fds: Sequence[int]) -> None:
    """Close these descriptors."""
    for fd in fds:
        with contextlib.suppress(OSError):
            os.close(fd)
