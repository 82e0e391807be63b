"""Nothing that the learner did is lost, nothing of the lab is left behind, and what cannot work is said in words."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import NSTUTOR, Learner, begin, open_learn
from processes import Remains

LOCK = """\
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
input()
database.execute("ROLLBACK")
"""
DAMAGED = "---\nformat: 1\nid: broken\ntitle: Broken\n---\n## A step {#one}\n\n```chek\nnetns eden\n```\n"


def lines_kept(learner: Learner) -> list[object]:
    """The lines of the newest run."""
    newest = "(SELECT max(id) FROM run)"
    return [row[0] for row in learner.query(f"SELECT line FROM command WHERE run = {newest} ORDER BY number")]


def test_learner_comes_back_to_the_same_step_in_a_rebuilt_world(terminal: OpenTerminal, tmp_path: Path) -> None:
    """After :quit the same step waits, with the network, the shell's variables and its directory as they were."""
    learner = begin(terminal, tmp_path, "loopback")
    learner.line("ip netns add eden", "Enter: step 2")
    learner.line("", "step 2 of 9")
    learner.line("cd /tmp; word=here; f() { echo $1 in $PWD; }")
    learner.line("ip link add ladder type bridge")
    learner.start(":quit")
    assert learner.terminal.wait_exit() == 0
    assert lines_kept(learner)[0] == "ip netns add eden"
    again = begin(terminal, tmp_path, "loopback")
    assert "step 2 of 9" in again.terminal.screen()
    assert "A network namespace is a house" not in again.terminal.screen()
    assert "\nhere in /tmp\n" in again.line("f $word")
    assert "ladder" in again.line("ip link show ladder")
    assert "✓ Step 2." in again.line("ip netns delete eden", "Enter: step 3")


@pytest.mark.parametrize("moment", ["at the prompt", "in a nested shell", "during a command", "in a burst of commands"])
def test_kill_of_nstutor_leaves_nothing_and_loses_nothing(moment: str, terminal: OpenTerminal, tmp_path: Path) -> None:
    """After SIGKILL no process of the lab is left, and the next start has every line that had come to its prompt."""
    learner = begin(terminal, tmp_path, "loopback")
    learner.line("ip netns add eden", "Enter: step 2")
    learner.line("sleep 300 &")
    if moment == "in a nested shell":
        learner.line("ip netns exec eden bash", "host › eden ❯")
    elif moment == "during a command":
        learner.start("ping 127.0.0.1")
        learner.terminal.wait("icmp_seq=2")
    elif moment == "in a burst of commands":
        for number in range(random.randrange(3, 8)):
            learner.terminal.line(f"ip netns add zoo{number}")
    processes = learner.processes()
    assert len(processes) >= 3
    with Remains(processes) as remains:
        os.kill(processes[0], signal.SIGKILL)
        assert remains.after(20) == []
    assert learner.terminal.wait_exit() == 128 + signal.SIGKILL
    kept = lines_kept(learner)
    assert kept[:2] == ["ip netns add eden", "sleep 300 &"]
    again = begin(terminal, tmp_path, "loopback")
    assert "step 2 of 9" in again.terminal.screen()
    zoos = sorted(set(re.findall(r"zoo\d", str(learner.query("SELECT line, keyboard FROM command")))))
    assert f"<{' '.join(['eden', *zoos])}>" in again.line('echo "<$(echo $(ip netns ls | sort))>"')


@pytest.mark.parametrize("running", ["", "ping 127.0.0.1"])
def test_closed_terminal_leaves_no_process(running: str, terminal: OpenTerminal, tmp_path: Path) -> None:
    """When the window is closed, at the prompt or during a command, everything ends; what was done is kept."""
    learner = begin(terminal, tmp_path, "loopback")
    learner.line("ip netns add eden", "Enter: step 2")
    if running:
        learner.start(running)
        learner.terminal.wait("icmp_seq=1")
    with Remains(learner.processes()) as remains:
        learner.terminal.close()
        assert remains.after(20) == []
    assert lines_kept(learner) == ["ip netns add eden"]


def test_line_that_came_back_into_the_editor_is_not_typed_again(terminal: OpenTerminal, tmp_path: Path) -> None:
    """The beginning of a line that was typed during a command is no part of what rebuilds the lab."""
    learner = begin(terminal, tmp_path, "loopback")
    learner.start("read -t 30 word")
    learner.terminal.wait_gone(re.compile(r"^ loopback", re.MULTILINE))
    learner.terminal.type("hello\necho half")
    learner.terminal.wait(re.compile(r"^host ❯ echo half", re.MULTILINE))
    learner.terminal.keys("C-u")
    learner.start(":quit")
    learner.terminal.wait_exit()
    again = begin(terminal, tmp_path, "loopback")
    assert "\n<hello>\n" in again.line('echo "<$word>"')


def test_history_reaches_back_into_the_last_session(terminal: OpenTerminal, tmp_path: Path) -> None:
    """The up arrow brings back what was typed before nstutor was left, tutor's words included."""
    learner = begin(terminal, tmp_path, "loopback")
    learner.line("echo first thing")
    learner.start(":quit")
    learner.terminal.wait_exit()
    again = begin(terminal, tmp_path, "veth")
    again.terminal.keys("Up", "Up")
    again.terminal.wait("host ❯ echo first thing")


