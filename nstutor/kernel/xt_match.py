"""The options that a match of x_tables carries in its binary form, in iptables' words (linux/netfilter/xt_*.h)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from nstutor.kernel.filterwords import flags_of, limit_of, mark_of, network, port_range
from nstutor.kernel.iptables_names import PROTOCOLS
from nstutor.kernel.parts import IncomparableError, Option

Decoder = Callable[[bytes, int], Iterator[Option]]
"""From the binary form and the family (4, 6) to options."""

STATES = {1: "INVALID", 2: "ESTABLISHED", 4: "RELATED", 8: "NEW", 64: "UNTRACKED"}
"""NF_CT_STATE_*_BIT, as nft and xt_state have them."""
XT_STATES = {1: "INVALID", 2: "ESTABLISHED", 4: "RELATED", 8: "NEW", 64: "SNAT", 128: "DNAT", 256: "UNTRACKED"}
STATUSES = {1: "EXPECTED", 2: "SEEN_REPLY", 4: "ASSURED", 8: "CONFIRMED"}
ADDRESS_TYPES = (
    "UNSPEC",
    "UNICAST",
    "LOCAL",
    "BROADCAST",
    "ANYCAST",
    "MULTICAST",
    "BLACKHOLE",
    "UNREACHABLE",
    "PROHIBIT",
    "THROW",
    "NAT",
    "XRESOLVE",
)
PACKET_TYPES = {0: "unicast", 1: "broadcast", 2: "multicast"}
LIMIT_SCALE = 10_000
"""XT_LIMIT_SCALE: a rate is kept as the time for one packet, in ten-thousandths of a second."""


def match_options(name: str, revision: int, info: bytes, family: int) -> list[Option]:
    """The options of a match. Raises IncomparableError where this match, or something in it, is not known."""
    return decoded(MATCHES, name, revision, info, family)


def decoded(
    decoders: Mapping[tuple[str, int], Decoder], name: str, revision: int, info: bytes, family: int
) -> list[Option]:
    """What an extension's decoder makes of its data. IncomparableError where there is none, or too little data."""
    decoder = decoders.get((name, revision))
    if decoder is None:
        raise IncomparableError(name)
    try:
        return list(decoder(info, family))
    except (struct.error, IndexError):
        raise IncomparableError(name) from None


def named(bits: int, names: Mapping[int, str], what: str) -> str:
    """The names of the bits that are set, as one value."""
    if bits & ~sum(names):
        raise IncomparableError(what)
    return ",".join(sorted(name for bit, name in names.items() if bits & bit))


def address_of(data: bytes, family: int) -> IPv4Address | IPv6Address:
    """The address at the beginning of `data`."""
    return IPv4Address(data[:4]) if family == 4 else IPv6Address(data[:16])


def masked(address: bytes, mask: bytes, family: int) -> str:
    """An address with its mask as a prefix, or with the mask itself where that is none."""
    return network(f"{address_of(address, family)}/{mask_text(mask)}")


def mask_text(mask: bytes) -> str:
    """The length of a mask; the mask as an address where it has holes."""
    bits = "".join(f"{byte:08b}" for byte in mask)
    return str(bits.count("1")) if "01" not in bits else str(ip_address(mask))


def interface(data: bytes) -> str:
    """A device's name, with a `+` where it is only the beginning of one."""
    name, end, _ = data.partition(b"\0")
    return name.decode(errors="replace") + ("" if end else "+")


def text(data: bytes) -> str:
    """A string that ends with its first NUL."""
    return data.partition(b"\0")[0].decode(errors="replace")


def ports(name: str, low: int, high: int, inverted: int) -> Iterator[Option]:
    """A range of ports; none where it holds all."""
    if (low, high) != (0, 0xFFFF) or inverted:
        yield Option(name, port_range(low, high), bool(inverted))


def _tcp(info: bytes, _family: int) -> Iterator[Option]:
    sport, sport_end, dport, dport_end, option, mask, flags, inverted = struct.unpack_from("=4H4B", info)
    yield from ports("--sport", sport, sport_end, inverted & 1)
    yield from ports("--dport", dport, dport_end, inverted & 2)
    if mask or inverted & 4:
        yield Option("--tcp-flags", flags_of(mask, flags), bool(inverted & 4))
    if option or inverted & 8:
        yield Option("--tcp-option", str(option), bool(inverted & 8))


