"""Lines with tags that only their execution can print, and what came of them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

BASE = 1000
TAG = re.compile(r"T(\d+):(\d+)\r")


@dataclass
class Tags:
    """Numbers the tags of one terminal, and remembers which must come."""

    given: list[int] = field(default_factory=list)

    def number(self) -> int:
        """The number of the next tag."""
        self.given.append(len(self.given) + 1)
        return self.given[-1]

    def command(self) -> str:
        """A command that prints the next tag, and whose text does not have it."""
        number = self.number()
        return f"echo T{number}:$(({BASE}+{number}))"


def printed(number: int) -> str:
    """The tag as it is printed."""
    return f"T{number}:{BASE + number}"


def seen(text: str) -> list[int]:
    """The numbers of the tags in this text, in order."""
    return [int(found[1]) for found in TAG.finditer(text) if int(found[2]) == BASE + int(found[1])]


def faults(wanted: list[int], got: list[int]) -> str:
    """What is wrong with the tags that came; nothing if all came once and in order."""
    if got == wanted:
        return ""
    lost = [number for number in wanted if number not in got]
    twice = sorted({number for number in got if got.count(number) > 1})
    known = {"lost": lost, "twice": twice} if lost or twice else {"order": got}
    return f"of {len(wanted)} lines: " + ", ".join(f"{word} {numbers}" for word, numbers in known.items() if numbers)


def any_line(tags: Tags, rng: random.Random) -> str:
    """A line as learners type them: some take a while, some change the network, some are long."""
    tag = tags.command()
    number, pause = tags.given[-1], f"sleep 0.{rng.randrange(30):02d}"
    line = rng.choice(
        (
            f"{pause}; {tag}",
            f"{tag}; {pause}",
            f"ip netns add n{number} && {tag}",
            f"ip netns ls >/dev/null; {tag}",
            f"ip netns add eden; ip netns delete eden; {tag}",
            f"ping -c1 -W1 127.0.0.1 >/dev/null 2>&1; {tag}",
            tag,
            tag,
            tag,
        )
    )
    if rng.random() < 0.4:
        line += " # " + "".join(rng.choice("abcdefgh ") for _ in range(rng.randrange(1, 150)))
    return line.rstrip()
