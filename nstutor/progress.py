"""What the learner has done: one row for each command and each pass, written before the next prompt.

A *run* is one life of a lesson's world. Its commands, typed again into a fresh world, rebuild it.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from nstutor.errors import UsageError, reason
from nstutor.language import _

PLAYED = "played"
"""The kind of help that :goto gives: the step's solution was typed for the learner."""
PAUSE = 300.0
"""Seconds without a command after which the learner was away."""
SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY, lesson TEXT NOT NULL, sha256 TEXT NOT NULL, began REAL NOT NULL,
    home BLOB);                       -- the lab home as it was before the first command (home.take)
CREATE TABLE IF NOT EXISTS command (
    run INTEGER NOT NULL REFERENCES run, number INTEGER NOT NULL, line TEXT NOT NULL,
    keyboard BLOB NOT NULL,           -- what was typed to the programs while it ran
    ended TEXT NOT NULL, status INTEGER, netns TEXT NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL,
    only_looked INTEGER NOT NULL,     -- slow, and left everything as it was: not typed again for a rebuilt world
    PRIMARY KEY (run, number));
CREATE TABLE IF NOT EXISTS pass (
    run INTEGER NOT NULL REFERENCES run, step TEXT NOT NULL, number INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (run, step));
CREATE TABLE IF NOT EXISTS variant (run INTEGER PRIMARY KEY REFERENCES run, seed TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS help (
    run INTEGER NOT NULL REFERENCES run, step TEXT NOT NULL, kind TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS answer (
    run INTEGER NOT NULL REFERENCES run, step TEXT NOT NULL, question INTEGER NOT NULL, text TEXT NOT NULL,
    correct INTEGER NOT NULL, at REAL NOT NULL);
"""


def data_folder() -> Path:
    """Where the learner's things are: $XDG_DATA_HOME/nstutor (XDG base directory specification)."""
    base = os.environ.get("XDG_DATA_HOME", "")
    # A relative path is to be ignored, says the specification; the folder would be another one at each start.
    return (Path(base) if os.path.isabs(base) else _home() / ".local/share") / "nstutor"


def _home() -> Path:
    """$HOME, and nothing else: in the judge's place whoever started us has another number. Raises UsageError."""
    home = os.environ.get("HOME", "")
    if not os.path.isabs(home):
        raise UsageError(_("you have no home folder to keep your progress in"),
                         _("Set HOME or XDG_DATA_HOME to a folder that you may write to."))
    return Path(home)


@dataclass(frozen=True, slots=True)
class Command:
    """One line that the learner typed, and what came of it."""

    number: int
    line: str
    keyboard: bytes
    ended: str
    status: int | None
    netns: str
    seconds: float
    only_looked: bool = False
    at: float = field(default=0.0, compare=False)
    """When it had ended (time.time())."""


class Run(NamedTuple):
    """One life of a lesson's world."""

    id: int
    lesson: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Pass:
    """A step that was passed, after which command and when."""

    step: str
    number: int
    at: float = field(default=0.0, compare=False)


class Answer(NamedTuple):
    """What was answered to a question of a step, by its index."""

    step: str
    question: int
    text: str
    correct: bool


Stored = str | bytes
"""A text as the database has it: bytes where it is no UTF-8, for which sqlite has no text."""


def _command(row: tuple[int, Stored, bytes, str, int | None, Stored, float, int, float]) -> Command:
    number, line, keyboard, ended, status, netns, seconds, only_looked, at = row
    return Command(number, _text(line), keyboard, ended, status, _text(netns), seconds, bool(only_looked), at)


def _text(stored: Stored) -> str:
    return stored if isinstance(stored, str) else stored.decode("utf-8", "surrogateescape")


def _storable(value: object) -> object:
    """A learner may type any byte, and call a namespace anything; Python has a surrogate for each that is no text."""
    if not isinstance(value, str) or not any("\udc80" <= char <= "\udcff" for char in value):
        return value
    return value.encode("utf-8", "surrogateescape")


class Progress:
    """The learner's database; a context manager."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, timeout=5.0, isolation_level=None)
        self._database.executescript(SCHEMA)

    @classmethod
    def open(cls) -> Self:
        """The database in the learner's data folder. Raises UsageError when it cannot be used."""
        path = data_folder() / "progress.sqlite"
        try:
            return cls(path)
        except (OSError, sqlite3.Error) as error:
            raise UsageError(_("cannot keep your progress in {path}: {why}").format(path=path, why=reason(error)),
                             _("Make room or set XDG_DATA_HOME to a folder that you may write to.")) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    # --- runs -----------------------------------------------------------------------------------------------------

    def start_run(self, lesson: str, sha256: str, home: bytes | None, seed: str | None = None) -> Run:
        """A new life of the lesson; `seed` is what its variant was drawn from, if it has variables."""
        cursor = self._write("INSERT INTO run (lesson, sha256, began, home) VALUES (?, ?, ?, ?)",
                             lesson, sha256, time.time(), home)
        run = Run(cursor.lastrowid or 0, lesson, sha256)
        if seed is not None:
            self._write("INSERT INTO variant VALUES (?, ?)", run.id, seed)
        return run

    def seed(self, run: Run) -> str | None:
        """What the run's variant was drawn from."""
        rows = self._read("SELECT seed FROM variant WHERE run = ?", run.id)
        return _text(rows[0][0]) if rows else None

    def latest_run(self, lesson: str) -> Run | None:
        """The newest life of the lesson."""
        rows = self._read("SELECT id, lesson, sha256 FROM run WHERE lesson = ? ORDER BY id DESC LIMIT 1", lesson)
        return Run(*rows[0]) if rows else None

    def home_at_start(self, run: Run) -> bytes | None:
        """The lab home as it was before the run's first command."""
        rows = self._read("SELECT home FROM run WHERE id = ?", run.id)
        return rows[0][0] if rows else None

    def branch(self, run: Run, commands: int) -> Run:
        """A new run that begins with the first commands of another and the passes among them, in one transaction."""
        with self._transaction():
            branched = self.start_run(run.lesson, run.sha256, self.home_at_start(run), self.seed(run))
            self._write(
                "INSERT INTO command SELECT ?, number, line, keyboard, ended, status, netns, seconds, at, only_looked "
                "FROM command WHERE run = ? AND number <= ?", branched.id, run.id, commands)
            self._write("INSERT INTO help SELECT ?, step, kind, at FROM help WHERE run = ? AND kind = ?",
                        branched.id, run.id, PLAYED)
            self._write("INSERT INTO pass SELECT ?, step, number, at FROM pass WHERE run = ? AND number <= ?",
                        branched.id, run.id, commands)
        return branched

    # --- what happened --------------------------------------------------------------------------------------------

    def add_command(self, run: Run, command: Command) -> None:
        """Keep a command for good."""
        self._write("INSERT INTO command VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", run.id, command.number, command.line,
                    command.keyboard, command.ended, command.status, command.netns, command.seconds, time.time(),
                    command.only_looked)

    def add_pass(self, run: Run, step: str, number: int) -> None:
        """Keep a pass for good; the first one of a step counts."""
        self._write("INSERT OR IGNORE INTO pass VALUES (?, ?, ?, ?)", run.id, step, number, time.time())

    def add_help(self, run: Run, step: str, kind: str) -> None:
        """Keep that a hint or the solution was shown."""
        self._write("INSERT INTO help VALUES (?, ?, ?, ?)", run.id, step, kind, time.time())

    def add_answer(self, run: Run, step: str, question: int, text: str, *, correct: bool) -> None:
        """Keep an answer to a question."""
        self._write("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?)", run.id, step, question, text, correct, time.time())

    def _write(self, statement: str, *values: object) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, tuple(map(_storable, values)))
        except sqlite3.Error as error:
            raise UsageError(_("cannot keep your progress: {why}").format(why=reason(error)),
                             _("Make room on the disk; it is tried again with your next command.")) from None

    def _read(self, statement: str, *values: object) -> list[Any]:
        """All rows. Raises UsageError where the file was damaged, or another program keeps it locked."""
        try:
            return self._database.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise UsageError(_("cannot read your progress: {why}").format(why=reason(error)),
                             _("End what else uses `progress.sqlite`; if it is damaged, move it away.")) from None

    # --- what is known --------------------------------------------------------------------------------------------

    def commands(self, run: Run) -> tuple[Command, ...]:
        """The run's commands in their order."""
        rows = self._read("SELECT number, line, keyboard, ended, status, netns, seconds, only_looked, at FROM command "
                          "WHERE run = ? ORDER BY number", run.id)
        return tuple(_command(row) for row in rows)

    def passes(self, run: Run) -> tuple[Pass, ...]:
        """The run's passes in the order in which they came."""
        rows = self._read("SELECT step, number, at FROM pass WHERE run = ? ORDER BY at, number", run.id)
        return tuple(Pass(*row) for row in rows)

    def newest_worked_run(self, lesson: str) -> Run | None:
        """The newest life of the lesson in which something was typed."""
        rows = self._read("SELECT id, lesson, sha256 FROM run WHERE lesson = ? AND EXISTS "
                          "(SELECT * FROM command WHERE run = run.id) ORDER BY id DESC LIMIT 1", lesson)
        return Run(*rows[0]) if rows else None

    def runs(self, lesson: str) -> int:
        """How many lives of the lesson there were."""
        return int(self._read("SELECT count(*) FROM run WHERE lesson = ?", lesson)[0][0])

    def helps(self, lesson: str) -> tuple[tuple[str, str], ...]:
        """Step and kind of all help in any run: `hint`, `solution`, `played`."""
        rows = self._read("SELECT step, kind FROM help JOIN run ON run.id = help.run WHERE lesson = ? ORDER BY at",
                          lesson)
        return tuple((_text(step), kind) for step, kind in rows)

    def answers(self, lesson: str) -> tuple[Answer, ...]:
        """All answers in any run, in their order."""
        rows = self._read("SELECT step, question, text, correct FROM answer JOIN run ON run.id = answer.run "
                          "WHERE lesson = ? ORDER BY at", lesson)
        return tuple(Answer(_text(step), index, _text(text), bool(correct)) for step, index, text, correct in rows)

    def hints_shown(self, run: Run, step: str) -> int:
        """How many hints of the step were shown in this run."""
        rows = self._read("SELECT count(*) FROM help WHERE run = ? AND step = ? AND kind = 'hint'", run.id, step)
        return int(rows[0][0])

    def answered(self, run: Run, step: str) -> frozenset[int]:
        """The questions of the step that were answered rightly."""
        rows = self._read("SELECT DISTINCT question FROM answer WHERE run = ? AND step = ? AND correct", run.id, step)
        return frozenset(row[0] for row in rows)

    def steps_ever_passed(self, lesson: str) -> frozenset[str]:
        """The steps of the lesson that the learner passed in any run; one whose solution was played is none."""
        rows = self._read(
            "SELECT DISTINCT step FROM pass JOIN run ON run.id = pass.run WHERE lesson = ? AND NOT EXISTS "
            "(SELECT * FROM help WHERE help.run = pass.run AND help.step = pass.step AND kind = ?)", lesson, PLAYED)
        return frozenset(row[0] for row in rows)

    def seconds_spent(self, lesson: str) -> float:
        """Time between commands of the lesson, pauses of over five minutes left out."""
        rows = self._read(
            "SELECT at FROM command JOIN run ON run.id = command.run WHERE lesson = ? ORDER BY at", lesson)
        times = [float(row[0]) for row in rows]
        return sum(gap for gap in (after - before for before, after in pairwise(times)) if gap < PAUSE)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._write("BEGIN IMMEDIATE")
        try:
            yield
            self._write("COMMIT")
        finally:
            # After a COMMIT there is nothing to undo; where the disk was full, sqlite has undone it already.
            if self._database.in_transaction:
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
