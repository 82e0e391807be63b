r"""Variables of a lesson: what each may be, and which value of it a seed draws.

The draw is the same in every Python and on every machine (docs/lessons.md states it): a variable's place in its range
is SHA-256 of `SEED\nLESSON\nNAME`, read as one big-endian number, modulo the size of the range. Where an earlier
variable of the same kind has that value, the next one in the range is taken, and after the last one the first.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface
Values = dict[str, "Value"]

MOST_HOSTS = 65_535
"""Of a subnet, the first so many addresses are used: those of IPv6 would be too long to type."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a variable is for one seed: its kind, its text, and what stands for `NAME.PART`."""

    kind: str
    text: str
    parts: Mapping[str, str] = field(default_factory=dict)


class Variable(Protocol):
    """One variable; `at` is where its range is entered, anywhere from 0."""

    @property
    def name(self) -> str:
        """What the lesson calls it."""

    def draw(self, at: int, known: Values) -> Value:
        """The first value from there on that no earlier one of its kind has."""

    def crowded_by(self, earlier: Sequence[Variable]) -> int:
        """How many of its values earlier variables may take at most."""

    def size(self) -> int:
        """How many values its range has for any seed."""


@dataclass(frozen=True, slots=True)
class Names:
    """`{names: [greenland, iceland]}`."""

    name: str
    choices: tuple[str, ...]

    def size(self) -> int:
        """See Variable."""
        return len(self.choices)

    def draw(self, at: int, known: Values) -> Value:
        """See Variable."""
        taken = {value.text for value in known.values() if value.kind == "names"}
        free = (self.choices[(at + step) % len(self.choices)] for step in range(len(self.choices)))
        return Value("names", next(text for text in free if text not in taken))

    def crowded_by(self, earlier: Sequence[Variable]) -> int:
        """See Variable."""
        return sum(isinstance(other, Names) and not set(other.choices).isdisjoint(self.choices) for other in earlier)


@dataclass(frozen=True, slots=True)
class Numbers:
    """`{numbers: 1300-1500}`, both ends among them."""

    name: str
    low: int
    high: int

    def size(self) -> int:
        """See Variable."""
        return self.high - self.low + 1

    def draw(self, at: int, known: Values) -> Value:
        """See Variable."""
        taken = {value.text for value in known.values() if value.kind == "numbers"}
        while str(self.low + at) in taken:
            at = (at + 1) % self.size()
        return Value("numbers", str(self.low + at))

    def crowded_by(self, earlier: Sequence[Variable]) -> int:
        """See Variable."""
        return sum(
            isinstance(other, Numbers) and other.low <= self.high and self.low <= other.high for other in earlier
        )


@dataclass(frozen=True, slots=True)
class Subnet:
    """`{subnet: 10.0.0.0/8, length: 24}`; two of them never overlap."""

    name: str
    pool: Network
    length: int

    def size(self) -> int:
        """See Variable."""
        return 1 << (self.length - self.pool.prefixlen)

    def draw(self, at: int, known: Values) -> Value:
        """See Variable."""
        taken = [ipaddress.ip_network(value.text) for value in known.values() if value.kind == "subnet"]
        found = self._number(at)
        while (blocker := next((net for net in taken if _overlap(net, found)), None)) is not None:
            # Behind what is taken, not one by one: that may hold millions of ours.
            last = max(int(blocker.broadcast_address), int(found.broadcast_address))
            at = ((last + 1 - int(self.pool.network_address)) >> self._shift) % self.size()
            found = self._number(at)
        return Value("subnet", str(found), {"ip": str(found.network_address), "length": str(self.length)})

    @property
    def _shift(self) -> int:
        return self.pool.max_prefixlen - self.length

    def _number(self, at: int) -> Network:
        number = int(self.pool.network_address) + (at << self._shift)
        made: type[Network] = ipaddress.IPv4Network if self.pool.version == 4 else ipaddress.IPv6Network
        return made((number, self.length))

    def crowded_by(self, earlier: Sequence[Variable]) -> int:
        """See Variable."""
        return sum(
            max(1, 1 << max(0, self.length - other.length))
            for other in earlier
            if isinstance(other, Subnet) and _overlap(other.pool, self.pool)
        )


@dataclass(frozen=True, slots=True)
class Host:
    """`{host: net}`: an address in that subnet, with its length."""

    name: str
    subnet: Subnet

    def size(self) -> int:
        """See Variable: neither the subnet's own address nor the one for broadcasts."""
        bits = self.subnet.pool.max_prefixlen - self.subnet.length
        reserved = 0 if bits < 2 else 2 if self.subnet.pool.version == 4 else 1
        return min((1 << bits) - reserved, MOST_HOSTS)

    def draw(self, at: int, known: Values) -> Value:
        """See Variable."""
        net = ipaddress.ip_network(known[self.subnet.name].text)
        taken = {value.text for value in known.values() if value.kind == "host"}
        first = int(net.network_address) + (1 if net.max_prefixlen - net.prefixlen >= 2 else 0)
        found = self._interface(first + at)
        while str(found) in taken:
            at = (at + 1) % self.size()
            found = self._interface(first + at)
        return Value("host", str(found), {"ip": str(found.ip), "length": str(net.prefixlen)})

    def _interface(self, number: int) -> Interface:
        made: type[Interface] = ipaddress.IPv4Interface if self.subnet.pool.version == 4 else ipaddress.IPv6Interface
        return made((number, self.subnet.length))

    def crowded_by(self, earlier: Sequence[Variable]) -> int:
        """See Variable."""
        return sum(isinstance(other, Host) and other.subnet.name == self.subnet.name for other in earlier)


@dataclass(frozen=True)
class Variant:
    """The values that a seed draws for a lesson, by variable, in their order."""

    seed: str
    values: Mapping[str, Value]

    def of(self, reference: str) -> str | None:
        """What stands for `NAME` or `NAME.PART`; None for what there is not."""
        name, dot, part = reference.partition(".")
        value = self.values.get(name)
        if value is None:
            return None
        return value.parts.get(part) if dot else value.text

    @property
    def references(self) -> tuple[str, ...]:
        """Everything that may stand between the braces."""
        parts = ((name, *(f"{name}.{part}" for part in value.parts)) for name, value in self.values.items())
        return tuple(reference for several in parts for reference in several)

    @property
    def texts(self) -> dict[str, str]:
        """The values as texts, by variable."""
        return {name: value.text for name, value in self.values.items()}


def draw(variables: Sequence[Variable], seed: str, lesson: str) -> Variant:
    """The values of all variables of a lesson for a seed."""
    values: Values = {}
    for variable in variables:
        text = f"{seed}\n{lesson}\n{variable.name}"
        number = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest(), "big")
        values[variable.name] = variable.draw(number % variable.size(), values)
    return Variant(seed, values)


def _overlap(one: Network, other: Network) -> bool:
    if one.version != other.version:
        return False
    return int(one.network_address) <= int(other.broadcast_address) and int(other.network_address) <= int(
        one.broadcast_address
    )
