"""A program gets what was typed when it asks for it, and only then, however it asks."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest
from places import AT, ATTACH, LEARN, NESTED, PLAIN, Place
from seat import Seat, Seats
from series import seed_given
from tags import printed

pytestmark = pytest.mark.terminal

SHELLS = (PLAIN, LEARN, NESTED, ATTACH)
RAW = """import os,termios,tty; s=termios.tcgetattr(0); tty.setraw(0); print(end="raw\\r\\n",flush=True)
while (c:=os.read(0,1))!=b"q": os.write(1,b"<%02x>"%c[0])
termios.tcsetattr(0,termios.TCSADRAIN,s)"""
NONBLOCKING = """import os,time; os.set_blocking(0,False); d=b""
while not d.endswith(b"\\n"):
  try: d+=os.read(0,100)
  except BlockingIOError: time.sleep(.01)
print("T"+d.decode().strip())"""
SELECTS = """import os,select; d=b""
while not d.endswith(b"\\n"):
  if select.select([0],[],[],.03)[0]: d+=os.read(0,100)
print("T"+d.decode().strip())"""
POLLS = """import os,select,time; p=select.poll(); p.register(0,1); d=b""
while not d.endswith(b"\\n"):
  if p.poll(0): d+=os.read(0,100)
  else: time.sleep(.02)
print("T"+d.decode().strip())"""
READERS = {
    "a shell's read": "read x; echo T$x",
    "a program": "head -n 1 | sed s/^/T/",
    "python": """python3 -c 'print("T"+input())'""",
    "without blocking": f"python3 -c '{NONBLOCKING}'",
    "select with a short timeout": f"python3 -c '{SELECTS}'",
    "poll without a timeout": f"python3 -c '{POLLS}'",
    "read with a short timeout": "while ! read -t 0.5 x; do :; done; echo T$x",
    "a subshell's read": "(read x; echo T$x)",
    "a pipe's end": "sleep 0.1 | (read x < /dev/tty; echo T$x)",
}


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


@pytest.fixture(params=(LEARN, NESTED, ATTACH, AT), ids=lambda place: place.name)
def edited(request: pytest.FixtureRequest, seats: Seats) -> Seat:
    """Somebody at a prompt with a line editor."""
    place: Place = request.param
    return seats.take(place)


@pytest.mark.parametrize("seat", [PLAIN, LEARN, ATTACH], ids=lambda place: place.name, indirect=True)
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_reader_gets_its_line_and_the_shell_the_next(reader: str, seat: Seat) -> None:
    """Once typed in a burst, behind each other; once when the program has long been waiting."""
    terminal, tags = seat.terminal, seat.tags
    line = printed(tags.number()).removeprefix("T")
    terminal.type("\r".join((_in_one_line(reader), line, tags.command(), "")))
    seat.all_ran()
    seat.start(_in_one_line(reader))
    terminal.line(printed(tags.number()).removeprefix("T"))
    seat.all_ran()


def _in_one_line(command: str) -> str:
    """The program's text as one line, as $'…' of bash."""
    if "\n" not in command:
        return command
    text = command.removeprefix("python3 -c '").removesuffix("'")
    return "python3 -c $'" + text.replace("\\", "\\\\").replace("\n", "\\n") + "'"


def test_raw_program_gets_every_byte_at_once(seat: Seat) -> None:
    """One by one, each before the next is typed; then many in one write."""
    terminal = seat.terminal
    begin = seat.start(_in_one_line(f"python3 -c '{RAW}'") + "; echo gone$((40+2))")
    terminal.wait("raw\r\n", since=begin)
    for key in (b"a", b"\x03", b"\x1a", b"\r", b"\x1b", b"\xe4", b"\x04", b"\x00", b"\x11", b"\x7f"):
        mark = terminal.mark()
        terminal.type(key)
        terminal.wait(f"<{key[0]:02x}>", 2, mark)
    mark = terminal.mark()
    terminal.type(bytes(range(1, 32)))
    terminal.wait("".join(f"<{number:02x}>" for number in range(1, 32)), 2, mark)
    terminal.type("q")
    terminal.wait("gone42", since=mark)
    terminal.line(seat.tags.command())
    seat.all_ran()


