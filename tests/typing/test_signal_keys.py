"""A signal key drops what was typed before it while a program is in front, and nothing else ever does."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator

import pytest
from places import ATTACH, LEARN, NESTED, PLAIN, Place
from seat import Seat, Seats
from series import seed_given
from typist import INTERRUPT, QUIT, SUSPEND

pytestmark = pytest.mark.terminal

KEYS = {"ctrl-c": INTERRUPT, "ctrl-backslash": QUIT, "ctrl-z": SUSPEND}


@pytest.fixture(scope="module")
def seats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seats]:
    """Open terminals."""
    with Seats(tmp_path_factory.mktemp("seats"), random.Random(seed_given())) as opened:
        yield opened


@pytest.fixture(params=(PLAIN, LEARN, NESTED, ATTACH), ids=lambda place: place.name)
def seat(request: pytest.FixtureRequest, seats: Seats) -> Seat:
    """Somebody at a prompt; in plain bash, too, which says what is right."""
    place: Place = request.param
    return seats.take(place)


@pytest.fixture(params=(LEARN, NESTED), ids=lambda place: place.name)
def tutored(request: pytest.FixtureRequest, seats: Seats) -> Seat:
    """Somebody at a prompt of the tutor's."""
    place: Place = request.param
    return seats.take(place)


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_signal_key_drops_what_was_typed_before_it(key: bytes, seat: Seat) -> None:
    """While a program is in front; what is typed after the key runs."""
    terminal = seat.terminal
    seat.start("sleep 5")
    terminal.line(seat.tags.command())
    dropped = seat.tags.given[-1]
    terminal.quiet(0.1)
    terminal.type(key)
    if seat.place is ATTACH:
        terminal.quiet(0.3)  # readline itself may lose a key that comes with the signal
    terminal.line(seat.tags.command())
    seat.all_ran(but=(dropped,))
    terminal.line("kill -9 %%")


@pytest.mark.parametrize("seat", [PLAIN, LEARN, NESTED], ids=lambda place: place.name, indirect=True)
def test_everything_at_once(seat: Seat) -> None:
    """The same in one write: the line before the key is lost, the two behind it run."""
    terminal = seat.terminal
    seat.start("sleep 5")
    lines = [seat.tags.command().encode() + b"\r" for _ in range(3)]
    terminal.type(lines[0] + INTERRUPT + lines[1] + lines[2])
    seat.all_ran(but=(seat.tags.given[-3],))


def test_terminal_that_does_not_flush_keeps_it(seat: Seat) -> None:
    """`stty noflsh`: the line typed before the key runs as well."""
    terminal = seat.terminal
    seat.start("sleep 5", before="stty noflsh; ")
    terminal.line(seat.tags.command())
    terminal.quiet(0.1)
    terminal.type(INTERRUPT)
    if seat.place is ATTACH:
        terminal.quiet(0.3)
    terminal.line(seat.tags.command())
    seat.all_ran()
    terminal.line("stty -noflsh")


@pytest.mark.parametrize("pause", [0, 0.05], ids=["burst", "paced"])
def test_ctrl_c_at_the_prompt_clears_the_line_and_nothing_behind_it(pause: float, tutored: Seat) -> None:
    """The editor's own line; the lines that were typed after it run."""
    for keys in (b"echo garbage", INTERRUPT, tutored.tags.command(), "\r" + tutored.tags.command(), "\r"):
        tutored.terminal.type(keys)
        time.sleep(pause)
    tutored.all_ran()
    assert "\r\ngarbage" not in tutored.since()


@pytest.mark.parametrize("pause", [0, 0.05, 0.2], ids=["burst", "paced", "slow"])
def test_ctrl_c_at_a_continuation_gives_the_command_up_and_nothing_behind_it(pause: float, tutored: Seat) -> None:
    """The half-typed line and the loop that it belongs to; what follows is a command of its own."""
    last = tutored.tags.command() + "\r"
    for keys in ("for i in 1 2", "\r", "do echo gar", INTERRUPT, last):
        tutored.terminal.type(keys)
        time.sleep(pause)
    tutored.all_ran()
    assert "\r\ngar" not in tutored.since()


def test_ctrl_c_after_whole_lines_of_a_command(tutored: Seat) -> None:
    """Typed one by one at the continuation prompt, then given up: none of it runs."""
    terminal = tutored.terminal
    for line in ("for i in 1 2", "do", f"echo got{'$i'}"):
        mark = terminal.mark()
        terminal.line(line)
        terminal.wait(re.compile("…"), since=mark)
    terminal.type(INTERRUPT)
    terminal.line(tutored.tags.command())
    tutored.all_ran()
    assert "got1" not in tutored.since()
