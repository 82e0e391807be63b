"""A record of an older release is brought up to date, whole or not at all; one of a newer release is left alone."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from nstutor.errors import UsageError
from nstutor.progress import Command, Pass, Progress
from nstutor.progress.database import VERSION

RELEASE_0_1 = """
PRAGMA journal_mode = WAL;
CREATE TABLE run (
    id INTEGER PRIMARY KEY, lesson TEXT NOT NULL, sha256 TEXT NOT NULL, began REAL NOT NULL,
    home BLOB);
CREATE TABLE command (
    run INTEGER NOT NULL REFERENCES run, number INTEGER NOT NULL, line TEXT NOT NULL,
    keyboard BLOB NOT NULL,
    ended TEXT NOT NULL, status INTEGER, netns TEXT NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL,
    only_looked INTEGER NOT NULL,
    PRIMARY KEY (run, number));
CREATE TABLE pass (
    run INTEGER NOT NULL REFERENCES run, step TEXT NOT NULL, number INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (run, step));
CREATE TABLE variant (run INTEGER PRIMARY KEY REFERENCES run, seed TEXT NOT NULL);
CREATE TABLE help (
    run INTEGER NOT NULL REFERENCES run, step TEXT NOT NULL, kind TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE answer (
    run INTEGER NOT NULL REFERENCES run, step TEXT NOT NULL, question INTEGER NOT NULL, text TEXT NOT NULL,
    correct INTEGER NOT NULL, at REAL NOT NULL);
INSERT INTO run VALUES (1, 'veth', 'abc', 1000.0, x'686f6d65');
INSERT INTO command VALUES (1, 1, 'ip netns add eden', x'', 'ready', 0, 'host', 0.25, 1010.5, 0);
INSERT INTO command VALUES (1, 2, 'ping eden', x'03', 'ready', 130, 'eden', 5.0, 1020.0, 1);
INSERT INTO pass VALUES (1, 'build', 1, 1010.75);
INSERT INTO variant VALUES (1, 'Wang Po');
INSERT INTO help VALUES (1, 'build', 'hint', 1005.0);
INSERT INTO answer VALUES (1, 'build', 0, 'yes', 1, 1006.0);
"""
MANY = """
WITH RECURSIVE numbers(n) AS (SELECT 3 UNION ALL SELECT n + 1 FROM numbers WHERE n < 60000)
INSERT INTO command SELECT 1, n, 'ip link', x'', 'ready', 0, 'host', 0.1, 1020.0 + n, 0 FROM numbers;
"""
OPEN = """
import sys
from pathlib import Path
from nstutor.progress import Progress
print("here", flush=True)
sys.stdin.readline()
with Progress(Path(sys.argv[1])) as progress:
    run = progress.latest_run("veth") or progress.start_run("veth", "abc", None)
    print(len(progress.commands(run)), flush=True)
"""
COLUMNS = "number, line, keyboard, ended, status, netns, seconds, at, only_looked"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database as release 0.1 left it."""
    path = tmp_path / "nstutor" / "progress.sqlite"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as database:
        database.executescript(RELEASE_0_1)
    return path


def version(path: Path) -> int:
    """Of a file's schema."""
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def commands(path: Path) -> list[tuple[object, ...]]:
    """What release 0.1 knew of the commands."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"SELECT {COLUMNS} FROM command ORDER BY number").fetchall()


def test_a_record_of_release_0_1_goes_on(old: Path) -> None:
    """Everything is there: its commands are the lesson's own shell's, and began when they had ended less their time."""
    with Progress(old) as progress:
        run = progress.latest_run("veth")
        assert run is not None
        first, second = progress.commands(run)
        assert first == Command(1, "ip netns add eden", b"", "ready", 0, "host", 0.25, at=1010.5, started=1010.25)
        assert second == Command(2, "ping eden", b"\x03", "ready", 130, "eden", 5.0, True, at=1020.0, started=1015.0)
        assert [(one.shell, one.effect) for one in (first, second)] == [(0, None), (0, None)]
        (passed,) = progress.passes(run)
        assert passed == Pass("build", 1, 1010.75, None)
        assert (progress.seed(run), progress.home_at_start(run)) == ("Wang Po", b"home")
        assert progress.helps("veth") == (("build", "hint"),)
        assert progress.answered(run, "build") == {0}
        progress.add_command(run, Command(3, "ip link", b"", "ready", 0, "host", 0.1, shell=2, started=1030.0))
        assert [one.shell for one in progress.commands(progress.branch(run, 3))] == [0, 0, 2]
    assert version(old) == VERSION


def test_a_new_record_has_the_newest_version(tmp_path: Path) -> None:
    """It comes to it by the same statements, and to the same tables."""
    path = tmp_path / "new" / "progress.sqlite"
    Progress(path).__exit__(None, None, None)
    assert version(path) == VERSION


def test_a_record_of_a_newer_release_is_refused_and_left_alone(old: Path) -> None:
    """With exit code 2 and what to do; not a byte is changed."""
    with Progress(old), closing(sqlite3.connect(old)) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = old.read_bytes()
    with pytest.raises(UsageError, match="written by a newer nstutor"):
        Progress(old)
    environment = os.environ | {"XDG_DATA_HOME": str(old.parent.parent)}
    for words in (["export", "veth"], ["check", "veth"], ["list"]):
        run = subprocess.run([sys.executable, "-m", "nstutor", *words], capture_output=True, text=True, check=False,
                             env=environment)  # fmt: skip
        assert run.returncode == 2, run.stderr
        assert f"version {VERSION + 1} of the record" in run.stderr
        assert "Update nstutor" in run.stderr
    assert old.read_bytes() == before
    assert sorted(path.name for path in old.parent.iterdir()) == ["progress.sqlite"]


@pytest.mark.parametrize("there", [True, False])
def test_several_programs_open_it_at_once(old: Path, there: bool) -> None:
    """One of them brings it up to date, or makes it; the others wait, and all find what is there."""
    if not there:
        old.unlink()
    openers = [subprocess.Popen([sys.executable, "-c", OPEN, str(old)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True) for _ in range(6)]  # fmt: skip
    for opener in openers:
        assert opener.stdout is not None
        assert opener.stdout.readline() == "here\n"
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write("\n")
        opener.stdin.flush()
    answers = [opener.communicate(timeout=60) for opener in openers]
    assert answers == 6 * [("2\n" if there else "0\n", "")]
    assert version(old) == VERSION


def test_a_kill_in_the_middle_loses_nothing(old: Path) -> None:
    """After SIGKILL at any moment the file is of the one version or the other, with every row; the next one goes on."""
    with closing(sqlite3.connect(old)) as database:
        database.executescript(MANY)
    rows, killed, seed = commands(old), 0, random.randrange(1 << 32)
    chance, began = random.Random(seed), time.monotonic()
    # The first is over before it has begun: how long a migration takes is a matter of the machine.
    for moment in (0.0, *(chance.uniform(0.0, 0.1) for _ in range(11))):
        with subprocess.Popen([sys.executable, "-c", OPEN, str(old)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as opener:  # fmt: skip
            assert opener.stdin is not None
            assert opener.stdout is not None
            opener.stdout.readline()
            opener.stdin.write("\n")
            opener.stdin.flush()
            with pytest.raises(subprocess.TimeoutExpired):
                opener.wait(moment)
            opener.send_signal(signal.SIGKILL)
        killed += version(old) < VERSION
        assert commands(old) == rows, f"seed {seed}"
    assert killed, f"not one of them came too early; all took {time.monotonic() - began:.1f} s"
    with Progress(old) as progress:
        run = progress.latest_run("veth")
        assert run is not None
        assert [one.started for one in progress.commands(run)[:2]] == [1010.25, 1015.0]
    assert commands(old) == rows


FULL = ("bash", "-c", 'ulimit -f 24; exec "$@"', "limited")
READ_ONLY = ("unshare", "-rm", "bash", "-c",
             'mount --bind "$XDG_DATA_HOME" "$XDG_DATA_HOME" && mount -o remount,ro,bind "$XDG_DATA_HOME" && exec "$@"',
             "limited")  # fmt: skip


@pytest.mark.parametrize("before", [FULL, READ_ONLY], ids=["full", "read-only"])
def test_where_it_cannot_be_written_it_stays_as_it_was(old: Path, before: tuple[str, ...]) -> None:
    """A full disk, or one that is read-only: a clear word with exit code 2, and the old record is whole."""
    with closing(sqlite3.connect(old)) as database:
        database.executescript(MANY)
    rows = commands(old)
    run = subprocess.run([*before, sys.executable, "-m", "nstutor", "export", "veth"], capture_output=True, text=True,
                         check=False, env=os.environ | {"XDG_DATA_HOME": str(old.parent.parent)})  # fmt: skip
    assert run.returncode == 2, run.stderr
    assert f"cannot keep your progress in {old}: " in run.stderr
    assert "XDG_DATA_HOME" in run.stderr
    assert (version(old), commands(old)) == (0, rows)
