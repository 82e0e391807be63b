"""What all network namespaces of the machine share: the backlog of received frames and the tables of neighbours.

Everything here counts from the machine's start, or is as it is now; who wants to know what happened reads it twice.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterable
from typing import NamedTuple

from nstutor.kernel.hop import hop
from nstutor.linux.netlink import RequestSocket, attributes

RTM_GETLINK, RTM_GETNEIGH, RTM_GETNEIGHTBL = 18, 30, 66
IFLA_STATS64 = 23
NDTA_NAME, NDTA_THRESH3, NDTA_CONFIG, NDTA_STATS = 1, 4, 5, 7
_LINK_STATS = struct.Struct("=8Q")
"""The beginning of rtnl_link_stats64 (linux/if_link.h): packets, bytes, errors and drops, received and sent of each."""
_NEIGH = struct.Struct("=BBHiHBB")
"""ndmsg (linux/neighbour.h)."""
_FULLS = 10
"""Index of ndts_table_fulls in ndt_stats; kernels before 3.19 have only those before it."""
_NOT_COUNTED = 0x20 | 0x40 | 0x80
"""NUD_FAILED and NUD_NOARP go when room is needed, NUD_PERMANENT counts nowhere (net/core/neighbour.c)."""
_EXTERNAL = 0x10
"""NTF_EXT_LEARNED: likewise."""


class Backlog(NamedTuple):
    """The received frames of all namespaces (/proc/net/softnet_stat, columns 1 and 2), of all processors."""

    processed: int = 0
    dropped: int = 0
    """For the queue of a processor was full (net.core.netdev_max_backlog)."""


class NeighbourTable(NamedTuple):
    """The table of neighbours of one family, one for the machine (RTM_GETNEIGHTBL)."""

    name: str
    """`arp_cache` or `ndisc_cache`."""
    entries: int
    most: int
    """gc_thresh3: so many may not go when room is needed."""
    fulls: int
    """How often there was no room for an entry."""


class Shared(NamedTuple):
    """Both at one moment."""

    backlog: Backlog
    tables: tuple[NeighbourTable, ...]

    @property
    def fulls(self) -> int:
        """How often a table of neighbours was full."""
        return sum(table.fulls for table in self.tables)


class Frames(NamedTuple):
    """The frames of some network namespaces, of all their devices."""

    received: int = 0
    dropped: int = 0
    """Before a device received them."""

    @property
    def all(self) -> int:
        """Both."""
        return self.received + self.dropped


def read_shared() -> Shared:
    """Both, now; some 100 µs. A kernel that does not tell gives zeros."""
    return Shared(backlog(), neighbour_tables())


def backlog() -> Backlog:
    """The sums over all processors."""
    with contextlib.suppress(OSError, ValueError), open("/proc/thread-self/net/softnet_stat", encoding="ascii") as file:
        rows = [line.split()[:2] for line in file]
        return Backlog(*(sum(int(row[column], 16) for row in rows) for column in (0, 1)))
    return Backlog()


def neighbour_tables() -> tuple[NeighbourTable, ...]:
    """The tables of all families."""
    with contextlib.suppress(OSError), RequestSocket() as requests:
        found = (_table(dict(attributes(payload, 4))) for payload in requests.dump(RTM_GETNEIGHTBL, bytes(4)))
        return tuple(table for table in found if table is not None)
    return ()


def _table(found: dict[int, bytes]) -> NeighbourTable | None:
    """Nothing for the parameters of one device, which come in the same dump."""
    if NDTA_CONFIG not in found or NDTA_STATS not in found:
        return None
    entries = struct.unpack_from("=HHI", found[NDTA_CONFIG])[2]
    stats = found[NDTA_STATS]
    counts = struct.unpack_from(f"={len(stats) // 8}Q", stats)
    name = found[NDTA_NAME].rstrip(b"\0").decode()
    return NeighbourTable(name, entries, struct.unpack("=I", found[NDTA_THRESH3])[0], sum(counts[_FULLS : _FULLS + 1]))


def frames(places: Iterable[int | str]) -> Frames:
    """The frames of these network namespaces (as for hop()); one that has gone is left out."""
    received = dropped = 0
    for place in places:
        with contextlib.suppress(OSError), _inside(place) as requests:
            for payload in requests.dump(RTM_GETLINK, bytes(16)):
                stats = dict(attributes(payload, 16)).get(IFLA_STATS64)
                if stats is not None:
                    into, _, _, _, _, _, lost, _ = _LINK_STATS.unpack_from(stats)
                    received, dropped = received + into, dropped + lost
    return Frames(received, dropped)


def neighbours(places: Iterable[int | str]) -> int:
    """How many entries of the machine's tables these network namespaces hold that do not go when room is needed."""
    held = 0
    for place in places:
        with contextlib.suppress(OSError), _inside(place) as requests:
            for payload in requests.dump(RTM_GETNEIGH, _NEIGH.pack(0, 0, 0, 0, 0, 0, 0)):
                _, _, _, _, state, flags, _ = _NEIGH.unpack_from(payload)
                held += not (state & _NOT_COUNTED or flags & _EXTERNAL)
    return held


def _inside(place: int | str) -> RequestSocket:
    """A socket that was opened in there."""
    with hop(place):
        return RequestSocket()
