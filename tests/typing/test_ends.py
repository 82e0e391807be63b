"""Whatever ends or stops nstutor, and whenever: no process is left, no line is lost, and the terminal is as it was.

Six random tries; `make soak` plays two hundred. The seed stands at the head of the report and in each failure.
"""

from __future__ import annotations

import os
import random
import select
import signal
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from ends import INTERRUPTED, play_any
from places import AT, ATTACH, LEARN, NSTUTOR, Desk, Place
from pty_terminal import PtyTerminal
from seat import Seats
from series import seed_given
from tags import Tags
from typist import ENTER, INTERRUPT

pytestmark = pytest.mark.terminal

FAREWELL = "The lab is gone"
SHELL = ("bash", "--norc", "--noprofile", "--noediting", "-i")
SLOW = "sleep 0.5; true"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """For a learner who has never been here."""
    return Desk(tmp_path, random.Random(seed_given()))


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Seats]:
    """Open terminals."""
    with Seats(tmp_path, random.Random(seed_given())) as opened:
        yield opened


@pytest.mark.parametrize("number", range(6))
def test_at_any_moment(number: int) -> None:
    """One way to end it, at one moment."""
    play_any(seed_given() + number)


# --- stopped for a while ----------------------------------------------------------------------------------------------


def child_of(terminal: PtyTerminal) -> int:
    """The program that the shell in this terminal runs."""
    return int(Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text().split()[0])


def is_raw(terminal: PtyTerminal) -> bool:
    """Whether each key is passed on as it is."""
    return not terminal.settings()[3] & (termios.ICANON | termios.ECHO | termios.ISIG)


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_stopped_and_continued_by_the_users_shell(number: signal.Signals, desk: Desk) -> None:
    """The shell finds its terminal as it was; after `fg` the line that was half typed is there, and runs."""
    tags = Tags()
    command = tags.command()
    with desk.open(*SHELL) as terminal:
        terminal.line(f"PS1='mine> '; {' '.join(NSTUTOR)} learn loopback; stty -a | grep -o ' .\\?isig'")
        terminal.wait("host ❯", 40)
        terminal.type(command[:9])
        terminal.wait(command[:9])
        assert is_raw(terminal)
        mark = terminal.mark()
        os.kill(child_of(terminal), number)
        terminal.wait("mine> ", since=mark)
        assert not is_raw(terminal)
        terminal.line("echo $((40+2))")
        terminal.wait("42\r\n", since=mark)
        mark = terminal.mark()
        terminal.line("fg")
        terminal.wait(f"host ❯ {command[:9]}", since=mark)
        assert is_raw(terminal)
        terminal.line(command[9:])
        terminal.wait("T1:1001\r", since=mark)
        # The prompt before `fg` may have come behind the mark.
        mark = terminal.mark()
        terminal.line(":quit")
        terminal.wait(FAREWELL, since=mark)
        terminal.wait("mine> ", since=mark)
        assert not is_raw(terminal)


def test_continued_in_the_background_it_waits_for_the_terminal(desk: Desk) -> None:
    """`bg` leaves the shell its terminal; `kill` ends it there."""
    with desk.open(*SHELL) as terminal:
        terminal.line(f"PS1='mine> '; {' '.join(NSTUTOR)} learn loopback")
        terminal.wait("host ❯", 40)
        tutor, mark = child_of(terminal), terminal.mark()
        os.kill(tutor, signal.SIGTSTP)
        terminal.wait("mine> ", since=mark)
        mark = terminal.mark()
        terminal.line("bg; until jobs -s | grep .; do :; done; echo asleep$((40+2))")
        terminal.wait("asleep42", since=mark)
        assert not is_raw(terminal)
        ended = os.pidfd_open(tutor)
        terminal.line("kill %1")
        assert select.select([ended], [], [], 20)[0], terminal.told("it did not end")
        os.close(ended)
        terminal.wait(FAREWELL, since=mark)
        assert not is_raw(terminal)


@pytest.mark.parametrize("place", [LEARN, ATTACH, AT], ids=lambda place: place.name)
def test_continued_with_other_settings(place: Place, seats: Seats) -> None:
    """A shell set its own while it was stopped: ours are there again, the prompt is, and a line runs."""
    seat = seats.take(place)
    terminal = seat.terminal
    os.kill(terminal.pid, signal.SIGSTOP)
    terminal.set(terminal.before)
    mark = terminal.mark()
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.wait("host ❯", since=mark)
    assert is_raw(terminal)
    terminal.line(seat.tags.command())
    seat.all_ran()


# --- interrupted while nobody takes keys ------------------------------------------------------------------------------


def test_ctrl_c_while_the_lab_is_built_again(desk: Desk) -> None:
    """It ends in order, and the next time everything is there."""
    tags = Tags()
    with desk.open(*NSTUTOR, "learn", "loopback") as terminal:
        terminal.wait("host ❯", 40)
        for _ in range(3):
            terminal.line(f"{SLOW}; ip netns add n{len(tags.given)}; {tags.command()}")
        terminal.wait("T3:1003", 40)
        terminal.line(":quit")
        assert terminal.status() == 0
    with desk.open(*NSTUTOR, "learn", "loopback") as terminal:
        terminal.wait("building your lab again: 2 of", 40)
        terminal.type(INTERRUPT)
        assert terminal.status() == INTERRUPTED
        assert FAREWELL in terminal.text
        assert terminal.settings() == terminal.before
    with desk.open(*NSTUTOR, "learn", "loopback") as terminal:
        terminal.wait("host ❯", 40)
        terminal.line("ip netns list | wc -l; echo T9:$((1000+9))")
        terminal.wait("3\r\nT9:1009")


@pytest.mark.parametrize("word", [b":reset", b":goto 3"])
def test_ctrl_c_while_a_new_world_is_made(word: bytes, seats: Seats) -> None:
    """It ends in order; what was typed before it runs nowhere."""
    seat = seats.take(LEARN)
    terminal = seat.terminal
    terminal.type(word + ENTER)
    terminal.type(b"echo $((40+2))" + ENTER + INTERRUPT)
    assert terminal.status() == INTERRUPTED
    assert FAREWELL in terminal.text
    assert "42\r\n" not in seat.since()


# --- a job that ends behind the prompt --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "sleep 300 & P=$!; kill $P",
        "sleep 300 & kill $!; wait $!",
        "sleep 300 & kill -9 %%; sleep 0.0$((RANDOM%5))",
        "(sleep 0.01; kill -9 $BASHPID) &",
        "sleep 0.01 & disown; kill $!",
    ],
)
def test_prompt_comes_back_after_a_job_was_killed(line: str, seats: Seats) -> None:
    """Again and again, with what bash tells of it before, in and behind the prompt."""
    seat = seats.take(LEARN)
    for _ in range(10):
        seat.terminal.line(line)
        seat.terminal.line(seat.tags.command())
        seat.all_ran()