def _udp(info: bytes, _family: int) -> Iterator[Option]:
    sport, sport_end, dport, dport_end, inverted = struct.unpack_from("=4HB", info)
    yield from ports("--sport", sport, sport_end, inverted & 1)
    yield from ports("--dport", dport, dport_end, inverted & 2)


def _icmp(info: bytes, family: int) -> Iterator[Option]:
    kind, low, high, inverted = struct.unpack_from("=4B", info)
    if (low, high) != (0, 0xFF) and low != high:
        raise IncomparableError("icmp")
    code = "" if (low, high) == (0, 0xFF) else f"/{low}"
    value = "any" if (kind, code, family) == (0xFF, "", 4) else f"{kind}{code}"
    yield Option("--icmp-type" if family == 4 else "--icmpv6-type", value, bool(inverted & 1))


def _multiport(info: bytes, _family: int) -> Iterator[Option]:
    flags, count = info[0], info[1]
    numbers, joined, inverted = struct.unpack_from("=15H", info, 2), info[32:47], info[47]
    parts, index = [], 0
    while index < min(count, 15):
        end = numbers[index + 1] if joined[index] else numbers[index]
        parts.append(port_range(numbers[index], end))
        index += 2 if joined[index] else 1
    name = ("--sports", "--dports", "--ports")[flags]
    if len(parts) == 1 and flags < 2:
        name = name[:-1]
    yield Option(name, ",".join(sorted(parts)), bool(inverted))


def _conntrack(info: bytes, family: int) -> Iterator[Option]:
    (protocol, *low), (flags, inverted, states, statuses) = (
        struct.unpack_from("=H4H", info, 136),
        struct.unpack_from("=4H", info, 146),
    )
    high = struct.unpack_from("=4H", info, 154)
    if flags & 0x80:
        raise IncomparableError("conntrack --ctexpire")
    if flags & 0x1:
        yield Option("--ctstate", named(states, XT_STATES, "conntrack"), bool(inverted & 0x1))
    if flags & 0x2:
        yield Option("--ctproto", protocol_name(protocol), bool(inverted & 0x2))
    for index, name in enumerate(("--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst")):
        if flags & 0x4 << index:
            address, mask = info[32 * index :], info[32 * index + 16 :][: 4 if family == 4 else 16]
            yield Option(name, masked(address, mask, family), bool(inverted & 0x4 << index))
        if flags & 0x100 << index:
            value = port_range(low[index], high[index])
            yield Option(f"{name}port", value, bool(inverted & 0x100 << index))
    if flags & 0x40:
        yield Option("--ctstatus", named(statuses, STATUSES, "conntrack") or "NONE", bool(inverted & 0x40))
    if flags & 0x1000:
        yield Option("--ctdir", "REPLY" if inverted & 0x1000 else "ORIGINAL")


def _state(info: bytes, _family: int) -> Iterator[Option]:
    (states,) = struct.unpack_from("=I", info)
    yield Option("--ctstate", named(states, STATES, "state"))


def _mark(info: bytes, _family: int) -> Iterator[Option]:
    mark, mask, inverted = struct.unpack_from("=IIB", info)
    yield Option("--mark", mark_of(mark, mask), bool(inverted))


def _connmark(info: bytes, family: int) -> Iterator[Option]:
    yield from (option._replace(name="-m connmark --mark") for option in _mark(info, family))


def _owner(info: bytes, _family: int) -> Iterator[Option]:
    *ids, flags, inverted = struct.unpack_from("=4I2B", info)
    if flags & 0x8:
        raise IncomparableError("owner --suppl-groups")
    for index, name in enumerate(("--uid-owner", "--gid-owner")):
        if flags & 1 << index:
            low, high = ids[2 * index : 2 * index + 2]
            yield Option(name, str(low) if low == high else f"{low}-{high}", bool(inverted & 1 << index))
    if flags & 0x4:
        yield Option("--socket-exists", "", bool(inverted & 0x4))


def _comment(info: bytes, _family: int) -> Iterator[Option]:
    yield Option("--comment", text(info[:256]))


def _statistic(info: bytes, _family: int) -> Iterator[Option]:
    mode, inverted, first, packet = struct.unpack_from("=HHII", info)
    if mode == 0:
        yield Option("--mode", "random")
        yield Option("--probability", f"{first / 0x80000000:.11f}", bool(inverted & 1))
    else:
        yield Option("--mode", "nth")
        yield Option("--every", str(first + 1), bool(inverted & 1))
        yield Option("--packet", str(packet))


