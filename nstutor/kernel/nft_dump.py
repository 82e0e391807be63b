"""The tables, chains and rules of nf_tables, dumped by netlink: nothing that a name holds can pass for a rule."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from nstutor.kernel.filterwords import hook_of
from nstutor.kernel.nft_actions import Attributes, nested, number
from nstutor.kernel.nft_rule import RuleReader, Set
from nstutor.kernel.parts import Chain, FilterRule
from nstutor.kernel.xt_match import text
from nstutor.linux.netlink import RequestSocket, attribute, attributes

_NFTABLES = 10 << 8  # NFNL_SUBSYS_NFTABLES, linux/netfilter/nfnetlink.h
GETTABLE, GETCHAIN, GETRULE, GETSET, GETSETELEM = (_NFTABLES | kind for kind in (1, 4, 7, 10, 13))
FAMILIES: Mapping[int, tuple[int, ...]] = {1: (4, 6), 2: (4,), 10: (6,)}
"""NFPROTO_INET, _IPV4, _IPV6: nft's families that iptables has as well; the others have other tools."""
HOOKS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
"""By NF_INET_*."""
TABLE_DORMANT = 0x1
SET_ANONYMOUS, SET_INTERVAL, SET_MAP = 0x1, 0x4, 0x8
ELEMENT_INTERVAL_END, ELEMENT_CATCHALL = 0x1, 0x2
USERDATA_COMMENT = 0

Place = tuple[int, str, str]
"""Family, table and chain; or family, table and set."""


class Dump(NamedTuple):
    """What one namespace has, as netlink gives it."""

    chains: list[tuple[int, Attributes]]
    rules: dict[Place, list[Attributes]]
    sets: dict[Place, Attributes]
    dormant: frozenset[tuple[int, str]]
    """Tables that are switched off: the kernel calls none of their chains."""


def read(inside: RequestSocket, netns: str, devices: Mapping[int, str]) -> Iterator[Chain]:
    """The chains of the namespace that is called `netns`, by a NETLINK_NETFILTER socket in it."""
    dump = _dump(inside)
    for raw, chain in dump.chains:
        table, name = text(chain[1]), text(chain[3])
        if raw in FAMILIES and (raw, table) not in dump.dormant:
            families = FAMILIES[raw]
            only = families[0] if len(families) == 1 else None
            reader = partial(RuleReader, only, partial(_set_of, inside, dump, (raw, table)), devices)
            found = (_rule(reader(), rule) for rule in dump.rules.get((raw, table, name), ()))
            yield _chain(netns, families, chain, tuple(found))


def _dump(inside: RequestSocket) -> Dump:
    rules: dict[Place, list[Attributes]] = {}
    for family, rule in _all(inside, GETRULE):
        rules.setdefault((family, text(rule[1]), text(rule[2])), []).append(rule)
    tables = _all(inside, GETTABLE)
    sets = {(family, text(found[1]), text(found[2])): found for family, found in _all(inside, GETSET)}
    dormant = {(family, text(table[1])) for family, table in tables if number(table.get(2, b"\0")) & TABLE_DORMANT}
    return Dump(_all(inside, GETCHAIN), rules, sets, frozenset(dormant))


def _all(inside: RequestSocket, kind: int) -> list[tuple[int, Attributes]]:
    """The family and the attributes of each object."""
    return [(payload[0], dict(attributes(payload, 4))) for payload in inside.dump(kind, bytes(4))]


def _chain(netns: str, families: tuple[int, ...], chain: Attributes, rules: tuple[FilterRule, ...]) -> Chain:
    table, name = text(chain[1]), text(chain[3])
    place = nested(chain.get(4, b""))
    if 1 not in place:
        return Chain(netns, families, table, name, None, None, rules)
    at = number(place[1])
    (priority,) = struct.unpack(">i", place[2])
    hook = hook_of(text(chain.get(7, b"filter")), HOOKS[at] if at < len(HOOKS) else "", priority)
    counted = nested(chain.get(8, b"")).get(2)
    policy = "ACCEPT" if number(chain.get(5, b"\1")) else "DROP"
    # iptables made this one, and shows 0 where the kernel was not told to count.
    uncounted = 0 if hook == (table, name) else None
    return Chain(netns, families, table, name, hook, policy, rules, number(counted) if counted else uncounted)


def _set_of(inside: RequestSocket, dump: Dump, table: tuple[int, str], name: str) -> Set | None:
    given = dump.sets.get((*table, name))
    return _set(inside, table[0], given) if given is not None else None


def _rule(reader: RuleReader, rule: Attributes) -> FilterRule:
    expressions = [nested(item) for _, item in attributes(rule.get(4, b""), 0)]
    pairs = ((text(one[1]), nested(one.get(2, b""))) for one in expressions)
    return reader.read(pairs, _comment(rule.get(7, b"")))


def _comment(userdata: bytes) -> str | None:
    """The comment that nft has on a rule: user data is type, length and value of each piece (libnftnl, udata.c)."""
    at = 0
    while at + 2 <= len(userdata):
        kind, length = userdata[at], userdata[at + 1]
        if kind == USERDATA_COMMENT:
            return text(userdata[at + 2 : at + 2 + length])
        at += 2 + length
    return None


def _set(inside: RequestSocket, family: int, given: Attributes) -> Set | None:
    """The values of an anonymous set, which no one changes; None for another one, and for a map."""
    flags, length = number(given.get(3, b"\0")), number(given[5])
    if not flags & SET_ANONYMOUS or flags & SET_MAP:
        return None
    body = struct.pack("=BBH", family, 0, 0) + attribute(1, given[1]) + attribute(2, given[2])
    elements = [
        nested(item)
        for payload in inside.dump(GETSETELEM, body)
        for _, item in attributes(dict(attributes(payload, 4)).get(3, b""), 0)
    ]
    if any(number(one.get(3, b"\0")) & ELEMENT_CATCHALL for one in elements):
        return None
    points = [(nested(one[1])[1], bool(number(one.get(3, b"\0")) & ELEMENT_INTERVAL_END)) for one in elements]
    if any(10 in one for one in elements):
        return None  # a concatenation
    return Set(tuple(_intervals(points, length)) if flags & SET_INTERVAL else tuple((key, key) for key, _ in points))


def _intervals(points: list[tuple[bytes, bool]], length: int) -> Iterator[tuple[bytes, bytes]]:
    """Ranges from their first values and the values behind their last ones."""
    first: bytes | None = None
    for key, ends in sorted(points, key=lambda point: (point[0], not point[1])):
        if ends and first is not None:
            yield first, (number(key) - 1).to_bytes(length, "big")
        first = None if ends else key
    if first is not None:
        yield first, b"\xff" * length
