"""A rule of nf_tables, from its expressions to iptables' words (linux/netfilter/nf_tables.h, nft_*.c of the kernel)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from nstutor.kernel import nft_actions, nft_fields, nft_nat
from nstutor.kernel.filterwords import canonical, set_mark_of
from nstutor.kernel.nft_actions import Attributes, nested, number
from nstutor.kernel.nft_fields import FAMILIES, Ct, Field, Meta, Operator, Part
from nstutor.kernel.nft_registers import Registers
from nstutor.kernel.parts import FilterRule, IncomparableError, Option
from nstutor.kernel.xt_match import match_options, text
from nstutor.kernel.xt_target import target_options

VERDICTS = {0: "DROP", 1: "ACCEPT", -5: "RETURN"}
JUMP, GOTO, CONTINUE = -3, -4, -1
HEADER = {name: index for index, name in enumerate(("-s", "-d", "-i", "-o", "-p", "-f"))}
"""What `iptables-save` prints first; the others stay in their order."""
ADDRESS_RANGES = {"-s": "--src-range", "-d": "--dst-range"}
ETHERTYPES = {b"\x08\x00": 4, b"\x86\xdd": 6}
PROTOCOL_NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1, "ipv6-icmp": 58, "sctp": 132, "udplite": 136, "dccp": 33}


class Set(NamedTuple):
    """An anonymous set: the first and the last of each range of its values."""

    ranges: tuple[tuple[bytes, bytes], ...]


Sets = Callable[[str], "Set | None"]
"""The anonymous set of that name; None for any other."""


class RuleReader:
    """Reads one rule: each expression adds options, or fills a register for later ones."""

    def __init__(self, family: int | None, sets: Sets, devices: Mapping[int, str]) -> None:
        self._table_family = self._family = family
        self._sets, self._devices = sets, devices
        self._options: list[Option] = []
        self._registers = Registers()
        self._protocols = frozenset[int]()
        self._packets: int | None = None
        self._unknown: str | None = None

    def read(self, expressions: Iterator[tuple[str, Attributes]], comment: str | None) -> FilterRule:
        """The rule. What is not understood makes it one that equals no other (FilterRule.unknown)."""
        for name, given in nft_actions.joined(expressions):
            try:
                self._read(name, given)
            except IncomparableError as error:
                self._not_understood(str(error))
            except (struct.error, KeyError, IndexError, ValueError):
                self._not_understood(name)
        if comment is not None:
            self._add(Option("--comment", comment))
        family = self._family if self._table_family is None else None
        options = sorted(dict.fromkeys(self._options), key=lambda option: HEADER.get(option.name, len(HEADER)))
        return FilterRule(tuple(options), self._packets, family, self._unknown)

    def _not_understood(self, name: str) -> None:
        self._unknown = self._unknown or name
        self._registers = Registers()  # whatever it has left there is not what was there before

    def _read(self, name: str, given: Attributes) -> None:
        reader = READERS.get(name)
        if reader is None:
            raise IncomparableError(name)
        for option in reader(self, given) or ():
            self._add(option)

    def _add(self, option: Option) -> None:
        option = canonical(option)
        if option.name == "-p" and not option.negated:
            self._protocols = frozenset(PROTOCOL_NUMBERS.get(name, -1) for name in option.value.split(","))
        self._options.append(option)

    def payload(self, given: Attributes) -> None:
        """Load bytes of a header."""
        if 1 not in given:
            raise IncomparableError("payload set")
        base, offset, length = number(given[2]), number(given[3]), number(given[4])
        self._registers.load(given[1], Field("payload", base, offset, length))

    def meta(self, given: Attributes) -> Iterator[Option] | None:
        """Load what is known of a packet, or set its mark."""
        key = number(given[2])
        if 1 in given:
            self._registers.load(given[1], Field("meta", key))
            return None
        return self._marked(key == Meta.MARK, Field("meta", Meta.MARK), "MARK", given[3])

    def ct(self, given: Attributes) -> Iterator[Option] | None:
        """Load what is known of a packet's connection, or set its mark."""
        key = number(given[2])
        if 1 in given:
            self._registers.load(given[1], Field("ct", key))
            return None
        return self._marked(key == Ct.MARK, Field("ct", Ct.MARK), "CONNMARK", given[4])

    def _marked(self, known: bool, own: Field, target: str, register: bytes) -> Iterator[Option]:
        if not known:
            raise IncomparableError(f"{own.kind} set")
        value = self._registers.get(register, f"{own.kind} set")
        if isinstance(value, bytes):
            flipped, cleared = nft_fields.host(value), 0xFFFFFFFF
        elif value._replace(mask=None, flip=b"") == own:
            flipped = nft_fields.host(value.flip)
            cleared = 0xFFFFFFFF & ~nft_fields.host(value.mask if value.mask is not None else b"\xff" * 4)
        else:
            raise IncomparableError(f"{own.kind} set")
        yield Option("-j", target)
        yield Option("--set-xmark", set_mark_of(flipped, cleared))

    def bitwise(self, given: Attributes) -> None:
        """Mask what a register holds."""
        source = self._registers.field(given[1], "bitwise")
        self._registers.forget(given[2])
        if number(given.get(6, b"\0")) or source.mask is not None:
            raise IncomparableError("bitwise")
        mask, flip = _data(given[4]), _data(given[5])
        self._registers.set(given[2], source._replace(mask=mask, flip=flip), len(mask))

    def immediate(self, given: Attributes) -> Iterator[Option] | None:
        """Load a constant, or decide."""
        data = nested(given[2])
        if number(given[1]):
            self._registers.set(given[1], data[1], len(data[1]))
            return None
        return self._verdict(nested(data[2]))

    def _verdict(self, verdict: Attributes) -> Iterator[Option]:
        (code,) = struct.unpack(">i", verdict[1])
        if code in (JUMP, GOTO):
            yield Option("-j" if code == JUMP else "-g", text(verdict[2]))
        elif code in VERDICTS:
            yield Option("-j", VERDICTS[code])
        elif code != CONTINUE:
            raise IncomparableError("verdict")

    def cmp(self, given: Attributes) -> Iterator[Option]:
        """Compare what was loaded with a constant."""
        field, operator, data = self._registers.field(given[1], "cmp"), Operator(number(given[2])), _data(given[3])
        if any(field.flip):
            raise IncomparableError("bitwise")
        if field.kind == "payload":
            yield from self._payload_compared(field, operator, data)
        elif field.kind == "meta" and field.key in (Meta.NFPROTO, Meta.PROTOCOL):
            self._only(FAMILIES.get(data[0]) if field.key == Meta.NFPROTO else ETHERTYPES.get(data[:2]), operator)
        else:
            yield self._known_compared(field, operator, data)

    def _known_compared(self, field: Field, operator: Operator, data: bytes) -> Option:
        if field.kind == "ct":
            return nft_fields.ct_compared(field, operator, data)
        return nft_fields.meta_compared(field, operator, data, self._devices)

    def _only(self, family: int | None, operator: Operator) -> None:
        if family is None or operator is not Operator.EQ or self._family not in (None, family):
            raise IncomparableError("meta nfproto")
        self._family = family

    def _payload_compared(self, field: Field, operator: Operator, data: bytes) -> Iterator[Option]:
        parts = nft_fields.parts_of(field, self._family, self._protocols)
        names = [part.name for part in parts]
        if names[-1:] == ["code"] and len(names) == 2 and operator <= Operator.NEQ and field.mask is None:
            yield Option(names[0], f"{data[0]}/{data[1]}", operator is Operator.NEQ)
            return
        if len(parts) > 1 and (operator is not Operator.EQ or field.mask is not None):
            raise IncomparableError("payload")
        at = 0
        for part in parts:
            yield nft_fields.compared(part, operator, data[at : at + part.taken], field.mask, self._family)
            at += part.taken

    def range(self, given: Attributes) -> Iterator[Option]:
        """Compare what was loaded with both ends of a range."""
        yield from self._among(
            self._registers.field(given[1], "range"),
            ((_data(given[3]), _data(given[4])),),
            negated=bool(number(given[2])),
        )

    def lookup(self, given: Attributes) -> Iterator[Option]:
        """Look for what was loaded in a set."""
        found = self._sets(text(given[1])) if 3 not in given else None
        if found is None:
            raise IncomparableError("lookup")
        field = self._registers.field(given[2], "lookup")
        yield from self._among(field, found.ranges, negated=bool(number(given.get(5, b"\0"))))

    def _among(self, field: Field, ranges: tuple[tuple[bytes, bytes], ...], *, negated: bool) -> Iterator[Option]:
        """One of several values."""
        if field.mask is not None:
            raise IncomparableError("bitwise")
        if field.kind == "payload":
            values, name = self._payload_values(field, ranges)
            if name in ADDRESS_RANGES and len(values) == 1 and "-" in values[0]:
                name = ADDRESS_RANGES[name]
        else:
            if not ranges or any(low != high for low, high in ranges):
                raise IncomparableError("lookup")
            options = [self._known_compared(field, Operator.EQ, low) for low, _ in ranges]
            values, name = [option.value for option in options], options[0].name
        several = len(values) > 1
        yield Option(
            f"{name}s" if several and name in ("--sport", "--dport") else name, ",".join(sorted(values)), negated
        )

    def _payload_values(self, field: Field, ranges: tuple[tuple[bytes, bytes], ...]) -> tuple[list[str], str]:
        parts: list[Part] = nft_fields.parts_of(field, self._family, self._protocols)
        if len(parts) != 1 or any(len(low) != parts[0].size for low, _ in ranges):
            raise IncomparableError("lookup")
        return [value for low, high in ranges for value in nft_fields.ranged(parts[0].name, low, high)], parts[0].name

    def match(self, given: Attributes) -> Iterator[Option]:
        """A match of iptables'."""
        yield from match_options(text(given[1]), number(given[2]), given.get(3, b""), self._family or 4)

    def target(self, given: Attributes) -> Iterator[Option]:
        """A target of iptables'."""
        name = text(given[1])
        yield Option("-j", name)
        yield from target_options(name, number(given[2]), given.get(3, b""), self._family or 4)

    def counter(self, given: Attributes) -> None:
        """Count."""
        self._packets = number(given[2])

    def nat(self, given: Attributes) -> Iterator[Option]:
        """Translate a source or a destination."""
        yield from nft_nat.nat(given, self._registers)

    def masq(self, given: Attributes) -> Iterator[Option]:
        """Translate to the address of the device."""
        yield from nft_nat.masq(given, self._registers)

    def redir(self, given: Attributes) -> Iterator[Option]:
        """Translate to this very machine."""
        yield from nft_nat.redir(given, self._registers)

    def reject(self, given: Attributes) -> Iterator[Option]:
        """Refuse."""
        yield from nft_actions.reject(given, self._family)


def _data(attribute: bytes) -> bytes:
    return nested(attribute)[1]


def _apart(read: Callable[[Attributes], Iterator[Option]]) -> Reading:
    return lambda _reader, given: read(given)


Reading = Callable[[RuleReader, Attributes], "Iterator[Option] | None"]

READERS: Mapping[str, Reading] = {
    "payload": RuleReader.payload,
    "meta": RuleReader.meta,
    "ct": RuleReader.ct,
    "bitwise": RuleReader.bitwise,
    "immediate": RuleReader.immediate,
    "cmp": RuleReader.cmp,
    "range": RuleReader.range,
    "lookup": RuleReader.lookup,
    "match": RuleReader.match,
    "target": RuleReader.target,
    "counter": RuleReader.counter,
    "masq": RuleReader.masq,
    "redir": RuleReader.redir,
    "nat": RuleReader.nat,
    "reject": RuleReader.reject,
    **{name: _apart(read) for name, read in nft_actions.ACTIONS.items()},
}
"""By the names that the kernel gives to expressions."""
