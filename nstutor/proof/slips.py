"""Slips that learners make, as changes of a command's text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nstutor.proof.model import Command, Mutant, Names, StepReference

MARK = re.compile(r"#\s*mutation:\s*equivalent\s+\S")
"""A comment at a line's end that says why slips in it change nothing."""
UNSEEN = re.compile(
    r"\b(sysctl|ip6?tables|nft|ebtables|tc|arp)\b|/proc/sys|/sys/class"
    r"|\b(n|ne|nei|neig|neigh|neighbou?r|fdb)\s+(a|c|r|d|f)\w*\b"
)
"""Commands whose work is not in the state that is compared: there, the same state excuses nothing."""
ENTERING = re.compile(r"\bip\s+(?:netns\s+exec\s+|(?:-n|-netns)\s+)(\S+)(\s+ip(?=\s))?")
HOST = "host"


def mutants(index: int, reference: StepReference, lines: Sequence[tuple[int, str]], *, looks: bool) -> Iterator[Mutant]:
    """The mutants of the step with this index: each command left out, then with each slip.

    `lines` are its solution's lines with their numbers; `looks` says that the step is only about looking.
    """
    for command in reference.commands:
        if any(MARK.search(line) for line in command.lines):
            continue
        seen = not UNSEEN.search(command.text)
        limit = 1.0 + 2 * command.seconds
        # The state cannot tell whether somebody looked.
        excusable = seen and not (looks and command.executed)
        words = f'leaving out "{command.text}"'
        yield Mutant(index, _replaced(lines, command, ()), command.number, words, True, excusable)
        for line in command.lines:
            for slipped in dict.fromkeys(slips(line, reference.names)):
                changed = tuple(slipped if one == line else one for one in command.lines)
                if changed != command.lines:
                    words = f'typing "{slipped.strip()}" for "{line.strip()}"'
                    yield Mutant(index, _replaced(lines, command, changed), command.number, words, False, seen, limit)
    yield from _addresses_swapped(index, reference, lines)


def slips(line: str, names: Names) -> Iterator[str]:
    """The line with each slip that makes sense for it."""
    words = [(match.group(), match.span()) for match in re.finditer(r"[^\s'\"]+", line)]
    for word, span in words:
        for other in _others(word, names):
            yield line[: span[0]] + other + line[span[1] :]
    yield from _in_host(line)
    yield from _ends_swapped(line, words, names)
    if re.search(r"\bmaster\s+\S+", line) and not re.search(r"\bset\s+(dev\s+)?\S+\s+master\s+\S+\s*$", line):
        yield re.sub(r"\s*\bmaster\s+\S+", "", line, count=1)


def _others(word: str, names: Names) -> Iterator[str]:
    """What could stand there by mistake."""
    if word in names.devices and word != HOST:
        yield from _next([name for name in names.devices if name != HOST], word)
        return
    if found := [devices for devices in names.devices.values() if word in devices]:
        yield from _next(found[0], word)
    elif word in ("up", "down"):
        yield "down" if word == "up" else "up"
    elif match := re.fullmatch(r"(?P<address>[0-9a-fA-F:.]*[:.][0-9a-fA-F:.]*)/(?P<length>\d+)", word):
        yield from (f"{match['address']}/{length}" for length in _lengths(match["address"], int(match["length"])))


def _lengths(address: str, length: int) -> Iterator[int]:
    """Another prefix length: that of a single host, and one that is too short."""
    full = 128 if ":" in address else 32
    yield from (other for other in (full, length - 8) if other != length and 0 < other <= full)


def _next(names: Sequence[str], word: str) -> Iterator[str]:
    """The name behind this one, the last one being before the first."""
    place = list(names).index(word)
    other = names[(place + 1) % len(names)]
    if other != word:
        yield other


def _in_host(line: str) -> Iterator[str]:
    """The command without the namespace that it should run in."""
    match = ENTERING.search(line)
    if match is None:
        return
    by_option = "exec" not in match.group()
    rest = line[match.end() :].lstrip()
    yield line[: match.start()] + ("ip " if by_option or match.group(2) else "") + rest


def _ends_swapped(line: str, words: Sequence[tuple[str, tuple[int, int]]], names: Names) -> Iterator[str]:
    """Two devices of the command in each other's place."""
    devices = {name for found in names.devices.values() for name in found}
    spans = [(word, span) for word, span in words if word in devices]
    if len(spans) == 2 and spans[0][0] != spans[1][0]:
        (first, one), (second, two) = spans
        yield line[: one[0]] + second + line[one[1] : two[0]] + first + line[two[1] :]


def _replaced(lines: Sequence[tuple[int, str]], command: Command, by: Sequence[str]) -> tuple[str, ...]:
    """The solution with other lines in the place of a command's."""
    end = command.number + len(command.lines)
    before = [text for number, text in lines if number < command.number]
    return (*before, *by, *(text for number, text in lines if number >= end))


def _addresses_swapped(index: int, reference: StepReference, lines: Sequence[tuple[int, str]]) -> Iterator[Mutant]:
    """Each of two addresses that the step's commands name in the place of the other."""
    texts = [text for _, text in lines]
    marked = any(MARK.search(text) for text in texts)
    named = [address for address in reference.names.addresses if any(address in text.split() for text in texts)]
    if len(named) != 2 or marked:
        return
    first, second = named
    swapped = tuple(" ".join(_swap(text.split(" "), first, second)) for text in texts)
    number = next(number for number, text in lines if first in text.split())
    limit = 1.0 + 2 * sum(command.seconds for command in reference.commands)
    yield Mutant(index, swapped, number, f"swapping {first} and {second}", seconds=limit)


def _swap(words: Sequence[str], first: str, second: str) -> Iterator[str]:
    places = {first: second, second: first}
    return (places.get(word, word) for word in words)
