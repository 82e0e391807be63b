"""What a target of x_tables carries in its binary form, in iptables' words (linux/netfilter/xt_*.h, nf_nat.h)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from nstutor.kernel.filterwords import port_range, set_mark_of
from nstutor.kernel.parts import IncomparableError, Option
from nstutor.kernel.xt_match import Decoder, address_of, decoded, masked, text

ICMP_CODES = {
    0: "net-unreachable",
    1: "host-unreachable",
    2: "proto-unreachable",
    3: "port-unreachable",
    9: "net-prohibited",
    10: "host-prohibited",
    13: "admin-prohibited",
}
ICMP6_CODES = {
    0: "no-route",
    1: "adm-prohibited",
    3: "addr-unreachable",
    4: "port-unreachable",
    5: "policy-fail",
    6: "reject-route",
}
REJECTS = {
    0: "icmp-net-unreachable",
    1: "icmp-host-unreachable",
    2: "icmp-proto-unreachable",
    3: "icmp-port-unreachable",
    5: "icmp-net-prohibited",
    6: "icmp-host-prohibited",
    7: "tcp-reset",
    8: "icmp-admin-prohibited",
}
REJECTS6 = {
    0: "icmp6-no-route",
    1: "icmp6-adm-prohibited",
    3: "icmp6-addr-unreachable",
    4: "icmp6-port-unreachable",
    6: "tcp-reset",
    7: "icmp6-policy-fail",
    8: "icmp6-reject-route",
}
LOG_FLAGS = {
    1: "--log-tcp-sequence",
    2: "--log-tcp-options",
    4: "--log-ip-options",
    8: "--log-uid",
    32: "--log-macdecode",
}
NAT_FLAGS = {4: "--random", 8: "--persistent", 16: "--random-fully"}
"""NF_NAT_RANGE_*; 1 says that there are addresses, 2 that there are ports."""
NAT_OPTIONS = {"SNAT": "--to-source", "DNAT": "--to-destination", "MASQUERADE": "--to-ports", "REDIRECT": "--to-ports"}


def target_options(name: str, revision: int, info: bytes, family: int) -> list[Option]:
    """The options of a target but for `-j`. Raises IncomparableError where it, or something in it, is not known."""
    return decoded(TARGETS, name, revision, info, family)


def flag_options(flags: int, names: Mapping[int, str], what: str) -> Iterator[Option]:
    """Options without a value, by the bits that are set."""
    if flags & ~sum(names):
        raise IncomparableError(what)
    yield from (Option(name, "") for bit, name in names.items() if flags & bit)


def place(addresses: tuple[str, str] | None, ports: tuple[int, int] | None) -> str:
    """Where translation leads: `10.0.0.2-10.0.0.9:80-90`, with brackets around IPv6 before ports."""
    found = ""
    if addresses:
        found = addresses[0] if addresses[0] == addresses[1] else "-".join(addresses)
        if ports and ":" in found:
            found = f"[{found}]"
    if ports:
        found += (":" if addresses else "") + port_range(*ports).replace(":", "-")
    return found


def _nat(name: str, *, old: bool = False) -> Decoder:
    """nf_nat_range, or the older nf_nat_ipv4_multi_range_compat with one range, which only IPv4 has."""

    def decode(info: bytes, family: int) -> Iterator[Option]:
        if old and family == 4:
            _count, flags, low, high = struct.unpack_from("=II4s4s", info)
            ends = struct.unpack_from(">HH", info, 16)
        else:
            flags, low, high = struct.unpack_from("=I16s16s", info)
            ends = struct.unpack_from(">HH", info, 36)
        addresses = (str(address_of(low, family)), str(address_of(high, family))) if flags & 1 else None
        value = place(addresses, (ends[0], ends[1]) if flags & 2 else None)
        if value:
            yield Option(NAT_OPTIONS[name], value)
        yield from flag_options(flags & ~3, NAT_FLAGS, name)

    return decode


def _mark(info: bytes, _family: int) -> Iterator[Option]:
    yield Option("--set-xmark", set_mark_of(*struct.unpack_from("=II", info)))


def _connmark_shifted(info: bytes, family: int) -> Iterator[Option]:
    if info[12] or info[13]:
        raise IncomparableError("CONNMARK")
    yield from _connmark(info[:12] + info[14:], family)


def _connmark(info: bytes, _family: int) -> Iterator[Option]:
    mark, mask, other, mode = struct.unpack_from("=IIIB", info)
    if mode == 0:
        yield Option("--set-xmark", set_mark_of(mark, mask))
        return
    yield Option("--save-mark" if mode == 1 else "--restore-mark", "")
    yield from (Option("--nfmask", hex(other)), Option("--ctmask", hex(mask)))


def _reject(info: bytes, family: int) -> Iterator[Option]:
    (number,) = struct.unpack_from("=I", info)
    known = REJECTS if family == 4 else REJECTS6
    if number not in known:
        raise IncomparableError("REJECT")
    yield Option("--reject-with", known[number])


def _log(info: bytes, _family: int) -> Iterator[Option]:
    level, flags = info[0], info[1]
    prefix = text(info[2:32])
    if prefix:
        yield Option("--log-prefix", prefix.strip(" '\""))
    yield Option("--log-level", str(level))
    yield from flag_options(flags, LOG_FLAGS, "LOG")


def _nflog(info: bytes, _family: int) -> Iterator[Option]:
    length, group, threshold, flags = struct.unpack_from("=IHHH", info)
    prefix = text(info[12:76])
    if prefix:
        yield Option("--nflog-prefix", prefix.strip(" '\""))
    yield Option("--nflog-group", str(group))
    if length or flags:
        yield Option("--nflog-size" if flags & 1 else "--nflog-range", str(length))
    if threshold > 1:
        yield Option("--nflog-threshold", str(threshold))


def _tproxy(info: bytes, family: int) -> Iterator[Option]:
    mask, value = struct.unpack_from("=II", info)
    (port,) = struct.unpack_from(">H", info, 24)
    yield Option("--on-port", str(port))
    yield Option("--on-ip", str(address_of(info[8:], family)))
    yield Option("--tproxy-mark", f"{value:#x}/{mask:#x}")


def _tcpmss(info: bytes, _family: int) -> Iterator[Option]:
    (size,) = struct.unpack_from("=H", info)
    yield Option("--clamp-mss-to-pmtu", "") if size == 0xFFFF else Option("--set-mss", str(size))


def _hops(prefix: str) -> Decoder:
    def decode(info: bytes, _family: int) -> Iterator[Option]:
        yield Option(f"--{prefix}-{('set', 'inc', 'dec')[info[0]]}", str(info[1]))

    return decode


def _ct(info: bytes, _family: int) -> Iterator[Option]:
    flags, zone, events, expected = struct.unpack_from("=HHII", info)
    if flags & ~1 or zone or events or expected or any(info[12:28]):
        raise IncomparableError("CT")
    if flags & 1:
        yield Option("--notrack", "")


def _netmap(info: bytes, family: int) -> Iterator[Option]:
    if family == 4:
        _count, _flags, low, high = struct.unpack_from("=II4s4s", info)
    else:
        _flags, low, high = struct.unpack_from("=I16s16s", info)
    mask = bytes(0xFF & ~(one ^ other) for one, other in zip(low, high, strict=True))
    yield Option("--to", masked(low, mask, family))


TARGETS: Mapping[tuple[str, int], Decoder] = {
    **{(name, 0): _nat(name, old=True) for name in NAT_OPTIONS},
    **{(name, revision): _nat(name) for name in ("SNAT", "DNAT") for revision in (1, 2)},
    ("MARK", 2): _mark,
    ("CONNMARK", 1): _connmark,
    ("CONNMARK", 2): _connmark_shifted,
    ("REJECT", 0): _reject,
    ("LOG", 0): _log,
    ("NFLOG", 0): _nflog,
    ("TPROXY", 1): _tproxy,
    ("TCPMSS", 0): _tcpmss,
    ("TTL", 0): _hops("ttl"),
    ("HL", 0): _hops("hl"),
    ("CT", 0): _ct,
    ("CT", 1): _ct,
    ("CT", 2): _ct,
    ("NETMAP", 0): _netmap,
}
"""By name and revision; whatever is not here is not comparable."""
