"""Collecting what is wrong with a lesson file, so that its author sees all of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nstutor.errors import Fault, LessonError
from nstutor.text.i18n import _, in_row
from nstutor.text.typo import nearest

WIDEST_SOURCE = 200


class Faults:
    """The faults of one file, in whatever order they are found.

    Invariant: every fault shows the file's own line, as the author wrote it or as it reads with the values of its
    variables, unless the line is too wide to help.
    """

    def __init__(self, path: str, lines: Sequence[str]) -> None:
        self._path = path
        self._lines = lines
        self._found: list[Fault] = []

    def show(self, lines: Sequence[str]) -> None:
        """From here on show these lines: the file's own, with the values of its variables in them."""
        self._lines = lines

    def add(self, line: int, column: int, message: str, length: int = 1) -> None:
        """Note a fault; `line` and `column` count from 1."""
        source = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        shown = source if len(source) <= WIDEST_SOURCE else ""
        self._found.append(Fault(self._path, line, column, message, shown, max(1, length)))

    def add_line(self, line: int, message: str) -> None:
        """Note a fault of a whole line: the caret underlines its text."""
        source = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        text = source.strip()
        self.add(line, source.find(text) + 1, message, len(text))

    def take(self, error: LessonError) -> None:
        """Adopt the faults of an error, with the file's own lines as their source."""
        for fault in error.faults:
            self.add(fault.line, fault.column, fault.message, fault.length)

    @property
    def all(self) -> tuple[Fault, ...]:
        """The faults that were noted, in the order of their lines."""
        return tuple(sorted(dict.fromkeys(self._found)))

    def stop_if_any(self) -> None:
        """Raise LessonError with all faults that were noted, if there are any."""
        if self._found:
            raise LessonError(list(dict.fromkeys(self._found)))


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return `; did you mean "x"?` for the nearest option, else the options there are."""
    choices = tuple(options)
    near = nearest(word, choices)
    return _("; did you mean `{near}`?").format(near=near) if near else there_are(choices)


def there_are(options: Iterable[str]) -> str:
    """Return `; there are: a, b`."""
    return _("; there are: {names}").format(names=in_row(options))
