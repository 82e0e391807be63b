"""What the expressions of nf_tables load and compare, in iptables' words (linux/netfilter/nf_tables.h)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import IntEnum
from ipaddress import ip_address, summarize_address_range
from typing import NamedTuple

from nstutor.kernel.filterwords import LAST_PORT, flags_of, mark_of, port_range
from nstutor.kernel.parts import IncomparableError, Option
from nstutor.kernel.xt_match import PACKET_TYPES, STATES, STATUSES, interface, masked, named, protocol_name

NETWORK, TRANSPORT = 1, 2
"""NFT_PAYLOAD_*_HEADER."""
PORTED = frozenset({6, 17, 33, 132, 136})
"""Protocols whose header begins with two ports: TCP, UDP, DCCP, SCTP, UDP-Lite."""
TCP, ICMP, ICMP6 = 6, 1, 58
FAMILIES = {2: 4, 10: 6}
"""NFPROTO_IPV4, NFPROTO_IPV6."""


class Meta(IntEnum):
    """NFT_META_*."""

    PROTOCOL, MARK, IIF, OIF, IIFNAME, OIFNAME = 1, 3, 4, 5, 6, 7
    SKUID, SKGID, NFPROTO, L4PROTO, PKTTYPE = 10, 11, 15, 16, 19


class Ct(IntEnum):
    """NFT_CT_*."""

    STATE, DIRECTION, STATUS, MARK = 0, 1, 2, 3


class Operator(IntEnum):
    """NFT_CMP_*."""

    EQ, NEQ, LT, LTE, GT, GTE = range(6)


class Field(NamedTuple):
    """What a register holds of a packet: some bytes of a header, or something that is known about it."""

    kind: str
    """`payload`, `meta` or `ct`."""
    key: int
    """Which header, or NFT_META_*, NFT_CT_*."""
    offset: int = 0
    length: int = 0
    mask: bytes | None = None
    """The bits that count, where not all do."""
    flip: bytes = b""
    """The bits that are flipped afterwards."""


class Part(NamedTuple):
    """One field of a header, and how many of its bytes are looked at."""

    name: str
    size: int
    taken: int


HEADERS: Mapping[int, Sequence[tuple[int, int, str]]] = {
    4: ((6, 2, "fragment"), (8, 1, "--ttl-eq"), (9, 1, "-p"), (12, 4, "-s"), (16, 4, "-d")),
    6: ((6, 1, "-p"), (7, 1, "--hl-eq"), (8, 16, "-s"), (24, 16, "-d")),
}
"""Offset, length and option of the fields of a network header (RFC 791, RFC 8200)."""


def host(data: bytes) -> int:
    """A number in the machine's own order of bytes."""
    return int.from_bytes(data, sys.byteorder)


def parts_of(field: Field, family: int | None, protocols: frozenset[int]) -> list[Part]:
    """The fields of a header that some bytes of it are; nft loads neighbours at once."""
    if field.key == NETWORK and family is not None:
        known = HEADERS[family]
    elif field.key == TRANSPORT:
        known = _transport(protocols)
    else:
        raise IncomparableError("payload")
    found, at, end = [], field.offset, field.offset + field.length
    while at < end:
        size, name = next(((size, name) for offset, size, name in known if offset == at), (0, ""))
        taken = min(size, end - at)
        if not size or (taken < size and name not in ("-s", "-d")):
            raise IncomparableError("payload")
        found.append(Part(name, size, taken))
        at += taken
    return found


def _transport(protocols: frozenset[int]) -> Sequence[tuple[int, int, str]]:
    if protocols and protocols <= PORTED:
        ports = ((0, 2, "--sport"), (2, 2, "--dport"))
        return (*ports, (13, 1, "--tcp-flags")) if protocols == {TCP} else ports
    if protocols in ({ICMP}, {ICMP6}):
        name = "--icmp-type" if ICMP in protocols else "--icmpv6-type"
        return ((0, 1, name), (1, 1, "code"))
    raise IncomparableError("payload")


def compared(part: Part, operator: Operator, data: bytes, mask: bytes | None, family: int | None) -> Option:
    """A field of a header that is compared with something."""
    negated = operator is Operator.NEQ
    if part.name in ("--sport", "--dport") and mask is None:
        return _port(part.name, operator, int.from_bytes(data, "big"))
    if operator > Operator.NEQ or part.name == "code":
        raise IncomparableError("payload")
    if part.name in ("-s", "-d"):
        whole = (mask if mask is not None else b"\xff" * part.taken).ljust(part.size, b"\0")
        return Option(part.name, masked(data.ljust(part.size, b"\0"), whole, family or 4), negated)
    if part.name == "--tcp-flags":
        return _tcp_flags(mask[0] if mask is not None else 0x3F, data[0], negated)
    if part.name == "fragment" and mask == b"\x1f\xff" and not any(data):
        return Option("-f", "", not negated)
    if mask is not None or part.name == "fragment":
        raise IncomparableError("bitwise")
    return Option(part.name, protocol_name(data[0]) if part.name == "-p" else str(data[0]), negated)


