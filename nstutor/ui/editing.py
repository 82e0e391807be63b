"""What helps with the line that is typed: completion and colours, from the world at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from prompt_toolkit.completion import Completer
from prompt_toolkit.formatted_text import AnyFormattedText
from prompt_toolkit.lexers import Lexer

from nstutor.kernel import process
from nstutor.progress.data_folder import data_folder
from nstutor.session.live import LiveSession
from nstutor.shell.bash import Bash
from nstutor.ui.prompt import Act, LateCompleter, LateLexer, LineEditor, open_history
from nstutor.ui.terminal import Terminal


def make_editor(
    terminal: Terminal,
    live: Callable[[], LiveSession],
    bash: Callable[[], Bash],
    *,
    words: Mapping[str, str] = MappingProxyType({}),
    toolbar: Callable[[], AnyFormattedText] | None = None,
    keys: Mapping[str, Act] = MappingProxyType({}),
) -> LineEditor:
    """The editor for lines of that shell; `words` are the tutor's, `keys` act at once when they are pressed."""
    completer = LateCompleter(lambda: make_completer(live, bash, words))
    lexer = LateLexer(lambda: make_lexer(live, words))
    return LineEditor(terminal, open_history(data_folder()), completer, lexer, toolbar=toolbar, keys=keys)


def make_completer(
    live: Callable[[], LiveSession], bash: Callable[[], Bash], words: Mapping[str, str] = MappingProxyType({})
) -> Completer:
    """Completion from the world at hand, whichever that is by then, for a line of that shell."""
    from nstutor.shell.complete_names import read_names
    from nstutor.shell.completion import LabCompleter

    def root() -> str:
        return f"/proc/self/fd/{live().world.root}"

    return LabCompleter(
        live=lambda: live().snapshot,
        where=lambda: live().namespace_stack(bash())[-1],
        root=root,
        cwd=lambda: bash().front.cwd,
        names=lambda: read_names(root, lambda: _shell_in_front(bash())),
        tutor_words=words,
    )


def preload() -> None:
    """Import what the first Tab and the first coloured word need: that takes longer than to answer them."""
    import nstutor.shell.complete_names
    import nstutor.shell.completion
    import nstutor.shell.highlight  # noqa: F401


def _shell_in_front(bash: Bash) -> int | None:
    """The shell at whose prompt the line is typed, by its number in the world."""
    front = bash.front.group
    return process.own_pid(front) if front is not None else None


def make_lexer(live: Callable[[], LiveSession], words: Iterable[str] = ()) -> Lexer:
    """Colours for the line, the namespaces of the world at hand in theirs."""
    from nstutor.shell.highlight import LabLexer

    return LabLexer(live=lambda: live().snapshot, tutor_words=frozenset(words))
