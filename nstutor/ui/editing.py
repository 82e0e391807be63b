"""What helps with the line that is typed: completion and colours, from the world at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from prompt_toolkit.completion import Completer
from prompt_toolkit.lexers import Lexer

from nstutor.conductor import Conductor
from nstutor.shell.bash import Bash


def make_completer(
    conductor: Callable[[], Conductor], bash: Callable[[], Bash], words: Mapping[str, str] = MappingProxyType({})
) -> Completer:
    """Completion from the world at hand, whichever that is by then, for a line of that shell."""
    from nstutor.shell.completion import LabCompleter

    return LabCompleter(
        live=lambda: conductor().snapshot,
        where=lambda: conductor().standing(bash())[-1],
        root=lambda: f"/proc/self/fd/{conductor().world.root}",
        cwd=lambda: conductor().cwd(bash()),
        tutor_words=words,
    )


def make_lexer(conductor: Callable[[], Conductor], words: Iterable[str] = ()) -> Lexer:
    """Colours for the line, the namespaces of the world at hand in theirs."""
    from nstutor.shell.highlight import LabLexer

    return LabLexer(live=lambda: conductor().snapshot, tutor_words=frozenset(words))