def _limit(info: bytes, _family: int) -> Iterator[Option]:
    each, burst = struct.unpack_from("=II", info)
    yield Option("--limit", limit_of(LIMIT_SCALE / each if each else 0))
    yield Option("--limit-burst", str(burst))


def _mac(info: bytes, _family: int) -> Iterator[Option]:
    yield Option("--mac-source", info[:6].hex(":"), any(info[8:12]))


def _iprange(info: bytes, family: int) -> Iterator[Option]:
    flags = info[64]
    for start, name, shift in ((0, "--src-range", 0), (32, "--dst-range", 1)):
        if flags & 1 << shift:
            ends = (str(address_of(info[at:], family)) for at in (start, start + 16))
            yield Option(name, "-".join(ends), bool(flags & 16 << shift))


def _hops(names: Sequence[str]) -> Decoder:
    def decode(info: bytes, _family: int) -> Iterator[Option]:
        mode, value = info[0], info[1]
        yield Option(names[(0, 0, 1, 2)[mode]], str(value), mode == 1)

    return decode


def _addrtype(info: bytes, _family: int) -> Iterator[Option]:
    source, destination, flags = struct.unpack_from("=HHI", info)
    names = {1 << bit: name for bit, name in enumerate(ADDRESS_TYPES)}
    if source:
        yield Option("--src-type", named(source, names, "addrtype"), bool(flags & 1))
    if destination:
        yield Option("--dst-type", named(destination, names, "addrtype"), bool(flags & 2))
    if flags & 4:
        yield Option("--limit-iface-in", "")
    if flags & 8:
        yield Option("--limit-iface-out", "")


def _physdev(info: bytes, _family: int) -> Iterator[Option]:
    inverted, given = info[64], info[65]
    for bit, name, start in ((1, "--physdev-in", 0), (2, "--physdev-out", 32)):
        if given & bit:
            yield Option(name, named_by_mask(info[start:][:16], info[start + 16 :][:16]), bool(inverted & bit))
    for bit, name in ((4, "--physdev-is-bridged"), (8, "--physdev-is-in"), (16, "--physdev-is-out")):
        if given & bit:
            yield Option(name, "", bool(inverted & bit))


def named_by_mask(name: bytes, mask: bytes) -> str:
    """A device's name as x_tables keeps it: bytes, and which of them count."""
    count = len(mask.rstrip(b"\0"))
    return interface(name[:count])


def _length(info: bytes, _family: int) -> Iterator[Option]:
    low, high, inverted = struct.unpack_from("=HHB", info)
    yield Option("--length", port_range(low, high), bool(inverted))


def _pkttype(info: bytes, _family: int) -> Iterator[Option]:
    kind, inverted = struct.unpack_from("=ii", info)
    yield Option(
        "--pkt-type",
        named(1 << kind, {1 << bit: name for bit, name in PACKET_TYPES.items()}, "pkttype"),
        bool(inverted),
    )


def protocol_name(number: int) -> str:
    """A protocol as `iptables-save` names it, by its number where it has no name."""
    return PROTOCOLS.get(str(number), str(number))


MATCHES: Mapping[tuple[str, int], Decoder] = {
    ("tcp", 0): _tcp,
    ("udp", 0): _udp,
    ("udplite", 0): _udp,
    ("icmp", 0): _icmp,
    ("icmp6", 0): _icmp,
    ("multiport", 1): _multiport,
    ("conntrack", 3): _conntrack,
    ("state", 0): _state,
    ("mark", 1): _mark,
    ("connmark", 1): _connmark,
    ("owner", 1): _owner,
    ("comment", 0): _comment,
    ("statistic", 0): _statistic,
    ("limit", 0): _limit,
    ("mac", 0): _mac,
    ("iprange", 1): _iprange,
    ("ttl", 0): _hops(("--ttl-eq", "--ttl-lt", "--ttl-gt")),
    ("hl", 0): _hops(("--hl-eq", "--hl-lt", "--hl-gt")),
    ("addrtype", 1): _addrtype,
    ("physdev", 0): _physdev,
    ("length", 0): _length,
    ("pkttype", 0): _pkttype,
}
"""By name and revision; whatever is not here is not comparable."""
