"""The terminal that somebody sits at: its keyboard, what is written to it, its size, its modes."""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from types import FrameType
from typing import Any, TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

from nstutor import NamedTuple
from nstutor.text.width import terminal_size
from nstutor.ui.keyboard import KeyInput, KeyQueue, raw_settings

ERASE_BELOW = b"\x1b[J"


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
    output_as_it_is: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext
    """For its body nothing that is written is changed any more."""


class _Modes:
    """The settings of the terminal that this process was started in: raw as long as it is ours to use."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before: list[Any] = termios.tcgetattr(descriptor)
        self._ours = raw_settings(descriptor)
        self._ends = False

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Take the terminal for the body. It is given back when the process ends, or stops for a while."""
        # A signal may end us between any two steps, those of the end of the body included.
        atexit.register(self._give_back)
        ours = self._handlers()
        before = {number: signal.signal(number, handler) for number, handler in ours.items()}
        try:
            self._take()
            yield
        finally:
            self._give_back()
            for number, handler in before.items():
                signal.signal(number, handler)
            atexit.unregister(self._give_back)

    @contextlib.contextmanager
    def output_as_it_is(self) -> Iterator[None]:
        """For the body the terminal changes nothing of what is written: the lab's own has done that already."""
        self._ours[1] &= ~termios.OPOST
        self._take()
        try:
            yield
        finally:
            self._ours[1] |= termios.OPOST
            self._take()

    def _handlers(self) -> dict[signal.Signals, Callable[[int, FrameType | None], object]]:
        """What the signals do meanwhile; one that is ignored stays so."""
        found: dict[signal.Signals, Callable[[int, FrameType | None], object]] = {signal.SIGCONT: self._on_continued}
        if signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
            found[signal.SIGTSTP] = self._on_stop
        # No key is a SIGINT here: it is sent from outside, and wants what SIGTERM does.
        end = signal.getsignal(signal.SIGTERM)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if callable(end) and callable(signal.getsignal(number)):
                found[number] = partial(self._on_end, end)
        return found

    def _on_end(self, end: Callable[[int, FrameType | None], object], number: int, frame: FrameType | None) -> None:
        self._ends = True
        end(number, frame)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        """Stop with the terminal as it was; what is drawn below the cursor would stand among what comes then."""
        with contextlib.suppress(OSError):
            os.write(sys.stdout.fileno(), ERASE_BELOW)
        self._give_back()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._on_stop)
        self._on_continued()

    def _on_continued(self, *_: object) -> None:
        """Take the terminal again, and have everything drawn anew, as in a window of another size.

        In the background there is none to take: it is stopped there, as whoever writes to the terminal's settings is.
        """
        if self._is_in_front():
            self._take()
            signal.raise_signal(signal.SIGWINCH)
        elif not self._ends:
            signal.raise_signal(signal.SIGTTOU)

    def _take(self) -> None:
        self._set(termios.TCSADRAIN, self._ours)

    def _give_back(self) -> None:
        # What was typed to the lab and not read yet is not for the shell behind it.
        self._set(termios.TCSAFLUSH, self._before)

    def _set(self, when: int, settings: list[Any]) -> None:
        """Where another program is in front, as the user's shell is after `bg`, the terminal is that one's."""
        with contextlib.suppress(termios.error):
            if self._is_in_front():
                termios.tcsetattr(self._descriptor, when, settings)

    def _is_in_front(self) -> bool:
        try:
            return os.tcgetpgrp(self._descriptor) == os.getpgrp()
        except OSError:
            return True  # it is not what controls our jobs, or it is gone


@contextlib.contextmanager
def raw_terminal() -> Iterator[_Modes]:
    """The terminal that this process was started in is raw for the body."""
    modes = _Modes(sys.stdin.fileno())
    with modes.taken():
        yield modes


@contextlib.contextmanager
def own_terminal() -> Iterator[Terminal]:
    """The terminal that this process was started in, raw for the body."""
    output = TerminalOutput(sys.stdout, terminal_size, os.environ.get("TERM"))
    with raw_terminal() as modes:
        keys = KeyQueue(sys.stdin.fileno())
        yield Terminal(keys, KeyInput(keys), output, write_all, terminal_size, modes.output_as_it_is)


def write_all(data: bytes) -> None:
    """Write to the terminal, all of it."""
    descriptor = sys.stdout.fileno()
    while data:
        data = data[os.write(descriptor, data) :]
