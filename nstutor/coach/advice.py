"""What the coach is told, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nstutor.kernel.model import Snapshot


@dataclass(frozen=True)
class Attempt:
    """One line that the learner typed, and what came of it."""

    line: str
    output: str
    """What the terminal showed, without escape sequences, bounded."""
    status: int
    """bash's `$?` after it."""
    netns: str
    """Where the shell stood when it was typed."""
    before: Snapshot
    after: Snapshot


@dataclass(frozen=True)
class Advice:
    """One line of explanation; `command` is the line as it was meant, only where the state makes that certain."""

    text: str
    command: str | None = None


Explain = Callable[[Attempt, str], Advice | None]
"""From an attempt and what its message names (or "") to advice; None where nothing is certain."""
