"""What the learner did is on the disk before the next prompt, whatever ends the program."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nstutor.errors import UsageError
from nstutor.progress.record import PAUSE, Progress
from nstutor.progress.rows import PLAYED, Command, Pass, Run

WRITER = """
import os, sys, time
from pathlib import Path
from nstutor.progress.record import Progress
from nstutor.progress.rows import Command
with Progress(Path(sys.argv[1])) as progress:
    run = progress.start_run("veth", "abc", b"a home")
    for number in range(1, 1000000):
        progress.add_command(run, Command(number, f"echo {number}", b"", "ready", 0, "host", 0.1))
        progress.add_pass(run, f"step-{number}", number)
        os.write(1, b"%d\\n" % number)
"""


def typed(number: int, line: str = "ip link") -> Command:
    """A command with that number."""
    return Command(number, line, b"", "ready", 0, "host", 0.1)


@pytest.fixture
def progress(tmp_path: Path) -> Iterator[Progress]:
    """An empty database."""
    with Progress(tmp_path / "progress.sqlite") as opened:
        yield opened


@pytest.fixture
def run(progress: Progress) -> Run:
    """The first run of a lesson."""
    return progress.start_run("veth", "abc", None)


def at(tmp_path: Path, *times: float) -> None:
    """Put the commands of the database, in their order, at these times."""
    with sqlite3.connect(tmp_path / "progress.sqlite") as database:
        rows = database.execute("SELECT run, number FROM command ORDER BY run, number").fetchall()
        for (run, number), time in zip(rows, times, strict=True):
            database.execute("UPDATE command SET at = ? WHERE run = ? AND number = ?", (time, run, number))
    database.close()


def untimed(commands: tuple[Command, ...]) -> tuple[Command, ...]:
    """The commands without the times at which they were typed and written."""
    return tuple(command._replace(at=0.0, started=0.0) for command in commands)


def places(passes: tuple[Pass, ...]) -> tuple[tuple[str, int], ...]:
    """Each step that was passed, and after which command."""
    return tuple((one.step, one.number) for one in passes)


def test_rows_are_there_after_a_kill(tmp_path: Path) -> None:
    """Each row that was written when SIGKILL came is found again, and the database is whole."""
    path = tmp_path / "progress.sqlite"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        written = [writer.stdout.readline() for _ in range(50)]
        writer.send_signal(signal.SIGKILL)
        written += writer.stdout.readlines()
    last = int(written[-1])
    with Progress(path) as progress:
        run = progress.latest_run("veth")
        assert run is not None
        commands = progress.commands(run)
        assert [command.number for command in commands[:last]] == list(range(1, last + 1))
        assert (f"step-{last}", last) in places(progress.passes(run))
        assert progress.home_at_start(run) == b"a home"
        progress.add_command(run, typed(len(commands) + 1))


def test_a_command_comes_back_as_it_was(progress: Progress, run: Run) -> None:
    """Also bytes that are no text in what was typed to a program, and a command that a signal ended."""
    command = Command(1, "echo 王婆 'x'", b"\x00\xff\x03", "timeout", None, "ximenqing-ns", 1.5, only_looked=True)
    progress.add_command(run, command)
    assert untimed(progress.commands(run)) == (command,)


def test_bytes_that_are_no_text_come_back_as_they_were(progress: Progress, run: Run) -> None:
    """In a line (typed in Latin-1), in a namespace's name, in an answer; a branch has them too."""
    command = Command(1, "echo caf\udce9", b"", "ready", 0, "\udcff", 0.1)
    progress.add_command(run, command)
    progress.add_answer(run, "build", 0, "caf\udce9", correct=False)
    assert untimed(progress.commands(run)) == (command,)
    assert untimed(progress.commands(progress.branch(run, 1))) == (command,)


def test_the_newest_run_of_a_lesson_is_found(progress: Progress, run: Run) -> None:
    """Each lesson has its own; one without any has none."""
    other = progress.start_run("bridge", "def", None)
    newer = progress.start_run("veth", "abc", b"home")
    assert (progress.latest_run("veth"), progress.latest_run("bridge")) == (newer, other)
    assert progress.latest_run("loopback") is None
    assert (progress.home_at_start(run), progress.home_at_start(newer)) == (None, b"home")


def test_the_first_pass_of_a_step_counts(progress: Progress, run: Run) -> None:
    """A second one changes nothing."""
    progress.add_pass(run, "build", 3)
    progress.add_pass(run, "build", 9)
    progress.add_pass(run, "plug", 9)
    assert places(progress.passes(run)) == (("build", 3), ("plug", 9))
    assert progress.steps_ever_passed("veth") == {"build", "plug"}
    assert progress.steps_ever_passed("bridge") == frozenset()


def test_hints_and_answers_are_kept_for_each_step(progress: Progress, run: Run) -> None:
    """A solution is no hint; a wrong answer is kept and does not count; another run begins anew."""
    for kind in ("hint", "hint", "solution"):
        progress.add_help(run, "build", kind)
    progress.add_answer(run, "build", 0, "UP", correct=False)
    progress.add_answer(run, "build", 1, "UNKNOWN", correct=True)
    assert (progress.hints_shown(run, "build"), progress.hints_shown(run, "plug")) == (2, 0)
    assert progress.answered(run, "build") == {1}
    assert progress.answered(run, "plug") == frozenset()
    assert progress.hints_shown(progress.start_run("veth", "abc", None), "build") == 0


