"""Who listens in a namespace, by sock_diag(7): the sockets that `ss -lntu` shows."""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator
from ipaddress import ip_address
from socket import AF_INET, AF_INET6, IPPROTO_TCP, IPPROTO_UDP

from nstutor.kernel.parts import Listener
from nstutor.linux.netlink import RequestSocket, attributes

NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY = 4, 20
INET_DIAG_SKV6ONLY = 11
_MESSAGE = 72
"""Bytes of struct inet_diag_msg (linux/inet_diag.h), behind which the attributes stand."""
_WAITING = {IPPROTO_TCP: 1 << 10, IPPROTO_UDP: 1 << 7}
"""TCP_LISTEN; an unconnected socket of UDP is in TCP_CLOSE (net/tcp_states.h)."""
_NAMES = {IPPROTO_TCP: "tcp", IPPROTO_UDP: "udp"}


def read_listeners(inside: RequestSocket, netns: str) -> tuple[Listener, ...] | None:
    """The listening sockets, through a NETLINK_SOCK_DIAG socket in the namespace that is called `netns`.

    None where the kernel does not tell (it was built without INET_DIAG).
    """
    try:
        kinds = ((family, proto) for family in (AF_INET, AF_INET6) for proto in _NAMES)
        found = (one for family, proto in kinds for one in _dump(inside, netns, family, proto))
        return tuple(sorted(found, key=lambda one: (one.proto, one.port, one.local)))
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EOPNOTSUPP):
            return None
        raise


def _dump(inside: RequestSocket, netns: str, family: int, proto: int) -> Iterator[Listener]:
    # struct inet_diag_req_v2: family, protocol, extensions, padding, states, and a socket's id, which stays empty.
    request = struct.pack("=BBBxI48x", family, proto, 0, _WAITING[proto])
    for payload in inside.dump(SOCK_DIAG_BY_FAMILY, request):
        (port,) = struct.unpack_from(">H", payload, 4)
        size = 4 if payload[0] == AF_INET else 16
        local = str(ip_address(payload[8 : 8 + size]))
        if payload[0] == family and port:
            yield Listener(netns, _NAMES[proto], local, port, _only_v6(payload))


def _only_v6(payload: bytes) -> bool:
    flag = dict(attributes(payload, _MESSAGE)).get(INET_DIAG_SKV6ONLY, b"\0")
    return payload[0] == AF_INET6 and bool(flag[0])
