"""What one submission may use."""

from __future__ import annotations

from dataclasses import dataclass, field

from nstutor.lab.limits import Limits


@dataclass(frozen=True)
class GradingLimits:
    """The bounds of one submission: for each of its commands, for all of it, and for its world."""

    command_seconds: float = 30.0
    total_seconds: float = 120.0
    output_bytes: int = 16 * 1024 * 1024
    memory_bytes: int = 1 << 30
    world: Limits = field(default_factory=Limits.grading)
