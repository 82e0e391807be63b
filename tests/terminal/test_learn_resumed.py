"""Coming back to a lesson: what was typed at other terminals and in an editor holds, and what does not is told."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import TOOLBAR, Learner, begin
from short_lesson import lesson_text
from test_attach import attach

LESSON = lesson_text(
    "eden: netns eden",
    "link: link wangpo netns eden",
    "listens: listen 7000 netns eden",
    "last: netns last",
    "end: netns end",
)
SERVER = 'python3 -c "import socket; socket.create_server((str(), 7000)).accept()"'


def leave(learner: Learner, how: str) -> None:
    """Leave the lesson, or have it killed."""
    if how == "quit":
        learner.start(":quit")
        assert learner.terminal.wait_exit() == 0
    else:
        os.kill(learner.processes()[0], signal.SIGKILL)
        assert learner.terminal.wait_exit() == 128 + signal.SIGKILL


def flat(screen: str) -> str:
    """A screen's words, wherever its lines break."""
    return " ".join(screen.split())


def statuses(folder: Path, *words: str) -> list[str]:
    """What `nstutor check` says of each step."""
    run = subprocess.run(
        [sys.executable, "-m", "nstutor", "check", "./own.md", *words, "--format", "json"],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
        check=False,
        env=os.environ | {"XDG_DATA_HOME": str(folder / "data")},
    )
    assert run.returncode in {0, 1}, run.stderr
    return [step["status"] for step in json.loads(run.stdout)["steps"]]


@pytest.mark.parametrize("how", ["quit", "killed"])
def test_what_was_typed_at_a_second_terminal_is_there_again(how: str, terminal: OpenTerminal, tmp_path: Path) -> None:
    """Its lines, and the server that ran in it: passed steps hold, and so it is graded, and saved."""
    (tmp_path / "own.md").write_text(LESSON)
    learner = begin(terminal, tmp_path, "./own.md")
    learner.line("ip netns add eden", "✓ Step 1.")
    second = attach(terminal, tmp_path, "eden")
    second.wait("eden ❯")
    second.line("ip link add wangpo type bridge")
    learner.terminal.wait("✓ Step 2.")
    second.wait(re.compile(r"eden ❯\s*\Z"))
    second.line(SERVER)
    learner.terminal.wait("✓ Step 3.")
    leave(learner, how)
    again = begin(terminal, tmp_path, "./own.md")
    screen = flat(again.terminal.screen())
    assert "step 4 of 5" in screen
    assert "Your lab was built again from your 3 commands." in screen
    assert "does not hold" not in screen
    assert "wangpo" in again.line("ip -n eden link show wangpo")
    assert ":7000" in again.line("ip netns exec eden ss -ltn")
    third = attach(terminal, tmp_path)
    third.wait("host ❯")
    third.line("ip netns add last")
    again.terminal.wait("✓ Step 4.")
    again.start(":save work.sh")
    again.terminal.wait("Grade it with")
    assert [shell for (shell,) in again.query("SELECT shell FROM command WHERE line LIKE 'ip %' ORDER BY number")] == [
        0,
        1,
        0,
        0,
        2,
    ]
    leave(again, "quit")
    assert statuses(tmp_path) == [*4 * ["passed"], "failed"]
    assert statuses(tmp_path, "work.sh") == [*4 * ["passed"], "failed"], (tmp_path / "work.sh").read_text()


