"""The one that looks: snapshots of all namespaces of a lab, and the descriptors that say when to look again.

It works from the network namespace of the thread that makes it, which must be a private one, and needs CAP_SYS_ADMIN
over the learner's. Each watched namespace gets an id there and only there, so that `ip netns list` shows the learner
nothing; no socket, descriptor or thread stays in a namespace of the learner's, so that a deleted one really goes.
"""

from __future__ import annotations

import contextlib
import errno
import struct
from collections.abc import Iterable, Mapping
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

from nstutor.kernel import decode
from nstutor.kernel.events import MountEvents, decides, drain, event_socket
from nstutor.kernel.hop import hop
from nstutor.kernel.model import Identity, Kind, Namespace, Part, Snapshot, silent
from nstutor.kernel.parts import Netfilter
from nstutor.kernel.peers import Peers
from nstutor.kernel.reading import Reading, namespace_of, read
from nstutor.kernel.registry import MOST_NAMES, Registry, identity_of_fd, raise_lack, told_apart
from nstutor.kernel.tables import Tables, read_tables
from nstutor.linux.netlink import NLM_F_ACK, RequestSocket, attributes, s32, u32
from nstutor.text.names import HOST

if TYPE_CHECKING:
    from nstutor.kernel.polled import Quiet, QuietReader

RTM_NEWNSID, RTM_GETNSID = 88, 90
NETNSA_NSID, NETNSA_FD = 1, 3
MOST_IN_ALL, MOST_OF_A_KIND, LEAST_OF_A_KIND = 10_000, 1000, 50
"""Links, addresses, routes …: in a snapshot, of one kind in a namespace, and even where the snapshot is full."""
# RTNLGRP_*: LINK, NEIGH, TC, IPV4_IFADDR, IPV4_ROUTE, IPV4_RULE, IPV6_IFADDR, IPV6_ROUTE, IPV6_RULE, IPV4_NETCONF,
# IPV6_NETCONF, NSID. The settings that NETCONF tells of: forwarding, rp_filter, proxy_arp, ignore_routes_with_linkdown.
_GROUPS = (1, 3, 4, 5, 7, 8, 9, 11, 19, 24, 25, 28)
# An id given to a namespace is bookkeeping, ours or of `ip link` (IFLA_LINK_NETNSID); it changes no network.
_IGNORED = frozenset({RTM_NEWNSID})


def preload() -> None:
    """Import what decoding needs, at a moment when nobody waits for it."""
    decode.load()


