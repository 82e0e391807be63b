"""Does an echo come back, and did it cross the bridge? nstutor asks the network itself."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address

from nstutor.kernel import decode
from nstutor.kernel.echo import Echo, send_marked
from nstutor.kernel.hop import hop
from nstutor.kernel.model import Snapshot
from nstutor.kernel.probe_types import PingProbe, PingResult
from nstutor.kernel.registry import Registry
from nstutor.kernel.sighted import SightedProbe
from nstutor.linux.netlink import RequestSocket, attribute, u32

RTM_GETROUTE, RTA_DST, RTA_OIF = 26, 1, 4
_INTERVAL = 0.1
_FULL = frozenset({errno.EAGAIN, errno.ENOBUFS})
"""Errors of a send that pass by themselves."""
_UNCHECKED = _FULL | {errno.EADDRNOTAVAIL}
"""The same where an IPv6 address is still being checked for duplicates (RFC 4862) and cannot be sent from."""


async def ping(probe: PingProbe, snapshot: Snapshot, root: int, netns: int, timeout: float) -> PingResult:
    """Send echo requests until one is answered or `timeout` seconds are over.

    `snapshot` is the state that the question is about, `root` and `netns` are the world's descriptors as for Observer.
    `probe.address` is numeric; ValueError if not. A send that the kernel refuses ends it at once, with the reason in
    `error`. The sockets are closed when this returns, but for the taps: that takes the kernel some milliseconds, and is
    done beside the loop, in its executor.
    """
    echo = Echo(ip_address(probe.address))
    registry = Registry(root, netns)
    with contextlib.ExitStack() as undo:
        sighted = None if probe.through is None else SightedProbe(probe, echo, snapshot, registry)
        try:
            if sighted is not None:
                undo.enter_context(sighted.watching())
            raw = undo.enter_context(_sender(registry, probe.netns, echo))
            passing = _UNCHECKED if _has_tentative(snapshot, probe.netns) else _FULL
            attempt = _Attempt(echo, raw, _index_of(echo, snapshot, probe.netns), passing, marked=sighted is not None)
            dev = _leaves_by(registry, probe.netns, echo, snapshot) if sighted is None else None
        except OSError as error:
            return PingResult(answered=False, error=error.strerror)
        sequence = await attempt.run(timeout)
        if sighted is None:
            return PingResult(sequence is not None, error=attempt.error, dev=dev)
        if sequence is None:
            found = sighted.unanswered()
        else:
            found = await sighted.answered(sequence, attempt.another)
        dev = found.dev if found.crossed else _leaves_by(registry, probe.netns, echo, snapshot)
    return PingResult(sequence is not None, found.crossed, attempt.error, tuple(sighted.way), dev, found.detour)


class _Attempt:
    """One probe under way: what it sent with, and what came of it."""

    def __init__(self, echo: Echo, raw: socket.socket, scope: int, passing: frozenset[int], *, marked: bool) -> None:
        self._echo = echo
        self._raw = raw
        self._scope = scope
        self._passing = passing
        self._marked = marked
        self.error: str | None = None
        """Why the last request could not be sent, if it was not answered."""
        self._answer: asyncio.Future[int]

    async def run(self, timeout: float) -> int | None:
        """Send every 100 ms until there is an answer, a refusal, or no time left; the number of the one answered.

        The time is that of the pauses: how long we stood still ourselves is no matter of the network's.
        """
        with self._hearing():
            for sequence in range(1, 1 << 16):
                pause = min(_INTERVAL, timeout - (sequence - 1) * _INTERVAL)
                if pause <= 0 or not self._send(sequence):
                    return None
                await asyncio.wait((self._answer,), timeout=pause)
                self._hear()
                if self._answer.done():
                    self.error = None
                    return self._answer.result()
        return None

    async def another(self, seconds: float) -> None:
        """Wait for one more reply, so many seconds at most."""
        with self._hearing():
            await asyncio.wait((self._answer,), timeout=seconds)

    @contextlib.contextmanager
    def _hearing(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        loop.add_reader(self._raw, self._hear)
        try:
            yield
        finally:
            loop.remove_reader(self._raw)

    def _send(self, sequence: int) -> bool:
        """Send one request; whether it is worth going on."""
        destination = (str(self._echo.to).partition("%")[0], 0)
        target = destination if self._echo.to.version == 4 else (*destination, 0, self._scope)
        try:
            if self._marked:
                send_marked(self._raw, target, self._echo.request(sequence))
            else:
                self._raw.sendto(self._echo.request(sequence), target)
        except OSError as error:
            self.error = error.strerror
            return error.errno in self._passing
        self.error = None
        return True

    def _hear(self) -> None:
        while not self._answer.done():
            try:
                sequence = self._echo.answered_by(self._raw)
            except OSError:
                return
            if sequence is not None:
                self._answer.set_result(sequence)


def _sender(registry: Registry, netns: str, echo: Echo) -> socket.socket:
    with registry.opened(netns) as fd, hop(fd):
        return echo.sender()


def _leaves_by(registry: Registry, netns: str, echo: Echo, snapshot: Snapshot) -> str | None:
    """The device that the probe's packets leave by; None if the namespace's routes choose none."""
    with registry.opened(netns) as fd, hop(fd):
        inside = RequestSocket()
    with inside:
        return _device(snapshot, netns, _outgoing(inside, echo, _index_of(echo, snapshot, netns)))


def _outgoing(inside: RequestSocket, echo: Echo, scope: int) -> int | None:
    """The device that the namespace's routes choose (ip route get); None if they choose none."""
    packed = echo.to.packed
    header = struct.pack("=BBBBBBBBI", echo.family, len(packed) * 8, 0, 0, 0, 0, 0, 0, 0)
    body = header + attribute(RTA_DST, packed) + (u32(RTA_OIF, scope) if scope else b"")
    try:
        found = decode.route(inside.get(RTM_GETROUTE, body))
    except OSError:
        return None
    return found.hops[0][1]


def _index_of(echo: Echo, snapshot: Snapshot, netns: str) -> int:
    """The interface index of a scoped address, fe80::1%DEV; 0 without a scope."""
    scope = echo.to.scope_id if isinstance(echo.to, IPv6Address) else None
    link = snapshot.link(netns, scope) if scope else None
    return link.index if link else 0


def _device(snapshot: Snapshot, netns: str, index: int | None) -> str | None:
    namespace = snapshot.namespaces.get(netns)
    links = namespace.links if namespace else ()
    return next((link.name for link in links if link.index == index), None)


def _has_tentative(snapshot: Snapshot, netns: str) -> bool:
    namespace = snapshot.namespaces.get(netns)
    return any(address.tentative for address in namespace.addresses) if namespace else False