def test_a_branch_begins_with_the_first_commands_and_the_passes_among_them(progress: Progress, run: Run) -> None:
    """It is the newest run; the one that it comes from stays as it is."""
    home = progress.start_run("veth", "abc", b"home")
    for number in (1, 2, 3, 4):
        progress.add_command(home, typed(number, f"line {number}"))
    progress.add_pass(home, "build", 2)
    progress.add_pass(home, "plug", 4)
    branched = progress.branch(home, 2)
    assert progress.latest_run("veth") == branched
    assert [command.line for command in progress.commands(branched)] == ["line 1", "line 2"]
    assert places(progress.passes(branched)) == (("build", 2),)
    assert progress.home_at_start(branched) == b"home"
    assert len(progress.commands(home)) == 4
    assert progress.commands(run) == ()


def test_a_branch_that_the_disk_has_no_room_for_is_none_at_all(tmp_path: Path) -> None:
    """Said as such; the run at hand is still the newest one, whole, and goes on."""
    with Progress(tmp_path / "progress.sqlite") as progress:
        run = progress.start_run("veth", "abc", os.urandom(10_000))
        progress.add_command(run, typed(1))
        database = progress._database._sqlite
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(UsageError, match="cannot keep your progress"):
            progress.branch(run, 1)
        database.execute(f"PRAGMA max_page_count = {pages + 100}")
        assert progress.latest_run("veth") == run
        progress.add_command(run, typed(2))
        assert len(progress.commands(progress.branch(run, 2))) == 2


def test_time_spent_leaves_pauses_out(progress: Progress, run: Run, tmp_path: Path) -> None:
    """Gaps of less than five minutes between commands, over all runs of the lesson."""
    for number in (1, 2, 3):
        progress.add_command(run, typed(number))
    newer = progress.start_run("veth", "abc", None)
    progress.add_command(newer, typed(1))
    at(tmp_path, 1000.0, 1060.0, 1060.0 + PAUSE, 1070.0 + PAUSE)
    assert progress.seconds_spent("veth") == 70.0
    assert progress.seconds_spent("bridge") == 0.0


def test_a_branch_spends_no_time_twice(progress: Progress, run: Run, tmp_path: Path) -> None:
    """The commands that it repeats were typed once."""
    for number in (1, 2):
        progress.add_command(run, typed(number))
    at(tmp_path, 1000.0, 1100.0)
    progress.branch(run, 2)
    assert progress.seconds_spent("veth") == 100.0


@pytest.mark.parametrize("data", ["no-folder", "no-database", "a-file"])
def test_a_database_that_cannot_be_used_is_a_clear_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    """With the path and what to do: a file where a folder belongs, another file's bytes in its place."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / data))
    if data == "a-file":
        (tmp_path / data).write_text("in the way")
    if data == "no-database":
        (tmp_path / data / "nstutor").mkdir(parents=True)
        (tmp_path / data / "nstutor" / "progress.sqlite").write_bytes(b"no database at all" * 100)
    if data == "no-folder":
        (tmp_path / data).symlink_to("/proc/nothing")
    with pytest.raises(UsageError) as caught:
        Progress.open()
    assert str(tmp_path / data) in caught.value.message
    assert "XDG_DATA_HOME" in (caught.value.hint or "")


def test_two_programs_may_keep_progress_at_once(tmp_path: Path) -> None:
    """A second terminal writes while the first has the database open."""
    path = tmp_path / "progress.sqlite"
    with Progress(path) as one, Progress(path) as two:
        first, second = one.start_run("veth", "abc", None), two.start_run("veth", "abc", None)
        one.add_command(first, typed(1))
        two.add_command(second, typed(1))
        assert len(two.commands(first)) == len(one.commands(second)) == 1


def test_a_played_solution_is_no_pass_of_the_learners(tmp_path: Path) -> None:
    """Steps before the goal of a :goto count for the run and its branches, but not as ever passed by the learner."""
    with Progress(tmp_path / "progress.sqlite") as progress:
        run = progress.start_run("bridge", "0" * 64, None)
        progress.add_pass(run, "houses", 1)
        progress.add_help(run, "houses", PLAYED)
        progress.add_pass(run, "plug", 2)
        branched = progress.branch(run, 2)
        assert [entry.step for entry in progress.passes(branched)] == ["houses", "plug"]
        assert progress.steps_ever_passed("bridge") == {"plug"}


READS: dict[str, Callable[[Progress, Run], object]] = {
    "latest_run": lambda progress, _: progress.latest_run("veth"),
    "home_at_start": lambda progress, run: progress.home_at_start(run),
    "commands": lambda progress, run: progress.commands(run),
    "passes": lambda progress, run: progress.passes(run),
    "hints_shown": lambda progress, run: progress.hints_shown(run, "eden"),
    "answered": lambda progress, run: progress.answered(run, "eden"),
    "steps_ever_passed": lambda progress, _: progress.steps_ever_passed("veth"),
    "seconds_spent": lambda progress, _: progress.seconds_spent("veth"),
    "branch": lambda progress, run: progress.branch(run, 1),
}


@pytest.mark.parametrize("name", READS)
def test_a_file_that_was_damaged_meanwhile_is_told_in_words(name: str, progress: Progress, tmp_path: Path) -> None:
    """Whatever is read of a file whose tables are gone, it is the user's to hear, and no fault of ours."""
    run = progress.start_run("veth", "abc", None)
    with closing(sqlite3.connect(tmp_path / "progress.sqlite")) as database:
        for table in ("answer", "help", "pass", "command", "run"):
            database.execute(f"DROP TABLE {table}")
    with pytest.raises(UsageError, match="your progress: no such table"):
        READS[name](progress, run)
