"""What was typed at several terminals, in the one that a script has.

The lines of an attached shell stand where they belong in time, each run by a shell of its own that begins with what the
attached one had been told to keep (`cd`, variables). What ran beside other lines runs in the background.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from nstutor.progress.rows import OPEN, Command
from nstutor.progress.run_log import recorded_line
from nstutor.progress.script import Script, here_document, is_simple
from nstutor.session.replay import END_OF_FILE, INTERRUPT, RecordedLine, in_order
from nstutor.shell.turn import Ended
from nstutor.text.i18n import _
from nstutor.text.names import HOST

LONGEST_WAIT = 20
"""Seconds for what runs beside other lines to come to its end."""
KEEP_HOST = ("exec 8< /proc/self/ns/mnt", "exec 9< /proc/self/ns/net")
"""Keeps the host's namespaces in a script, to come back to them out of a shell of another one."""
INTO_HOST = "nsenter --mount=/proc/self/fd/8 --net=/proc/self/fd/9 "
# What a shell remembers for its later lines, and that does nothing besides.
REMEMBERED = re.compile(r"\s*(?:(?:cd|export|alias|unset|declare|umask|shopt)\b|[A-Za-z_]\w*=)[^;|&<>()`]*")
# A shell of its own, in which the next lines are typed: their namespace is on record.
NESTED = re.compile(r"\s*(?:sudo\s+)?(?:ip\s+netns\s+exec\s+\S+\s+)?(?:/bin/)?(?:ba)?sh(?:\s+-(?!c\b)[^;|&]*)?\s*")
LEAVING = re.compile(r"\s*(?:exit|logout)\b[^;|&]*")
JOB_CONTROL = re.compile(r"\s*(?:fg|bg|jobs|wait|disown)\b|.*\s%\S*\s*\Z")


@dataclass(frozen=True)
class Statement:
    """Lines that bash read together: all but the last left it waiting for more."""

    commands: tuple[Command, ...]
    began: float
    """When it was complete, and bash ran it."""
    ended: float
    beside: bool
    """Something was typed elsewhere before it had ended."""

    @property
    def last(self) -> Command:
        """The command that it came to an end with."""
        return self.commands[-1]

    @property
    def lines(self) -> list[str]:
        """What was typed."""
        return [command.line for command in self.commands]


def statements(commands: Sequence[Command]) -> list[Statement]:
    """What was run, in its order."""
    by_number = {command.number: command for command in commands}
    groups: list[list[RecordedLine]] = []
    incomplete: dict[int, list[RecordedLine]] = {}
    for line in in_order(map(recorded_line, commands)):
        group = incomplete.pop(line.shell, None)
        if group is None:
            groups.append(group := [])
        group.append(line)
        if by_number[line.number].ended == Ended.INCOMPLETE.value:
            incomplete[line.shell] = group
    groups.sort(key=lambda group: group[-1].began)
    several = len({group[0].shell for group in groups}) > 1
    return [
        Statement(
            tuple(by_number[line.number] for line in group),
            group[-1].began,
            group[-1].ended,
            several and any(_is_beside(other[-1], group[-1]) for other in groups),
        )
        for group in groups
    ]


def _is_beside(other: RecordedLine, line: RecordedLine) -> bool:
    """Whether another line was typed in another shell while a line ran."""
    return other.shell != line.shell and line.began <= other.began < line.ended


Write = Callable[[Sequence[Command], Script], None]
"""Writes what was typed into the shell that a script is typed into."""


