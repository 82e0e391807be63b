"""Does a TCP connection open? nstutor asks the network itself."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import math
import os
import select
import socket
from ipaddress import ip_address

from nstutor.kernel.hop import hop
from nstutor.kernel.model import Snapshot
from nstutor.kernel.probe_types import ConnectProbe, ConnectResult
from nstutor.kernel.registry import Registry

_PAUSE = 0.05


async def connect(probe: ConnectProbe, snapshot: Snapshot, root: int, netns: int, timeout: float) -> ConnectResult:
    """Open a connection, waiting `timeout` seconds at most, and close it at once.

    `root` and `netns` are the world's descriptors as for Observer. It is closed as a client does that has nothing to
    say: a server reads the end of its input. What remains is the kernel's own TIME-WAIT, which holds no namespace.
    """
    address, _, scope = probe.address.partition("%")
    link = snapshot.link(probe.netns, scope) if scope else None
    try:
        sender = _socket(Registry(root, netns), probe, ip_address(address).version)
    except OSError as error:
        return ConnectResult(answered=False, error=error.strerror)
    with sender:
        place = (address, probe.port, 0, link.index if link else 0)
        target = place if sender.family == socket.AF_INET6 else place[:2]
        code: int | None = sender.connect_ex(target)
        if code == errno.EINPROGRESS:
            code = await _outcome(sender, timeout)
    return ConnectResult(answered=code == 0, error=os.strerror(code) if code else None)


async def _outcome(sender: socket.socket, timeout: float) -> int | None:
    """The number of the error that the connection under way ends with, 0 for none; None if it does not end in time.

    The time is that of the pauses, and the kernel has the last word: how long we stood still ourselves is no matter of
    the network's.
    """
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_writer(sender, ready.set)
    try:
        for number in range(math.ceil(timeout / _PAUSE)):
            await _wait(ready, min(_PAUSE, timeout - number * _PAUSE))
            if select.select([], [sender], [], 0)[1]:
                return sender.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    finally:
        loop.remove_writer(sender)
    return None


async def _wait(ready: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ready.wait()


def _socket(registry: Registry, probe: ConnectProbe, version: int) -> socket.socket:
    with registry.opened(probe.netns) as fd, hop(fd):
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        return socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
