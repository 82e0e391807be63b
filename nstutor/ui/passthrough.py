"""The terminal while a command runs: raw, and every byte passes through, both ways."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Callable, Iterator

from nstutor.shell.bash import Bash

READ_SIZE = 4096


def write_all(data: bytes) -> None:
    """Write to the terminal, all of it."""
    descriptor = sys.stdout.fileno()
    while data:
        data = data[os.write(descriptor, data) :]


def terminal_is_gone() -> bool:
    """Whether the end of input came from a terminal that was closed, and not from a key."""
    try:
        termios.tcgetattr(sys.stdin.fileno())
    except termios.error:
        return True
    return False


def terminal_size() -> tuple[int, int]:
    """Rows and columns."""
    size = shutil.get_terminal_size()
    return size.lines, size.columns


@contextlib.contextmanager
def no_echo() -> Iterator[None]:
    """While it lasts, the terminal does not show by itself what is typed between a command's end and the prompt."""
    keyboard = sys.stdin.fileno()
    settings = termios.tcgetattr(keyboard)
    silent = termios.tcgetattr(keyboard)
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(keyboard, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(keyboard, termios.TCSADRAIN, settings)


@contextlib.contextmanager
def passthrough(bash: Bash, on_closed: Callable[[], None]) -> Iterator[None]:
    """While it lasts, the keyboard belongs to what runs in the shell.

    `on_closed` is called when the terminal goes away under us.
    """
    keyboard = sys.stdin.fileno()
    loop = asyncio.get_running_loop()
    settings = termios.tcgetattr(keyboard)

    def on_key() -> None:
        try:
            data = os.read(keyboard, READ_SIZE)
        except OSError:
            data = b""
        if data:
            bash.send(data)
        else:
            loop.remove_reader(keyboard)
            on_closed()

    bash.resize(*terminal_size())
    tty.setraw(keyboard, termios.TCSADRAIN)
    loop.add_reader(keyboard, on_key)
    loop.add_signal_handler(signal.SIGWINCH, lambda: bash.resize(*terminal_size()))
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGWINCH)
        loop.remove_reader(keyboard)
        with contextlib.suppress(termios.error):
            termios.tcsetattr(keyboard, termios.TCSADRAIN, settings)
