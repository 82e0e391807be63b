"""What in host could carry a packet from one port of a bridge to another beside it: tc, nftables, programs."""

from __future__ import annotations

import errno
import socket
import struct
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from nstutor.kernel.way import OPEN_TAPS, Cause, Detour
from nstutor.linux.netlink import RequestSocket, attributes

RTM_GETQDISC, RTM_GETTFILTER = 38, 46
TCA_KIND, TCA_OPTIONS = 1, 2
CLASSIFIERS = {"u32": 7, "flower": 3, "matchall": 2, "basic": 3, "fw": 4, "flow": 9, "route": 6, "cgroup": 1, "bpf": 1}
"""The attribute of each classifier's options that holds its actions (linux/pkt_cls.h)."""
TCA_ACT_KIND, TCA_ACT_OPTIONS, TCA_MIRRED_PARMS = 1, 2, 2
_MIRRED_IFINDEX = 24
"""Bytes in struct tc_mirred before it (linux/tc_act/tc_mirred.h)."""
TC_H_INGRESS, TC_H_EGRESS = 0xFFFFFFF2, 0xFFFFFFF3
"""The hooks of `ingress` and `clsact` (linux/pkt_sched.h)."""

NETLINK_NETFILTER, NFT_MSG_GETRULE, NFPROTO_NETDEV = 12, 10 << 8 | 7, 5
NFTA_RULE_TABLE, NFTA_RULE_CHAIN, NFTA_RULE_EXPRESSIONS = 1, 2, 4
NFTA_EXPR_NAME, NFTA_EXPR_DATA = 1, 2
NFTA_PAYLOAD_BASE, NFTA_PAYLOAD_SREG, NFTA_IMMEDIATE_DATA, NFTA_DATA_VALUE = 2, 5, 2, 1


class Beside(NamedTuple):
    """What there is in host besides the bridge's own forwarding."""

    diversion: Detour | None
    """A tc filter or a rule of nftables that sends packets to one of the devices that were asked about."""
    packet_sockets: bool
    """Programs have packet(7) sockets there: to send frames with, or only to receive (tcpdump)."""


def look_beside(devices: Mapping[int, str]) -> Beside:
    """What could carry a packet to one of these devices, by index, in the namespace that the calling thread is in."""
    with RequestSocket() as requests:
        redirecting = next(_redirecting(requests, devices), None)
    return Beside(redirecting or next(_forwarding(devices), None), _packet_sockets())


def _redirecting(requests: RequestSocket, targets: Mapping[int, str]) -> Iterator[Detour]:
    for qdisc in requests.dump(RTM_GETQDISC, bytes(20)):
        index, handle = struct.unpack_from("=iI", qdisc, 4)
        hooks = (TC_H_INGRESS, TC_H_EGRESS) if handle >> 16 == 0xFFFF else (handle,)
        for hook in hooks if handle else ():
            filters = requests.dump(RTM_GETTFILTER, struct.pack("=BxxxiIII", 0, index, 0, hook, 0))
            for target in (target for one in filters for target in _mirred(one)):
                if target in targets:
                    yield Detour(Cause.TC, _name(index), targets[target])


def _mirred(message: bytes) -> Iterator[int]:
    """The devices that the actions of a filter redirect or mirror to."""
    filter_ = dict(attributes(message, 20))
    options = dict(attributes(filter_.get(TCA_OPTIONS, b""), 0))
    actions = options.get(CLASSIFIERS.get(_text(filter_.get(TCA_KIND, b"")), 0), b"")
    for action in (dict(attributes(body, 0)) for _, body in attributes(actions, 0)):
        if _text(action.get(TCA_ACT_KIND, b"")) == "mirred":
            parms = dict(attributes(action.get(TCA_ACT_OPTIONS, b""), 0)).get(TCA_MIRRED_PARMS, b"")
            yield from struct.unpack_from("=i", parms, _MIRRED_IFINDEX) if len(parms) >= 28 else ()


def _forwarding(targets: Collection[int]) -> Iterator[Detour]:
    """Rules of the netdev family that forward or copy packets to such a device, or write MACs."""
    with RequestSocket(NETLINK_NETFILTER) as requests:
        try:
            rules = requests.dump(NFT_MSG_GETRULE, struct.pack("=BBH", NFPROTO_NETDEV, 0, 0))
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOENT):
                return  # a kernel without nf_tables
            raise
    for rule in (dict(attributes(message, 4)) for message in rules):
        listed = (dict(attributes(one, 0)) for _, one in attributes(rule.get(NFTA_RULE_EXPRESSIONS, b""), 0))
        expressions = [(_text(one[NFTA_EXPR_NAME]), _attributes(one.get(NFTA_EXPR_DATA))) for one in listed]
        if _diverts(expressions, targets):
            yield Detour(Cause.NFT, _text(rule[NFTA_RULE_TABLE]), _text(rule[NFTA_RULE_CHAIN]))


def _diverts(expressions: Sequence[tuple[str, Mapping[int, bytes]]], targets: Collection[int]) -> bool:
    names = {name for name, _ in expressions}
    if any(
        name == "payload" and NFTA_PAYLOAD_SREG in body and body.get(NFTA_PAYLOAD_BASE) == bytes(4)
        for name, body in expressions
    ):
        return True
    written = [
        _attributes(body.get(NFTA_IMMEDIATE_DATA)).get(NFTA_DATA_VALUE, b"")
        for name, body in expressions
        if name == "immediate"
    ]
    devices = {int.from_bytes(value, sys.byteorder) for value in written}
    # Where the device comes out of a map, any may be meant.
    return bool(names & {"fwd", "dup"}) and (not devices or not devices.isdisjoint(targets))


def _attributes(nested: bytes | None) -> Mapping[int, bytes]:
    return dict(attributes(nested or b"", 0))


def _packet_sockets() -> bool:
    with open("/proc/thread-self/net/packet", encoding="ascii") as lines:
        inodes = [int(line.split()[-1]) for line in lines if not line.startswith("sk ")]
    return not OPEN_TAPS.issuperset(inodes)


def _name(index: int) -> str:
    try:
        return socket.if_indextoname(index)
    except OSError:
        return str(index)


def _text(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode(errors="replace")
