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
from nstutor.kernel.settings import read_settings
from nstutor.kernel.sockets import NETLINK_SOCK_DIAG, read_listeners


@dataclass(frozen=True, slots=True)
class Quiet:
    """The silent parts that were asked for; the others are None."""

    listeners: tuple[Listener, ...] | None = None
    settings: Mapping[str, str | None] | None = None
    filters: Stamp | None = None
    """Stands for what netfilter was told: equal as long as that is the same."""
    cut: frozenset[str] = frozenset()
    """Values of the kinds of which there is more than was read."""


class QuietReader:
    """Reads them, by a short hop into each namespace."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._netfilters: dict[str, tuple[Stamp, Netfilter]] = {}

    def read(self, name: str, identity: Identity, parts: frozenset[Part]) -> Quiet:
        """The parts among `parts`, of the namespace of that name. OSError where it is another one or gone."""
        keys = [part.key for part in parts if isinstance(part, Setting)]
        filters = Kind.NETFILTER in parts or Kind.COUNTERS in parts
        has = (False, False)
        with contextlib.ExitStack() as undo:
            with self._registry.opened(name) as fd:
                if identity_of_fd(fd) != identity:
                    raise OSError(errno.ESTALE, "The name belongs to another namespace now", name)
                with hop(fd):
                    settings = read_settings(keys) if keys else None
                    diag = undo.enter_context(RequestSocket(NETLINK_SOCK_DIAG)) if Kind.LISTENERS in parts else None
                    nft = undo.enter_context(RequestSocket(NETLINK_NETFILTER)) if filters else None
                    has = firewall.has_legacy() if filters else has
            listeners = read_listeners(diag, name) if diag else None
            stamp = firewall.stamp(self._starter(name, identity), nft, has) if nft else None
        return Quiet(listeners, settings, stamp, frozenset({Kind.LISTENERS.value} if diag and diag.cut else ()))

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
