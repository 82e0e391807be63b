"""Does an echo come back, and did it cross the bridge? nstutor asks the network itself."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
from collections.abc import Collection
from ipaddress import IPv6Address, ip_address

from nstutor.kernel import decode
from nstutor.kernel.echo import Echo
from nstutor.kernel.hop import hop
from nstutor.kernel.model import HOST, PingProbe, PingResult, Snapshot
from nstutor.kernel.registry import Registry
from nstutor.kernel.rtnl import RequestSocket, attribute, u32

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
    `error`. The sockets are closed when this returns, but for the tap: that takes the kernel some milliseconds, and is
    done beside the loop, in its executor.
    """
    echo = Echo(ip_address(probe.address))
    registry = Registry(root, netns)
    with contextlib.ExitStack() as undo:
        try:
            tap = None if probe.through is None else _tap(registry, echo)
            if tap is not None:
                undo.callback(_close_beside, tap)
            raw, index = _sender(registry, probe.netns, echo, snapshot)
        except OSError as error:
            return PingResult(answered=False, error=error.strerror)
        undo.enter_context(raw)
        passing = _UNCHECKED if _has_tentative(snapshot, probe.netns) else _FULL
        attempt = _Attempt(echo, raw, tap, _index_of(echo, snapshot, probe.netns), passing)
        await attempt.run(timeout)
    return attempt.result(snapshot, probe, _device(snapshot, probe.netns, index))


class _Attempt:
    """One probe under way: what it sent with, and what it has seen."""

    def __init__(
        self, echo: Echo, raw: socket.socket, tap: socket.socket | None, scope: int, passing: frozenset[int]
    ) -> None:
        self._echo = echo
        self._raw = raw
        self._tap = tap
        self._scope = scope
        self._passing = passing
        self._error: str | None = None
        self._sightings: dict[tuple[bool, bool, str], None] = {}
        self._answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def run(self, timeout: float) -> None:
        """Send every 100 ms until there is an answer, a refusal, or no time left.

        The time is that of the pauses: how long we stood still ourselves is no matter of the network's.
        """
        loop = asyncio.get_running_loop()
        loop.add_reader(self._raw, self._hear)
        try:
            for sequence in range(1, 1 << 16):
                pause = min(_INTERVAL, timeout - (sequence - 1) * _INTERVAL)
                if pause <= 0 or not self._send(sequence):
                    break
                await asyncio.wait((self._answer,), timeout=pause)
                self._hear()
                if self._answer.done():
                    break
        finally:
            loop.remove_reader(self._raw)
        self._look_at_tap()

    def _send(self, sequence: int) -> bool:
        """Send one request; whether it is worth going on."""
        destination = (str(self._echo.to).partition("%")[0], 0)
        target = destination if self._echo.to.version == 4 else (*destination, 0, self._scope)
        try:
            self._raw.sendto(self._echo.request(sequence), target)
        except OSError as error:
            self._error = error.strerror
            return error.errno in self._passing
        self._error = None
        return True

    def _hear(self) -> None:
        while not self._answer.done():
            try:
                answered = self._echo.answered_by(self._raw)
            except OSError:
                return
            if answered:
                self._answer.set_result(True)

    def _look_at_tap(self) -> None:
        """Note where requests and replies were seen in host; the tap was asked to keep only packets of this probe."""
        while self._tap is not None:
            try:
                packet, (dev, _, direction, *_) = self._tap.recvfrom(2048)
            except OSError:
                return
            message = self._echo.message_in(packet)
            if self._echo.is_request(message) or self._echo.is_reply(message):
                leaving = direction == socket.PACKET_OUTGOING
                self._sightings[self._echo.is_request(message), leaving, dev] = None

    def result(self, snapshot: Snapshot, probe: PingProbe, dev: str | None) -> PingResult:
        """What it came to."""
        answered = self._answer.done()
        seen = dict.fromkeys(name for request, _, name in self._sightings if request)
        crossed = answered and self._crossed(_ports(snapshot, probe.through))
        return PingResult(answered, crossed, None if answered else self._error, tuple(seen), dev)

    def _crossed(self, ports: Collection[str]) -> bool:
        """Whether the request went in at one port and out at another, and the reply the other way round."""
        entered, left = (True, False), (True, True)
        return any(
            near != far
            and (*entered, near) in self._sightings
            and (*left, far) in self._sightings
            and (False, False, far) in self._sightings
            and (False, True, near) in self._sightings
            for near in ports
            for far in ports
        )


def _close_beside(tap: socket.socket) -> None:
    # packet_release() waits until no processor handles a packet any more (net/packet/af_packet.c: synchronize_net).
    asyncio.get_running_loop().run_in_executor(None, tap.close)


def _tap(registry: Registry, echo: Echo) -> socket.socket:
    with registry.opened(HOST) as fd, hop(fd):
        return echo.tap()


def _sender(registry: Registry, netns: str, echo: Echo, snapshot: Snapshot) -> tuple[socket.socket, int | None]:
    """A raw socket in the namespace, and the index of the device that its packets will leave by."""
    with registry.opened(netns) as fd, hop(fd):
        raw = echo.sender()
        try:
            inside = RequestSocket()
        except OSError:
            raw.close()
            raise
    with inside:
        return raw, _outgoing(inside, echo, _index_of(echo, snapshot, netns))


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


def _ports(snapshot: Snapshot, bridge: str | None) -> frozenset[str]:
    host = snapshot.namespaces.get(HOST)
    return frozenset(link.name for link in (host.links if host else ()) if bridge is not None and link.master == bridge)
