"""The learner's own work as a script that can be handed in: graded, it comes to the same verdict.

A script says lines. Keys that were typed to a program become the lines below its own, or a here-document; an endless
program that was interrupted gets an end. What no script can say stands in it as a comment.
"""

from __future__ import annotations

import json
import math
import re
import shlex
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nstutor import __version__
from nstutor.grading.claims import HEAD
from nstutor.home import entries_of
from nstutor.journal import only_looks
from nstutor.language import _, n_
from nstutor.lesson.model import Lesson
from nstutor.progress import Command
from nstutor.report.result import Json
from nstutor.retyping import END_OF_FILE, INTERRUPT, KEYS
from nstutor.shell.turn import Ended

LONGEST_RUN = 5
"""Seconds for a program that the learner interrupted."""
LONGEST_WAIT = 20
LARGEST_FILE = 64 * 1024
ERASE = re.compile("[^\n]\x7f|\x7f")
NEW_SHELL = "cd ~; exec bash"
# A program of its own, and nothing of the shell's around it: `timeout` can run it.
SIMPLE = re.compile(r"\s*(?P<program>[A-Za-z0-9_./-]+)(?:\s[^;|&<>()$`{}\\!#]*)?\Z")
OF_THE_SHELL = frozenset(("cd", "exec", "exit", "export", "eval", "fg", "bg", "jobs", "read", "set", "source", "time",
                          "trap", "wait", "while", "for", "until", "if", "case", "function", "command", "builtin",
                          ".", "alias", "unset", "declare"))  # fmt: skip


@dataclass
class Script:
    """A submission while it is written."""

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
        return n_("{n} command could not be written into a script, and stands in it as a comment.",
                  "{n} commands could not be written into a script, and stand in it as comments.",
                  self.left_out).format(n=self.left_out)  # fmt: skip

    @property
    def text(self) -> str:
        """The whole file."""
        return "".join(f"{line}\n" for line in self.lines)


@dataclass(frozen=True)
class Work:
    """What was done in a run."""

    commands: Sequence[Command]
    home: bytes | None
    """The lab home as it was when the run began (home.take)."""
    waits: Mapping[int, float] = field(default_factory=dict)
    """Seconds until what a command left running had passed a step, by the command's number."""


def script_of(lesson: Lesson, work: Work, evidence: Mapping[str, Json]) -> Script:
    """The work as a submission."""
    script = Script(list(_header(lesson, evidence)))
    script.lines += _files(work.commands, work.home)
    for several in _statements(work.commands):
        _write(several, script)
        wait = work.waits.get(several[-1].number, 0.0)
        if wait:
            script.lines.append(f"sleep {min(math.ceil(wait), LONGEST_WAIT)}")
    return script


def _header(lesson: Lesson, evidence: Mapping[str, Json]) -> Iterator[str]:
    date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    yield f"{HEAD}{__version__} lesson {lesson.id} {lesson.sha256}"
    yield f"{HEAD}exported {date}"
    if lesson.variant is not None:
        yield f"{HEAD}seed {json.dumps(lesson.variant.seed)}"
    yield f"{HEAD}evidence {json.dumps(dict(evidence))}"


# --- lines ------------------------------------------------------------------------------------------------------------


def _statements(commands: Sequence[Command]) -> Iterator[list[Command]]:
    """Lines that bash read together: all but the last left it waiting for more."""
    several: list[Command] = []
    for command in commands:
        several.append(command)
        if command.ended != Ended.MORE.value:
            yield several
            several = []
    if several:
        yield several


def _write(several: Sequence[Command], script: Script) -> None:
    last, lines = several[-1], [command.line for command in several]
    if not last.line and last.keyboard in KEYS:
        if last.keyboard == END_OF_FILE:
            script.lines.append("exit")
        elif len(several) > 1:
            script.leave_out(lines[:-1], _("given up before it was complete"))
    elif last.only_looked and not only_looks(last.line):
        script.leave_out(lines, _("left out, for it ended the lab"))
    elif last.ended == Ended.GONE.value:
        _write_ending(lines, script)
    elif last.keyboard:
        _write_with_keys(last, lines, script)
    else:
        script.lines += lines


def _write_ending(lines: Sequence[str], script: Script) -> None:
    """What ended the outermost shell: learn began another one, a submission would end there."""
    if lines[-1].split()[:1] not in (["exit"], ["logout"]) or len(lines) > 1:
        script.lines += ["(", *lines, ")"]
    script.lines.append(NEW_SHELL)


def _write_with_keys(command: Command, lines: list[str], script: Script) -> None:
    keys = command.keyboard.decode(errors="surrogateescape").replace("\r", "\n")
    typed, ending = keys[:-1], keys[-1:].encode()
    simple = len(lines) == 1 and (match := SIMPLE.match(lines[0])) and match["program"] not in OF_THE_SHELL
    if keys == INTERRUPT.decode() and simple:
        seconds = min(max(1, math.ceil(command.seconds)), LONGEST_RUN)
        script.lines.append(f"timeout --foreground -s INT {seconds} {lines[0].strip()}")
    elif ending == b"\n" and _is_text(typed):
        script.lines += [*lines, *_edited(typed).split("\n")]
    elif ending == END_OF_FILE and (simple or _writes_file(lines)) and _is_text(typed) and typed[-1:] in {"", "\n"}:
        script.lines += _here_document(lines[0], _edited(typed))
    elif _is_text(keys) and only_looks(command.line):
        # A pager's `q`: nothing is lost without it.
        script.leave_out(lines, _("left out, for it only looked"))
    else:
        script.leave_out(lines, _("left out, for a script cannot say the keys that it was given"))


def _writes_file(lines: Sequence[str]) -> bool:
    """`cat > FILE`."""
    return len(lines) == 1 and re.fullmatch(r"\s*(?:cat|tee)\s*(?:>>?\s*)?[\w./~-]+\s*", lines[0]) is not None


def _here_document(line: str, text: str) -> list[str]:
    inside = text.removesuffix("\n").split("\n") if text else []
    end = next(word for number in range(len(inside) + 1) if (word := f"END{number or ''}") not in inside)
    return [f"{line} <<'{end}'", *inside, end]


def _is_text(keys: str) -> bool:
    return all(key.isprintable() or key in "\n\t\x7f" or "\udc80" <= key <= "\udcff" for key in keys)


def _edited(text: str) -> str:
    """What a program reads: without what the erase key took away."""
    while "\x7f" in text:
        text = ERASE.sub("", text, count=1)
    return text


# --- files ------------------------------------------------------------------------------------------------------------


def _files(commands: Sequence[Command], home: bytes | None) -> Iterator[str]:
    """Lines that write the home's files that a command names."""
    if home is None:
        return
    words = frozenset(re.findall(r"[\w.-]+", " ".join(command.line for command in commands)))
    made: set[str] = set()
    for path, mode, content in entries_of(home):
        folder, _slash, name = path.rpartition("/")
        text = content.decode(errors="surrogateescape")
        wanted = name in words and stat.S_ISREG(mode) and len(content) <= LARGEST_FILE
        if not wanted or not _is_text(text) or "\x7f" in text:
            continue
        if folder and folder not in made:
            made.add(folder)
            yield f"mkdir -p {shlex.quote(folder)}"
        yield from _here_document(f"cat > {shlex.quote(path)}", text)
        if mode & stat.S_IXUSR:
            yield f"chmod +x {shlex.quote(path)}"
