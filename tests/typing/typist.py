"""Types lines as people, pastes and scripts do, and never waits for a prompt."""

from __future__ import annotations

import random
import time

from pty_terminal import PtyTerminal
from tags import Tags, any_line, faults, printed, seen

ENTER, END_OF_FILE = b"\r", b"\x04"
INTERRUPT, QUIT, SUSPEND = b"\x03", b"\x1c", b"\x1a"
PASTE, PASTE_END = b"\x1b[200~", b"\x1b[201~"
WORDS = (b":step", b":hint")
"""The tutor's."""
KINDS = ("typed", "burst", "paste", "bracketed", "mixed")
MIXTURE = ("typed", "typed", "typed", "burst", "paste", "bracketed", "filter", "read")

LONGEST = 90.0
"""Seconds until the lines of a run must have come in any case."""


class Typist:
    """Somebody at this terminal, who pauses for up to `delay_ms` between two gestures; `words`: types the tutor's, too.

    `patience` are the seconds without any output after which what has not come is lost.
    """

    def __init__(
        self,
        terminal: PtyTerminal,
        rng: random.Random,
        *,
        words: bool,
        tags: Tags | None = None,
        delay_ms: float = 50,
        patience: float = 12,
    ) -> None:
        self.terminal = terminal
        self.tags = Tags() if tags is None else tags
        self._rng, self._words, self._delay, self._patience = rng, words, delay_ms / 1000, patience
        self._ways = {
            "typed": self._typed,
            "burst": self._burst,
            "paste": self._paste,
            "bracketed": self._bracketed,
            "filter": self._filter,
            "read": self._read,
        }

    def run(self, kind: str, lines: int) -> None:
        """Type about so many lines in this way, and wait until each tag has come, once and in order."""
        first, since = len(self.tags.given), self.terminal.mark()
        while len(self.tags.given) - first < lines - 1:
            if self._words and self._rng.random() < 0.1:
                self._gestures(self._rng.choice(WORDS), ENTER)
            self._ways[self._rng.choice(MIXTURE) if kind == "mixed" else kind]()
            self._pause()
        self._gestures(self.tags.command().encode(), ENTER)
        self.expect(self.tags.given[first:], since)

    def expect(self, wanted: list[int], since: int) -> None:
        """Wait until these tags, and no other ones, have come after the mark, in order."""
        terminal, deadline = self.terminal, time.monotonic() + LONGEST
        end = since
        while (wrong := faults(wanted, seen(terminal.text[since:end]))) and time.monotonic() < deadline:
            more = terminal.beyond(end, self._patience)
            if not more:
                break
            end += len(more)
        # Nothing comes twice.
        wrong = wrong or faults(wanted, seen(terminal.text[since:] + terminal.beyond(end, 0.2)))
        assert not wrong, terminal.told(wrong)

    def _gestures(self, *keys: bytes) -> None:
        """One after the other, with pauses between them."""
        for index, these in enumerate(keys):
            if index:
                self._pause()
            self.terminal.type(these)

    def _pause(self) -> None:
        time.sleep(self._rng.choice((0.0, self._rng.uniform(0, self._delay))))

    def _line(self) -> bytes:
        return any_line(self.tags, self._rng).encode()

    def _block(self) -> bytes:
        return ENTER.join(self._line() for _ in range(self._rng.randrange(2, 6)))

    # --- the ways to type -----------------------------------------------------------------------------------------

    def _typed(self) -> None:
        self._gestures(self._line(), ENTER)

    def _burst(self) -> None:
        self._gestures(self._line() + ENTER)

    def _paste(self) -> None:
        self._gestures(self._block() + ENTER)

    def _bracketed(self) -> None:
        self._gestures(PASTE + self._block() + PASTE_END, ENTER)

    def _filter(self) -> None:
        """A program that reads lines until the end of its input."""
        tag = printed(self.tags.number()).encode()
        self._gestures(b"sed s/Q/T/", ENTER, tag.replace(b"T", b"Q"), ENTER, END_OF_FILE)

    def _read(self) -> None:
        """The shell itself reads a line for the command."""
        tag = printed(self.tags.number()).encode()
        self._gestures(b"read x; echo T$x", ENTER, tag.removeprefix(b"T"), ENTER)
