"""The parts of a namespace that only a socket inside it can read: routes, rules, neighbours, forwarding entries."""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator, Mapping
from socket import AF_INET, AF_INET6
from typing import TypeVar

from nstutor import NamedTuple
from nstutor.kernel import decode
from nstutor.kernel.model import MAIN, RT_TABLE_LOCAL, FdbEntry, Kind, Neighbour, Part, Route, Rule
from nstutor.linux.netlink import RequestSocket

RTM_GETROUTE, RTM_GETNEIGH, RTM_GETRULE = 26, 30, 34
AF_BRIDGE = 7
_IP = (AF_INET, AF_INET6)

_Record = TypeVar("_Record")
Devices = Mapping[int, str]
"""The names of a namespace's devices by interface index."""


class Tables(NamedTuple):
    """The parts that were asked for; the others are None."""

    routes: tuple[Route, ...] | None = None
    rules: tuple[Rule, ...] | None = None
    neighbours: tuple[Neighbour, ...] | None = None
    fdb: tuple[FdbEntry, ...] | None = None
    others: tuple[Route, ...] | None = None
    cut: frozenset[str] = frozenset()
    """Values of the kinds of which there is more than was read."""


def read_tables(inside: RequestSocket, netns: str, devices: Devices, needs: frozenset[Part]) -> Tables:
    """The parts in `needs`, read through a socket in the namespace that is called `netns`."""
    cut: set[str] = set()

    def read(kind: Kind, records: Iterator[_Record]) -> tuple[_Record, ...] | None:
        if kind not in needs:
            return None
        with inside.noting_cut(cut, kind.value):
            return tuple(records)

    return Tables(
        read(Kind.ROUTES, _routes(inside, netns, devices, MAIN)),
        read(Kind.RULES, _rules(inside, netns)),
        read(Kind.NEIGHBOURS, _neighbours(inside, netns, devices)),
        read(Kind.FDB, _fdb(inside, netns, devices)),
        read(Kind.TABLES, _other_routes(inside, netns, devices)),
        frozenset(cut),
    )


def _dump(inside: RequestSocket, kind: int, body: bytes) -> list[bytes]:
    try:
        return inside.dump(kind, body)
    except OSError as error:
        # No such table yet (ENOENT), or a kernel without IPv6 or bridges.
        if error.errno in (errno.ENOENT, errno.EOPNOTSUPP, errno.EAFNOSUPPORT):
            return []
        raise


def _routes(inside: RequestSocket, netns: str, devices: Devices, table: int) -> Iterator[Route]:
    """The routes of a table; of all tables for 0 (RT_TABLE_UNSPEC)."""
    for family in _IP:
        header = struct.pack("=BBBBBBBBI", family, 0, 0, 0, table, 0, 0, 0, 0)
        for raw in map(decode.route, _dump(inside, RTM_GETROUTE, header)):
            if table in (0, raw.table):
                for via, oif in raw.hops:
                    dev = devices.get(oif) if oif is not None else None
                    yield Route(netns, raw.dst, via, dev, raw.src, raw.metric, raw.type, raw.table)


def _other_routes(inside: RequestSocket, netns: str, devices: Devices) -> Iterator[Route]:
    every = _routes(inside, netns, devices, 0)
    return (route for route in every if route.table not in (MAIN, RT_TABLE_LOCAL))


def _rules(inside: RequestSocket, netns: str) -> Iterator[Rule]:
    for family in _IP:
        for payload in _dump(inside, RTM_GETRULE, struct.pack("=B11x", family)):
            yield decode.rule(netns, payload)


def _neighbours(inside: RequestSocket, netns: str, devices: Devices) -> Iterator[Neighbour]:
    for family in _IP:
        for raw in map(decode.neighbour, _dump(inside, RTM_GETNEIGH, struct.pack("=B11x", family))):
            if raw.dst is not None and raw.ifindex in devices:
                yield Neighbour(netns, raw.dst, raw.lladdr, devices[raw.ifindex], raw.state)


def _fdb(inside: RequestSocket, netns: str, devices: Devices) -> Iterator[FdbEntry]:
    for raw in map(decode.neighbour, _dump(inside, RTM_GETNEIGH, struct.pack("=B11x", AF_BRIDGE))):
        if raw.lladdr is not None and raw.ifindex in devices:
            master = devices.get(raw.master) if raw.master is not None else None
            yield FdbEntry(netns, raw.lladdr, devices[raw.ifindex], master, raw.permanent, raw.vlan)
