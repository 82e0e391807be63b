"""The network of the namespace that this process was started in, read without changing it.

Who may (root, or root of the user namespace that the network belongs to) moves into an empty network namespace of its
own and looks from there, as in a lab: the ids by which namespaces are named are given there, and vanish with it. Who
may not reads what everybody may: the namespace that they are in, and which others have a name.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from nstutor.kernel.model import Kind, Part, Snapshot
from nstutor.kernel.observer import Observer
from nstutor.kernel.peers import Peers
from nstutor.kernel.reading import OWN, namespace_of, read
from nstutor.kernel.registry import Registry, identity_of_fd
from nstutor.kernel.tables import read_tables
from nstutor.linux.netlink import RequestSocket
from nstutor.linux.syscalls import CLONE_NEWNET, unshare
from nstutor.text.names import HOST

READABLE: frozenset[Part] = frozenset({Kind.ROUTES, Kind.RULES, Kind.NEIGHBOURS, Kind.FDB, Kind.TABLES})
"""What everybody may read of the namespace that they are in."""


@dataclass(frozen=True)
class HostView:
    """What could be seen, and the named namespaces that could not be read."""

    snapshot: Snapshot
    unreadable: frozenset[str]
    parts: frozenset[Part]
    """What was read besides links and addresses."""


def look(needs: frozenset[Part]) -> HostView:
    """Read the network, with the parts in `needs`. The process may be in another network namespace afterwards."""
    with _descriptor("/", os.O_PATH | os.O_DIRECTORY) as root, _descriptor("/proc/self/ns/net") as netns:
        with RequestSocket() as here:
            snapshot = _from_outside(root, netns, needs)
            parts = needs if snapshot else needs & READABLE
            snapshot = snapshot or _of_host(here, netns, parts)
        names = Registry(root, netns).names()[0]
    return HostView(snapshot, frozenset(names) - frozenset(snapshot.namespaces), parts)


@contextlib.contextmanager
def _descriptor(path: str, flags: int = os.O_RDONLY) -> Iterator[int]:
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _from_outside(root: int, netns: int, needs: frozenset[Part]) -> Snapshot | None:
    """The view of an observer in a namespace of its own; None without the right to it."""
    try:
        unshare(CLONE_NEWNET)
        with Observer(root, netns) as observer:
            return observer.snapshot(needs)
    except PermissionError:
        return None


def _of_host(here: RequestSocket, netns: int, needs: frozenset[Part]) -> Snapshot:
    """What everybody may read of the namespace that they are in."""
    reading = read(here, HOST, identity_of_fd(netns), OWN)
    tables = read_tables(here, HOST, reading.devices, needs)
    return Snapshot({HOST: namespace_of(reading, Peers([(HOST, OWN, reading.links)]), tables)})
