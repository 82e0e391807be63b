"""The first ten minutes: what everybody gets wrong, and the one line that they get told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import Learner, begin

FIRST_TAB = 0.05
"""Seconds of processor time: a quarter of what a person may wait for it, on a machine that is idle."""


@pytest.fixture
def learner(terminal: OpenTerminal, tmp_path: Path) -> Learner:
    """Somebody at the first prompt of the first lesson."""
    return begin(terminal, tmp_path, "loopback")


MISTAKES = {
    "help": "bash's own help. The tutor's is :help",
    ":hlep": "no word of the tutor's; :help lists them",
    "$ ip netns ls": "The prompt $ was copied along.",
    "greenland> ip netns ls": "The prompt greenland> was copied along",
    "host ❯ ip netns ls": "The prompt host ❯ was copied along",
    "ip netns add\u3000zoo": "full-width space",
    "ping \u2013c 1 127.0.0.1": "a dash of a word processor",
    "ip link add abcdefghijklmnopq type bridge": "at most 15 bytes",
    "ip netns exec greenlnd true": "One letter off: greenland.",
    "ip ls": "ip netns",
}


@pytest.mark.parametrize("line", MISTAKES)
def test_usual_mistake_gets_its_line(line: str, learner: Learner) -> None:
    """A command that fails is followed by the explanation that fits it, and by the prompt."""
    learner.line("ip netns add greenland")
    assert MISTAKES[line] in " ".join(learner.line(line).split())


def test_sudo_runs_its_arguments(learner: Learner) -> None:
    """`sudo ip …` works as without sudo, and counts for the step."""
    assert "✓ Step 1." in learner.line("sudo ip netns add eden", "Enter: step 2")


def test_namespace_added_inside_an_exec_shell_is_a_dead_file_outside(learner: Learner) -> None:
    """`ip netns add` in a nested shell is told at once, and named again by :check; the step is not passed by it."""
    learner.line("ip netns add greenland")
    learner.line("ip netns exec greenland bash", "host › greenland ❯")
    assert "usable in this shell only" in learner.line("ip netns add eden")
    learner.line("exit")
    assert re.search(r"✗ namespace eden\n +eden was added inside", learner.line(":check"))


def test_forgotten_exit_is_named_by_the_check(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Who looks at host while still in greenland is told where they are."""
    learner = begin(terminal, tmp_path, "loopback", "--step", "enter")
    learner.line("ip netns exec greenland bash", "host › greenland ❯")
    learner.line("ip link")
    learner.line("ip link")
    checked = " ".join(learner.line(":check").split())
    assert "✓ ip link run in greenland" in checked
    assert re.search(r"✗ ip link run in host .*greenland", checked)


def test_end_of_file_in_host_asks_first(learner: Learner) -> None:
    """Ctrl-D in the outermost shell asks; anything but yes stays, and yes leaves."""
    for answer in ("n", ""):
        learner.clear()
        learner.terminal.keys("C-d")
        learner.terminal.wait("Leave nstutor? [y/N]")
        learner.terminal.line(answer)
        learner.at_prompt()
    assert "\nstill here\n" in learner.line("echo still here")
    learner.terminal.keys("C-d")
    learner.terminal.wait("Leave nstutor? [y/N]")
    learner.terminal.line("y")
    assert learner.terminal.wait_exit() == 0


def test_endless_ping_is_explained_and_ends_at_interrupt(learner: Learner) -> None:
    """After five seconds a dim line says how to end it; Ctrl-C does, and the prompt is clean."""
    learner.start("ping 127.0.0.1")
    learner.terminal.wait("ⓘ Ctrl-C ends ping")
    learner.terminal.keys("C-c")
    assert "ping statistics" in learner.at_prompt()
    assert "\n0\n" in learner.line("echo $?").replace("130", "0")


def test_interrupt_at_the_prompt_drops_the_line(learner: Learner) -> None:
    """Ctrl-C gives up a half-typed line, as in bash; nothing of it is run."""
    learner.type("touch half")
    learner.terminal.keys("C-c")
    assert "\n<>\n" in learner.line('echo "<$(ls)>"')


