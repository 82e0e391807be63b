"""`check --at STEP` shows a submission's network when that step was judged; with `--shell` one stands in it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import NSTUTOR
from processes import Remains, descendants
from short_lesson import lesson_text

LESSON = lesson_text("eden: netns eden", "gone: not netns eden", "nod: netns nod", "never: netns never")
SCRIPT = "cd /tmp\nip netns add eden\nsleep 300 &\nip netns delete eden\nip netns add nod\nip netns exec nod bash\n"
PROMPT = "host ❯ "


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A lesson, and what was handed in for it."""
    (tmp_path / "short.md").write_text(LESSON)
    (tmp_path / "work.sh").write_text(SCRIPT)
    return str(tmp_path / "short.md"), str(tmp_path / "work.sh")


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `nstutor check` with these arguments, without a terminal."""
    command = [sys.executable, "-m", "nstutor", "check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_network_is_that_of_the_moment(files: tuple[str, str]) -> None:
    """What is built by then is there, what comes later is not; the line is named and the checks are told."""
    run = check(*files, "--at", "eden")
    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert lines[:3] == [
        "  work.sh · 1 The step eden",
        "  as it was once line 2 had been typed: ip netns add eden",
        "   ✓ namespace eden",
    ]
    assert "eden" in "\n".join(lines[3:])
    assert "nod" not in run.stdout


def test_a_step_that_was_never_reached_is_shown_as_it_ended(files: tuple[str, str]) -> None:
    """By number as well as by id; the exit code says that it was not passed, and the cause is there."""
    run = check(*files, "--at", "4")
    assert run.returncode == 1
    assert "never reached; as it was at the end" in run.stdout
    assert "never does not exist yet" in run.stdout
    assert "nod" in run.stdout.split("never does not")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--at", "edne"), "there is no step 'edne'"),
        (("--shell",), "--shell needs to know when: --at STEP"),
        (("--at", "eden", "--shell"), "a shell needs a terminal for its input and output"),
        (("--at", "eden", "--format", "json"), "--at shows and writes no report"),
        (("--at", "eden", "FILE"), "--at is about one submission"),
    ],
)
def test_what_makes_no_sense_is_said(files: tuple[str, str], arguments: tuple[str, ...], words: str) -> None:
    """In a line, with exit code 2."""
    run = check(*files, *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert words in run.stderr


def test_a_grader_stands_in_the_students_lab(files: tuple[str, str], terminal: OpenTerminal) -> None:
    """A real shell: its line editing, its job control, the network and the files of the student; then all is gone."""
    opened = terminal(*NSTUTOR, "check", *files, "--at", "nod", "--shell", columns=90)
    screen = opened.wait(PROMPT)
    assert "You stand in the student's lab" in screen
    assert "nod" in screen
    below = descendants(int(opened._ask("#{pane_pid}")))
    opened.line("ip netns list | cat; echo and $((1 + 1))")
    assert "nod\nand 2\n" in opened.wait("and 2\n")
    opened.type("ip netns exec no")
    opened.keys("Tab")
    opened.wait("exec no")
    opened.keys("C-c")
    opened.line("ps -e | grep -c sleep")
    opened.wait("0\n" + PROMPT)
    opened.line("echo $((1 + 2)) cats; cat")
    opened.wait("\n3 cats\n")
    opened.line("hello")
    opened.wait("hello\nhello\n")
    opened.keys("C-z")
    opened.wait("Stopped")
    opened.resize(70, 20)
    opened.line("stty size")
    opened.wait("20 70")
    opened.line("kill %1; wait; echo ended")
    opened.wait("\nended\n")
    opened.line("exit")
    assert opened.wait_exit() == 0
    with Remains(below) as remains:
        assert remains.after(20) == []


def test_a_closed_terminal_ends_it(files: tuple[str, str], terminal: OpenTerminal) -> None:
    """Nothing of the lab is left when the grader's window goes."""
    opened = terminal(*NSTUTOR, "check", *files, "--at", "nod", "--shell")
    opened.wait(PROMPT)
    below = descendants(int(opened._ask("#{pane_pid}")))
    opened.close()
    with Remains(below) as remains:
        assert remains.after(20) == []


HOSTILE = r"""
echo 'printf "\033]52;c;T1dORUQ=\007OWNED\n"; (cat > /tmp/stolen < /dev/tty) &' > ~/.bashrc
cp ~/.bashrc /etc/bash.bashrc; cp ~/.bashrc ~/.bash_profile; cp ~/.bashrc ~/.profile
echo '"x": "OWNED"' > ~/.inputrc; cp ~/.inputrc /etc/inputrc
(trap '' HUP INT; while sleep 0.01; do for t in /dev/pts/[1-9]*; do cat /tmp/note > $t; done; done) &
(trap '' HUP INT; while sleep 0.01; do for t in /dev/pts/[1-9]*; do timeout 0.1 cat $t >> /tmp/stolen; done; done) &
printf '\033]52;c;T1dORUQ=\007OWNED\n' > /tmp/note
ip netns add eden
"""


def test_a_submission_does_not_reach_the_graders_terminal(tmp_path: Path, terminal: OpenTerminal) -> None:
    """Its processes have ended, nothing that it wrote is run for the grader, and what is shown of it only draws."""
    (tmp_path / "short.md").write_text(LESSON)
    (tmp_path / "work.sh").write_text(HOSTILE)
    files = (str(tmp_path / "short.md"), str(tmp_path / "work.sh"))
    opened = terminal(*NSTUTOR, "check", *files, "--at", "eden", "--shell", columns=90)
    assert "OWNED" not in opened.wait(PROMPT)
    opened.line("echo x secret; ip netns list; cat /tmp/note; echo done $((2 + 2))")
    assert "x secret\neden\nOWNED\ndone 4" in opened.wait("done 4")
    opened.line("grep -c secret /tmp/stolen; echo no $((1 + 1))")
    assert re.search(r"^(0|grep: .*)\nno 2", opened.wait("no 2\n"), re.MULTILINE)
    opened.line("exit")
    opened.wait("The lab is gone")
    assert "OWNED" not in opened._tmux("list-buffers")
