"""What a learner is told in a world that took the place of another one, and of what the old one left behind."""

from __future__ import annotations

from pathlib import Path

from conftest import OpenTerminal
from learner import begin

DEAF = "ip netns exec panjinlian-ns sysctl -qw net.ipv4.icmp_echo_ignore_all=1"


def test_a_reset_at_the_very_beginning_keeps_watching(terminal: OpenTerminal, tmp_path: Path) -> None:
    """After :reset of an untouched first step, what a background job does is told without a further command."""
    learner = begin(terminal, tmp_path, "loopback")
    learner.line(":reset")
    learner.line("(read -t 1 < <(sleep 1); ip netns add eden) &", "✓ Step 1.")


def test_a_probe_ends_with_its_world(terminal: OpenTerminal, tmp_path: Path) -> None:
    """An echo that is still waited for when its lab goes is no fault of ours: nothing is told of it, ever."""
    learner = begin(terminal, tmp_path, "veth")
    learner.line(":goto both")
    assert "± panjinlian  up" in learner.line(f"{DEAF}; ip -n panjinlian-ns link set panjinlian up")
    assert "step 7 of 9" in learner.line(":reset")
    learner.line("read -t 4 < <(sleep 4)")
    learner.start(":quit")
    assert learner.terminal.wait_exit() == 0
    assert "exception" not in learner.terminal.screen()


def test_a_lab_that_a_command_ends_is_built_again_without_it(terminal: OpenTerminal, tmp_path: Path) -> None:
    """What takes unbounded memory ends the lab: what was done before it is there again, also at the next start.

    A ramfs has no bound that could be asked for, and counts as too much at once.
    """
    learner = begin(terminal, tmp_path, "loopback")
    learner.line("ip netns add eden", "✓ Step 1.")
    screen = learner.line("mount -t ramfs none /mnt; sleep 300", timeout=60)
    assert "The lab ended: it used more than 2048 MiB of memory." in " ".join(screen.split())
    assert "<eden>" in learner.line('echo "<$(ip netns ls)>"')
    learner.start(":quit")
    assert learner.terminal.wait_exit() == 0
    again = begin(terminal, tmp_path, "loopback")
    assert "<eden>" in again.line('echo "<$(ip netns ls)>"')
