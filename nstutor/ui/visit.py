"""A shell of a lab on this terminal, until it ends; the loop goes on meanwhile, for what else runs in the lab."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import struct
import sys
import termios
import tty

from nstutor.lab.world import ShellProcess
from nstutor.ui.passthrough import terminal_size, write_all

READ_SIZE = 64 * 1024


async def visit(shell: ShellProcess) -> None:
    """Pass bytes both ways until the shell ends or the terminal goes away. The descriptors stay the caller's."""
    keyboard, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    over = asyncio.Event()
    settings = termios.tcgetattr(keyboard)

    def on_key() -> None:
        data = _read(keyboard)
        if data:
            os.write(shell.master, data)
        else:
            over.set()

    def on_output() -> None:
        data = _read(shell.master)
        if data:
            write_all(data)
        else:
            over.set()

    _resize(shell.master)
    tty.setraw(keyboard, termios.TCSADRAIN)
    loop.add_reader(keyboard, on_key)
    loop.add_reader(shell.master, on_output)
    loop.add_signal_handler(signal.SIGWINCH, _resize, shell.master)
    try:
        await over.wait()
    finally:
        loop.remove_signal_handler(signal.SIGWINCH)
        loop.remove_reader(shell.master)
        loop.remove_reader(keyboard)
        with contextlib.suppress(termios.error):
            termios.tcsetattr(keyboard, termios.TCSADRAIN, settings)


def _read(descriptor: int) -> bytes:
    """What is there; nothing at the end, which a terminal tells as EIO (pty(7))."""
    try:
        return os.read(descriptor, READ_SIZE)
    except OSError:
        return b""


def _resize(master: int) -> None:
    rows, columns = terminal_size()
    with contextlib.suppress(OSError):
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
