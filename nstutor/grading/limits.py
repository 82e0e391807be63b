"""What one submission may use."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from nstutor.lab.limits import Limits

MIB = 1 << 20


@dataclass(frozen=True)
class GradingLimits:
    """The bounds of one submission: for each of its commands, for all of it, and for its world."""

    command_seconds: float = 30.0
    total_seconds: float = 120.0
    output_bytes: int = 16 * MIB
    memory_bytes: int = 1024 * MIB
    world: Limits = field(default_factory=Limits.grading)

    def with_memory(self, most: int) -> GradingLimits:
        """The same with another bound of the memory.

        A single process may have twice as much address space: what it asked for in vain would be seen by nobody.
        """
        return replace(self, memory_bytes=most, world=self.world._replace(address_space=2 * most))