def test_a_kill_in_a_burst_at_two_terminals_loses_no_finished_line(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Of each terminal's lines all are kept whose next one had begun; and what is kept is built again."""
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    (tmp_path / "own.md").write_text(lesson_text("last: netns last"))
    learner = begin(terminal, tmp_path, "./own.md")
    second = attach(terminal, tmp_path)
    second.wait("host ❯")
    for number in range(1, 9):
        learner.terminal.line(f"ip netns add zoo{number} && echo zoo$(({number}))made")
        second.line(f"ip link add den{number} type bridge && echo den$(({number}))made")
    waited = chance.choice([f"{name}{chance.randrange(1, 9)}made" for name in ("zoo", "den")])
    (learner.terminal if waited.startswith("zoo") else second).wait(waited)
    leave(learner, "killed")
    shown = [
        re.findall(rf"^({name}\d)made", screen, re.MULTILINE)
        for name, screen in (("zoo", learner.terminal.history()), ("den", second.history()))
    ]
    kept = set(re.findall(r"(?:zoo|den)\d(?= )", str(learner.query("SELECT line FROM command"))))
    for finished in (found[:-1] for found in shown):
        assert kept.issuperset(finished), f"seed {seed}"
    again = begin(terminal, tmp_path, "./own.md")
    there = again.line('echo "<$(echo $(ip netns ls | sort) $(ls /sys/class/net | grep den | sort))>"')
    names = sorted(name for name in kept if name[:3] == "zoo") + sorted(name for name in kept if name[:3] == "den")
    assert f"<{' '.join(names)}>" in "".join(there.split("\n")).replace("  ", " "), f"seed {seed}"


def test_a_lab_that_a_second_terminal_ended_is_built_again(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Without the line that ended it, and with the server that ran in a third one."""
    (tmp_path / "own.md").write_text(LESSON)
    learner = begin(terminal, tmp_path, "./own.md")
    learner.line("ip netns add eden", "✓ Step 1.")
    third = attach(terminal, tmp_path, "eden")
    third.wait("eden ❯")
    third.line(SERVER)
    second = attach(terminal, tmp_path)
    second.wait("host ❯")
    second.line("mount -t ramfs none /mnt; sleep 300")
    for other in (second, third):
        other.wait("The lab is gone")
    learner.terminal.wait(re.compile(r"It is built again as\s+it was before"))
    assert ":7000" in learner.line("ip netns exec eden ss -ltn")
    leave(learner, "quit")
    again = begin(terminal, tmp_path, "./own.md")
    assert ":7000" in again.line("ip netns exec eden ss -ltn")


def test_a_step_that_does_not_hold_any_more_is_told(terminal: OpenTerminal, tmp_path: Path) -> None:
    """With its number and why; not one that a later step was about to undo."""
    (tmp_path / "own.md").write_text(
        lesson_text("eden: netns eden", "gone: not netns eden", "nod: netns nod", "last: netns last")
    )
    learner = begin(terminal, tmp_path, "./own.md")
    learner.line("ip netns add eden", "✓ Step 1.")
    learner.line("ip netns del eden", "✓ Step 2.")
    learner.line("ip netns add nod", "✓ Step 3.")
    learner.line("echo done")
    leave(learner, "quit")
    with closing(sqlite3.connect(learner.folder / "nstutor" / "progress.sqlite")) as database, database:
        # As if the line did something else than it did then.
        database.execute("UPDATE command SET line = 'ip netns add eden' WHERE line = 'ip netns add nod'")
    screen = flat(begin(terminal, tmp_path, "./own.md").terminal.screen())
    assert "Your lab was built again from your 4 commands." in screen
    told = re.findall(r"Step \d, [^:]*, does not hold any more: [^ⓘ─]*", screen)
    assert [text[:7] for text in told] == ["Step 2,", "Step 3,"]
    assert "nod" in told[1]


def test_a_step_of_which_nobody_knows_is_not_told(terminal: OpenTerminal, tmp_path: Path) -> None:
    """After a kill it may have been undone by the last commands; but for the one that was just passed."""
    (tmp_path / "own.md").write_text(lesson_text("eden: netns eden", "nod: netns nod", "last: netns last"))
    learner = begin(terminal, tmp_path, "./own.md")
    learner.line("ip netns add eden", "✓ Step 1.")
    learner.line("ip netns add nod", "✓ Step 2.")
    leave(learner, "killed")
    with closing(sqlite3.connect(learner.folder / "nstutor" / "progress.sqlite")) as database, database:
        database.execute("UPDATE command SET line = 'true'")
    again = begin(terminal, tmp_path, "./own.md")
    screen = flat(again.terminal.screen())
    assert "Step 2, The step nod, does not hold any more:" in screen
    assert "Step 1," not in screen
    again.line("ip netns add other")
    leave(again, "killed")
    assert "does not hold" not in begin(terminal, tmp_path, "./own.md").terminal.screen()


def test_what_was_written_in_an_editor_is_there_again(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Its keys are not typed again: the files are put in place as they were then, in the lab and in a script."""
    (tmp_path / "own.md").write_text(lesson_text("eden: netns eden", "last: netns last"))
    learner = begin(terminal, tmp_path, "./own.md")
    learner.start("vi -u NONE build.sh")
    learner.terminal.wait_gone(TOOLBAR)
    learner.terminal.wait("build.sh")
    learner.terminal.type("iip netns add eden")
    learner.terminal.wait("ip netns add eden")
    learner.terminal.keys("Escape")
    learner.terminal.line(":wq")
    learner.at_prompt()
    learner.line("sh build.sh", "✓ Step 1.")
    learner.line("echo true > build.sh")
    leave(learner, "killed")
    again = begin(terminal, tmp_path, "./own.md")
    screen = flat(again.terminal.screen())
    assert "Keys that were typed to vi were not typed again; what they changed in your files was." in screen
    assert "does not hold" not in screen
    assert "eden" in again.line("ip netns list")
    assert "\ntrue\n" in again.line("cat build.sh")
    again.start(":save work.sh")
    again.terminal.wait("Grade it with")
    leave(again, "quit")
    for words in ((), ("work.sh",)):
        assert statuses(tmp_path, *words) == ["passed", "failed"], (tmp_path / "work.sh").read_text()
