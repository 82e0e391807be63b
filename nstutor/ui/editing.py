"""What helps with the line that is typed: completion and colours, from the world at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prompt_toolkit.completion import Completer
from prompt_toolkit.lexers import Lexer

from nstutor.ui.room import Room


def make_completer(room: Room, words: Mapping[str, str]) -> Completer:
    """Completion from the world at hand, whichever that is by then."""
    from nstutor.shell.completion import LabCompleter

    return LabCompleter(
        live=lambda: room.conductor.snapshot,
        where=lambda: room.conductor.standing()[-1],
        root=lambda: f"/proc/self/fd/{room.conductor.world.root}",
        cwd=lambda: room.conductor.cwd(),  # noqa: PLW0108 - the conductor changes with the world
        tutor_words=words,
    )


def make_lexer(room: Room, words: Iterable[str]) -> Lexer:
    """Colours for the line, the namespaces of the world at hand in theirs."""
    from nstutor.shell.highlight import LabLexer

    return LabLexer(live=lambda: room.conductor.snapshot, tutor_words=frozenset(words))
