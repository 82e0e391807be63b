"""Expressions of nf_tables' that need no register, in iptables' words (net/netfilter/nft_*.c)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nstutor.kernel.filterwords import limit_text
from nstutor.kernel.parts import IncomparableError, Option
from nstutor.kernel.xt_match import text
from nstutor.kernel.xt_target import ICMP6_CODES, ICMP_CODES, LOG_FLAGS, flag_options
from nstutor.linux.netlink import attributes

Attributes = Mapping[int, bytes]

LTE, GTE = 3, 5
"""NFT_CMP_LTE, NFT_CMP_GTE."""
ICMPX_CODES = ((0, 0), (3, 4), (1, 3), (13, 1))
"""By NFT_REJECT_ICMPX_*, what is sent over IPv4 and over IPv6."""


def nested(data: bytes) -> Attributes:
    """Attributes by kind, the last of each."""
    return dict(attributes(data, 0))


def number(data: bytes) -> int:
    """A number in the order of the network."""
    return int.from_bytes(data, "big")


def joined(expressions: Iterator[tuple[str, Attributes]]) -> Iterator[tuple[str, Attributes]]:
    """The expressions, with the two comparisons that nft makes of a range as the one that the kernel has for it."""
    last: tuple[str, Attributes] | None = None
    for name, given in expressions:
        first = last[1] if last is not None and last[0] == name == "cmp" else None
        if first is not None and (number(first[2]), number(given[2])) == (GTE, LTE) and first[1] == given[1]:
            last = "range", {1: given[1], 2: bytes(4), 3: first[3], 4: given[3]}
            continue
        if last is not None:
            yield last
        last = name, given
    if last is not None:
        yield last


def reject(given: Attributes, family: int | None) -> Iterator[Option]:
    """Refuse; `family` is the one that the rule is for, None for both."""
    yield Option("-j", "REJECT")
    kind, code = number(given[1]), number(given.get(2, b"\0"))
    if kind == 1:
        yield Option("--reject-with", "tcp-reset")
        return
    four, six = ICMPX_CODES[code] if kind == 2 else (code, code)
    if family != 6 and (kind == 2 or family == 4):
        yield Option("--reject-with", f"icmp-{ICMP_CODES[four]}")
    if family != 4 and (kind == 2 or family == 6):
        yield Option("--reject-with", f"icmp6-{ICMP6_CODES[six]}")
    if kind != 2 and family is None:
        raise IncomparableError("reject")


def _log(given: Attributes) -> Iterator[Option]:
    if 1 in given:
        yield from _log_to_group(given)
        return
    yield Option("-j", "LOG")
    if text(given.get(2, b"")):
        yield Option("--log-prefix", text(given[2]))
    yield Option("--log-level", str(number(given.get(5, b"\4"))))
    yield from flag_options(number(given.get(6, b"\0")), LOG_FLAGS, "log")


def _log_to_group(given: Attributes) -> Iterator[Option]:
    yield Option("-j", "NFLOG")
    if text(given.get(2, b"")):
        yield Option("--nflog-prefix", text(given[2]))
    yield Option("--nflog-group", str(number(given[1])))
    if number(given.get(3, b"\0")) or number(given.get(4, b"\0")) > 1:
        raise IncomparableError("log")


def _notrack(_given: Attributes) -> Iterator[Option]:
    yield from (Option("-j", "CT"), Option("--notrack", ""))


def _limit(given: Attributes) -> Iterator[Option]:
    if number(given.get(4, b"\0")) or number(given.get(5, b"\0")):
        raise IncomparableError("limit")
    yield Option("--limit", limit_text(number(given[1]), number(given[2])))
    yield Option("--limit-burst", str(number(given[3])))


ACTIONS: Mapping[str, Callable[[Attributes], Iterator[Option]]] = {"log": _log, "notrack": _notrack, "limit": _limit}
"""By the names that the kernel gives to expressions."""
