"""What a probe leaves in the tables of the namespaces that it crossed, and how that is taken away again.

An address that did not resolve is asked for once a second only (net/core/neighbour.c): left as it is, one try would
make the next one fail in a network that was repaired meanwhile. What did resolve nobody but us has asked for.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from ipaddress import ip_address
from socket import AF_INET, AF_INET6

from nstutor.kernel.events import AF_BRIDGE, OWN_PORT, RTM_DELNEIGH
from nstutor.kernel.hop import hop
from nstutor.kernel.model import Kind, Namespace, Part, Snapshot
from nstutor.kernel.registry import Registry, identity_of_fd
from nstutor.kernel.tables import Tables, read_tables
from nstutor.linux.netlink import NLM_F_ACK, RequestSocket, attribute

NDA_DST, NDA_LLADDR = 1, 2
NTF_MASTER = 0x04


def take_away(registry: Registry, before: Snapshot, *, pending: bool = False) -> None:
    """Delete the neighbours and forwarding entries that were learned since this snapshot, which has both.

    With `pending`, only the neighbours that were asked for and have not answered yet, whoever asked. What has gone
    meanwhile, with its namespace perhaps, is gone.
    """
    for namespace in before.namespaces.values():
        with contextlib.suppress(OSError):
            with registry.opened(namespace.name) as fd:
                if identity_of_fd(fd) != namespace.identity:
                    continue
                with hop(fd):
                    inside = RequestSocket(port=OWN_PORT)
            with inside:
                _take_away(inside, namespace, pending=pending)


def _take_away(inside: RequestSocket, before: Namespace, *, pending: bool) -> None:
    devices = {link.index: link.name for link in before.links}
    parts = frozenset[Part]({Kind.NEIGHBOURS} if pending else {Kind.NEIGHBOURS, Kind.FDB})
    now = read_tables(inside, before.name, devices, parts)
    indexes = {name: index for index, name in devices.items()}
    for body in (*_neighbours(before, now, indexes, pending=pending), *_forwarding(before, now, indexes)):
        with contextlib.suppress(OSError):
            inside.get(RTM_DELNEIGH, body, NLM_F_ACK)


def _neighbours(before: Namespace, now: Tables, indexes: dict[str, int], *, pending: bool) -> Iterator[bytes]:
    known = {(entry.dev, entry.dst) for entry in before.neighbours or ()}
    for entry in now.neighbours or ():
        learned = not pending and (entry.dev, entry.dst) not in known and entry.state not in ("PERMANENT", "NOARP")
        if learned or entry.state == "INCOMPLETE":
            address = ip_address(entry.dst)
            family = AF_INET if address.version == 4 else AF_INET6
            yield _message(family, indexes[entry.dev], 0) + attribute(NDA_DST, address.packed)


def _forwarding(before: Namespace, now: Tables, indexes: dict[str, int]) -> Iterator[bytes]:
    known = {(entry.dev, entry.mac) for entry in before.fdb or ()}
    for entry in now.fdb or ():
        if (entry.dev, entry.mac) not in known and not entry.permanent:
            mac = bytes.fromhex(entry.mac.replace(":", ""))
            yield _message(AF_BRIDGE, indexes[entry.dev], NTF_MASTER) + attribute(NDA_LLADDR, mac)


def _message(family: int, index: int, flags: int) -> bytes:
    return struct.pack("=BxxxiHBB", family, index, 0, flags, 0)  # struct ndmsg, linux/neighbour.h
