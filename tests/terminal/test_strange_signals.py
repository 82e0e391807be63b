"""nstutor told to end by a signal: it ends in order, at whatever moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import Learner, open_learn
from processes import Remains, descendants, until_it_runs

NSTUTOR = (sys.executable, "-m", "nstutor")
AROUND = """\
stty -g > before
sh -c 'echo $$ > pid; exec "$@"' sh "$@"
code=$?
stty -g > after
exit $code
"""
"""Runs a command, keeps its process number, and the terminal's modes before and after it."""
ENDING = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])


def begin(terminal: OpenTerminal, folder: Path) -> Learner:
    """A learner at their first prompt, with AROUND around nstutor."""
    learner = open_learn(terminal, folder, "loopback", before=("sh", "-c", AROUND, "sh"))
    learner.at_prompt()
    return learner


def end(learner: Learner, folder: Path, number: signal.Signals) -> None:
    """Send nstutor the signal, and see that it ends as it should."""
    pid = int((folder / "pid").read_text())
    with Remains([pid, *descendants(pid)]) as remains:
        os.kill(pid, number)
        assert learner.terminal.wait_exit() == 130
        assert not remains.after(20)
    assert (folder / "after").read_text() == (folder / "before").read_text()
    assert not list(folder.rglob("*.sock"))


@ENDING
def test_signal_at_the_prompt(number: signal.Signals, terminal: OpenTerminal, tmp_path: Path) -> None:
    """With a line half typed: exit 130, the terminal as it was, no process and no socket left."""
    learner = begin(terminal, tmp_path)
    learner.type("ip netns add ed")
    end(learner, tmp_path, number)


@ENDING
def test_signal_while_a_command_runs(number: signal.Signals, terminal: OpenTerminal, tmp_path: Path) -> None:
    """With a full-screen program in front: the same, and the command before it is kept."""
    learner = begin(terminal, tmp_path)
    learner.line("ip netns add eden")
    learner.start("less /etc/passwd")
    learner.terminal.wait("root:")
    end(learner, tmp_path, number)
    assert ("ip netns add eden",) in learner.query("SELECT line FROM command")


def test_closed_terminal_is_no_bug(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Closing the window ends everything, and no bug report is written."""
    (tmp_path / "reports").mkdir()
    before = ("env", f"TMPDIR={tmp_path}/reports", "sh", "-c", AROUND, "sh")
    learner = open_learn(terminal, tmp_path, "loopback", before=before)
    learner.at_prompt()
    with Remains(learner.processes()) as remains:
        learner.terminal.close()
        assert not remains.after(30)
    assert not list((tmp_path / "reports").iterdir())
    assert not list(tmp_path.rglob("*.sock"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_while_grading(number: signal.Signals, tmp_path: Path) -> None:
    """`check` told to end says so in its report, and nowhere else, and exits with 130."""
    script, report = tmp_path / "work.sh", tmp_path / "report.json"
    script.write_text("sleep 60\n")
    command = (*NSTUTOR, "check", "loopback", script, "--format", "json", "--output", report)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as grading:
        until_it_runs(grading.pid, "sleep")
        grading.send_signal(number)
        said = grading.communicate(timeout=60)[0]
    assert (grading.returncode, said) == (130, b"")
    assert [path.name for path in tmp_path.glob("report.json*")] == ["report.json"]
    graded = json.loads(report.read_text())
    assert (graded["error"], graded["passed"]) == ("interrupted before it was graded", False)
    assert [step["status"] for step in graded["steps"]] == ["not_checked"] * len(graded["steps"])


def test_ignored_hangup_stays_ignored(tmp_path: Path) -> None:
    """Under nohup(1) the end of the terminal is no end of grading."""
    script = tmp_path / "work.sh"
    script.write_text("kill -HUP $PPID\ntrue\n")
    around = "trap '' HUP; \"$@\" & kill -HUP $!; wait $!"
    command = ("sh", "-c", around, "sh", *NSTUTOR, "check", "loopback", script, "--format", "json")
    answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 1, answer.stderr


def test_killed_grading_leaves_no_file(tmp_path: Path) -> None:
    """`check` killed outright leaves nothing in the folder of its report."""
    reports = tmp_path / "reports"
    reports.mkdir()
    command = (*NSTUTOR, "check", "loopback", tmp_path / "work.sh", "--output", reports / "report.json")
    (tmp_path / "work.sh").write_text("sleep 60\n")
    with subprocess.Popen(command) as grading, Remains(until_it_runs(grading.pid, "sleep")) as remains:
        grading.kill()
        assert not remains.after(20)
    assert not list(reports.iterdir())
