"""The commands of an attempt's line, and the line written anew."""

from __future__ import annotations

from nstutor.cmdline.tokens import Command, Word, commands, swap
from nstutor.coach.advice import Attempt
from nstutor.kernel.model import Snapshot
from nstutor.text.names import HOST


def of(attempt: Attempt) -> tuple[Command, ...]:
    """The commands of the attempt's line."""
    return commands(attempt.line, attempt.netns)


def holding(attempt: Attempt, text: str) -> tuple[Command, Word] | None:
    """The first command that has this word, and the word."""
    for command in of(attempt):
        for word in command.outer:
            if word.text == text:
                return command, word
    return None


def replaced(attempt: Attempt, old: str, new: str) -> str | None:
    """The line with the word `old` written as `new`; None unless it stands there exactly once."""
    places = [word for command in of(attempt) for word in command.outer if word.text == old]
    return swap(attempt.line, places[0], new) if len(places) == 1 else None


def known(snapshot: Snapshot, netns: str | None) -> bool:
    """Whether the snapshot speaks of this namespace."""
    return netns is not None and netns in snapshot.namespaces


def prefix_for(command: Command, attempt: Attempt) -> str:
    """`ip`, or `ip -n NS` where the command acted on another namespace than the shell's."""
    if command.netns in (None, HOST, attempt.netns):
        return "ip"
    return f"ip -n {command.netns}"
