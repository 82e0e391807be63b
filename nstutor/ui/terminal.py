"""The terminal that somebody sits at: its keyboard, what is written to it, its size, its modes."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple, TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

from nstutor.ui.keyboard import KeyInput, KeyQueue, raw_settings


class TerminalOutput(Vt100_Output):
    """prompt_toolkit's output, which asks the terminal nothing: an answer would stand among what is typed.

    Unasked, nobody knows how far down the cursor is; the editor takes the lines that it needs.
    """

    def __init__(self, stream: TextIO, size: Callable[[], tuple[int, int]], term: str | None = None) -> None:
        depth = ColorDepth.from_env()
        super().__init__(stream, lambda: Size(*size()), term=term, default_color_depth=depth, enable_cpr=False)

    def get_rows_below_cursor_position(self) -> int:
        """At least the line that the cursor is in."""
        return 1

    def flush(self) -> None:
        """Write what was drawn; nowhere, once the terminal is gone: the end of its keyboard tells that."""
        try:
            super().flush()
        except OSError as error:
            if error.errno != errno.EIO:
                raise


class Terminal(NamedTuple):
    """Somebody's place: keys come in, output goes out."""

    keys: KeyQueue
    input: KeyInput
    output: TerminalOutput
    write: Callable[[bytes], None]
    size: Callable[[], tuple[int, int]]
    """Rows and columns."""
    is_own: bool = False
    """It is the one that this process was started in, whose signals are ours."""
    output_as_it_is: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext
    """For its body nothing that is written is changed any more."""


@contextlib.contextmanager
def own_terminal() -> Iterator[Terminal]:
    """The terminal that this process was started in, raw for the body."""
    descriptor = sys.stdin.fileno()
    settings = termios.tcgetattr(descriptor)
    termios.tcsetattr(descriptor, termios.TCSADRAIN, raw_settings(descriptor))
    keys = KeyQueue(descriptor)
    output = TerminalOutput(sys.stdout, terminal_size, os.environ.get("TERM"))
    try:
        yield Terminal(keys, KeyInput(keys), output, write_all, terminal_size, True, output_as_it_is)
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, settings)


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
def output_as_it_is() -> Iterator[None]:
    """For the body the terminal changes nothing of what is written: the lab's own terminal has done that already."""
    descriptor = sys.stdin.fileno()
    with contextlib.suppress(termios.error):
        settings = termios.tcgetattr(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, [settings[0], settings[1] & ~termios.OPOST, *settings[2:]])
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):
            settings = termios.tcgetattr(descriptor)
            settings[1] |= termios.OPOST
            termios.tcsetattr(descriptor, termios.TCSADRAIN, settings)
