"""`nstutor attach [NETNS]`: a second terminal in the running lab."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import select
import signal
import struct
import sys
import termios
import tty
from collections.abc import Iterator

from nstutor.attach import knock
from nstutor.commands.learn import require_terminal
from nstutor.errors import PASSED
from nstutor.language import _

READ_SIZE = 64 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("netns", metavar=_("NETNS"), nargs="?", help=_("the namespace to stand in (default: host)"))


def main(arguments: argparse.Namespace) -> int:
    """Pass bytes both ways until the shell ends."""
    require_terminal(_("a second terminal needs a terminal for its input and output"),
                     _("Start it at a prompt of your own."))
    size = os.get_terminal_size()
    master, shell = knock(arguments.netns, size.lines, size.columns)
    with _raw_terminal(), _size_follows(master):
        _relay(master, shell)
    return PASSED


@contextlib.contextmanager
def _raw_terminal() -> Iterator[None]:
    keyboard = sys.stdin.fileno()
    settings = termios.tcgetattr(keyboard)
    tty.setraw(keyboard)
    try:
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, settings)


@contextlib.contextmanager
def _size_follows(master: int) -> Iterator[None]:
    def resize(*_: object) -> None:
        size = os.get_terminal_size()
        with contextlib.suppress(OSError):
            fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", size.lines, size.columns, 0, 0))

    before = signal.signal(signal.SIGWINCH, resize)
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)


def _relay(master: int, shell: int) -> None:
    keyboard, screen = sys.stdin.fileno(), sys.stdout.fileno()
    while True:
        ready = select.select([keyboard, master, shell], [], [])[0]
        if master in ready:
            try:
                data = os.read(master, READ_SIZE)
            except OSError:
                return
            while data:
                data = data[os.write(screen, data) :]
        elif shell in ready:
            return
        if keyboard in ready:
            data = os.read(keyboard, READ_SIZE)
            if not data:
                return
            os.write(master, data)
