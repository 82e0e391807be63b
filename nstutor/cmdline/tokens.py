"""A line of bash as the commands in it, each with the namespace that it acts on.

Reads no more of bash's grammar than the coach's certainty needs: what it cannot know (a variable, a function) is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>[^\S\n]+)
      | (?P<comment>\#[^\n]*)
      | (?P<redirect>[0-9]*(?:&>>?|[<>]{1,3}(?!\()&?))
      | (?P<operator>\|\||&&|;;|[<>$]\(|[;&|()`\n])
      | (?P<word>(?:\\.|'[^']*'|"(?:\\.|[^"\\])*"|\$(?!\()|[^\s;&|()<>`'"\\$])+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r"""\\(.)|'([^']*)'|"((?:\\.|[^"\\])*)\"""", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_RESERVED = frozenset(("if", "then", "elif", "else", "while", "until", "do", "!", "time", "{"))
_WRAPPERS = frozenset(("sudo", "exec", "command", "env", "nohup"))
_OPTIONS_WITH_VALUE = ("-family", "-rcvbuf", "-loops", "-batch", "-force")
RUN_NETNS = ("/run/netns/", "/var/run/netns/")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as bash would pass it on, and where it stands in the line: `line[start:end]`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command, freed of what stands in front of it (`sudo`, `ip netns exec NS`, `nsenter --net=…`)."""

    words: tuple[Word, ...]
    outer: tuple[Word, ...]
    """All its words, those in front included."""
    netns: str | None
    """The namespace it acts on; None where the line does not tell."""
    named: Word | None
    """The word that names this namespace, if one does."""

    @property
    def program(self) -> str:
        """What it runs, without the folder."""
        return self.words[0].text.rpartition("/")[2] if self.words else ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The words alone."""
        return tuple(word.text for word in self.words)

    def after(self, *keywords: str) -> Word | None:
        """The word that follows the first of these keywords."""
        for keyword, value in zip(self.words, self.words[1:], strict=False):
            if keyword.text in keywords:
                return value
        return None


def commands(line: str, netns: str) -> tuple[Command, ...]:
    """The commands of a line that is typed while the shell stands in `netns`."""
    found = []
    for words in _simple_commands(line):
        bare = _without_wrappers(words)
        if bare:
            found.append(_innermost(bare, words, netns))
    return tuple(found)


def swap(line: str, word: Word, new: str) -> str:
    """The line with one word written anew."""
    return line[: word.start] + new + line[word.end :]


def insert(line: str, word: Word, new: str) -> str:
    """The line with something put in front of a word."""
    return f"{line[: word.start]}{new} {line[word.start :]}"


def name_in(path: str) -> str | None:
    """`greenland` out of `/run/netns/greenland`."""
    for folder in RUN_NETNS:
        if path.startswith(folder) and len(path) > len(folder):
            return path[len(folder) :]
    return None


def resolve(word: str, table: Sequence[str]) -> str | None:
    """The table's first entry that begins with the word, as iproute2 reads abbreviations (matches(), lib/utils.c)."""
    return next((entry for entry in table if word and entry.startswith(word)), None)


def skip_ip_options(words: Sequence[Word]) -> tuple[Sequence[Word], Word | None]:
    """The words of an `ip` call behind its options, and the value of `-n`/`-netns` (ip(8))."""
    rest, netns = words[1:], None
    while rest and rest[0].text.startswith("-"):
        option = rest[0].text.replace("--", "-", 1)
        takes_value = len(option) > 1 and (
            option == "-f" or resolve(option, ("-netns", *_OPTIONS_WITH_VALUE)) is not None
        )
        if takes_value and "-netns".startswith(option) and len(rest) > 1:
            netns = rest[1]
        rest = rest[2:] if takes_value else rest[1:]
    return rest, netns


def _simple_commands(line: str) -> Iterator[tuple[Word, ...]]:
    words: list[Word] = []
    redirected = False
    for match in _TOKEN.finditer(line):
        kind = match.lastgroup
        if kind == "operator":
            yield tuple(words)
            words, redirected = [], False
        elif kind == "redirect":
            redirected = True
        elif kind in ("word", "other") and redirected:
            redirected = False
        elif kind in ("word", "other"):
            words.append(Word(_unquoted(match[0]), match.start(), match.end()))
    yield tuple(words)


def _unquoted(raw: str) -> str:
    return _QUOTED.sub(lambda match: match[1] or match[2] or match[3] or "", raw)


def _without_wrappers(words: tuple[Word, ...]) -> tuple[Word, ...]:
    while words and (words[0].text in _RESERVED | _WRAPPERS or _ASSIGNMENT.match(words[0].text)):
        wrapper = words[0].text in _WRAPPERS
        words = words[1:]
        while wrapper and words and words[0].text.startswith("-"):
            words = words[1:]
    return words


def _innermost(words: tuple[Word, ...], outer: tuple[Word, ...], netns: str) -> Command:
    where, named = netns, None
    while entered := _entered(words):
        named, words = entered
        where = _namespace(named)
        words = _without_wrappers(words)
    if words and words[0].text == "ip":
        _, option = skip_ip_options(words)
        named, where = (option, _namespace(option)) if option else (named, where)
    return Command(words, outer, None if "$" in where else where, named)


def _namespace(word: Word) -> str:
    return name_in(word.text.partition("=")[2] or word.text) or word.text


def _entered(words: tuple[Word, ...]) -> tuple[Word, tuple[Word, ...]] | None:
    if not words:
        return None
    program = words[0].text.rpartition("/")[2]
    if program == "nsenter":
        net = next((i for i, word in enumerate(words) if word.text.startswith(("--net=", "-n/"))), None)
        return None if net is None else (_net_value(words[net]), words[net + 1 :])
    if program != "ip":
        return None
    rest, _ = skip_ip_options(words)
    if len(rest) > 2 and "netns".startswith(rest[0].text) and len(rest[0].text) > 1:
        return (rest[2], tuple(rest[3:])) if rest[1].text in ("exec", "exe", "ex", "e") else None
    return None


def _net_value(word: Word) -> Word:
    return Word(word.text.removeprefix("--net=").removeprefix("-n"), word.start, word.end)
