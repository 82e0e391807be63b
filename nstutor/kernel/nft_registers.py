"""The registers in which the expressions of a rule of nf_tables hand values to each other."""

from __future__ import annotations

from nstutor.kernel.nft_actions import number
from nstutor.kernel.nft_fields import Field
from nstutor.kernel.parts import IncomparableError

Register = Field | bytes
"""What a register holds: something of the packet, or a constant."""


class Registers:
    """Registers by the number in a netlink attribute; one that was never understood holds nothing."""

    def __init__(self) -> None:
        self._held: dict[int, Register] = {}

    def set(self, register: bytes, value: Register, length: int) -> None:
        """Fill it, and the ones behind it that so many bytes reach into."""
        first = _slot(register)
        for slot in list(self._held):
            if first <= slot < first + max(1, -(-length // 4)):
                del self._held[slot]
        self._held[first] = value

    def load(self, register: bytes, field: Field) -> None:
        """Fill it with something of the packet."""
        self.set(register, field, field.length or 4)

    def forget(self, register: bytes) -> None:
        """What is in it from now on is not understood."""
        self._held.pop(_slot(register), None)

    def get(self, register: bytes, what: str) -> Register:
        """What it holds. Raises IncomparableError with `what` where that is not known."""
        value = self._held.get(_slot(register))
        if value is None:
            raise IncomparableError(what)
        return value

    def field(self, register: bytes, what: str) -> Field:
        """The same, where it must be something of the packet."""
        value = self.get(register, what)
        if not isinstance(value, Field):
            raise IncomparableError(what)
        return value


def _slot(register: bytes) -> int:
    """The first of the 32-bit registers that a register is (NFT_REG_1 … NFT_REG_4 are four of them each)."""
    index = number(register)
    return 4 + 4 * index if 1 <= index <= 4 else index
