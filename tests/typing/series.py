"""The series of runs that CI plays five times and `make soak` fifty: each in every place, with a seed."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from places import Desk, Place
from pty_terminal import PtyTerminal
from seat import Seat
from typist import ENTER, INTERRUPT, KINDS, PASTE, PASTE_END, QUIT, SUSPEND, Typist

SEED = "NSTUTOR_SEED"
"""The environment variable that gives the seed of a failure again."""
CURSOR_MS = (0, 3, 40)
KILL_JOBS = "kill -9 $(jobs -p) 2>/dev/null; "


@dataclass(frozen=True)
class Sitting:
    """Somebody in a place, for one run or several."""

    place: Place
    terminal: PtyTerminal
    typist: Typist
    rng: random.Random
    lines: int

    def pause(self, most: float, least: float = 0.0) -> None:
        """For as long as it happens to be, in seconds."""
        time.sleep(self.rng.uniform(least, most))


@dataclass(frozen=True)
class Series:
    """One kind of run. `at_a_sitting`: how many of them follow each other in one terminal of the soak."""

    name: str
    play: Callable[[Sitting], None]
    at_a_sitting: int


def _type_ahead(sitting: Sitting, *, kind: str) -> None:
    sitting.typist.run(kind, sitting.lines)


def _paste_and_more(sitting: Sitting) -> None:
    """A paste, its Enter and further lines come at once, and the answer about the cursor comes late."""
    sitting.terminal.cursor_ms = max(CURSOR_MS)
    tags, terminal = sitting.typist.tags, sitting.terminal
    first, since = len(tags.given), terminal.mark()
    lines = [tags.command().encode() for _ in range(5)]
    terminal.type(PASTE + ENTER.join(lines[:3]) + PASTE_END + ENTER + ENTER.join(lines[3:]) + ENTER)
    sitting.typist.expect(tags.given[first:], since)


def _signal_keys(sitting: Sitting, *, key: bytes) -> None:
    """The key twice, around a command's start and end; the shell is there afterwards and runs the next line."""
    tags, terminal = sitting.typist.tags, sitting.terminal
    word = sitting.rng.choice(("ping 127.0.0.1", "sleep 0.2; echo slept", "sleep 0.01", "echo $((1+1))"))
    terminal.type(word)
    sitting.pause(0.1)
    terminal.type(ENTER)
    for _ in range(2):
        sitting.pause(0.25)
        terminal.type(key)
    sitting.pause(0.25)
    terminal.type(INTERRUPT)
    # readline itself may lose a key that comes with the interrupt.
    sitting.pause(0.2, 0 if sitting.place.tutor else 0.1)
    since = terminal.mark()
    terminal.type((KILL_JOBS + tags.command()).encode() + ENTER)
    sitting.typist.expect(tags.given[-1:], since)


def _ping(sitting: Sitting) -> None:
    """A ping that was typed ahead runs, and Ctrl-C makes it print its statistics."""
    terminal = sitting.terminal
    since = terminal.mark()
    first = sitting.rng.choice(("ip link set lo down; ip link set lo up", f"ip netns add p{since}"))
    for keys in (first.encode(), ENTER, b"ping 127.8.8.8", ENTER):
        terminal.type(keys)
        sitting.pause(0.03)
    terminal.wait("bytes from", 10, since)
    sitting.pause(0.2)
    terminal.type(INTERRUPT)
    terminal.wait("packets transmitted", 10, since)
    sitting.pause(0.4)


SERIES = {
    one.name: one
    for one in (
        *(Series(kind, partial(_type_ahead, kind=kind), 1) for kind in KINDS),
        Series("paste-and-more", _paste_and_more, 1),
        Series("ctrl-c", partial(_signal_keys, key=INTERRUPT), 10),
        Series("ctrl-backslash", partial(_signal_keys, key=QUIT), 10),
        Series("ctrl-z", partial(_signal_keys, key=SUSPEND), 10),
        Series("ping", _ping, 5),
    )
}


def sit(place: Place, series: Series, seed: int, *, runs: int, lines: int) -> None:
    """Play so many runs of a series in a new terminal there. AssertionError, with the seed, on any loss."""
    rng = _rng(place, series, seed)
    with tempfile.TemporaryDirectory(prefix="typing-") as folder, _named(place, series, seed):
        with place.open(Desk(Path(folder), rng, rng.choice(CURSOR_MS))) as terminal:
            typist = Typist(terminal, rng, words=place.tutor)
            _play(Sitting(place, terminal, typist, rng, lines), series, runs)


def play_at(seat: Seat, series: Series, seed: int, *, runs: int, lines: int) -> None:
    """The same in the terminal of this seat."""
    rng = _rng(seat.place, series, seed)
    typist = Typist(seat.terminal, rng, words=seat.place.tutor, tags=seat.tags)
    with _named(seat.place, series, seed):
        _play(Sitting(seat.place, seat.terminal, typist, rng, lines), series, runs)


def _rng(place: Place, series: Series, seed: int) -> random.Random:
    return random.Random(f"{place.name} {series.name} {seed}")


@contextmanager
def _named(place: Place, series: Series, seed: int) -> Iterator[None]:
    """Say of a loss in the body where it was, and with which seed."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{place.name} {series.name}, {SEED}={seed}: {error}") from None


def _play(sitting: Sitting, series: Series, runs: int) -> None:
    """The runs one after the other, each with its own answers about the cursor."""
    for _ in range(runs):
        sitting.terminal.cursor_ms = sitting.rng.choice(CURSOR_MS)
        series.play(sitting)


def seed_given() -> int:
    """The seed in the environment, or a new one."""
    return int(os.environ.get(SEED) or random.SystemRandom().randrange(10**6))
