"""The simple command that a line ends in, while it is still being typed: for completion and colouring.

Reads as much of bash's grammar as that needs: quotes, operators, redirections, the words after which a new command
begins. It never fails, whatever is half typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>\#[^\n]*)
      | (?P<operator>\|\||&&|;;|[<>$]\(|[;&|()`])
      | (?P<redirect>[0-9]*(?:>>|>\||>&|<>|<<<|<<|<&|>|<))
      | (?P<word>(?:\\.|'[^']*(?:'|$)|"(?:\\.|[^"\\])*(?:"|$)|\$(?!\()|\\$|[^\s;&|()<>`'"\\$])+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r"""\\(.)|'([^']*)(?:'|$)|"((?:\\.|[^"\\])*)(?:"|$)""", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
RESERVED = frozenset(("if", "then", "elif", "else", "while", "until", "do", "!", "time", "{"))
WRAPPERS = frozenset(("sudo", "exec", "command", "env", "nohup", "builtin"))


@dataclass(frozen=True, slots=True)
class Word:
    """A word as bash would pass it on, and where it stands: `line[start:end]`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: its words, freed of `sudo`, `do`, `X=1` in front of it, and of redirections."""

    words: tuple[Word, ...] = ()
    redirected: Word | None = None
    """The file behind the last `>` or `<`, if the command ends in it; empty while nothing is typed there."""
    quiet: bool = False
    """Ends in a comment: nothing is to be completed."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Where the cursor stands: behind these whole words, in this one."""

    before: tuple[str, ...]
    word: Word
    """The word that is being typed; empty behind a space."""
    quote: str
    """The quote that is open in it: a quotation mark or nothing."""
    redirected: bool = False
    quiet: bool = False


def commands(line: str) -> tuple[Command, ...]:
    """All simple commands of a line, the last of them perhaps empty."""
    done: list[Command] = []
    current, waiting = Command(), False
    for match in _TOKEN.finditer(line):
        kind, word = match.lastgroup, Word(_unquoted(match[0]), match.start(), match.end())
        if kind == "operator" or (kind == "space" and "\n" in match[0]):
            done.append(current)
            current, waiting = Command(), False
        elif kind == "redirect":
            current, waiting = replace(current, redirected=Word("", match.end(), match.end())), True
        elif kind == "comment":
            current = replace(current, quiet=True)
        elif kind in ("word", "other"):
            current, waiting = _with(current, word, waiting), False
    return (*done, current)


def typed(line: str) -> Typed:
    """What is being typed at the end of this text before the cursor."""
    last = commands(line)[-1]
    end = len(line)
    if last.redirected and (last.redirected.end == end or not last.redirected.text):
        word = last.redirected if last.redirected.text else Word("", end, end)
        return Typed((), word, _open_quote(line[word.start :]), redirected=True)
    open_word = last.words[-1] if last.words and last.words[-1].end == end else None
    whole = last.words[:-1] if open_word else last.words
    word = open_word or Word("", end, end)
    return Typed(tuple(w.text for w in bare(whole)), word, _open_quote(line[word.start :]), quiet=last.quiet)


def bare(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words behind those after which a new command begins (`do`, `sudo`) and behind assignments."""
    while words and (words[0].text in RESERVED | WRAPPERS or _ASSIGNMENT.match(words[0].text)):
        wrapper = words[0].text in WRAPPERS
        words = words[1:]
        while wrapper and words and words[0].text.startswith("-"):
            words = words[1:]
    return words


def _with(command: Command, word: Word, is_file: bool) -> Command:
    if is_file:
        return replace(command, redirected=word)
    return replace(command, words=(*command.words, word), redirected=None)


def _unquoted(raw: str) -> str:
    return _QUOTED.sub(lambda match: match[1] or match[2] or match[3] or "", raw)


def _open_quote(raw: str) -> str:
    quote, escaped = "", False
    for char in raw:
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
    return quote