def test_editor_program_gets_what_was_typed_while_it_started(seat: Seat) -> None:
    """The text is typed with the command; vi takes it as soon as it reads keys."""
    terminal, tags = seat.terminal, seat.tags
    terminal.type("vi note\ritea room\x1b")
    terminal.wait("-- INSERT --", since=terminal.mark())
    terminal.quiet(0.5)
    terminal.line(":wq")
    terminal.quiet(0.5)
    number = tags.number()
    terminal.line(f"sed 's/tea room/T{number}/; s/$/:$((1000+{number}))/' note; rm note".replace("'", '"'))
    seat.all_ran()


def test_part_of_a_line_that_nobody_read_is_the_editors(seat: Seat) -> None:
    """A `read` gives up in the middle of a line: its beginning is the beginning of the next command."""
    tag = seat.tags.command()
    begin = seat.start("read -t 0.7 x")
    seat.terminal.type(tag[:12])
    seat.terminal.wait("❯", since=begin)
    seat.terminal.line(tag[12:])
    seat.all_ran()


def test_filter_gets_more_than_the_terminal_holds(seat: Seat) -> None:
    """Some 10,000 bytes of lines, typed at once, then the end of the input, and a line for the shell."""
    tags = seat.tags
    lines = [printed(tags.number()).replace("T", "Q") + "\r" for _ in range(60)]
    padding = "x" * 150 + "\r"
    seat.terminal.type("sed s/Q/T/\r" + padding.join(lines) + "\x04" + tags.command() + "\r")
    seat.all_ran()


def test_one_key_for_read_leaves_the_rest_of_the_line(seat: Seat) -> None:
    """`read -n 1` takes one key; what follows is the next command."""
    seat.terminal.type("read -n 1 x; echo =$x=\ry" + seat.tags.command() + "\r")
    seat.all_ran()
    assert "=y=" in seat.since()


def test_python_takes_its_lines_and_the_shell_the_rest(seat: Seat) -> None:
    """All typed at once: an interactive Python, two lines for it, its end, a line for the shell."""
    number = seat.tags.number()
    lines = ("python3 -q", f'print("T{number}", 1000+{number}, sep=":")', "exit()", seat.tags.command(), "")
    seat.terminal.type("\r".join(lines))
    seat.all_ran()


def test_nested_shells_typed_ahead(seat: Seat) -> None:
    """The way into two shells and out again, with a line in each, in one write."""
    lines = [seat.tags.command() for _ in range(5)]
    # Where readline runs with nothing in front of it, it takes what is for another program.
    shell = "bash --norc --noediting" if seat.place is PLAIN else "bash"
    way = (lines[0], shell, lines[1], "sh", lines[2], "exit", lines[3], "exit", lines[4], "")
    seat.terminal.type("\r".join(way))
    seat.all_ran()


def test_bytes_of_a_character_may_come_one_by_one(edited: Seat) -> None:
    """At the prompt, for a program and while one runs, with pauses inside of a character."""
    terminal, tags = edited.terminal, edited.tags
    for before in ("", "sleep 0.3", "read x; echo T$x"):
        if before:
            terminal.line(before)
        number = tags.number()
        data, command = f"{number}:{1000 + number}你\x7f", f"x=你好; echo T{number}:$((998+{number}+${{#x}}))"
        for byte in (data if "read" in before else command).encode():
            terminal.type(bytes([byte]))
            time.sleep(0.002 if byte < 128 else 0.02)
        terminal.type("\r")
    edited.all_ran()


@pytest.mark.parametrize("pasted", [False, True], ids=["typed", "pasted"])
def test_line_of_6000_bytes(edited: Seat, *, pasted: bool) -> None:
    """It runs whole, and once."""
    number = edited.tags.number()
    line = f"x={'a' * 5960}; echo T{number}:$((${{#x}}-4960+{number}))"
    edited.terminal.type(f"\x1b[200~{line}\x1b[201~\r" if pasted else f"{line}\r")
    edited.terminal.line(edited.tags.command())
    edited.all_ran()
