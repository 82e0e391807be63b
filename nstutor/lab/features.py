"""Which kinds of links and queueing disciplines the kernel has.

The kernel is asked in a forked child with a network namespace of its own. It is asked only where that cannot make it
load a module: loading `dummy`, `bonding` or `ip_gre` gives the *machine* a device (dummy0, bond0, gre0), and nstutor
changes nothing there. What a module would bring is read from modules.alias(5) instead.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from nstutor.linux.syscalls import CLONE_NEWNET, CLONE_NEWUSER, unshare

NEEDED_LINKS = ("veth", "bridge")
LINKS = (*NEEDED_LINKS, "dummy", "vlan", "macvlan", "ipvlan", "vxlan", "gre")
QDISCS = ("tbf", "netem")
DEVICE_ON_LOAD = frozenset({"dummy", "gre"})
"""Loading these modules makes a device in the machine's own namespace."""

RTM_NEWLINK, RTM_NEWQDISC = 16, 36  # linux/rtnetlink.h
NLMSG_ERROR = 2  # linux/netlink.h
CREATE_FLAGS = 0x1 | 0x4 | 0x200 | 0x400  # NLM_F_REQUEST | ACK | EXCL | CREATE
IFLA_LINKINFO, IFLA_INFO_KIND, TCA_KIND = 18, 1, 1  # linux/if_link.h, linux/rtnetlink.h
TC_H_ROOT = 0xFFFFFFFF
LOOPBACK_INDEX = 1


@dataclass(frozen=True, slots=True)
class Features:
    """By kind: the kernel has it, has it not, or could not be asked (None)."""

    links: Mapping[str, bool | None]
    qdiscs: Mapping[str, bool | None]

    @property
    def missing(self) -> tuple[str, ...]:
        """The needed kinds of links that the kernel has not."""
        return tuple(kind for kind in NEEDED_LINKS if self.links[kind] is False)


def _attribute(number: int, payload: bytes) -> bytes:
    """A netlink attribute (netlink(7)), padded to 4 bytes."""
    return struct.pack("=HH", 4 + len(payload), number) + payload + bytes(-len(payload) % 4)


def _request(message_type: int, body: bytes) -> int:
    """Send one rtnetlink request in this namespace; the errno of the answer, 0 for success."""
    message = struct.pack("=IHHII", 16 + len(body), message_type, CREATE_FLAGS, 1, 0) + body
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.settimeout(5)
        netlink.sendto(message, (0, 0))
        answer = netlink.recv(65536)
    if struct.unpack_from("=H", answer, 4)[0] != NLMSG_ERROR:
        return errno.EPROTO
    return -int(struct.unpack_from("=i", answer, 16)[0])


def _has_link(kind: str) -> bool | None:
    """rtnl_newlink() (net/core/rtnetlink.c): EOPNOTSUPP is for an unknown kind, a missing option is EINVAL or so."""
    info = _attribute(IFLA_LINKINFO, _attribute(IFLA_INFO_KIND, kind.encode()))
    return _understood(_request(RTM_NEWLINK, bytes(16) + info), unknown=errno.EOPNOTSUPP)


def _has_qdisc(kind: str) -> bool | None:
    """qdisc_create() (net/sched/sch_api.c): ENOENT is for an unknown kind."""
    head = struct.pack("=BxxxiIII", 0, LOOPBACK_INDEX, 0, TC_H_ROOT, 0)
    return _understood(_request(RTM_NEWQDISC, head + _attribute(TCA_KIND, kind.encode() + b"\0")), unknown=errno.ENOENT)


def _understood(code: int, unknown: int) -> bool | None:
    """What the answer to a request says; being refused the right to ask says nothing."""
    return None if code in {errno.EPERM, errno.EACCES} else code != unknown


def _enter_own_namespace() -> bool:
    """Move this process into a network namespace of its own, rootless if that is allowed."""
    for flags in (CLONE_NEWUSER | CLONE_NEWNET, CLONE_NEWNET):
        with contextlib.suppress(OSError):
            unshare(flags)
            return True
    return False


def _answer(links: list[str], qdiscs: list[str]) -> dict[str, dict[str, bool | None]]:
    """The child's part: ask the kernel about these kinds in a namespace that nobody else uses."""
    if not _enter_own_namespace():
        return {"links": {}, "qdiscs": {}}
    return {"links": {kind: _has_link(kind) for kind in links}, "qdiscs": {kind: _has_qdisc(kind) for kind in qdiscs}}


def ask_in_child(links: list[str], qdiscs: list[str]) -> dict[str, dict[str, bool | None]]:
    """Ask from a forked child, so that this process never changes its namespaces; empty answers if that fails."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, json.dumps(_answer(links, qdiscs)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    answer: dict[str, dict[str, bool | None]] = json.loads(text) if text else {"links": {}, "qdiscs": {}}
    return answer


def _loadable() -> frozenset[str] | None:
    """The kinds of links that a module could bring; None if the modules cannot be seen, as in a container."""
    if not os.path.exists("/proc/modules"):
        return frozenset()
    try:
        with open(f"/lib/modules/{os.uname().release}/modules.alias", encoding="utf-8") as file:
            words = [line.split() for line in file]
    except OSError:
        return None
    return frozenset(word[1].removeprefix("rtnl-link-") for word in words if word[1:2] and "rtnl-link-" in word[1])


def kernel_features() -> Features:
    """What the kernel has, without changing this machine."""
    loadable = _loadable()
    unsafe = DEVICE_ON_LOAD if loadable is None else loadable
    answers = ask_in_child([kind for kind in LINKS if kind not in unsafe], list(QDISCS))
    known: dict[str, bool | None] = dict.fromkeys(loadable or (), True)
    links = {kind: answers["links"].get(kind, known.get(kind)) for kind in LINKS}
    return Features(links, {kind: answers["qdiscs"].get(kind) for kind in QDISCS})
