"""The line editor has the keys of bash's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import PROMPT, Learner, begin, open_learn

EDITOR = "printf '#!/bin/sh\\nsed -i s/one/two/ $1\\n' > /tmp/ed; chmod +x /tmp/ed; EDITOR=/tmp/ed"


@pytest.fixture
def learner(terminal: OpenTerminal, tmp_path: Path) -> Learner:
    """Somebody at the first prompt of the first lesson."""
    return begin(terminal, tmp_path, "loopback")


def test_vi_keys_as_the_shell_in_front_is_set(learner: Learner) -> None:
    """`set -o vi` is of that shell alone, and `set -o emacs` ends it; the shell says so, not the words of the line."""
    learner.line('keys() { set -o "$1"; }; keys vi')
    learner.clear()
    learner.type("echo onetwo")
    learner.terminal.keys("Escape")
    learner.terminal.type("bix")
    learner.terminal.keys("Enter")
    learner.terminal.wait("\nxonetwo\n")
    learner.line("bash", "host › bash ❯")
    learner.at_prompt()
    learner.type("x onetwo")
    learner.terminal.keys("C-a")
    learner.terminal.type("echo ")
    learner.terminal.keys("Enter")
    learner.terminal.wait("\nx onetwo\n")
    learner.line("exit", re.compile(r"^host ❯ *$", re.MULTILINE))
    learner.at_prompt()
    learner.type("cho three")
    learner.terminal.keys("Escape")
    learner.terminal.type("0ie")
    learner.terminal.keys("Enter")
    learner.terminal.wait("\nthree\n")
    learner.line("keys emacs")
    learner.type("cho four")
    learner.terminal.keys("C-a")
    learner.terminal.type("e")
    learner.terminal.keys("Enter")
    learner.terminal.wait("\nfour\n")


def test_keys_that_are_quoted_and_keys_that_do_nothing(learner: Learner) -> None:
    """Ctrl-V takes a tabulator as it is; there is nothing that Ctrl-Z could stop."""
    learner.type("echo 'a")
    learner.terminal.keys("C-v", "Tab", "C-z")
    learner.terminal.line("b' | cat -A")
    learner.terminal.wait("\na^Ib$\n")


def test_editor_of_the_lab_changes_the_line(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Ctrl-X Ctrl-E runs what the lab's shell calls its editor, and nothing of this machine's; the line comes back."""
    mark = tmp_path / "outside"
    learner = open_learn(terminal, tmp_path, "loopback", before=("env", f"EDITOR=touch {mark}", f"VISUAL=touch {mark}"))
    learner.at_prompt()
    learner.line(EDITOR)
    learner.line("(exit 3)")
    learner.clear()
    learner.type("echo $? one 'quoted one'")
    learner.terminal.keys("C-x", "C-e")
    screen = learner.terminal.wait("❯ echo $? two 'quoted one'")
    assert "sed" not in screen
    learner.terminal.keys("Enter")
    learner.terminal.wait("\n3 two quoted one\n")
    assert "line.sh" not in learner.line("history")
    learner.line("EDITOR='/tmp/ed -x'; export VISUAL=nosuch")
    learner.clear()
    learner.type("echo one")
    learner.terminal.keys("C-x", "C-e")
    learner.terminal.wait("There is no nosuch here: set EDITOR to an editor that there is.")
    learner.terminal.wait(re.compile(r"❯ echo one *$", re.MULTILINE))
    assert not mark.exists()


def test_editor_that_takes_the_screen(learner: Learner) -> None:
    """Vi is the editor where none is named; each line but the last one that it leaves runs, as those of a paste do."""
    learner.type("echo one")
    learner.terminal.keys("C-x", "C-e")
    learner.terminal.wait(re.compile(r"\Aecho one\n~", re.MULTILINE))
    learner.terminal.type("oecho $((40+2))")
    learner.terminal.keys("Escape")
    learner.terminal.line(":wq")
    learner.terminal.wait(re.compile(r"^one\nhost ❯ echo \$\(\(40\+2\)\) *$", re.MULTILINE))
    learner.terminal.keys("Enter")
    learner.terminal.wait("\n42\n")
    learner.line("while false; do", re.compile(r"^  … *$", re.MULTILINE))
    learner.type("true")
    learner.terminal.keys("C-x", "C-e")
    learner.terminal.wait("An editor can be opened for the first line of a command only.")
    learner.terminal.wait(re.compile(r"^  … true *$", re.MULTILINE))


def test_the_command_before_comes_back(learner: Learner) -> None:
    """`!!` and `!$` are shown as what they stand for, and that is what is kept; other exclamation marks are text."""
    assert "!!: there is no command before this one" in learner.line("echo !!")
    learner.line("echo wow! 'one two'")
    assert "\necho $(echo wow! 'one two')\nwow! one two\n" in learner.line("echo $(!!)")
    learner.line("echo [ done!")
    assert "\ntrue done!; :\n" in learner.line("true !$; :")
    kept = learner.query("SELECT line FROM command")
    assert ("echo $(echo wow! 'one two')",) in kept
    learner.terminal.keys("Up")
    learner.terminal.wait("❯ true done!; :")
    learner.terminal.keys("C-c")
    learner.line("set +H; echo off")
    assert "\n!! off\n" in learner.line("echo !! off")


def test_prompt_pattern_of_the_tests_sees_vi_prompts(learner: Learner) -> None:
    """Nothing is in front of the prompt in vi's mode."""
    learner.line("set -o vi")
    assert PROMPT.search(learner.terminal.screen())
