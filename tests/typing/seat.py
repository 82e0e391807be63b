"""A shell for one test after another: each begins at a prompt that has just answered."""

from __future__ import annotations

import random
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from places import Desk, Place
from pty_terminal import PtyTerminal
from tags import Tags, seen
from typist import Typist

ENTER = "\r"


class Seat:
    """Somebody at a prompt of this place."""

    def __init__(self, place: Place, desk: Desk, terminal: PtyTerminal) -> None:
        self.place, self.terminal = place, terminal
        self._typist = Typist(terminal, desk.rng, words=False, patience=8)
        self._first, self._since = 0, 0

    @property
    def tags(self) -> Tags:
        """The tags of this terminal."""
        return self._typist.tags

    def ready(self) -> None:
        """Run one line; from here on the tags are counted."""
        since = self.terminal.mark()
        self.terminal.line(self.tags.command())
        self._typist.expect(self.tags.given[-1:], since)
        self.terminal.quiet(0.1)
        self._first, self._since = len(self.tags.given), self.terminal.mark()

    def start(self, command: str, before: str = "") -> int:
        """Type a command, and wait until it runs, after what is before it; where its output begins."""
        self.terminal.line(f"{before}echo begun$((40+2)); {command}")
        begin = self.terminal.wait("begun42\r\n", since=self._since).end()
        # The shell has said so; it still has to start the program.
        self.terminal.quiet(0.1)
        return begin

    def all_ran(self, *, but: tuple[int, ...] = ()) -> None:
        """All tags since the test began have come, in order, but for these."""
        wanted = [number for number in self.tags.given[self._first :] if number not in but]
        self._typist.expect(wanted, self._since)

    def since(self, mark: int | None = None) -> str:
        """The text that came since the test began, or since the mark."""
        return self.terminal.text[self._since if mark is None else mark :]

    def tags_so_far(self) -> list[int]:
        """The tags that came since the test began."""
        return seen(self.since())


class Seats:
    """Terminals that stay open from test to test: one in each place, as long as it answers. A context manager."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self._folder, self._rng = folder, rng
        self._open: dict[str, tuple[Seat, ExitStack]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for _seat, stack in self._open.values():
            stack.close()

    def take(self, place: Place) -> Seat:
        """The seat there; a new one if what was tested there before has broken it."""
        if place.name in self._open and not self._answers(place.name):
            self._open.pop(place.name)[1].close()
        if place.name not in self._open:
            self._open[place.name] = self._new(place)
        return self._open[place.name][0]

    def _answers(self, name: str) -> bool:
        try:
            self._open[name][0].ready()
        except AssertionError:
            return False
        return True

    def _new(self, place: Place) -> tuple[Seat, ExitStack]:
        desk = Desk(Path(tempfile.mkdtemp(prefix=place.name, dir=self._folder)), self._rng)
        with ExitStack() as stack:
            seat = Seat(place, desk, stack.enter_context(place.open(desk)))
            seat.ready()
            return seat, stack.pop_all()
