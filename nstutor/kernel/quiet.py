"""The parts of a namespace of whose changes no event tells: what they are now, and whether that is news."""

from __future__ import annotations

import contextlib
import errno
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nstutor.kernel import firewall
from nstutor.kernel.firewall import NETLINK_NETFILTER, Stamp
from nstutor.kernel.hop import hop
from nstutor.kernel.model import Identity, Kind, Part
from nstutor.kernel.parts import Listener, Netfilter, Setting
from nstutor.kernel.registry import Registry, identity_of_fd
from nstutor.kernel.rtnl import RequestSocket
from nstutor.kernel.settings import read_reach, read_settings
from nstutor.kernel.sockets import NETLINK_SOCK_DIAG, read_listeners


@dataclass(frozen=True, slots=True)
class Quiet:
    """The silent parts that were asked for; the others are None."""

    listeners: tuple[Listener, ...] | None = None
    settings: Mapping[str, str | None] | None = None
    filters: Stamp | None = None
    """Stands for what netfilter was told: equal as long as that is the same."""
    reach: int | None = None
    """A digest of all of what raises no event and may decide whether a packet arrives."""


class QuietReader:
    """Reads them, by a short hop into each namespace."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._netfilters: dict[str, tuple[Stamp, Netfilter]] = {}

    def read(self, name: str, identity: Identity, parts: frozenset[Part]) -> Quiet:
        """The parts among `parts`, of the namespace of that name. OSError where it is another one or gone."""
        keys = [part.key for part in parts if isinstance(part, Setting)]
        reach = Kind.REACH in parts
        filters, listens = bool({Kind.NETFILTER, Kind.COUNTERS} & parts), Kind.LISTENERS in parts
        others: tuple[str | None, ...] = ()
        has = (False, False)
        with contextlib.ExitStack() as undo:
            with self._registry.opened(name) as fd:
                if identity_of_fd(fd) != identity:
                    raise OSError(errno.ESTALE, "The name belongs to another namespace now", name)
                with hop(fd):
                    settings = read_settings(keys) if keys else None
                    others = read_reach() if reach else others
                    diag = _opened(undo, NETLINK_SOCK_DIAG) if listens or reach else None
                    nft = _opened(undo, NETLINK_NETFILTER) if filters or reach else None
                    has = firewall.has_legacy() if filters or reach else has
            listeners = read_listeners(diag, name) if diag else None
            stamp = firewall.stamp(self._starter(name, identity), nft, has) if nft else None
        digest = hash((stamp, others, _taking(listeners))) if reach else None
        return Quiet(listeners if listens else None, settings, stamp if filters else None, digest)

    def netfilter(self, name: str, identity: Identity, now: Stamp, *, counted: bool) -> Netfilter:
        """What the namespace with this stamp filters; read anew only if the stamp is another, or counters are asked."""
        stamp, known = self._netfilters.get(name, (None, Netfilter()))
        if stamp != now or counted:
            known = firewall.read(self._starter(name, identity), now, name)
            self._netfilters[name] = (now, known)
        return known

    def _starter(self, name: str, identity: Identity) -> firewall.Start:
        def start(command: Sequence[str]) -> subprocess.Popen[str]:
            with self._registry.opened(name) as fd:
                if identity_of_fd(fd) != identity:
                    raise OSError(errno.ESTALE, "The name belongs to another namespace now", name)
                with hop(fd):
                    return firewall.popen(command)

        return start


def _opened(undo: contextlib.ExitStack, protocol: int) -> RequestSocket | None:
    """A socket in the namespace of the calling thread; None where the kernel was built without that protocol."""
    try:
        return undo.enter_context(RequestSocket(protocol))
    except OSError as error:
        if error.errno != errno.EPROTONOSUPPORT:
            raise
        return None


def _taking(listeners: tuple[Listener, ...] | None) -> tuple[Listener, ...]:
    """Those that a probe may meet: a socket of UDP is also that of who only asks."""
    return tuple(one for one in listeners or () if one.proto == "tcp")
