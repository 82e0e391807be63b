"""A shell's terminal, and where the shell is between two prompts."""

from __future__ import annotations

from enum import Enum
from typing import Protocol


class Pty(Protocol):
    """What a shell needs of the process that the lab started for it (`nstutor.lab.world.ShellProcess`)."""

    @property
    def pid(self) -> int:
        """The shell, in our numbering."""

    @property
    def pidfd(self) -> int:
        """Readable when the shell has ended."""

    @property
    def master(self) -> int:
        """The learner's terminal."""

    @property
    def slave(self) -> int:
        """Its other side, held to ask it for its input queue and settings."""


class State(Enum):
    """Where the shell is between two prompts."""

    RUNNING = "running"
    PROMPTING = "prompting"
    READY = "ready"
    TYPED = "typed"
    GONE = "gone"
