"""A second terminal in the running lab."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from conftest import OpenTerminal
from learner import NSTUTOR, begin, runtime_folder
from terminal_driver import Terminal


def attach(terminal: OpenTerminal, folder: Path, *arguments: str) -> Terminal:
    """`nstutor attach` beside a learner in the same folder."""
    environment = {"XDG_RUNTIME_DIR": runtime_folder(folder)}
    return terminal(*NSTUTOR, "attach", *arguments, columns=80, rows=24, environment=environment)


def test_a_change_in_the_second_terminal_ticks_the_first(terminal: OpenTerminal, tmp_path: Path) -> None:
    """What is typed in the second terminal happens in the same lab, and passes the step at the first one's prompt."""
    learner = begin(terminal, tmp_path, "veth")
    second = attach(terminal, tmp_path)
    second.wait("host ❯")
    second.line("ip netns add ximenqing-ns; ip netns add panjinlian-ns")
    learner.terminal.wait("✓ Step 1")
    learner.line("", "step 2 of")
    third = attach(terminal, tmp_path, "ximenqing-ns")
    third.wait("ximenqing-ns ❯")
    third.line("ip -br link")
    third.wait("lo               DOWN")
    third.line("exit")
    assert third.wait_exit() == 0
    learner.start(":quit")
    second.wait("The lab is gone; from here on you type to your own machine again. Press a key.")
    second.line("ip link set lo down")
    assert second.wait_exit() == 0


def test_an_unknown_namespace_is_named(terminal: OpenTerminal, tmp_path: Path) -> None:
    """A namespace that is not there is told, and what to do."""
    begin(terminal, tmp_path, "veth")
    second = attach(terminal, tmp_path, "nowhere")
    second.wait("no network namespace 'nowhere' in the lab")
    assert second.wait_exit() == 2


def test_no_lab_runs(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Without a running lesson there is nothing to attach to."""
    second = attach(terminal, tmp_path)
    second.wait("no lab is running")
    assert second.wait_exit() == 2


def test_attach_needs_a_terminal(tmp_path: Path) -> None:
    """Without a terminal there is a clear word and exit 2."""
    environment = {**os.environ, "XDG_RUNTIME_DIR": runtime_folder(tmp_path)}
    run = subprocess.run([*NSTUTOR, "attach"], capture_output=True, text=True, env=environment, check=False)
    assert run.returncode == 2
    assert "needs a terminal" in run.stderr
