"""A submission while it is written, line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from nstutor.text.i18n import n_

# A program of its own, and nothing of the shell's around it: another program can run it.
SIMPLE = re.compile(r"\s*(?P<program>[A-Za-z0-9_./-]+)(?:\s[^;|&<>()$`{}\\!#]*)?\Z")
OF_THE_SHELL = frozenset(
    (
        "cd",
        "exec",
        "exit",
        "export",
        "eval",
        "fg",
        "bg",
        "jobs",
        "read",
        "set",
        "source",
        "time",
        "trap",
        "wait",
        "while",
        "for",
        "until",
        "if",
        "case",
        "function",
        "command",
        "builtin",
        ".",
        "alias",
        "unset",
        "declare",
    )
)


@dataclass
class Script:
    """Lines, and how many commands could not be said in them."""

    lines: list[str] = field(default_factory=list)
    left_out: int = 0

    def leave_out(self, lines: Sequence[str], why: str) -> None:
        """What cannot be said, as comments."""
        self.left_out += 1
        self.lines += [f"# {why}: {line}" for line in lines]

    @property
    def told(self) -> str:
        """What to tell about it; empty if everything could be said."""
        if not self.left_out:
            return ""
        return n_(
            "{n} command could not be written into a script, and stands in it as a comment.",
            "{n} commands could not be written into a script, and stand in it as comments.",
            self.left_out,
        ).format(n=self.left_out)

    @property
    def text(self) -> str:
        """The whole file."""
        return "".join(f"{line}\n" for line in self.lines)


def is_simple(lines: Sequence[str]) -> bool:
    """Whether it is one line that runs one program."""
    match = SIMPLE.match(lines[0]) if len(lines) == 1 else None
    return match is not None and match["program"] not in OF_THE_SHELL


def here_document(line: str, inside: Sequence[str], behind: str = "") -> list[str]:
    """A line whose input is the lines inside."""
    end = next(word for number in range(len(inside) + 1) if (word := f"END{number or ''}") not in inside)
    return [f"{line} <<'{end}'{behind}", *inside, end]
