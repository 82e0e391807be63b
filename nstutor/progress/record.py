"""The learner's record: what is kept of each run, and what is known from all of them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

from nstutor.errors import UsageError, reason
from nstutor.progress.data_folder import data_folder
from nstutor.progress.database import Database, as_text
from nstutor.progress.rows import COLUMNS, OPEN, PLAYED, Answer, Command, Pass, Run, command_of
from nstutor.text.i18n import _

PAUSE = 300.0
"""Seconds without a command after which the learner was away."""


class Progress:
    """The learner's database; a context manager."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        self._read, self._write = self._database.read, self._database.write

    @classmethod
    def open(cls) -> Self:
        """The database in the learner's data folder. Raises UsageError when it cannot be used."""
        path = data_folder() / "progress.sqlite"
        try:
            return cls(path)
        except (OSError, sqlite3.Error) as error:
            raise UsageError(
                _("cannot keep your progress in {path}: {why}").format(path=path, why=reason(error)),
                _("Make room or set XDG_DATA_HOME to a folder that you may write to."),
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    # --- runs -----------------------------------------------------------------------------------------------------

    def start_run(self, lesson: str, sha256: str, home: bytes | None, seed: str | None = None) -> Run:
        """A new life of the lesson; `seed` is what its variant was drawn from, if it has variables."""
        cursor = self._write(
            "INSERT INTO run (lesson, sha256, began, home) VALUES (?, ?, ?, ?)", lesson, sha256, time.time(), home
        )
        run = Run(cursor.lastrowid or 0, lesson, sha256)
        if seed is not None:
            self._write("INSERT INTO variant VALUES (?, ?)", run.id, seed)
        return run

    def seed(self, run: Run) -> str | None:
        """What the run's variant was drawn from."""
        rows = self._read("SELECT seed FROM variant WHERE run = ?", run.id)
        return as_text(rows[0][0]) if rows else None

    def latest_run(self, lesson: str) -> Run | None:
        """The newest life of the lesson."""
        rows = self._read("SELECT id, lesson, sha256 FROM run WHERE lesson = ? ORDER BY id DESC LIMIT 1", lesson)
        return Run(*rows[0]) if rows else None

    def home_at_start(self, run: Run) -> bytes | None:
        """The lab home as it was before the run's first command."""
        rows = self._read("SELECT home FROM run WHERE id = ?", run.id)
        return rows[0][0] if rows else None

    def branch(self, run: Run, commands: int, until: float = float("inf")) -> Run:
        """A new run that begins with the first commands of another and the passes among them, in one transaction.

        What an attached shell's command came to after `until` (time.time()) is left out: it still runs in the branch.
        """
        with self._database.transaction():
            branched = self.start_run(run.lesson, run.sha256, self.home_at_start(run), self.seed(run))
            self._write(
                f"INSERT INTO command (run, {COLUMNS}) SELECT ?, {COLUMNS} FROM command WHERE run = ? AND number <= ?",
                branched.id,
                run.id,
                commands,
            )
            self._write(
                "UPDATE command SET ended = ?, only_looked = 0, effect = NULL "
                "WHERE run = ? AND shell > 0 AND started + seconds > ?",
                OPEN,
                branched.id,
                until,
            )
            self._write(
                "INSERT INTO help SELECT ?, step, kind, at FROM help WHERE run = ? AND kind = ?",
                branched.id,
                run.id,
                PLAYED,
            )
            self._write(
                "INSERT INTO answer SELECT ?, step, question, text, correct, at FROM answer WHERE run = ? AND at <= ?",
                branched.id,
                run.id,
                until,
            )
            self._write(
                "INSERT INTO pass (run, step, number, at, held) "
                "SELECT ?, step, number, at, CASE number WHEN ? THEN number END FROM pass "
                "WHERE run = ? AND number <= ?",
                branched.id,
                commands,
                run.id,
                commands,
            )
        return branched

    # --- what happened --------------------------------------------------------------------------------------------

    def add_command(self, run: Run, command: Command) -> None:
        """Keep a command for good; what is known of one that was open before is replaced."""
        at = time.time()
        self._write(
            f"INSERT OR REPLACE INTO command (run, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            run.id,
            command.number,
            command.line,
            command.keyboard,
            command.ended,
            command.status,
            command.netns,
            command.seconds,
            at,
            command.only_looked,
            command.shell,
            command.started or at - command.seconds,
            command.effect,
            command.unseen,
        )

    def add_pass(self, run: Run, step: str, number: int) -> None:
        """Keep a pass for good; the first one of a step counts."""
        self._write(
            "INSERT OR IGNORE INTO pass (run, step, number, at, held) VALUES (?, ?, ?, ?, ?)",
            run.id,
            step,
            number,
            time.time(),
            number,
        )

    def add_held(self, run: Run, steps: Iterable[str], number: int) -> None:
        """Keep that passed steps still held after the command with that number."""
        for step in steps:
            self._write("UPDATE pass SET held = ? WHERE run = ? AND step = ?", number, run.id, step)

    def add_help(self, run: Run, step: str, kind: str) -> None:
        """Keep that a hint or the solution was shown."""
        self._write("INSERT INTO help VALUES (?, ?, ?, ?)", run.id, step, kind, time.time())

    def add_answer(self, run: Run, step: str, question: int, text: str, *, correct: bool) -> None:
        """Keep an answer to a question."""
        self._write("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?)", run.id, step, question, text, correct, time.time())

    # --- what is known --------------------------------------------------------------------------------------------

    def commands(self, run: Run) -> tuple[Command, ...]:
        """The run's commands in their order."""
        rows = self._read(f"SELECT {COLUMNS} FROM command WHERE run = ? ORDER BY number", run.id)
        return tuple(command_of(row) for row in rows)

    def passes(self, run: Run) -> tuple[Pass, ...]:
        """The run's passes in the order in which they came."""
        rows = self._read("SELECT step, number, at, held FROM pass WHERE run = ? ORDER BY at, number", run.id)
        return tuple(Pass(*row) for row in rows)

    def newest_worked_run(self, lesson: str) -> Run | None:
        """The newest life of the lesson in which something was typed."""
        rows = self._read(
            "SELECT id, lesson, sha256 FROM run WHERE lesson = ? AND EXISTS "
            "(SELECT * FROM command WHERE run = run.id) ORDER BY id DESC LIMIT 1",
            lesson,
        )
        return Run(*rows[0]) if rows else None

    def runs(self, lesson: str) -> int:
        """How many lives of the lesson there were."""
        return int(self._read("SELECT count(*) FROM run WHERE lesson = ?", lesson)[0][0])

    def helps(self, lesson: str) -> tuple[tuple[str, str], ...]:
        """Step and kind of all help in any run: `hint`, `solution`, `played`."""
        rows = self._read(
            "SELECT step, kind FROM help JOIN run ON run.id = help.run WHERE lesson = ? ORDER BY at", lesson
        )
        return tuple((as_text(step), kind) for step, kind in rows)

    def answers(self, lesson: str) -> tuple[Answer, ...]:
        """All answers in any run, in their order; what a branch took over is no answer of its own."""
        rows = self._read(
            "SELECT DISTINCT answer.at, step, question, text, correct FROM answer "
            "JOIN run ON run.id = answer.run WHERE lesson = ? ORDER BY answer.at",
            lesson,
        )
        return tuple(
            Answer(as_text(step), index, as_text(text), bool(correct)) for _at, step, index, text, correct in rows
        )

    def replies(self, run: Run) -> tuple[tuple[float, Answer], ...]:
        """The answers of this run, each with its time.time()."""
        rows = self._read("SELECT step, question, text, correct, at FROM answer WHERE run = ? ORDER BY at", run.id)
        return tuple(
            (at, Answer(as_text(step), index, as_text(text), bool(correct))) for step, index, text, correct, at in rows
        )

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
            "(SELECT * FROM help WHERE help.run = pass.run AND help.step = pass.step AND kind = ?)",
            lesson,
            PLAYED,
        )
        return frozenset(row[0] for row in rows)

    def seconds_spent(self, lesson: str) -> float:
        """Time between commands of the lesson, pauses of over five minutes left out."""
        rows = self._read(
            "SELECT at FROM command JOIN run ON run.id = command.run WHERE lesson = ? ORDER BY at", lesson
        )
        times = [float(row[0]) for row in rows]
        return sum(gap for gap in (after - before for before, after in pairwise(times)) if gap < PAUSE)
