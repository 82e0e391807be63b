"""What is typed early waits: for the first prompt, a new world, the end of a program, a question's answer."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import LEARN, NESTED, NSTUTOR, Desk, Place
from seat import Seat, Seats
from series import seed_given
from tags import Tags
from typist import END_OF_FILE, ENTER, INTERRUPT, Typist

pytestmark = pytest.mark.terminal

HEADING = "Build a house called eden"
HINT = "lists what can be done with namespaces"
NEW_WORLD = {"reset": b":reset", "goto": b":goto 3"}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """For a learner who has never been here."""
    return Desk(tmp_path, random.Random(seed_given()), cursor_ms=40)


@pytest.fixture(scope="module")
def seats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seats]:
    """Open terminals."""
    with Seats(tmp_path_factory.mktemp("seats"), random.Random(seed_given())) as opened:
        yield opened


@pytest.fixture(params=(LEARN, NESTED), ids=lambda place: place.name)
def seat(request: pytest.FixtureRequest, seats: Seats) -> Seat:
    """Somebody at a prompt of the tutor's."""
    place: Place = request.param
    return seats.take(place)


@pytest.mark.parametrize("after", [0, 0.15, 0.4, 0.8])
def test_keys_before_the_first_prompt_are_run(after: float, desk: Desk) -> None:
    """Whole lines, and the beginning of one that is typed to its end later."""
    tags = Tags()
    first, second = tags.command(), tags.command()
    with desk.open(*NSTUTOR, "learn", "loopback") as terminal:
        time.sleep(after)
        terminal.type(f"{first}\r{second[:11]}")
        terminal.wait("T1:1001\r")
        terminal.quiet(0.3)
        terminal.line(second[11:])
        Typist(terminal, desk.rng, words=False).expect(tags.given, 0)


def test_keys_typed_ahead_at_the_menu_are_the_lessons(desk: Desk) -> None:
    """The choice of a lesson and lines for it, in one write."""
    tags = Tags()
    with desk.open(*NSTUTOR) as terminal:
        terminal.wait("q leaves")
        terminal.type(f"\x1b[B\r{tags.command()}\r{tags.command()}\r")
        terminal.wait(HEADING)
        Typist(terminal, desk.rng, words=False).expect(tags.given, 0)


def test_end_of_file_with_lines_behind_it_leaves_no_further_than_it_must(seat: Seat) -> None:
    """At the outermost prompt nobody is asked who has typed on already; a nested shell is left, and the line runs."""
    shell = "" if seat.place is LEARN else "bash"
    seat.terminal.type(shell.encode() + ENTER + END_OF_FILE + seat.tags.command().encode() + ENTER)
    seat.all_ran()


def test_lines_behind_an_answer_are_run(seats: Seats) -> None:
    """The question of Ctrl-D, answered with no in one write with the next line."""
    seat = seats.take(LEARN)
    mark = seat.terminal.mark()
    seat.terminal.type(END_OF_FILE)
    seat.terminal.wait("Leave nstutor?", since=mark)
    seat.terminal.type(b"n" + ENTER + seat.tags.command().encode() + ENTER)
    seat.all_ran()
    assert "command not found" not in seat.since()


@pytest.mark.parametrize("pause", [0, 0.02, 0.3], ids=["burst", "paced", "slow"])
@pytest.mark.parametrize("word", NEW_WORLD.values(), ids=NEW_WORLD)
def test_keys_typed_while_the_world_is_rebuilt_run_in_the_new_one(word: bytes, pause: float, seats: Seats) -> None:
    """Not in the old one, whose network had another namespace."""
    seat = seats.take(LEARN)
    terminal = seat.terminal
    terminal.line(f"ip netns add old; {seat.tags.command()}")
    seat.all_ran()
    for keys in (word, ENTER, b"[ -e /run/netns/old ] || " + seat.tags.command().encode(), ENTER):
        terminal.type(keys)
        time.sleep(pause)
    terminal.line(seat.tags.command())
    seat.all_ran()


def test_words_typed_while_a_program_runs_are_the_tutors(seat: Seat) -> None:
    """They are carried out when the prompt is back, in their order among the lines."""
    terminal = seat.terminal
    begin = seat.start(f"sleep 0.5; {seat.tags.command()}")
    terminal.type(":help\r" + seat.tags.command() + "\r:step\r" + seat.tags.command() + "\r")
    seat.all_ran()
    came = seat.since(begin)
    order = (r"T\d+:\d+\r", "a hint; again", r"T\d+:\d+\r", r"step \d+ of", r"T\d+:\d+\r")
    assert re.search(r"[\s\S]*".join(order), came), terminal.told("the words were not the tutor's")
    assert "command not found" not in came


def test_word_typed_to_a_program_is_the_programs(seat: Seat) -> None:
    """`cat` waits for a line and prints it; the tutor says nothing about it."""
    terminal = seat.terminal
    begin = seat.start("cat")
    terminal.line(":hint")
    terminal.wait(":hint\r\n:hint\r\n", since=begin)
    terminal.quiet(0.2)
    assert seat.since(begin) == ":hint\r\n:hint\r\n"
    terminal.type(END_OF_FILE + seat.tags.command().encode() + ENTER)
    seat.all_ran()
    assert HINT not in seat.since(begin)


def test_word_typed_to_a_program_that_ends_before_is_the_tutors(seat: Seat) -> None:
    """All in one write: `head` takes the first word, the second is the tutor's."""
    begin = seat.start("true")
    seat.terminal.type("head -n 1\r:hint\r:step\r" + seat.tags.command() + "\r")
    seat.all_ran()
    came = seat.since(begin)
    assert ":hint\r\n" in came, seat.terminal.told("head did not get its line")
    assert re.search(r"step \d+ of", came), seat.terminal.told("the second word was not the tutor's")
    assert "command not found" not in came


def test_ctrl_c_drops_a_word_that_waited(seat: Seat) -> None:
    """As any other line that was typed before it while the program was in front."""
    terminal = seat.terminal
    begin = seat.start("sleep 5")
    terminal.line(":hint")
    terminal.quiet(0.1)
    terminal.type(INTERRUPT)
    terminal.line(seat.tags.command())
    seat.all_ran()
    assert HINT not in seat.since(begin)
