"""What says that it is time to look again: netlink's events of all namespaces, and changes of the learner's mounts."""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import struct
from collections.abc import Callable
from types import TracebackType

from nstutor.linux.netlink import HEADER, SOL_NETLINK

NETLINK_ADD_MEMBERSHIP, NETLINK_LISTEN_ALL_NSID = 1, 8
RTM_NEWADDR, RTM_DELADDR, RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWNEIGH, RTM_DELNEIGH = 20, 21, 24, 25, 28, 29
RT_SCOPE_LINK = 253
AF_BRIDGE = 7
OWN_PORT = 0x6E737475
"""The port id of the socket that takes away what our probes left."""
NUD_INCOMPLETE, NUD_FAILED, NUD_NOARP, NUD_PERMANENT = 0x01, 0x20, 0x40, 0x80
_NDMSG = struct.Struct("=BxxxiHBB")
_HEAD = HEADER.size + _NDMSG.size


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


def drain(
    events: socket.socket, ignored: frozenset[int], limit: int = 4096, note: Callable[[bytes], object] = lambda _: None
) -> bool:
    """Read what is pending, at most `limit` events; whether one was of a type not in `ignored`, or events were lost.

    `note` is called with the head of each of those; an empty one stands for events that were lost.
    """
    relevant = False
    for _ in range(limit):
        try:
            head = events.recv(_HEAD)  # one message a datagram; the rest of it is of no interest
        except BlockingIOError:
            break
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            head = b""
        if not head or HEADER.unpack_from(head)[1] not in ignored:
            relevant = True
            note(head)
    return relevant


def decides(head: bytes) -> bool:
    """Whether the event with this head may decide if a packet arrives; what a packet alone brings about does not.

    Nor do the routes and link-local addresses that the kernel gives to a device that comes up: it has an event of its
    own. A neighbour entry or route that somebody asked for has their port id (neigh_update(), rtmsg_fib()), one of the
    kernel's none; forwarding entries never have one (fdb_fill_info(), net/bridge/br_fdb.c).
    """
    if len(head) < _HEAD:
        return True
    _, kind, _, _, port = HEADER.unpack_from(head)
    if kind in (RTM_NEWROUTE, RTM_DELROUTE):
        return bool(port)
    if kind in (RTM_NEWADDR, RTM_DELADDR):
        return head[HEADER.size + 3] != RT_SCOPE_LINK
    if kind not in (RTM_NEWNEIGH, RTM_DELNEIGH):
        return True
    family, _, state, _, _ = _NDMSG.unpack_from(head, HEADER.size)
    if family == AF_BRIDGE:
        return bool(state & (NUD_PERMANENT | NUD_NOARP))
    forgotten = kind == RTM_DELNEIGH and not state & (NUD_INCOMPLETE | NUD_FAILED)
    return port != OWN_PORT and (port != 0 or forgotten)