def test_chinese_is_typed_and_edited_like_anything_else(learner: Learner) -> None:
    """Wide characters at the prompt, in a command that fails, in a file's name."""
    learner.type("echo 王婆茶馆馆")
    learner.terminal.keys("BSpace", "Enter")
    learner.terminal.wait("\n王婆茶馆\n")
    assert "王婆: command not found" in learner.line("王婆")
    assert "\n王婆.txt\n" in learner.line("touch 王婆.txt; ls")


def test_control_character_in_a_line_is_refused(learner: Learner) -> None:
    """A quoted control key is not passed on to a terminal that would act on it."""
    learner.type("echo a")
    learner.terminal.keys("C-q", "C-g")
    learner.terminal.line("b")
    assert "control character" in learner.terminal.wait("control character")
    assert "\nstill here\n" in learner.line("echo still here")


def test_completion_offers_the_live_lab(learner: Learner) -> None:
    """After `ip link set` come the lab's devices with what they are, after `netns exec` its only namespace."""
    learner.line("ip netns add greenland; ip link add ladder type veth peer name reldal")
    learner.clear()
    learner.type("ip link set ")
    learner.terminal.keys("Tab")
    learner.terminal.wait(re.compile(r"ladder +veth ↔ reldal, no master"))
    learner.terminal.keys("C-c")
    learner.clear()
    learner.type("ip netns exec gr")
    learner.terminal.keys("Tab")
    learner.terminal.wait("ip netns exec greenland")


def test_completion_knows_the_names_of_the_shell(learner: Learner) -> None:
    """A variable that was just set and never exported, a function, an alias; those of the shell that is in front."""
    learner.line("teahouse=greenland; teatime() { echo four; }; alias teapot='echo short'")
    learner.clear()
    learner.type("echo $teah")
    learner.terminal.keys("Tab")
    learner.terminal.wait("echo $teahouse")
    learner.terminal.type("; echo ${teah")
    learner.terminal.keys("Tab")
    learner.terminal.wait("echo $teahouse; echo ${teahouse}")
    learner.terminal.keys("C-c")
    learner.clear()
    learner.type("tea")
    learner.terminal.keys("Tab")
    screen = learner.terminal.wait(re.compile(r"teapot +function or alias"))
    assert re.search(r"teatime +function or alias", screen)
    learner.terminal.keys("C-c")
    learner.line("unset -f teatime; bash", "host › bash ❯")
    learner.line("teacup=1; teatime() { echo five; }")
    learner.clear()
    learner.type("tea")
    learner.terminal.keys("Tab")
    learner.terminal.wait("❯ teatime")
    learner.terminal.keys("C-c")
    learner.clear()
    learner.type("echo $tea")
    learner.terminal.keys("Tab")
    learner.terminal.wait("❯ echo $teacup")


def test_first_tab_answers_at_once(learner: Learner) -> None:
    """What it needs was imported behind the first prompt, in a thread of its own; it takes some 7 ms."""
    learner.line("true")
    learner.clear()
    learner.type("ip netn")
    pid = learner.processes()[0]
    before = on_processor(pid)
    learner.terminal.keys("Tab")
    learner.terminal.wait("❯ ip netns")
    spent = on_processor(pid) - before
    assert spent < FIRST_TAB, f"{spent:.3f} s"


def on_processor(pid: int) -> float:
    """The processor time of a process's main thread, in seconds (proc(5), schedstat)."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9


def test_ghost_text_comes_from_the_history_only(learner: Learner) -> None:
    """A fresh learner is offered nothing, so no solution is given away; what was typed before is offered again."""
    learner.type("ip netns a")
    assert "ip netns add" not in learner.terminal.screen().splitlines()[-1]
    assert not re.search(r"❯ ip netns add", learner.terminal.screen())
    learner.terminal.line("dd eden")
    learner.terminal.wait("✓ Step 1.")
    learner.at_prompt()
    learner.clear()
    learner.terminal.type("ip netns a")
    learner.terminal.wait("❯ ip netns add eden")
