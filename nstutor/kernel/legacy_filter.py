"""The tables of the older iptables, as the kernel hands them out (linux/netfilter_ipv4/ip_tables.h, ip6_tables.h)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from nstutor.kernel.nft_dump import HOOKS
from nstutor.kernel.parts import BUILT_IN, Chain, FilterRule, Hook, IncomparableError, Option
from nstutor.kernel.xt_match import masked, match_options, named_by_mask, protocol_name, text
from nstutor.kernel.xt_target import target_options
from nstutor.linux.syscalls import getsockopt

SO_GET_INFO, SO_GET_ENTRIES = 64, 65
"""IPT_SO_GET_INFO and IPT_SO_GET_ENTRIES, and the same for IPv6."""
LISTS: Mapping[int, str] = {4: "ip_tables_names", 6: "ip6_tables_names"}
_INFO, _HEADER = struct.Struct("=32sI5I5III"), 40
_NAMED = struct.Struct("=H29sB")  # the head of an xt_entry_match and of an xt_entry_target
HEAD = "ERROR"
"""XT_ERROR_TARGET: the target of what stands before a chain, and at the end of a table."""
VERDICTS = {-1: "DROP", -2: "ACCEPT", -5: "RETURN"}
VIA_IN, VIA_OUT, TOS, SOURCE, DESTINATION, FRAGMENT, PROTOCOL = (1 << bit for bit in range(7))
IPT_FRAGMENT, IPT_GOTO, IP6T_GOTO = 0x1, 0x2, 0x4


class _Layout(NamedTuple):
    """Where things are in an entry of a family."""

    width: int
    """Bytes of an address."""
    protocol: int
    offsets: int
    """Of target_offset and next_offset."""
    counters: int
    size: int


_LAYOUTS = {4: _Layout(4, 80, 88, 96, 112), 6: _Layout(16, 128, 140, 152, 168)}


class _Entry(NamedTuple):
    """A rule, or what stands between chains."""

    rule: FilterRule
    target: str
    """Empty for a verdict, `HEAD` for the head of a chain."""
    name: str
    """Of the chain whose head it is."""
    jump: int | None
    """Where it leads to, as an offset."""
    going: bool


def table_names() -> dict[int, tuple[str, ...]]:
    """The tables of iptables-legacy in the namespace of the calling thread, by family.

    A list that cannot be read is taken for an empty one, for it cannot be read by anybody: it belongs to the root of
    the namespace's user namespace as mapped when it was made (xt_proto_init), and host is made before there is a map.
    """
    return {family: _names(name) for family, name in LISTS.items()}


def _names(name: str) -> tuple[str, ...]:
    try:
        with open(f"/proc/thread-self/net/{name}", encoding="ascii") as file:
            return tuple(sorted(file.read().split()))
    except OSError:
        return ()


def read(family: int, table: str, inside: socket.socket, netns: str) -> Iterator[Chain]:
    """The chains of a table, by a raw socket of that family in the namespace. OSError where the kernel refuses."""
    level = socket.IPPROTO_IP if family == 4 else socket.IPPROTO_IPV6
    info = getsockopt(inside.fileno(), level, SO_GET_INFO, table.encode().ljust(_INFO.size, b"\0"))
    _name, valid, *offsets, _count, size = _INFO.unpack(info)
    head = struct.pack("=32sI4x", table.encode(), size)
    blob = getsockopt(inside.fileno(), level, SO_GET_ENTRIES, head + bytes(size))[_HEADER:]
    entries = dict(_entries(blob, family))
    called = {offsets[hook]: (HOOKS[hook], offsets[5 + hook]) for hook in range(5) if valid >> hook & 1}
    yield from _chains(entries, called, netns, family, table)


def _chains(
    entries: dict[int, _Entry], called: dict[int, tuple[str, int]], netns: str, family: int, table: str
) -> Iterator[Chain]:
    behind = dict(zip(entries, [*list(entries)[1:], -1], strict=True))
    # A chain of one's own begins behind its head; one of the kernel's where the table says.
    names = {behind[at]: entry.name for at, entry in entries.items() if entry.target == HEAD}
    names |= {start: name for start, (name, _) in called.items()}
    rules: list[FilterRule] = []
    name, policy_at = "", -1
    for at, entry in entries.items():
        if at in names:
            rules, name, policy_at = [], names[at], called[at][1] if at in called else -1
        after = entries.get(behind[at])
        if at == policy_at:
            hook = Hook(table, name) if name in BUILT_IN.get(table, ()) else None
            yield Chain(netns, (family,), table, name, hook, entry.rule.target, tuple(rules), entry.rule.packets)
            name = ""
        elif name and policy_at < 0 and after is not None and after.target == HEAD:
            yield Chain(netns, (family,), table, name, None, None, tuple(rules))  # this was its RETURN
            name = ""
        elif entry.target != HEAD:
            rules.append(_resolved(entry, names, behind[at]))


def _resolved(entry: _Entry, names: Mapping[int, str], behind: int) -> FilterRule:
    if entry.jump is None or (not entry.going and entry.jump == behind):
        return entry.rule  # without a target a rule leads to the one behind it
    where = Option("-g" if entry.going else "-j", names.get(entry.jump, "?"))
    return entry.rule._replace(options=(*entry.rule.options, where))


def _entries(blob: bytes, family: int) -> Iterator[tuple[int, _Entry]]:
    layout, at = _LAYOUTS[family], 0
    while at + layout.size <= len(blob):
        target, after = struct.unpack_from("=HH", blob, at + layout.offsets)
        yield at, _entry(blob[at : at + after], target, layout, family)
        if not after:
            return
        at += after


def _entry(entry: bytes, at: int, layout: _Layout, family: int) -> _Entry:
    options, unknown = list(_of_header(entry, layout, family)), None
    position = layout.size
    while position < at:
        size, name, revision = _NAMED.unpack_from(entry, position)
        try:
            options += match_options(text(name), revision, entry[position + 32 : position + size], family)
        except IncomparableError as error:
            unknown = unknown or str(error)
        position += size or at
    size, raw, revision = _NAMED.unpack_from(entry, at)
    name, info = text(raw), entry[at + 32 : at + size]
    jump, chain = None, ""
    if name == HEAD:
        chain = text(info)
    elif not name:
        (verdict,) = struct.unpack_from("=i", info)
        jump = verdict if verdict >= 0 else None
        options += [Option("-j", VERDICTS[verdict])] if verdict in VERDICTS else []
    else:
        options.append(Option("-j", name))
        try:
            options += target_options(name, revision, info, family)
        except IncomparableError as error:
            unknown = unknown or str(error)
    (packets,) = struct.unpack_from("=Q", entry, layout.counters)
    going = bool(entry[layout.protocol + (2 if family == 4 else 3)] & (IPT_GOTO if family == 4 else IP6T_GOTO))
    return _Entry(FilterRule(tuple(options), packets, None, unknown), name, chain, jump, going)


def _of_header(entry: bytes, layout: _Layout, family: int) -> Iterator[Option]:
    width, base = layout.width, 4 * layout.width
    protocol, *rest = struct.unpack_from("=H4B", entry, layout.protocol)
    flags, inverted = (rest[0], rest[1]) if family == 4 else (rest[1], rest[2])
    for index, name, bit in ((0, "-s", SOURCE), (1, "-d", DESTINATION)):
        address, mask = (entry[part * width :][:width] for part in (index, index + 2))
        if any(mask) or inverted & bit:
            yield Option(name, masked(address, mask, family), bool(inverted & bit))
    for index, name, bit in ((0, "-i", VIA_IN), (1, "-o", VIA_OUT)):
        device, counts = (entry[base + 16 * part :][:16] for part in (index, index + 2))
        if any(counts) or inverted & bit:
            yield Option(name, named_by_mask(device, counts), bool(inverted & bit))
    if protocol:
        yield Option("-p", protocol_name(protocol), bool(inverted & PROTOCOL))
    if family == 4 and flags & IPT_FRAGMENT:
        yield Option("-f", "", bool(inverted & FRAGMENT))