class Terminals:
    """Writes statements into a script."""

    def __init__(self, found: Sequence[Statement], script: Script, write: Write) -> None:
        self._statements, self._script, self._write = found, script, write
        own = [one.last for one in found if not one.last.shell]
        self._away = any(one.netns not in {"", HOST} or NESTED.fullmatch(one.line) for one in own)
        """The script does not stand in the host all the time."""
        self._moves = any(re.search(r"\bcd\b", one.line) for one in own)
        """Nor in the home."""
        self._remembered: dict[int, list[str]] = {}
        self._jobs: list[tuple[float, str]] = []
        """When what runs in the background had ended, and the variable that has its process."""
        self._noted = 0

    def begin(self) -> None:
        """What must stand in front of everything."""
        if self._away and any(one.last.shell and one.last.netns == HOST for one in self._statements):
            self._script.lines += KEEP_HOST

    def add(self, statement: Statement) -> None:
        """Write one."""
        self.wait_until(statement.began)
        if statement.last.shell:
            self._add_attached(statement)
        elif statement.beside:
            self._add_beside(statement, "", [])
        else:
            self._write(statement.commands, self._script)

    def wait_until(self, when: float = sys.float_info.max) -> None:
        """Wait for what had ended by then."""
        for job in sorted(self._jobs):
            if job[0] <= when:
                self._jobs.remove(job)
                self._script.lines.append(f"timeout {LONGEST_WAIT} tail --pid=${job[1]} -f /dev/null")

    # --- attached shells ------------------------------------------------------------------------------------------

    def _add_attached(self, statement: Statement) -> None:
        lines, shell = statement.lines, statement.last.shell
        remembered = self._remembered.setdefault(shell, [])
        if not any(lines) or NESTED.fullmatch(lines[0]) or LEAVING.fullmatch(lines[0]):
            if len(lines) > 1 or statement.last.keyboard not in {b"", END_OF_FILE}:
                self._write(statement.commands, self._script)
        elif len(lines) == 1 and REMEMBERED.fullmatch(lines[0]):
            remembered += lines
        elif JOB_CONTROL.match(lines[-1]):
            self._script.leave_out(lines, _("left out, for a script has no jobs of another terminal"))
        else:
            into = self._into(statement.last.netns)
            self._add_beside(statement, into, ["cd", *remembered] if self._moves or into == INTO_HOST else remembered)

    def _into(self, netns: str) -> str:
        """Words that run a program in this namespace."""
        if netns != HOST:
            return f"ip netns exec {netns} "
        return INTO_HOST if self._away else ""

    def _add_beside(self, statement: Statement, prefix: str, remembered: Sequence[str]) -> None:
        """Run it apart from the script's own shell; in the background if something else was typed meanwhile."""
        last, inside = statement.last, Script()
        background = statement.beside or last.ended == OPEN
        interrupted = background and last.keyboard.endswith(INTERRUPT)
        if interrupted or last.ended == OPEN or (last.shell and last.ended == Ended.GONE.value):
            inside.lines += statement.lines
        else:
            self._write(statement.commands, inside)
        said = [line for line in inside.lines if not line.startswith("#")]
        if not said:
            self._script.lines += inside.lines
        else:
            limit = f"timeout -s INT -k 2 {self._seconds(statement)} " if interrupted else ""
            self._script.lines += _apart(inside.lines, f"{prefix}{limit}", remembered, " &" if background else "")
        self._script.left_out += inside.left_out
        if said and background:
            self._note_job(statement)

    def _note_job(self, statement: Statement) -> None:
        """Time for it to begin, and its process, if its end is to be waited for."""
        if statement.ended < math.inf:
            self._noted += 1
            name = f"job{self._noted}"
            self._script.lines.append(f"export {name}=$!")
            self._jobs.append((statement.ended, name))
        self._script.lines.append("sleep 1")

    def _seconds(self, statement: Statement) -> int:
        """Time for what was typed elsewhere before it was interrupted."""
        meanwhile = [one for one in self._statements if statement.began <= one.began and one.ended <= statement.ended]
        needed = sum(2 + one.ended - one.began for one in meanwhile if one is not statement)
        return min(math.ceil(1 + needed), LONGEST_WAIT)


def _apart(lines: Sequence[str], prefix: str, remembered: Sequence[str], behind: str) -> Iterator[str]:
    if is_simple(lines) and not remembered:
        yield f"{prefix}{lines[0].strip()}{behind}"
    else:
        yield from here_document(f"{prefix}bash", [*remembered, *lines], behind)
