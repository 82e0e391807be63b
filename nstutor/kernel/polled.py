"""The parts of a namespace of whose changes no event tells: what they are now, and whether that is news."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

from nstutor.kernel.firewall import Inside, RulesetVersion
from nstutor.kernel.hop import hop
from nstutor.kernel.model import Identity, Kind, Part
from nstutor.kernel.parts import Listener, Netfilter, Setting
from nstutor.kernel.registry import Registry, identity_of_fd
from nstutor.kernel.settings import read_reach, read_settings
from nstutor.kernel.sockets import NETLINK_SOCK_DIAG, read_listeners
from nstutor.linux.netlink import RequestSocket

Opened = TypeVar("Opened")


@dataclass(frozen=True, slots=True)
class Quiet:
    """The silent parts that were asked for; the others are None."""

    listeners: tuple[Listener, ...] | None = None
    settings: Mapping[str, str | None] | None = None
    filters: RulesetVersion | None = None
    """Stands for what netfilter was told: equal as long as that is the same."""
    cut: frozenset[str] = frozenset()
    """Values of the kinds of which there is more than was read."""
    reach: int | None = None
    """A digest of all of what raises no event and may decide whether a packet arrives."""


class QuietReader:
    """Reads them, by a short hop into each namespace."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._netfilters: dict[str, tuple[RulesetVersion, Mapping[int, str], Netfilter]] = {}

    def read(self, name: str, identity: Identity, parts: frozenset[Part]) -> Quiet:
        """The parts among `parts`, of the namespace of that name. OSError where it is another one or gone."""
        keys = [part.key for part in parts if isinstance(part, Setting)]
        reach, listens = Kind.REACH in parts, Kind.LISTENERS in parts
        filters = bool({Kind.NETFILTER, Kind.COUNTERS} & parts)
        others: tuple[str | None, ...] = ()
        with contextlib.ExitStack() as undo:
            with self._inside(name, identity):
                settings = read_settings(keys) if keys else None
                others = read_reach() if reach else others
                diag = _opened(undo, lambda: RequestSocket(NETLINK_SOCK_DIAG)) if listens or reach else None
                inside = _opened(undo, Inside) if filters or reach else None
            listeners = read_listeners(diag, name) if diag else None
            stamp = inside.stamp(name) if inside else None
        cut = frozenset({Kind.LISTENERS.value} if listens and diag and diag.cut else ())
        digest = hash((stamp, others, _taking(listeners))) if reach else None
        return Quiet(listeners if listens else None, settings, stamp if filters else None, cut, digest)

    def netfilter(
        self, name: str, identity: Identity, now: RulesetVersion, devices: Mapping[int, str], *, counted: bool
    ) -> Netfilter:
        """What the namespace with this stamp filters; `devices` are its own by index.

        It is read anew only if the stamp or a device is another, or counters are asked for.
        """
        if now.untouched:
            return Netfilter()
        *key, known = self._netfilters.get(name, (None, None, Netfilter()))
        if counted or key != [now, devices]:
            with self._inside(name, identity):
                inside = Inside()
            with inside:
                known = inside.read(name, devices)
            self._netfilters[name] = (now, devices, known)
        return known

    @contextlib.contextmanager
    def _inside(self, name: str, identity: Identity) -> Iterator[None]:
        """Run the body in that namespace. OSError where the name belongs to another one by now."""
        with self._registry.opened(name) as fd:
            if identity_of_fd(fd) != identity:
                raise OSError(errno.ESTALE, "The name belongs to another namespace now", name)
            with hop(fd):
                yield


def _opened(undo: contextlib.ExitStack, opens: Callable[[], AbstractContextManager[Opened]]) -> Opened | None:
    """What it opens in the namespace of the calling thread; None where the kernel was built without that protocol."""
    try:
        return undo.enter_context(opens())
    except OSError as error:
        if error.errno != errno.EPROTONOSUPPORT:
            raise
        return None


def _taking(listeners: tuple[Listener, ...] | None) -> tuple[Listener, ...]:
    """Those that a probe may meet: a socket of UDP is also that of who only asks."""
    return tuple(one for one in listeners or () if one.proto == "tcp")
