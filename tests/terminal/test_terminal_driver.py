"""The terminal that other tests type into."""

from __future__ import annotations

import os
import re
import select

import pytest
from conftest import OpenTerminal

pytestmark = pytest.mark.terminal

SHELL = ("bash", "--norc", "--noprofile")
QUIET = {"PS1": "ready> "}


def test_typed_text_arrives_as_it_is(terminal: OpenTerminal) -> None:
    """Quotes, backslashes, semicolons at the end and Chinese words are typed and shown unchanged."""
    screen = terminal(*SHELL, environment=QUIET)
    screen.wait("ready> ")
    screen.line("printf '%s|' 'a\"b' 'c\\d' 王婆 'x;' ;")
    assert 'a"b|c\\d|王婆|x;|' in screen.wait("x;|")


def test_screen_may_show_what_tmux_says(terminal: OpenTerminal) -> None:
    """Lines like those around its answers are text, and so is what begins with a blank or has none."""
    screen = terminal(*SHELL, environment=QUIET)
    screen.wait("ready> ")
    screen.line("printf '%s\\n' '%end 1 2 1' '%error 1 2 1' '%exit' ' x' '' done")
    assert "\n%end 1 2 1\n%error 1 2 1\n%exit\n x\n\ndone\n" in screen.wait("\ndone\n")


def test_keys_interrupt(terminal: OpenTerminal) -> None:
    """Ctrl-C reaches the program in the foreground."""
    screen = terminal(*SHELL, environment=QUIET)
    screen.line("cat; echo status $?")
    screen.type("hello")
    screen.wait(re.compile(r"^hello$", re.MULTILINE))
    screen.keys("C-c")
    # The terminal drops what was typed when it takes the key, which it has shown by then.
    screen.wait(re.compile(r"\^C\nready> *$", re.MULTILINE))
    screen.line("echo status $?")
    screen.wait("status 130")


def test_resize_is_seen_by_the_program(terminal: OpenTerminal) -> None:
    """A program in the terminal sees the sizes that the test gives it."""
    screen = terminal(*SHELL, columns=90, rows=20, environment=QUIET)
    screen.line("stty size")
    screen.wait("20 90")
    screen.resize(70, 25)
    screen.line("stty size")
    screen.wait("25 70")


def test_what_never_comes_fails_with_the_screen(terminal: OpenTerminal) -> None:
    """A wait that is in vain shows what was on the screen instead; so does a wait for something to go away."""
    screen = terminal("sh", "-c", "echo here I am; exec cat")
    screen.wait("here I am")
    with pytest.raises(AssertionError, match="here I am"):
        screen.wait("somebody else", timeout=0.1)
    with pytest.raises(AssertionError, match="stayed"):
        screen.wait_gone("here I am", timeout=0.1)


def test_exit_status_and_last_screen_remain(terminal: OpenTerminal) -> None:
    """When the program has ended, its status and what it said can still be read."""
    screen = terminal("sh", "-c", "echo last words; exit 7")
    assert screen.wait_exit() == 7
    screen.wait("last words")


def test_a_signal_is_told_from_a_status(terminal: OpenTerminal) -> None:
    """A program that a signal ended has the status that a shell would give it."""
    assert terminal("sh", "-c", "kill -TERM $$").wait_exit() == 143


def test_closing_ends_the_program(terminal: OpenTerminal) -> None:
    """Nothing that ran in the terminal outlives it."""
    screen = terminal("sh", "-c", "echo pid $$; exec cat")
    match = re.search(r"pid (\d+)", screen.wait(re.compile(r"pid \d+")))
    assert match
    process = os.pidfd_open(int(match[1]))
    try:
        screen.close()
        assert _ends(process)
    finally:
        os.close(process)


def _ends(process: int) -> bool:
    """Whether the process ends within 5 s."""
    poll = select.poll()
    poll.register(process, select.POLLIN)
    return bool(poll.poll(5000))