def test_fresh_begins_anew_and_keeps_the_record(terminal: OpenTerminal, tmp_path: Path) -> None:
    """--fresh starts at the first step in an empty world; the earlier run is still in the database."""
    learner = begin(terminal, tmp_path, "loopback")
    learner.line("ip netns add eden", "Enter: step 2")
    learner.start(":quit")
    learner.terminal.wait_exit()
    again = begin(terminal, tmp_path, "loopback", "--fresh")
    assert "step 1 of 9" in again.terminal.screen()
    assert "<>" in again.line('echo "<$(ip netns ls)>"')
    assert again.query("SELECT line FROM command WHERE line LIKE 'ip netns add%'") == [("ip netns add eden",)]


def test_finished_lesson_begins_anew(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Who opens a lesson again that is done starts at its first step."""
    learner = begin(terminal, tmp_path, "loopback", "--step", "exec")
    learner.line("ip netns exec greenland ip addr; ip addr", ":answer NUMBER")
    learner.line(":answer 2", "every step passed")
    learner.start(":quit")
    assert learner.terminal.wait_exit() == 0
    assert "step 1 of 9" in begin(terminal, tmp_path, "loopback").terminal.screen()


def test_full_disk_is_told_and_the_lesson_goes_on(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Where the progress file may not grow, each command still runs, its step is passed, and the words are clear."""
    limited = ("bash", "-c", 'ulimit -f 72; exec "$@"', "limited")
    learner = open_learn(terminal, tmp_path, "loopback", before=limited)
    learner.at_prompt()
    screen = ""
    for number in range(30):
        screen = learner.line(f"echo line {number}")
        if "cannot keep your progress" in screen:
            break
    assert "cannot keep your progress" in screen
    assert "Make room on the disk" in screen
    assert "✓ Step 1." in learner.line("ip netns add eden", "Enter: step 2")
    assert "Traceback" not in learner.terminal.history()


def test_commands_wait_for_room_on_the_disk(terminal: OpenTerminal, tmp_path: Path) -> None:
    """What could not be written while the database was locked by another program is written with the next command."""
    learner = begin(terminal, tmp_path, "loopback")
    learner.line("echo first")
    database = learner.folder / "nstutor" / "progress.sqlite"
    locker = subprocess.Popen(
        [NSTUTOR[0], "-c", LOCK, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with locker:
        assert locker.stdout is not None
        assert locker.stdout.readline() == "locked\n"
        assert "cannot keep your progress" in learner.line("echo second")
        locker.communicate("\n")
    learner.line("echo third")
    assert lines_kept(learner) == ["echo first", "echo second", "echo third"]


def test_a_progress_file_that_is_damaged_meanwhile_is_told(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Where its tables are gone each command still runs, and whatever needs them says so; the lesson goes on."""
    learner = begin(terminal, tmp_path, "loopback")
    learner.line("echo first")
    with closing(sqlite3.connect(learner.folder / "nstutor" / "progress.sqlite")) as database:
        for table in ("answer", "help", "pass", "command", "run"):
            database.execute(f"DROP TABLE {table}")
    assert "cannot keep your progress" in learner.line("echo second")
    for word in (":hint", ":reset", ":solution"):
        assert "your progress: no such table" in learner.line(word)
    assert "✓ Step 1." in learner.line("ip netns add eden", "Enter: step 2")
    assert "Traceback" not in learner.terminal.history()
    assert "internal error" not in learner.terminal.history()


REFUSED = {
    ("learn", "brdige"): "did you mean `bridge`?",
    ("learn", "missing.md"): "there is no file 'missing.md'",
    ("learn", "loopback", "--step", "nope"): "there is no step 'nope'",
    ("learn", "broken.md"): "broken.md:8:4: unknown fence `chek`; did you mean `check`?",
    ("lern", "veth"): "did you mean `learn`?",
}


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_what_cannot_be_taught_is_said_in_words(
    arguments: tuple[str, ...], terminal: OpenTerminal, tmp_path: Path
) -> None:
    """A wrong name, step or lesson file ends with status 2 and the way out, and without a traceback."""
    (tmp_path / "broken.md").write_text(DAMAGED)
    opened = terminal(*NSTUTOR, *arguments, environment={"XDG_DATA_HOME": str(tmp_path / "data")}, folder=tmp_path)
    assert opened.wait_exit() == 2
    assert REFUSED[arguments] in opened.history()
    assert "Traceback" not in opened.history()


@pytest.mark.parametrize(
    ("data", "words"), [("/proc/nowhere", "Set XDG_DATA_HOME"), ("taken", "cannot keep your progress")]
)
def test_progress_that_cannot_be_kept_is_said_before_the_lesson(
    data: str, words: str, terminal: OpenTerminal, tmp_path: Path
) -> None:
    """A data folder that cannot be made, or a progress file that is none, ends with status 2 and what to do."""
    (tmp_path / "taken" / "nstutor").mkdir(parents=True)
    (tmp_path / "taken" / "nstutor" / "progress.sqlite").write_text("this is no database, only its name\n" * 9)
    environment = {"XDG_DATA_HOME": data if data.startswith("/") else str(tmp_path / data)}
    opened = terminal(*NSTUTOR, "learn", "loopback", environment=environment, folder=tmp_path)
    assert opened.wait_exit() == 2
    assert words in re.sub(r"\s+", " ", opened.history())


def test_lesson_without_a_terminal_is_refused() -> None:
    """`nstutor learn veth < /dev/null` says that it needs a terminal, and what to use instead."""
    answer = subprocess.run(
        [*NSTUTOR, "learn", "veth"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2
    assert "needs a terminal" in answer.stderr
    assert "nstutor check LESSON FILE" in answer.stderr
