"""What a terminal does with typed bytes, held against the kernel's own line discipline."""

from __future__ import annotations

import os
import select
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nstutor.shell.line_discipline import Discipline, ExpectedEcho

Settings = dict[int, int]
"""Flags to clear, by termios(3)'s index."""


@contextmanager
def pty(cleared: Settings, set_: Settings) -> Iterator[tuple[int, int]]:
    """A terminal whose settings differ from the usual ones in these flags."""
    master, slave = os.openpty()
    try:
        settings = termios.tcgetattr(slave)
        for index in range(4):
            settings[index] = settings[index] & ~cleared.get(index, 0) | set_.get(index, 0)
        termios.tcsetattr(slave, termios.TCSANOW, settings)
        yield master, slave
    finally:
        os.close(master)
        os.close(slave)


def read_all(master: int, slave: int) -> bytes:
    """What the terminal shows; once all lines are read, asking the slave has the kernel pass on what was typed."""
    while select.select([slave], [], [], 0)[0]:
        os.read(slave, 65536)
    data = b""
    while select.select([master], [], [], 0)[0]:
        data += os.read(master, 65536)
    return data


TYPED = {
    "a line": b"ip link\r",
    "several lines": b"one\rtwo\nthree",
    "erased characters": b"ab\x7f\x7f\x7fcd\r",
    "an erased word": b"ip netns  add x\x17\x17y\r",
    "an erased line": b"all of this\x15that\r",
    "control characters": b"a\x01\x1b[Ab\r",
    "an erased control character": b"a\x01\x7fb\r",
    "a quoted erase key": b"a\x16\x7fb\x7f\r",
    "tabs": b"\ta\tb\r",
    "an end of file behind text": b"text\x04",
    "wide characters": "王婆\x7f的桥\r".encode(),
}
LOOKS = {
    "usual": ({}, {}),
    "no echo": ({3: termios.ECHO}, {}),
    "only line ends": ({3: termios.ECHO}, {3: termios.ECHONL}),
    "plain control characters": ({3: termios.ECHOCTL}, {}),
    "carriage returns kept": ({0: termios.ICRNL}, {}),
    "output as it is": ({1: termios.OPOST}, {}),
    "no extensions": ({3: termios.IEXTEN}, {}),
    "characters of several bytes": ({}, {0: 0o40000}),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_echo_is_the_kernels(typed: bytes, look: str) -> None:
    """Byte by byte, whatever the settings."""
    with pty(*LOOKS[look]) as (master, slave):
        discipline = Discipline.of(slave)
        for index in range(len(typed)):
            os.write(master, typed[index : index + 1])
            ours = discipline.echo(typed[:index], typed[index : index + 1])
            assert ours == read_all(master, slave), (typed[: index + 1], look)


@pytest.mark.parametrize("typed", [b"one\rtwo\r", b"one", b"a\x16\rb\r", b"\x04more", b"end\x04", b"\r", b"x" * 9999])
def test_first_line_ends_where_the_kernel_ends_it(typed: bytes) -> None:
    """A program can read as soon as the line is complete, and not before."""
    with pty({}, {}) as (master, slave):
        count = Discipline.of(slave).line(typed)
        for index in range(count or min(len(typed), 10)):
            assert not select.select([slave], [], [], 0)[0]
            os.write(master, typed[index : index + 1])
        assert bool(select.select([slave], [], [], 0)[0]) is bool(count)


def test_a_signal_key_drops_what_was_typed_before_it() -> None:
    """But with NOFLSH; a quoted one, and any without ISIG, is a character."""
    with pty({}, {}) as (_master, slave):
        assert Discipline.of(slave).signals(b"no\r\x03x\x1ayes\r") == (b"\x03\x1a", b"", 6)
        assert Discipline.of(slave).signals(b"a\x16\x03b") == (b"", b"", 0)
    with pty({}, {3: termios.NOFLSH}) as (_master, slave):
        assert Discipline.of(slave).signals(b"no\r\x03x\x1ayes\r") == (b"\x03\x1a", b"no\rx", 6)
    with pty({3: termios.ISIG}, {}) as (_master, slave):
        assert Discipline.of(slave).signals(b"no\r\x03") == (b"", b"", 0)


@pytest.mark.parametrize(
    "pieces", [[b"ab\r\nout"], [b"a", b"b\r", b"\nout"], [b"job ab\r\nout"], [b"job a", b"b\r\nout"]]
)
def test_expected_echo_is_taken_out_once(pieces: list[bytes]) -> None:
    """However the terminal's output is cut, and behind what another program printed."""
    expected = ExpectedEcho()
    expected.expect(b"ab\r\n")
    assert b"".join([*map(expected.filtered, pieces), expected.end()]).removeprefix(b"job ") == b"out"
    assert expected.filtered(b"ab\r\n") == b"ab\r\n"


def test_what_only_looks_like_the_echo_is_let_pass() -> None:
    """Nothing is lost where another program's output begins like it."""
    expected = ExpectedEcho()
    expected.expect(b"abc\r\n")
    assert [expected.filtered(b"ab"), expected.filtered(b"x")] == [b"", b"abx"]
    assert expected.end() == b""