class Observer:
    """Reads every network namespace of one world.

    `root` is a descriptor of the learner's root directory and `netns` one of host; both stay the caller's. `pid` is a
    process in the learner's mount namespace, whose mounts are watched for new and removed namespaces.
    """

    def __init__(self, root: int, netns: int, pid: int | None = None) -> None:
        self._registry = Registry(root, netns)
        with contextlib.ExitStack() as undo:
            self._requests = undo.enter_context(RequestSocket())
            self._events = undo.enter_context(event_socket(_GROUPS))
            self._mounts = undo.enter_context(MountEvents(pid))
            self._undo = undo.pop_all()
        self._names: tuple[tuple[str, ...], frozenset[str]] = ((), frozenset())
        """What /run/netns held when the latest snapshot was begun."""
        self._quiet: dict[tuple[str, Identity], Quiet] = {}
        """The silent parts of each namespace as the latest snapshot has them."""
        self._silent: frozenset[Part] = frozenset()
        self._dirty = True
        self._deciding = 0
        """How many events came that may decide whether a packet arrives."""
        self._left = 0
        """How much more of anything the snapshot under way may hold."""

    def __enter__(self) -> Observer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the descriptors; the ids vanish with the private namespace."""
        self._undo.close()

    def fileno(self) -> int:
        """The event socket: readable when something happened in a namespace that some snapshot has seen."""
        return self._events.fileno()

    def descriptors(self) -> tuple[int, int]:
        """Readable when something happened in the lab: netlink's events, and the learner's mounts."""
        return self.fileno(), self.mounts_fileno()

    def mounts_fileno(self) -> int:
        """Becomes readable when a namespace was added or removed; it grows quiet by itself."""
        return self._mounts.fileno()

    def drain(self) -> bool:
        """Read the pending events without blocking; whether something changed (lost events count as a change)."""
        mounted = self._mounts.changed()
        self._deciding += mounted
        return drain(self._events, _IGNORED, note=self._note) or mounted

    def _note(self, head: bytes) -> None:
        self._deciding += decides(head)

    def changed(self) -> bool:
        """Read the pending events; whether something changed since the latest snapshot was begun."""
        # `ip netns add` in an `ip netns exec` shell leaves a dead file, of which no event tells.
        self._dirty = self.drain() or self._dirty or self._registry.names() != self._names or self._changed_quietly()
        return self._dirty

    def _changed_quietly(self) -> bool:
        """Whether a part has changed of whose changes no event tells."""
        if not self._silent:
            return False
        try:
            return any(self._quiet_reader.read(*key, self._silent) != known for key, known in self._quiet.items())
        except OSError:
            return True  # a namespace has gone, or is another one

    def names(self) -> Mapping[Identity, str]:
        """The namespaces that have a name, by identity; the first name where there are several."""
        return self._registry.identities()

    def snapshot(self, needs: frozenset[Part] = frozenset()) -> Snapshot:
        """What all namespaces are like now, with the parts in `needs`.

        A namespace that goes away in the middle is left out, and of more than anybody needs only the first is read
        (Namespace.cut): it would take longer than the command that made it. OSError if host itself cannot be read, or
        for a lack of descriptors or memory.
        """
        self._left = MOST_IN_ALL
        self.drain()  # what happened before the reading is in it
        events = self._deciding
        named, dead = self._registry.look()
        self._names = tuple(named), dead
        self._quiet, self._silent = {}, silent(needs)
        first, further = told_apart(named)
        known, strange = self._identify(first)
        readings = [reading for reading in map(self._read, known) if reading is not None]
        peers = Peers((reading.name, reading.nsid, reading.links) for reading in readings)
        namespaces = (self._complete(reading, peers, needs) for reading in readings)
        read = {found.name: found for found in namespaces if found is not None}
        read |= {name: read[known] for name, known in further.items() if known in read}
        strange |= {name for name, known in further.items() if known in strange}
        snapshot = Snapshot(read, dead | strange, cut=len(named) + len(dead) > MOST_NAMES, events=events)
        self._dirty = False
        return snapshot

    def _identify(self, names: Iterable[str]) -> tuple[list[tuple[str, Identity, int]], frozenset[str]]:
        """Name, identity and id of the namespaces; and the names of those that are not of the network kind."""
        known, strange = [], []
        for name in names:
            try:
                with self._registry.opened(name) as fd:
                    known.append((name, identity_of_fd(fd), self._nsid(fd)))
            except OSError as error:
                _unless_host(name, error)
                if error.errno == errno.EINVAL:
                    strange.append(name)
        return known, frozenset(strange)

    def _nsid(self, fd: int) -> int:
        """The id of a namespace in the observer's own, given to it if it has none yet."""
        nsid = self._ask_nsid(fd)
        if nsid < 0:
            try:
                self._requests.get(RTM_NEWNSID, bytes(4) + s32(NETNSA_NSID, -1) + u32(NETNSA_FD, fd), NLM_F_ACK)
            except FileExistsError:
                pass  # given by the kernel in the meantime, to a veth's other end
            nsid = self._ask_nsid(fd)
        return nsid

    def _ask_nsid(self, fd: int) -> int:
        answer = self._requests.get(RTM_GETNSID, bytes(4) + u32(NETNSA_FD, fd))
        (nsid,) = struct.unpack("=i", dict(attributes(answer, 4))[NETNSA_NSID])
        return int(nsid)

    def _read(self, known: tuple[str, Identity, int]) -> Reading | None:
        name, identity, nsid = known
        self._requests.most = self._most()
        try:
            reading = read(self._requests, name, identity, nsid)
        except OSError as error:
            _unless_host(name, error)
            return None
        self._left -= len(reading.links) + len(reading.addresses)
        return reading

    def _most(self) -> int:
        """How much of one kind is read of the next namespace."""
        return min(MOST_OF_A_KIND, max(LEAST_OF_A_KIND, self._left))

    def _complete(self, reading: Reading, peers: Peers, needs: frozenset[Part]) -> Namespace | None:
        devices = reading.devices
        try:
            tables = self._tables(reading, devices, needs - self._silent)
            quiet, netfilter = self._silent_parts(reading, devices, needs)
        except OSError as error:
            _unless_host(reading.name, error)
            return None
        return namespace_of(reading, peers, tables, quiet, netfilter)

    @cached_property
    def _quiet_reader(self) -> QuietReader:
        # With what decodes the rules of netfilter; few lessons need it.
        from nstutor.kernel.polled import QuietReader

        return QuietReader(self._registry)

    def _silent_parts(
        self, reading: Reading, devices: dict[int, str], needs: frozenset[Part]
    ) -> tuple[Quiet | None, Netfilter | None]:
        if not self._silent:
            return None, None
        key = (reading.name, reading.identity)
        quiet = self._quiet[key] = self._quiet_reader.read(*key, self._silent)
        if quiet.filters is None:
            return quiet, None
        counted = Kind.COUNTERS in needs
        return quiet, self._quiet_reader.netfilter(*key, quiet.filters, devices, counted=counted)

    def _tables(self, reading: Reading, devices: dict[int, str], needs: frozenset[Part]) -> Tables:
        """What can be read only from inside: by a socket that is opened there and closed at once."""
        if not needs:
            return Tables()
        with self._registry.opened(reading.name) as fd:
            if identity_of_fd(fd) != reading.identity:
                raise OSError(errno.ESTALE, "The name belongs to another namespace now", reading.name)
            with hop(fd):
                inside = RequestSocket()
        with inside:
            inside.most = self._most()
            tables = read_tables(inside, reading.name, devices, needs)
        self._left -= len(tables.routes or ()) + len(tables.rules or ()) + len(tables.neighbours or ())
        return tables


def _unless_host(name: str, error: OSError) -> None:
    """A named namespace may vanish at any moment; host may not."""
    if name == HOST:
        raise error
    raise_lack(error)
