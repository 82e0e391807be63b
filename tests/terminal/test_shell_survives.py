"""Whatever the learner does to their shell or its terminal, the prompt comes back, and the next line runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import Learner, begin, open_learn


@pytest.fixture
def learner(terminal: OpenTerminal, tmp_path: Path) -> Learner:
    """Somebody at the first prompt of the first lesson."""
    return begin(terminal, tmp_path, "loopback")


def goes_on(learner: Learner) -> None:
    """Lines run, tutor's words are heard, an unfinished command is continued and can be given up."""
    assert "\n42 lines\n" in learner.line("echo $((6*7)) lines")
    assert "step 1 of" in learner.line(":step")
    learner.line("for n in 1 2", re.compile(r"^  … *$", re.MULTILINE))
    assert "\n<1>\n<2>\n" in learner.line('do echo "<$n>"; done')
    assert "step 1 of" in learner.line(":step")


LOST_MARKS = [
    "PROMPT_COMMAND=x",
    "PROMPT_COMMAND=",
    "unset PROMPT_COMMAND",
    "PROMPT_COMMAND=()",
    "unset PROMPT_COMMAND PS0",
    "set -o posix; unset PROMPT_COMMAND",
]


@pytest.mark.parametrize("line", LOST_MARKS)
@pytest.mark.parametrize("nested", ["", "ip netns exec greenland bash"])
def test_prompt_survives_what_is_done_to_its_variables(line: str, nested: str, learner: Learner) -> None:
    """The kernel tells that the shell waits for a line, whatever bash's variables are."""
    if nested:
        learner.line("ip netns add greenland")
        learner.line(nested)
    learner.line(line)
    goes_on(learner)
    if nested:
        assert "host ❯" in learner.line("exit")


def test_shell_that_ends_behind_the_prompt_is_replaced_at_once(learner: Learner) -> None:
    """It is said while a line is typed; that line stays, and runs in the new shell."""
    learner.line("(read -t 1 <> <(:); kill -9 $$) &")
    learner.type("echo $((6*7))")
    learner.terminal.wait("That was the outermost shell.")
    learner.terminal.wait(re.compile(r"^host ❯ echo \$\(\(6\*7\)\)", re.MULTILINE))
    learner.terminal.keys("Enter")
    learner.terminal.wait(re.compile(r"^42$", re.MULTILINE))


def test_end_of_file_ends_a_here_document(learner: Learner) -> None:
    """Ctrl-D at `…` is bash's: a here-document ends there and its command runs."""
    learner.line("cat <<END", re.compile(r"^  … *$", re.MULTILINE))
    learner.line("$((6*7)) lines", re.compile(r"^  … *$", re.MULTILINE))
    learner.terminal.keys("C-d")
    learner.terminal.wait(re.compile(r"^42 lines$", re.MULTILINE))
    learner.at_prompt()
    goes_on(learner)


def test_end_of_file_in_a_loop_is_the_end_of_the_shell(learner: Learner) -> None:
    """Bash 5.2 exits at an end of file in an unfinished command: that is said, and the next line runs in a new one."""
    learner.line("while true", re.compile(r"^  … *$", re.MULTILINE))
    learner.terminal.keys("C-d")
    learner.terminal.wait("syntax error: unexpected end of file")
    learner.at_prompt()
    goes_on(learner)


def test_no_to_leaving_goes_on(learner: Learner) -> None:
    """Ctrl-D in the outermost shell asks; after a no the next line runs."""
    learner.terminal.keys("C-d")
    learner.terminal.wait("Leave nstutor?")
    learner.terminal.line("n")
    goes_on(learner)


def test_stopped_shell_is_woken_up(learner: Learner) -> None:
    """`kill -STOP $$` leaves nobody to answer: the way out is named, and leads out."""
    learner.start("kill -STOP $$")
    learner.terminal.wait("Ctrl-] wakes it up")
    learner.terminal.keys("C-]")
    goes_on(learner)


def test_program_that_ignores_interrupts_is_ended(learner: Learner) -> None:
    """After three Ctrl-C without effect the way out is named."""
    learner.start("bash -c 'trap \"\" INT; echo deaf; while :; do sleep 1; done'")
    learner.terminal.wait("\ndeaf\n")
    for _ in range(3):
        learner.terminal.keys("C-c")
    learner.terminal.wait("Ctrl-] ends it")
    learner.terminal.keys("C-]")
    learner.at_prompt()
    goes_on(learner)


@pytest.mark.parametrize("line", ["stty raw", "stty -icanon", "stty -echo", "stty -opost", "stty -icrnl -isig igncr"])
def test_terminal_that_was_left_unusable_is_set_right(line: str, learner: Learner) -> None:
    """The next prompt says so, and lines run."""
    learner.start(line)
    learner.terminal.wait("it is set right again")
    learner.at_prompt()
    goes_on(learner)
    learner.start('read -r word; echo "<$word>"')
    learner.terminal.wait_gone(re.compile(r"^ loopback", re.MULTILINE))
    learner.terminal.line("typed")
    learner.terminal.wait("\n<typed>\n")


def test_enter_after_the_last_lesson_stays(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Where nothing follows, Enter says what one can do, and does not leave the lab."""
    (tmp_path / "one.md").write_text(ONE_STEP)
    learner = open_learn(terminal, tmp_path, "./one.md")
    learner.at_prompt()
    learner.line("ip netns add eden", "every step passed")
    learner.line("", "Nothing follows, and the lab stays")
    assert "eden" in learner.line("ip netns list")
    learner.start(":quit")
    learner.terminal.wait("The lab is gone; from here on you type to your own machine again.")
    assert learner.terminal.wait_exit() == 0


ONE_STEP = """\
---
format: 1
id: one
title: One step
---
Hello.

## Make eden {#eden}

Prose.

```check
netns eden
```

```hint
Think.
```

```solution
ip netns add eden
```
"""
