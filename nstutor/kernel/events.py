"""What says that it is time to look again: netlink's events of all namespaces, and changes of the learner's mounts."""

from __future__ import annotations

import contextlib
import errno
import select
import socket
from types import TracebackType

from nstutor.kernel.rtnl import HEADER, SOL_NETLINK

NETLINK_ADD_MEMBERSHIP, NETLINK_LISTEN_ALL_NSID = 1, 8


class MountEvents:
    """Changes of the mounts that process `pid` sees; without one, of our own.

    /proc/PID/mountinfo polls as changed once for each opening of it (mounts_poll in fs/namespace.c): one is for the
    loop, which may ask it at any time, and the other for `changed`.
    """

    def __init__(self, pid: int | None) -> None:
        with contextlib.ExitStack() as undo:
            mine, loops = (undo.enter_context(open(f"/proc/{pid or 'self'}/mountinfo", "rb")) for _ in range(2))
            # A loop that watched mountinfo itself would spin: it is always readable. This one wakes for changes only.
            self._epoll = undo.enter_context(select.epoll())
            self._epoll.register(loops, select.EPOLLPRI | select.EPOLLERR)
            self._poll = select.poll()
            self._poll.register(mine, select.POLLPRI | select.POLLERR)
            self._undo = undo.pop_all()

    def __enter__(self) -> MountEvents:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._undo.close()

    def fileno(self) -> int:
        """Readable when the mounts have changed; it grows quiet by itself."""
        return self._epoll.fileno()

    def changed(self) -> bool:
        """Whether the mounts have changed since the last time this was asked."""
        return bool(self._poll.poll(0))


def event_socket(groups: tuple[int, ...]) -> socket.socket:
    """A non-blocking socket for the events of all namespaces that have an id in this one (NETLINK_LISTEN_ALL_NSID)."""
    events = socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE
    )
    try:
        events.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        events.setsockopt(SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1)
        events.bind((0, 0))
        for group in groups:
            events.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
    except OSError:
        events.close()
        raise
    return events


def drain(events: socket.socket, ignored: frozenset[int], limit: int = 4096) -> bool:
    """Read what is pending, at most `limit` events; whether one was of a type not in `ignored`, or events were lost."""
    relevant = False
    for _ in range(limit):
        try:
            head = events.recv(HEADER.size)  # one message a datagram; the rest of it is of no interest
        except BlockingIOError:
            break
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            relevant = True
            continue
        relevant = relevant or HEADER.unpack(head)[1] not in ignored
    return relevant
