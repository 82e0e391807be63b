"""Loops of bridges: which ports must not forward so that no frame can circle (IEEE 802.1D), and to keep one from it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from typing import NamedTuple

from nstutor.kernel.hop import hop
from nstutor.kernel.model import Link, Snapshot
from nstutor.kernel.registry import Registry
from nstutor.linux.netlink import NLM_F_ACK, RequestSocket, attribute

RTM_SETLINK = 19
IFLA_PROTINFO, IFLA_BRPORT_STATE, NLA_F_NESTED = 12, 1, 0x8000
DISABLED, FORWARDING = 0, 3
"""BR_STATE_* (linux/if_bridge.h). Without STP the kernel makes a blocking port forward at once, a listening one when
its timer expires; a disabled one stays so until it, or the bridge, is set up anew (br_stp.c, br_stp_timer.c)."""

Bridge = tuple[str, str]
"""Network namespace and name."""


class Port(NamedTuple):
    """A port of a bridge, and where the pair that it is an end of leads."""

    netns: str
    dev: str
    index: int  # type: ignore[assignment]  # nobody searches it as a tuple
    bridge: str
    peer: str
    state: str
    joins: tuple[Bridge, Bridge]
    """The bridges at both ends; a pair may have both ends in one."""


def closing(snapshot: Snapshot) -> tuple[Port, ...]:
    """The ports without which no frame could circle: one of each pair that joins what is joined already.

    Only ports that forward count; STP, where it is on, has blocked the others.
    """
    roots: dict[Bridge, Bridge] = {}
    return tuple(port for port in _pairs(snapshot) if port.state == "forwarding" and not _join(roots, port.joins))


def needless(snapshot: Snapshot, held: Iterable[Port]) -> tuple[Port, ...]:
    """Those of these ports, which are all held, that could forward without a loop."""
    roots: dict[Bridge, Bridge] = {}
    pairs = {(port.netns, port.index): port for port in _pairs(snapshot)}
    for port in pairs.values():
        if port.state == "forwarding":
            _join(roots, port.joins)
    found = []
    for port in held:
        now = pairs.get((port.netns, port.index))
        # Where there is no pair, its other end has left the bridges.
        if now is None or _join(roots, now.joins):
            found.append(port)
    return tuple(found)


def is_held(snapshot: Snapshot, port: Port) -> bool:
    """Whether it is a port of that bridge still, and disabled: one that left, or was down, begins anew."""
    links = snapshot.links()
    link = next((link for link in links if (link.netns, link.index) == (port.netns, port.index)), None)
    return link is not None and link.up and link.master == port.bridge and link.port == "disabled"


def set_state(registry: Registry, port: Port, state: int) -> None:
    """What `bridge link set dev DEV state STATE` does. OSError if the port has gone, or STP holds it."""
    header = struct.pack("=BxHiII", socket.AF_BRIDGE, 0, port.index, 0, 0)
    inner = attribute(IFLA_BRPORT_STATE, bytes((state,)))
    with registry.opened(port.netns) as fd, hop(fd):
        requests = RequestSocket()
    with requests:
        requests.get(RTM_SETLINK, header + attribute(IFLA_PROTINFO | NLA_F_NESTED, inner), NLM_F_ACK)


def _pairs(snapshot: Snapshot) -> list[Port]:
    """Of each veth pair with both ends in bridges, and up, the end that does not forward; else the one made first.

    That is the one behind `peer name`, which was mostly meant for another namespace.
    """
    found = []
    for near in snapshot.links():
        far = snapshot.link(near.peernetns, near.peer) if near.peernetns and near.peer else None
        ports = far is not None and near.master is not None and far.master is not None and near.up and far.up
        if far is not None and ports and (near.netns, near.index) < (far.netns, far.index):
            found.append(_port(near, far) if far.port == "forwarding" else _port(far, near))
    return found


def _port(near: Link, far: Link) -> Port:
    assert near.master is not None
    assert far.master is not None
    joins = ((near.netns, near.master), (far.netns, far.master))
    return Port(near.netns, near.name, near.index, near.master, far.name, near.port or "", joins)


def _join(roots: dict[Bridge, Bridge], ends: tuple[Bridge, Bridge]) -> bool:
    """Note that these are joined; False if they were (union and find)."""
    one, other = (_root(roots, end) for end in ends)
    roots[one] = other
    return one != other


def _root(roots: dict[Bridge, Bridge], bridge: Bridge) -> Bridge:
    while roots.get(bridge, bridge) != bridge:
        bridge = roots[bridge]
    return bridge
