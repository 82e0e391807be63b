"""One check line into words and keyword-value pairs, in iproute2's manner; every error knows its column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from nstutor import NamedTuple
from nstutor.errors import Fault, LessonError
from nstutor.lesson.faults import did_you_mean
from nstutor.lesson.model import Line
from nstutor.text.i18n import _

Reader = Callable[[str], str]
"""Checks a value and returns it in its canonical spelling; raises ValueError with what was expected."""

Keywords = Mapping[str, Reader | None]
"""A family's keywords; None for one that stands alone (`up`)."""

DURATION_RE = re.compile(r"(?P<number>[0-9]{1,5}(?:\.[0-9]{1,3})?)(?P<unit>ms|s)\Z")
LONGEST_WITHIN = 60.0
VERBATIM = "--"
"""Behind it stand another program's words."""


class Word(NamedTuple):
    """A word of the line and its column, from 1."""

    text: str
    column: int


class Words(NamedTuple):
    """Words of one check line that are still to be read."""

    line: Line
    path: str
    words: tuple[Word, ...]

    def fault(self, message: str, word: Word | None = None) -> LessonError:
        """An error at a word, or behind the end of the line."""
        column = word.column if word else self.line.column + len(self.line.text)
        source = " " * (self.line.column - 1) + self.line.text
        length = len(word.text) if word else 1
        return LessonError([Fault(self.path, self.line.number, column, message, source, length)])

    def first(self, what: str) -> tuple[Word, Words]:
        """The first word and the rest. Raises LessonError saying what is missing."""
        if not self.words:
            raise self.fault(_("expected {what} here").format(what=what))
        return self.words[0], Words(self.line, self.path, self.words[1:])

    def value(self, reader: Reader, what: str) -> tuple[str, Words]:
        """The first word, checked by its reader, and the rest."""
        word, rest = self.first(what)
        try:
            return reader(word.text), rest
        except ValueError as error:
            raise self.fault(str(error), word) from None

    def named(self, text: str) -> Word | None:
        """The first of the words that reads `text`."""
        return next((word for word in self.words if word.text == text), None)

    def without(self, chosen: Sequence[Word]) -> Words:
        """The words that are not among the chosen ones."""
        return Words(self.line, self.path, tuple(word for word in self.words if word not in chosen))


def split(line: Line, path: str) -> Words:
    """Split a check line at white space."""
    found = (Word(match.group(), line.column + match.start()) for match in re.finditer(r"\S+", line.text))
    return Words(line, path, tuple(found))


def fields(words: Words, keywords: Keywords) -> dict[str, str]:
    """Read keyword-value pairs to the end of the line: keyword to value, "" for one that stands alone."""
    found: dict[str, str] = {}
    while words.words:
        word, words = words.first(_("a keyword"))
        if word.text not in keywords:
            meant = did_you_mean(word.text, keywords)
            raise words.fault(_("unknown keyword `{word}`{meant}").format(word=word.text, meant=meant), word)
        if word.text in found:
            raise words.fault(_("`{word}` is given twice").format(word=word.text), word)
        reader = keywords[word.text]
        found[word.text] = ""
        if reader is not None:
            found[word.text], words = words.value(reader, _("a value for `{word}`").format(word=word.text))
    return found


def take_within(words: Words) -> tuple[float | None, Words]:
    """Take `within 2s` out of the words, wherever it stands behind the subject; seconds, None if it is not there."""
    texts = [word.text for word in words.words]
    first = 1 if VERBATIM in texts or texts[:1] == ["rule"] else 2  # of these the subject is no first word
    end = texts.index(VERBATIM) if VERBATIM in texts else len(texts)
    places = [index for index in range(first, end) if texts[index] == "within"]
    if not places:
        return None, words
    if len(places) > 1:
        raise words.fault(_("`{word}` is given twice").format(word="within"), words.words[places[1]])
    chosen = words.words[places[0] : places[0] + 2]
    if len(chosen) < 2:
        raise words.fault(_("expected a time behind `within`: 2s or 500ms"))
    return _seconds(words, chosen[1]), words.without(chosen)


def _seconds(words: Words, word: Word) -> float:
    match = DURATION_RE.match(word.text)
    if not match:
        raise words.fault(_("`{word}` is an invalid duration; write 2s or 500ms").format(word=word.text), word)
    seconds = float(match["number"]) / (1000 if match["unit"] == "ms" else 1)
    if seconds > LONGEST_WITHIN:
        raise words.fault(_("a check waits {seconds:g}s at most").format(seconds=LONGEST_WITHIN), word)
    return seconds
