"""Expressions of nf_tables that translate addresses, in iptables' words (nft_nat.c, nft_masq.c, nft_redir.c)."""

from __future__ import annotations

from collections.abc import Iterator

from nstutor.kernel.nft_actions import Attributes, number
from nstutor.kernel.nft_fields import FAMILIES
from nstutor.kernel.nft_registers import Registers
from nstutor.kernel.parts import IncomparableError, Option
from nstutor.kernel.xt_match import address_of
from nstutor.kernel.xt_target import NAT_FLAGS, flag_options, place


def nat(given: Attributes, registers: Registers) -> Iterator[Option]:
    """Translate a source or a destination."""
    source = number(given[1]) == 0
    yield Option("-j", "SNAT" if source else "DNAT")
    family = FAMILIES[number(given[2])]
    found = [str(address_of(data, family)) for data in _ends(given, registers, (3, 4))]
    value = place((found[0], found[1]) if found else None, _ports(given, registers, (5, 6)))
    if value:
        yield Option("--to-source" if source else "--to-destination", value)
    # 1 and 2 only repeat that there are addresses and ports.
    yield from flag_options(number(given.get(7, b"\0")) & ~3, NAT_FLAGS, "nat")


def masq(given: Attributes, registers: Registers) -> Iterator[Option]:
    """Translate to the address of the device."""
    yield Option("-j", "MASQUERADE")
    yield from _to_ports(given, registers, 1, (2, 3))


def redir(given: Attributes, registers: Registers) -> Iterator[Option]:
    """Translate to this very machine."""
    yield Option("-j", "REDIRECT")
    yield from _to_ports(given, registers, 3, (1, 2))


def _to_ports(given: Attributes, registers: Registers, flags: int, keys: tuple[int, int]) -> Iterator[Option]:
    value = place(None, _ports(given, registers, keys))
    if value:
        yield Option("--to-ports", value)
    yield from flag_options(number(given.get(flags, b"\0")) & ~3, NAT_FLAGS, "nat")


def _ports(given: Attributes, registers: Registers, keys: tuple[int, int]) -> tuple[int, int] | None:
    ends = [number(data[:2]) for data in _ends(given, registers, keys)]
    return (ends[0], ends[1]) if ends else None


def _ends(given: Attributes, registers: Registers, keys: tuple[int, int]) -> list[bytes]:
    """The constants in the registers that name the first and the last; none where there is none."""
    found = [registers.get(given[key], "nat") for key in keys if key in given]
    constants = [value for value in found if isinstance(value, bytes)]
    if len(constants) != len(found):
        raise IncomparableError("nat")
    return constants * (3 - len(constants)) if constants else []
