"""The sqlite file of the learner's record: its schema, how an older one is brought up to date, and one transaction.

What was written is safe from the end of any program at once, and from that of the machine a moment later (sqlite's
`synchronous = NORMAL`): with each line that is typed, nobody waits for the disk.

`PRAGMA user_version` is the schema's version. Every database, a new one too, comes to the newest by the statements of
`MIGRATIONS` above its own version, in one transaction: whatever ends the program, the file has one version or another.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from nstutor.errors import UsageError, reason
from nstutor.text.i18n import _

PATIENCE = 5.0
"""Seconds that another program may keep the file locked."""
MIGRATIONS: Mapping[int, tuple[str, ...]] = {
    1: (
        # The tables of release 0.1, which wrote no version: they may be there.
        """
        CREATE TABLE IF NOT EXISTS run (
            id INTEGER PRIMARY KEY, lesson TEXT NOT NULL, sha256 TEXT NOT NULL, began REAL NOT NULL,
            home BLOB)                        -- the lab home as it was before the first command (home.take)
        """,
        """
        CREATE TABLE IF NOT EXISTS command (
            run INTEGER NOT NULL REFERENCES run, number INTEGER NOT NULL, line TEXT NOT NULL,
            keyboard BLOB NOT NULL,           -- what was typed to the programs while it ran
            ended TEXT NOT NULL, status INTEGER, netns TEXT NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL,
            only_looked INTEGER NOT NULL,     -- not typed again for a rebuilt world: slow, and left all as it was
            PRIMARY KEY (run, number))
        """,
        """
        CREATE TABLE IF NOT EXISTS pass (
            run INTEGER NOT NULL REFERENCES run, step TEXT NOT NULL, number INTEGER NOT NULL, at REAL NOT NULL,
            PRIMARY KEY (run, step))
        """,
        "CREATE TABLE IF NOT EXISTS variant (run INTEGER PRIMARY KEY REFERENCES run, seed TEXT NOT NULL)",
        """
        CREATE TABLE IF NOT EXISTS help (
            run INTEGER NOT NULL REFERENCES run, step TEXT NOT NULL, kind TEXT NOT NULL, at REAL NOT NULL)
        """,
        """
        CREATE TABLE IF NOT EXISTS answer (
            run INTEGER NOT NULL REFERENCES run, step TEXT NOT NULL, question INTEGER NOT NULL, text TEXT NOT NULL,
            correct INTEGER NOT NULL, at REAL NOT NULL)
        """,
        # 0: the lesson's own shell; n: the n-th one that was attached.
        "ALTER TABLE command ADD COLUMN shell INTEGER NOT NULL DEFAULT 0",
        # time.time() when the line was typed.
        "ALTER TABLE command ADD COLUMN started REAL",
        "UPDATE command SET started = at - seconds",
        # What keys in a full-screen program changed in the lab home (home.changed_since).
        "ALTER TABLE command ADD COLUMN effect BLOB",
        # Number of the newest command after which the step was seen to hold.
        "ALTER TABLE pass ADD COLUMN held INTEGER",
    ),
    2: (
        # Something was typed to its programs that the terminal did not show: it is not in `keyboard`.
        "ALTER TABLE command ADD COLUMN unseen INTEGER NOT NULL DEFAULT 0",
    ),
}
VERSION = max(MIGRATIONS)


def make_private(folder: Path) -> None:
    """Make the folder if it is not there. What is in it is its owner's alone, whatever the umask is and was.

    Of folders only the folder itself: what a learner has in the lab home is behind it. Raises OSError.
    """
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    _tighten(folder, 0o700)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                _tighten(Path(entry.path), 0o600)


def make_file(path: Path) -> None:
    """Make a file that only its owner reads and writes, if it is not there. Raises OSError."""
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.fchmod(descriptor, 0o600)
        os.close(descriptor)


def _tighten(path: Path, most: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    # It may be somebody else's, or on a disk that cannot be written: then it stays as it is.
    with suppress(OSError):
        if mode & ~most:
            path.chmod(mode & most)


class Database:
    """An open database of the newest version. Raises OSError, sqlite3.Error, and UsageError for a newer one."""

    def __init__(self, path: Path) -> None:
        make_private(path.parent)
        make_file(path)
        is_new = not path.stat().st_size
        self._sqlite = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        with ExitStack() as on_failure:
            on_failure.callback(self._sqlite.close)
            # Nobody waits for the disk at the first start of all: there is nothing yet that could be lost.
            self._sqlite.execute(f"PRAGMA synchronous = {'OFF' if is_new else 'NORMAL'}")
            if self._version(path) < VERSION:
                self._migrate(path)
            self._sqlite.execute("PRAGMA synchronous = NORMAL")
            on_failure.pop_all()

    def close(self) -> None:
        """Close the file."""
        self._sqlite.close()

    # --- its version ----------------------------------------------------------------------------------------------

    def _version(self, path: Path) -> int:
        """The version of the file; UsageError for one that a newer release wrote, of which nothing is known here."""
        (version,) = self._sqlite.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            message = _("{path} was written by a newer nstutor (version {newer} of the record; this one knows {known})")
            raise UsageError(
                message.format(path=path, newer=version, known=VERSION),
                _("Update nstutor, or set XDG_DATA_HOME to another folder: nothing was changed."),
            )
        return int(version)

    def _migrate(self, path: Path) -> None:
        self._log_ahead()
        self._sqlite.execute("BEGIN IMMEDIATE")
        with self._committed(self._sqlite.execute):
            # Another process may have been faster.
            for version in range(self._version(path) + 1, VERSION + 1):
                for statement in MIGRATIONS[version]:
                    self._sqlite.execute(statement)
                self._sqlite.execute(f"PRAGMA user_version = {version}")

    def _log_ahead(self) -> None:
        """Write-ahead logging, which is the file's for good; sqlite does not wait for others to let it be changed."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._sqlite.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.01)
            else:
                return

    # --- statements -----------------------------------------------------------------------------------------------

    def write(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Change something. Raises UsageError when the disk has no room, or another program keeps the file locked."""
        try:
            return self._sqlite.execute(statement, tuple(map(_storable, values)))
        except sqlite3.Error as error:
            raise UsageError(
                _("cannot keep your progress: {why}").format(why=reason(error)),
                _("Make room on the disk; it is tried again with your next command."),
            ) from None

    def read(self, statement: str, *values: object) -> list[Any]:
        """All rows. Raises UsageError where the file was damaged, or another program keeps it locked."""
        try:
            return self._sqlite.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise UsageError(
                _("cannot read your progress: {why}").format(why=reason(error)),
                _("End what else uses `progress.sqlite`; if it is damaged, move it away."),
            ) from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that the body writes, or nothing of it."""
        self.write("BEGIN IMMEDIATE")
        with self._committed(self.write):
            yield

    @contextmanager
    def _committed(self, execute: Callable[[str], object]) -> Iterator[None]:
        try:
            yield
            execute("COMMIT")
        finally:
            # After a COMMIT there is nothing to undo; where the disk was full, sqlite has undone it already.
            if self._sqlite.in_transaction:
                with suppress(sqlite3.Error):
                    self._sqlite.execute("ROLLBACK")


Stored = str | bytes
"""A text as the database has it: bytes where it is no UTF-8, for which sqlite has no text."""


def as_text(stored: Stored) -> str:
    """The text of a column."""
    return stored if isinstance(stored, str) else stored.decode("utf-8", "surrogateescape")


def _storable(value: object) -> object:
    """A learner may type any byte, and call a namespace anything; Python has a surrogate for each that is no text."""
    if not isinstance(value, str) or not any("\udc80" <= char <= "\udcff" for char in value):
        return value
    return value.encode("utf-8", "surrogateescape")
