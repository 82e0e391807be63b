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
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from nstutor import __version__
from nstutor.grading.export_header import HEAD
from nstutor.grading.result import Json
from nstutor.lab.home_archive import changed_files, entries_of
from nstutor.lab.homecopy import Entry
from nstutor.lesson.model import Lesson
from nstutor.progress.rows import Command
from nstutor.progress.run_log import only_looks
from nstutor.progress.script import Script, here_document, is_simple
from nstutor.progress.terminals import LONGEST_WAIT, Terminals, statements
from nstutor.session.replay import END_OF_FILE, INTERRUPT, KEYS
from nstutor.shell.turn import Ended
from nstutor.text.i18n import _

LONGEST_RUN = 5
"""Seconds for a program that the learner interrupted."""
LARGEST_FILE = 64 * 1024
ERASE = re.compile("[^\n]\x7f|\x7f")
NEW_SHELL = "cd ~; exec bash"


@dataclass(frozen=True)
class Work:
    """What was done in a run."""

    commands: Sequence[Command]
    home: bytes | None
    """The lab home as it was when the run began (home.take)."""
    waits: Mapping[int, float] = field(default_factory=dict)
    """Seconds until what a command left running had passed a step, by the command's number."""
    answers: Sequence[tuple[float, str]] = ()
    """When each was given (time.time()), and the line that says it."""


def script_of(lesson: Lesson, work: Work, evidence: Mapping[str, Json]) -> Script:
    """The work as a submission."""
    script = Script(list(_header(lesson, evidence)))
    found = statements(work.commands)
    words = frozenset(re.findall(r"[\w.-]+", " ".join(command.line for command in work.commands)))
    terminals = Terminals(found, script, partial(_write, words=words))
    terminals.begin()
    script.lines += _files(entries_of(work.home) if work.home is not None else (), words)
    answers = deque(work.answers)
    for statement in found:
        while answers and answers[0][0] < statement.last.started:
            script.lines.append(answers.popleft()[1])
        terminals.add(statement)
        wait = work.waits.get(statement.last.number, 0.0)
        if wait:
            script.lines.append(f"sleep {min(math.ceil(wait), LONGEST_WAIT)}")
    terminals.wait_until()
    script.lines += [line for _at, line in answers]
    return script


def _header(lesson: Lesson, evidence: Mapping[str, Json]) -> Iterator[str]:
    date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    yield f"{HEAD}{__version__} lesson {lesson.id} {lesson.sha256}"
    yield f"{HEAD}exported {date}"
    if lesson.variant is not None:
        yield f"{HEAD}seed {json.dumps(lesson.variant.seed)}"
    yield f"{HEAD}evidence {json.dumps(dict(evidence))}"


# --- lines ------------------------------------------------------------------------------------------------------------


def _write(several: Sequence[Command], script: Script, words: Collection[str]) -> None:
    last, lines = several[-1], [command.line for command in several]
    if last.unseen:
        script.leave_out(lines, _("left out, for what was typed into it unseen is not kept"))
    elif last.effect is not None and not only_looks(last.line):
        _write_effect(lines, last.effect, script, words)
    elif not last.line and last.keyboard in KEYS:
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


def _write_effect(lines: Sequence[str], effect: bytes, script: Script, words: Collection[str]) -> None:
    """What keys in an editor changed in the home, in the place of the keys."""
    changed = changed_files(effect)
    files = list(_files(changed, words, "~/"))
    if files or all(path.startswith(".") for path, _mode, _content in changed):
        # An editor's own notes are nobody's work.
        script.lines += [*(f"# {line}" for line in lines), *files]
    else:
        script.leave_out(lines, _("left out, for a script cannot say the keys that it was given"))


def _write_ending(lines: Sequence[str], script: Script) -> None:
    """What ended the outermost shell: learn began another one, a submission would end there."""
    if lines[-1].split()[:1] not in (["exit"], ["logout"]) or len(lines) > 1:
        script.lines += ["(", *lines, ")"]
    script.lines.append(NEW_SHELL)


def _write_with_keys(command: Command, lines: list[str], script: Script) -> None:
    keys = command.keyboard.decode(errors="surrogateescape").replace("\r", "\n")
    typed, ending = keys[:-1], keys[-1:].encode()
    simple = is_simple(lines)
    if keys == INTERRUPT.decode() and simple:
        seconds = min(max(1, math.ceil(command.seconds)), LONGEST_RUN)
        script.lines.append(f"timeout --foreground -s INT {seconds} {lines[0].strip()}")
    elif ending == b"\n" and _is_text(typed):
        script.lines += [*lines, *_edited(typed).split("\n")]
    elif ending == END_OF_FILE and (simple or _writes_file(lines)) and _is_text(typed) and typed[-1:] in {"", "\n"}:
        script.lines += here_document(lines[0], _lines_of(_edited(typed)))
    elif _is_text(keys) and only_looks(command.line):
        # A pager's `q`: nothing is lost without it.
        script.leave_out(lines, _("left out, for it only looked"))
    else:
        script.leave_out(lines, _("left out, for a script cannot say the keys that it was given"))


def _writes_file(lines: Sequence[str]) -> bool:
    """`cat > FILE`."""
    return len(lines) == 1 and re.fullmatch(r"\s*(?:cat|tee)\s*(?:>>?\s*)?[\w./~-]+\s*", lines[0]) is not None


def _lines_of(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _is_text(keys: str) -> bool:
    return all(key.isprintable() or key in "\n\t\x7f" or "\udc80" <= key <= "\udcff" for key in keys)


def _edited(text: str) -> str:
    """What a program reads: without what the erase key took away."""
    while "\x7f" in text:
        text = ERASE.sub("", text, count=1)
    return text


# --- files ------------------------------------------------------------------------------------------------------------


def _files(entries: Iterable[Entry], words: Collection[str], home: str = "") -> Iterator[str]:
    """Lines that write those files of the home that a command names; `home` leads there."""
    made: set[str] = set()
    for path, mode, content in entries:
        folder, _slash, name = path.rpartition("/")
        text = content.decode(errors="surrogateescape")
        wanted = name in words and stat.S_ISREG(mode) and len(content) <= LARGEST_FILE
        if not wanted or not _is_text(text) or "\x7f" in text:
            continue
        if folder and folder not in made:
            made.add(folder)
            yield f"mkdir -p {home}{shlex.quote(folder)}"
        yield from here_document(f"cat > {home}{shlex.quote(path)}", _lines_of(text))
        if mode & stat.S_IXUSR:
            yield f"chmod +x {home}{shlex.quote(path)}"
