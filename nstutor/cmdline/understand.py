"""What a command line means to the program that gets it, so that two spellings of one command compare equal."""

from __future__ import annotations

import os.path
from collections import Counter
from collections.abc import Sequence

from nstutor import NamedTuple
from nstutor.cmdline.getopt import parse_options
from nstutor.cmdline.iproute2_tables import COMMANDS, GLOBAL_OPTIONS, KEYS, NEUTRAL, OBJECTS, WITH_VALUE, expand

EXEC = ("netns", "exec")


class Command(NamedTuple):
    """A command line as its program understands it."""

    program: str
    netns: str | None
    """The namespace that `-n` names."""
    verb: tuple[str, ...]
    """For iproute2 its object and command in full (`link`, `show`), else empty."""
    items: tuple[tuple[str, str], ...] = ()
    """For iproute2 keyword-value pairs in any order; the keyword is "" for a word that stands alone."""
    words: tuple[str, ...] = ()
    """For other programs (and `ip netns exec`) what is no option, in its order."""
    options: frozenset[tuple[str, str | None]] = frozenset()
    """For other programs."""

    def covers(self, other: Command) -> bool:
        """Whether the other command is this one, perhaps with more options and words that narrow it down."""
        return (
            self.program == other.program
            and self.verb == other.verb
            and self.options <= other.options
            and not Counter(self.items) - Counter(other.items)
            and _in_order(self.words, other.words)
        )


def understand(argv: Sequence[str]) -> Command | None:
    """What a program would understand; None for an empty command and for `-batch`, whose lines are not seen."""
    if not argv:
        return None
    program = program_of(argv)
    if program in OBJECTS:
        return _iproute2(program, argv[1:])
    options, words = parse_options(program, argv[1:])
    return Command(program, None, (), words=words, options=options)


def program_of(argv: Sequence[str]) -> str:
    """The name of the program, without its folder and a login shell's dash."""
    return os.path.basename(argv[0]).removeprefix("-") if argv else ""


def _iproute2(program: str, words: Sequence[str]) -> Command | None:
    netns, rest, batch = _global_options(words)
    if batch:
        return None
    if not rest:
        return Command(program, netns, ())
    found = expand(rest[0], OBJECTS[program])
    table = COMMANDS.get((program, found))
    if table is None:
        return Command(program, netns, (found,), _items(rest[1:]))
    command = expand(rest[1], table) if len(rest) > 1 else "show"
    verb = (found, command)
    if verb == EXEC:
        return Command(program, netns, verb, words=tuple(rest[2:]))
    return Command(program, netns, verb, _items(rest[2:]))


def _global_options(words: Sequence[str]) -> tuple[str | None, Sequence[str], bool]:
    """Skip iproute2's options: the namespace of `-n`, the rest, and whether it reads its commands from a file."""
    netns, batch, index = None, False, 0
    while index < len(words) and words[index].startswith("-") and words[index] != "--":
        option = expand(words[index].lstrip("-").split("=")[0], GLOBAL_OPTIONS)
        batch = batch or option == "batch"
        index += 1
        if option in WITH_VALUE:
            netns = words[index] if option == "netns" and index < len(words) else netns
            index += 1
    rest = words[index:]
    return netns, rest[1:] if rest[:1] == ["--"] else rest, batch


def _items(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    items: list[tuple[str, str]] = []
    subject = ""
    rest = iter(words)
    for word in rest:
        if word in NEUTRAL:
            items.append((subject, next(rest, "")))
        elif word == "peer":
            subject = word
        elif word in KEYS:
            items.append((f"{subject} {word}".strip(), next(rest, "")))
        else:
            items.append((subject, word))
    return tuple(items)


def _in_order(wanted: Sequence[str], words: Sequence[str]) -> bool:
    rest = iter(words)
    return all(word in rest for word in wanted)