def _tcp_flags(mask: int, flags: int, negated: bool) -> Option:
    if negated and not flags and mask.bit_count() == 1:  # `tcp flags syn`: the one bit is set
        return Option("--tcp-flags", flags_of(mask, mask))
    return Option("--tcp-flags", flags_of(mask, flags), negated)


BOUNDS: Mapping[Operator, Callable[[int], tuple[int, int]]] = {
    Operator.LT: lambda end: (0, end - 1),
    Operator.LTE: lambda end: (0, end),
    Operator.GT: lambda end: (end + 1, LAST_PORT),
    Operator.GTE: lambda end: (end, LAST_PORT),
    Operator.EQ: lambda end: (end, end),
    Operator.NEQ: lambda end: (end, end),
}
"""The first and the last port that meet a comparison."""


def _port(name: str, operator: Operator, number: int) -> Option:
    return Option(name, port_range(*BOUNDS[operator](number)), operator is Operator.NEQ)


def meta_compared(field: Field, operator: Operator, data: bytes, devices: Mapping[int, str]) -> Option:
    """Something about a packet that is compared with something."""
    if operator > Operator.NEQ or (field.mask is not None and field.key != Meta.MARK):
        raise IncomparableError("meta")
    negated = operator is Operator.NEQ
    if field.key in (Meta.IIFNAME, Meta.OIFNAME):
        return Option("-i" if field.key == Meta.IIFNAME else "-o", interface(data), negated)
    if field.key in (Meta.IIF, Meta.OIF):
        if host(data) not in devices:
            raise IncomparableError("meta")
        return Option("-i" if field.key == Meta.IIF else "-o", devices[host(data)], negated)
    if field.key == Meta.L4PROTO:
        return Option("-p", protocol_name(data[0]), negated)
    if field.key == Meta.MARK:
        return Option("--mark", _mark(field, data), negated)
    if field.key in (Meta.SKUID, Meta.SKGID):
        return Option("--uid-owner" if field.key == Meta.SKUID else "--gid-owner", str(host(data)), negated)
    if field.key == Meta.PKTTYPE and data[0] in PACKET_TYPES:
        return Option("--pkt-type", PACKET_TYPES[data[0]], negated)
    raise IncomparableError("meta")


def ct_compared(field: Field, operator: Operator, data: bytes) -> Option:
    """Something about a packet's connection that is compared with something."""
    negated = operator is Operator.NEQ
    if operator > Operator.NEQ:
        raise IncomparableError("ct")
    if field.key == Ct.MARK:
        return Option("-m connmark --mark", _mark(field, data), negated)
    if field.key == Ct.DIRECTION and field.mask is None:
        return Option("--ctdir", "REPLY" if bool(data[0]) != negated else "ORIGINAL")
    if field.key in (Ct.STATE, Ct.STATUS):
        name, bits = ("--ctstate", STATES) if field.key == Ct.STATE else ("--ctstatus", STATUSES)
        if field.mask is not None and not any(data):  # `& bits != 0`: one of them is set
            return Option(name, named(host(field.mask), bits, "ct"), not negated)
        if field.mask is None and field.key == Ct.STATE and host(data).bit_count() == 1:
            return Option(name, named(host(data), bits, "ct"), negated)
    raise IncomparableError("ct")


def _mark(field: Field, data: bytes) -> str:
    return mark_of(host(data), host(field.mask) if field.mask is not None else 0xFFFFFFFF)


def ranged(name: str, low: bytes, high: bytes) -> Iterator[str]:
    """The values from one to another, as iptables has them; an open one of addresses as two ends."""
    if name in ("--sport", "--dport"):
        yield port_range(int.from_bytes(low, "big"), int.from_bytes(high, "big"))
    elif name in ("-s", "-d") and len(low) in (4, 16):
        first, last = ip_address(low), ip_address(high)
        networks = [str(one) for one in summarize_address_range(first, last)]
        yield networks[0] if len(networks) == 1 else f"{first}-{last}"
    elif low == high and len(low) == 1:
        yield protocol_name(low[0]) if name == "-p" else str(low[0])
    else:
        raise IncomparableError("range")
