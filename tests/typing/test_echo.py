"""While a program runs, keys are shown as its terminal is set; the editor shows them again when their turn comes."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from places import ATTACH, LEARN, PLAIN, Place
from seat import Seat, Seats
from series import seed_given
from typist import INTERRUPT

pytestmark = pytest.mark.terminal

SHELLS = (PLAIN, LEARN, ATTACH)


@pytest.fixture(scope="module")
def seats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seats]:
    """Open terminals."""
    with Seats(tmp_path_factory.mktemp("seats"), random.Random(seed_given())) as opened:
        yield opened


@pytest.fixture(params=SHELLS, ids=lambda place: place.name)
def seat(request: pytest.FixtureRequest, seats: Seats) -> Seat:
    """Somebody at a prompt; in plain bash, too, which says what is right."""
    place: Place = request.param
    return seats.take(place)


@dataclass(frozen=True)
class Shown:
    """What a terminal shows of those keys, with these settings, while a program runs that does not read them."""

    keys: str
    echo: str
    settings: str = ""


ROWS = {
    "letters": Shown("abc", "abc"),
    "Enter": Shown("\r", "\r\n"),
    "nothing": Shown("abc\r", "", "-echo"),
    "the newline only": Shown("\r", "\r\n", "-echo echonl"),
    "a control character": Shown("\x01", "^A"),
    "a control character as it is": Shown("\x01", "\x01", "-echoctl"),
    "erased": Shown("ab\x7f", "ab\b \b"),
    "an arrow": Shown("\x1bOD", "^[OD"),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_keys_are_shown_as_the_programs_terminal_is_set(row: Shown, seat: Seat) -> None:
    """Exactly that, and at once: the program does not end before it is interrupted."""
    terminal, begin = seat.terminal, seat.start("sleep 60", before=f"stty {row.settings}; ")
    terminal.type(row.keys)
    terminal.wait(row.echo, 5, begin)
    terminal.quiet(0.15)
    assert seat.since(begin) == row.echo, terminal.told("that is not what bash shows")
    terminal.type(INTERRUPT)
    terminal.quiet(0.1)
    terminal.line("stty sane")
    seat.ready()


def test_what_was_shown_while_a_program_ran_is_in_the_editor_afterwards(seat: Seat) -> None:
    """The beginning of a line, which is then typed to its end."""
    terminal, tag = seat.terminal, seat.tags.command()
    begin = seat.start("sleep 1.5")
    terminal.type(tag[:9])
    terminal.wait(tag[:9], 1.3, begin)
    if seat.place is not PLAIN:  # without an editor nothing shows it again
        terminal.wait(re.compile(rf"❯[\s\S]*{re.escape(tag[:9])}"), since=begin)
    terminal.line(tag[9:])
    seat.all_ran()


def test_read_without_echo_shows_nothing(seat: Seat) -> None:
    """As for a password: not when it is typed, nor in the editor later."""
    terminal = seat.terminal
    begin = seat.start("read -s secret; echo ${#secret} letters")
    terminal.type("zyx")
    terminal.quiet(0.15)
    terminal.line("wvu")
    terminal.wait("6 letters", since=begin)
    seat.ready()
    assert "zyx" not in seat.since(begin)
    assert "wvu" not in seat.since(begin)


def test_program_that_reads_lines_shows_each_once(seat: Seat) -> None:
    """`cat` has the line twice on the screen: typed and printed."""
    terminal = seat.terminal
    begin = seat.start("cat")
    terminal.type("one")
    terminal.wait("one", 1, begin)
    terminal.line("two")
    terminal.wait("onetwo\r\nonetwo\r\n", since=begin)
    terminal.quiet(0.1)
    assert seat.since(begin) == "onetwo\r\nonetwo\r\n"
    terminal.type("\x04")
    seat.ready()
