"""Does a TCP connection open? nstutor asks the network itself."""

from __future__ import annotations

import asyncio
import os
import socket
from ipaddress import ip_address

from nstutor.kernel.asked import ConnectProbe, ConnectResult
from nstutor.kernel.hop import hop
from nstutor.kernel.model import Snapshot
from nstutor.kernel.registry import Registry


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
        try:
            await asyncio.wait_for(asyncio.get_running_loop().sock_connect(sender, target), timeout)
        except OSError as error:
            # asyncio's own TimeoutError has no number, and its words for the others are not the kernel's.
            return ConnectResult(answered=False, error=os.strerror(error.errno) if error.errno else None)
    return ConnectResult(answered=True)


def _socket(registry: Registry, probe: ConnectProbe, version: int) -> socket.socket:
    with registry.opened(probe.netns) as fd, hop(fd):
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        return socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
