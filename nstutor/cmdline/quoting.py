"""Where bash stands in the middle of a script: inside a quotation, a here-document, a line that goes on, or in none.

Reads no more of bash's grammar than is needed to leave alone what is quoted, and to find a remark behind `//`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nstutor import NamedTuple

SEPARATORS = ";&|()\n"
BLANKS = " \t"
DELIMITER = re.compile(r"<<(?P<tabs>-?)[ \t]*(?P<word>(?:'[^']*'|\"[^\"]*\"|\\.|[^\s;&|()<>'\"\\])+)")
NOT_A_COMMAND = frozenset(("if", "then", "elif", "else", "while", "until", "do", "!", "time", "{"))
WORD = re.compile(r"\S*")
LONGEST_WORD = 256
"""Characters by which a word is told from a remark; there may be one at each separator of a line."""
MOST_WORDS = 50
"""Of a command, in which its program is looked for."""
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")

IsRemark = Callable[[Sequence[str], str], bool]
"""Is told the words of a command so far and the one that stands behind them and begins with `//`."""


class Document(NamedTuple):
    """A here-document that has begun or is about to."""

    delimiter: str
    tabs: bool

    def ends_with(self, line: str) -> bool:
        """Whether this line is its last."""
        return (line.lstrip("\t") if self.tabs else line) == self.delimiter


@dataclass(eq=False, repr=False)
class Reader:
    """Follows a script line by line. `open` says whether the next line belongs to what the last one began."""

    is_remark: IsRemark
    continued: bool = False
    """The last line ended with a backslash."""
    passed_over: tuple[tuple[str, ...], int] | None = None
    """Words of a command, and where in the last line a `//` stands behind them that was taken as it is."""
    _nested: list[str] = field(default_factory=list)
    """What is open, the innermost last: one of `'`, `$'`, `"`, a backquote, `(`, `((`, `${`."""
    _documents: deque[Document] = field(default_factory=deque)
    _words: list[str] = field(default_factory=list)
    """Those of the simple command at hand."""
    _outer: list[list[str]] = field(default_factory=list)
    """For each that is open, the words of the command around it."""

    @property
    def open(self) -> bool:
        """Whether a quotation, a here-document or a line is not at its end."""
        return bool(self._nested or self._documents or self.continued)

    @property
    def document(self) -> Document | None:
        """The here-document that the next line is in."""
        return self._documents[0] if self._documents and not self._nested else None

    def read(self, line: str) -> int:
        """Go on by one line; where the remark in it begins, or its length if it has none."""
        self.passed_over = None
        if self._documents and not self._nested and not self.continued:
            if self._documents[0].ends_with(line):
                self._documents.popleft()
            return len(line)
        if not self.continued:
            self._words = []
        self.continued = False
        at = 0
        while at < len(line):
            inner = self._nested[-1] if self._nested else ""
            after = self._quoted(line, at, inner) if inner in _QUOTES else self._code(line, at, inner)
            if after is None:
                return at
            at = after
        return len(line)

    def _quoted(self, line: str, at: int, inner: str) -> int:
        """One step inside a quotation."""
        found = _QUOTES[inner].search(line, at)
        if found is None:
            return len(line)
        at, char = found.start(), found[0]
        if char == "\\":
            return at + 2
        if char == inner[-1]:
            self._close()
        else:
            return self._enter(char, at)
        return at + 1

    def _enter(self, mark: str, at: int) -> int:
        self._nested.append(mark.lstrip("$<>") if mark.endswith("(") else mark)
        self._words.append(mark)
        self._outer.append(self._words)
        self._words = []
        return at + len(mark)

    def _close(self) -> None:
        self._nested.pop()
        self._words = self._outer.pop()

    def _code(self, line: str, at: int, inner: str) -> int | None:
        """One step outside quotations; None where a remark begins."""
        char = line[at]
        if char == "\\":
            self.continued = at + 1 == len(line)
            return self._word(line, at)
        if char in BLANKS:
            return at + 1
        starts = at == 0 or line[at - 1] in BLANKS + SEPARATORS
        if char == "#" and starts and inner not in {"((", "${"}:
            return len(line)
        if not self._nested and starts and line.startswith("//", at):
            if self.is_remark(self._words, line[at : _end_of_word(line, at)]):
                return None
            self.passed_over = self.passed_over or (tuple(self._words[:MOST_WORDS]), at)
        return self._bracket(line, at, inner) or self._document(line, at, inner) or self._word(line, at)

    def _bracket(self, line: str, at: int, inner: str) -> int:
        """What opens or closes something; 0 for anything else."""
        for mark in _OPENING.get(line[at], ()):
            if line.startswith(mark, at) and not (mark == "`" and inner == "`"):
                return self._enter(mark, at)
        closing = _CLOSING.get(inner)
        if closing and line.startswith(closing, at):
            self._close()
            return at + len(closing)
        if line[at] in SEPARATORS:
            # `>|` and `>&` want a file as `>` does.
            if not (line[at] in "|&" and line[at - 1 : at] in {"<", ">"}):
                self._words = []
            return at + 1
        return 0

    def _document(self, line: str, at: int, inner: str) -> int:
        """The `<<` of a here-document; 0 for anything else."""
        if line.startswith("<<<", at):
            return at + 3
        match = DELIMITER.match(line, at) if inner != "((" else None
        if match is None:
            return 0
        self._documents.append(Document(re.sub(r"['\"\\]", "", match["word"]), bool(match["tabs"])))
        return match.end()

    def _word(self, line: str, at: int) -> int:
        """The end of the unquoted characters that begin here."""
        end = at
        while end < len(line) and line[end] not in BLANKS + SEPARATORS + "'\"`$<>}":
            end += 2 if line[end] == "\\" else 1
        word = line[at : max(end, at + 1)]
        if self._words or not (word in NOT_A_COMMAND or ASSIGNMENT.match(word)):
            self._words.append(word)
        return max(end, at + 1)


def _end_of_word(line: str, at: int) -> int:
    match = WORD.match(line, at, at + LONGEST_WORD)
    return match.end() if match else at


_QUOTES = {"'": re.compile("'"), "$'": re.compile(r"[\\']"), '"': re.compile(r'[\\"`]|\$\(')}
"""Each quotation, and what means something in it."""
_OPENING = {
    "$": ("$((", "$(", "${", "$'"),
    "(": ("((", "("),
    "<": ("<(",),
    ">": (">(",),
    "'": ("'",),
    '"': ('"',),
    "`": ("`",),
}
"""By their first character, the longest first."""
_CLOSING = {"((": "))", "(": ")", "${": "}", "`": "`"}
