"""The rows of the learner's record: runs, commands, passes, answers."""

from __future__ import annotations

from nstutor import NamedTuple
from nstutor.progress.database import Stored, as_text

PLAYED = "played"
"""The kind of help that :goto gives: the step's solution was typed for the learner."""
OPEN = "open"
"""How a command ended that still ran when this was written."""
COLUMNS = "number, line, keyboard, ended, status, netns, seconds, at, only_looked, shell, started, effect, unseen"
"""The columns of a Row."""


class Command(NamedTuple):
    """One line that the learner typed, and what came of it."""

    number: int
    line: str
    keyboard: bytes
    ended: str
    """The value of an Ended, or OPEN."""
    status: int | None
    netns: str
    """Where its shell stood when it was typed."""
    seconds: float
    only_looked: bool = False
    """It is not typed again: it changed nothing, or ended the lab, or its effect says all that it did."""
    at: float = 0.0
    """When it was written, by time.time()."""
    shell: int = 0
    """0: the lesson's own; n: the n-th one that was attached."""
    started: float = 0.0
    """When it was typed, by time.time()."""
    effect: bytes | None = None
    """What keys in a full-screen program changed in the lab home (home.changed_since)."""
    unseen: bool = False
    """Something was typed to its programs that was not shown: that is not in `keyboard`, nor anywhere."""


class Run(NamedTuple):
    """One life of a lesson's world."""

    id: int
    lesson: str
    sha256: str


class Pass(NamedTuple):
    """A step that was passed, after which command and when."""

    step: str
    number: int
    at: float = 0.0
    held: int | None = None
    """Number of the newest command after which the step was seen to hold."""


class Answer(NamedTuple):
    """What was answered to a question of a step, by its index."""

    step: str
    question: int
    text: str
    correct: bool


Row = tuple[int, Stored, bytes, str, int | None, Stored, float, float, int, int, float, bytes | None, int]


def command_of(row: Row) -> Command:
    """The command in a row of COLUMNS."""
    number, line, keyboard, ended, status, netns, seconds, at, only_looked, shell, started, effect, unseen = row
    return Command(
        number,
        as_text(line),
        keyboard,
        ended,
        status,
        as_text(netns),
        seconds,
        bool(only_looked),
        at,
        shell,
        started,
        effect,
        bool(unseen),
    )
