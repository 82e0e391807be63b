"""`nstutor attach [NETNS]`: a second terminal in the running lab."""

from __future__ import annotations

import argparse
import os
import select
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from nstutor.commands.learn import require_terminal
from nstutor.errors import PASSED
from nstutor.text.i18n import _
from nstutor.ui.attach_server import Attached, attach
from nstutor.ui.terminal import raw_terminal, write_all

READ_SIZE = 64 * 1024
QUIET = 0.3
"""Seconds without a key after which a line that somebody was typing is over."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("netns", metavar=_("NETNS"), nargs="?", help=_("the namespace to stand in (default: host)"))


def main(arguments: argparse.Namespace) -> int:
    """Carry bytes both ways until the shell or the lab ends."""
    require_terminal(
        _("a second terminal needs a terminal for its input and output"), _("Start it at a prompt of your own.")
    )
    size = os.get_terminal_size()
    attached = attach(arguments.netns, size.lines, size.columns)
    # What is written came from a terminal in the lab, or says itself where a line ends.
    with raw_terminal() as modes, modes.output_as_it_is(), _size_follows(attached):
        try:
            is_lab_gone = _relay(attached) and not attached.was_left()
        except SystemExit:
            _tell_left()
            raise
        if is_lab_gone:
            text = _("The lab is gone; from here on you type to your own machine again. Press a key.")
            write_all(f"\r\n  {text}\r\n".encode())
            _wait_for_key()
        else:
            _tell_left()
    return PASSED


def _tell_left() -> None:
    text = _("You left the lab; from here on you type to your own machine again.")
    with suppress(OSError):  # the terminal may be what went
        write_all(f"  {text}\r\n".encode())


@contextmanager
def _size_follows(attached: Attached) -> Iterator[None]:
    def resize(*_: object) -> None:
        size = os.get_terminal_size()
        attached.resize(size.lines, size.columns)

    before = signal.signal(signal.SIGWINCH, resize)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)


def _relay(attached: Attached) -> bool:
    """Until the wire ends; False where the terminal went away first."""
    keyboard = sys.stdin.fileno()
    while True:
        ready = select.select([keyboard, attached.wire], [], [])[0]
        if attached.wire in ready:
            data = _received(attached)
            if not data:
                return True
            write_all(data)
        elif keyboard in ready:
            data = _typed(keyboard)
            if not data:
                return False
            try:
                attached.wire.sendall(data)
            except OSError:
                continue  # the end of the wire is read next


def _typed(keyboard: int) -> bytes:
    try:
        return os.read(keyboard, READ_SIZE)
    except OSError:  # EIO: it was hung up
        return b""


def _received(attached: Attached) -> bytes:
    try:
        return attached.wire.recv(READ_SIZE)
    except OSError:
        return b""


def _wait_for_key() -> None:
    """Let nothing that was meant for the lab, the rest of a line for example, fall into the shell behind."""
    keyboard = sys.stdin.fileno()
    termios.tcflush(keyboard, termios.TCIFLUSH)
    data = os.read(keyboard, READ_SIZE)
    while data and data[-1:] not in b"\r\n" and select.select([keyboard], [], [], QUIET)[0]:
        data = os.read(keyboard, READ_SIZE)
