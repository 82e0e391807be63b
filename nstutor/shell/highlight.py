"""Colours for the line as it is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

from nstutor.cmdline import ip_grammar as grammar
from nstutor.cmdline.words import Command, Word, bare, commands
from nstutor.text.colours import colour_of
from nstutor.text.names import HOST

if TYPE_CHECKING:
    from pygments.lexers.shell import BashLexer
    from pygments.token import _TokenType

    from nstutor.shell.complete_lab import Live

_LONGEST_LINE = 4000

STYLES: Mapping[str, str] = {
    "command": "bold",
    "keyword": "fg:ansicyan",
    "tutor": "bold fg:ansimagenta",
}
_BASH_STYLES: Mapping[str, str] = {
    "Comment": "fg:ansibrightblack italic",
    "Keyword": "bold",
    "Literal.String": "fg:ansigreen",
    "Name.Variable": "fg:ansiyellow",
}


class LabLexer(Lexer):
    """bash by pygments, with `ip`'s words and the lab's namespaces on top.

    pygments is imported when something is typed for the first time, so that it does not stand before the first prompt.
    """

    def __init__(self, live: Live = lambda: None, tutor_words: Iterable[str] = ()) -> None:
        self._live = live
        self._tutor_words = frozenset(f":{word.removeprefix(':')}" for word in tutor_words)
        self._bash: BashLexer | None = None

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """The coloured fragments of each line."""
        lines = document.lines

        def line_of(number: int) -> StyleAndTextTuples:
            return self._coloured(lines[number]) if number < len(lines) else []

        return line_of

    def invalidation_hash(self) -> object:
        """The colours change when a namespace comes or goes."""
        snapshot = self._live()
        return None if snapshot is None else frozenset(snapshot.namespaces)

    def _coloured(self, line: str) -> StyleAndTextTuples:
        if not line.strip() or len(line) > _LONGEST_LINE:
            return [("", line)]
        if line in self._tutor_words or line.split(maxsplit=1)[0] in self._tutor_words:
            word = line.split(maxsplit=1)[0]
            return [(STYLES["tutor"], word), ("", line[len(word) :])] if line.startswith(word) else [("", line)]
        styles = self._bash_styles(line)
        for start, end, style in self._lab_styles(line):
            styles[start:end] = [style] * (end - start)
        return list(_joined(line, styles))

    def _bash_styles(self, line: str) -> list[str]:
        styles = [""] * len(line)
        # With its newline: pygments sees a comment only in a whole line.
        for start, token, text in self._lexer().get_tokens_unprocessed(f"{line}\n"):
            style = _style_of(token)
            if style:
                styles[start : start + len(text)] = [style] * len(text)
        return styles[: len(line)]

    def _lexer(self) -> BashLexer:
        if self._bash is None:
            from pygments.lexers.shell import BashLexer

            self._bash = BashLexer()
        return self._bash

    def _lab_styles(self, line: str) -> Iterator[tuple[int, int, str]]:
        snapshot = self._live()
        names = snapshot.namespaces if snapshot else {}
        for command in commands(line):
            yield from _keywords(command)
            for word in command.words:
                name = word.text.rpartition("/run/netns/")[2]
                if name in names and name != HOST and line[word.start : word.end].endswith(name):
                    yield word.end - len(name), word.end, f"fg:{colour_of(name)}"


def _keywords(command: Command) -> Iterator[tuple[int, int, str]]:
    words = bare(command.words)
    if not words:
        return
    yield words[0].start, words[0].end, STYLES["command"]
    objects = {"ip": grammar.IP, "bridge": grammar.BRIDGE}.get(words[0].text)
    rest = _without_options(words[1:])
    subject = grammar.resolve(rest[0].text, objects) if objects and rest else None
    if objects is None or subject is None:
        return
    yield rest[0].start, rest[0].end, STYLES["keyword"]
    verb = grammar.resolve(rest[1].text, objects[subject]) if len(rest) > 1 else None
    if verb is None:
        return
    yield rest[1].start, rest[1].end, STYLES["keyword"]
    if subject == "netns" and verb == "exec":
        yield from _keywords(Command(rest[3:]))
    for word in rest[2:]:
        if word.text in objects[subject][verb].words:
            yield word.start, word.end, STYLES["keyword"]


def _without_options(words: tuple[Word, ...]) -> tuple[Word, ...]:
    while words and words[0].text.startswith("-"):
        words = words[2:] if grammar.takes_value(words[0].text) else words[1:]
    return words


def _style_of(token: _TokenType) -> str:
    name = str(token).removeprefix("Token.")
    return next((style for prefix, style in _BASH_STYLES.items() if name.startswith(prefix)), "")


def _joined(line: str, styles: list[str]) -> Iterator[tuple[str, str]]:
    start = 0
    for index in range(1, len(line) + 1):
        if index == len(line) or styles[index] != styles[start]:
            yield styles[start], line[start:index]
            start = index
