"""Attacks: what stands between the lines of a right submission, and what must come of it.

The attacks are data. Nothing but `nstutor check` runs them, in its lab, with the limits of OPTIONS. What they leave on
a machine where they got out bears MARK or sleeps for SLEEP seconds: the tests look for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from check_runs import stored

OPTIONS = (
    "--output-limit",
    "2M",
    "--memory",
    "256M",
    "--processes",
    "64",
    "--namespaces",
    "16",
    "--file-size",
    "8M",
    "--home-size",
    "16M",
)
SHORT, LONG = ("--command-limit", "2", "--limit", "15"), ("--command-limit", "20", "--limit", "40")
"""For what goes on until it is ended, and for what is to end by itself, on a busy machine too."""
BRIEF = ("--command-limit", "2", "--limit", "8")
"""For lines without end: each second of them costs one of a processor, and shows no more than the first."""
GRACE = 12.0
"""Seconds that the last line's end and the last probes may take beyond the whole time."""
MARK = "nstutor-attack"
SLEEP = "98765"

HOUSES, WANGPO, LADDERS, MOVE, PLUG = "houses", "wangpo", "ladders", "move", "plug"
ADDRESS, OLD, UP = "address", "old-ladder", "up"
FIRST = (HOUSES, WANGPO, LADDERS, MOVE, PLUG)
"""The steps that are done before the attack."""
REST = (ADDRESS, OLD, UP)
"""The steps that are done behind it."""
ALL = (*FIRST, *REST)


class Rest(Enum):
    """What becomes of the right lines behind an attack."""

    COUNTS = "counts"
    """The shell goes on: they are typed and count."""
    LOST = "lost"
    """The shell ended, or runs something else now."""
    EITHER = "either"
    """It is a matter of luck; nobody else may suffer, and what was before counts."""


@dataclass(frozen=True)
class Attack:
    """One attack. Where it gets what it must not get, it says `exit`, and the rest is lost."""

    name: str
    lines: str
    rest: Rest = Rest.COUNTS
    note: str | None = None
    """Words that a note of the result must hold; without, there is to be no note at all."""
    lost: tuple[str, ...] | None = None
    """The steps that are lost, where it is not simply the rest."""
    noted: bool = True
    """False where limits may be hit or not: any notes will do."""
    endless: bool = False
    """It goes on until it is ended."""

    def script(self) -> bytes:
        """The right submission with the attack in the middle."""
        lines = stored("right/bridge/plain").decode().splitlines(keepends=True)
        at = 1 + max(index for index, line in enumerate(lines) if " master " in line)
        text = "".join((*lines[:at], self.lines, "\n", *lines[at:]))
        return text.encode("utf-8", "surrogateescape")

    @property
    def options(self) -> tuple[str, ...]:
        """Its limits on time."""
        return SHORT if self.endless or self.rest is Rest.EITHER or "was ended after 2 s" in (self.note or "") else LONG

    @property
    def expected(self) -> tuple[str, ...]:
        """The steps that are lost, for attacks where it is no matter of luck."""
        if self.lost is not None:
            return self.lost
        return REST if self.rest is Rest.LOST else ()


def python(code: str) -> str:
    """A line that runs Python; the code may have lines, and no single quotes."""
    assert "'" not in code
    escaped = code.strip().replace("\\", "\\\\").replace("\n", "\\n")
    return f"/usr/bin/python3 -c $'{escaped}'"
