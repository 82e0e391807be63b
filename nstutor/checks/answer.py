"""The right answer to a question, read from the kernel at the moment of the answer.

`answer: link DEV [netns N] ATTRIBUTE`, with an attribute of a device: operstate, carrier, address, mtu, master, peer,
peernetns, port, type, up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nstutor.errors import Fault, LessonError
from nstutor.kernel.model import HOST, Link, Snapshot
from nstutor.lesson.faults import did_you_mean
from nstutor.lesson.model import Lesson, Line, Question

ATTRIBUTES: Mapping[str, Callable[[Link], str]] = {
    "operstate": lambda link: link.operstate,
    "carrier": lambda link: "on" if link.carrier else "off",
    "address": lambda link: link.address or "none",
    "mtu": lambda link: str(link.mtu),
    "master": lambda link: link.master or "none",
    "peer": lambda link: link.peer or "none",
    "peernetns": lambda link: link.peernetns or "none",
    "port": lambda link: link.port or "none",
    "type": lambda link: link.type or "none",
    "up": lambda link: "up" if link.up else "down",
}
# What a learner may reasonably write for the same thing.
SYNONYMS: Mapping[str, str] = {"yes": "on", "no": "off"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which attribute of which device the answer is."""

    dev: str
    netns: str
    attribute: str

    def read(self, snapshot: Snapshot) -> str | None:
        """The answer now; None when the device is not there."""
        link = snapshot.link(self.netns, self.dev)
        return ATTRIBUTES[self.attribute](link) if link is not None else None


def parse_answer(line: Line, path: str) -> Asked:
    """Read the expression behind `answer:`. Raises LessonError with its place."""
    words = line.text.split()
    if len(words) == 3:
        words[2:2] = ["netns", HOST]
    if len(words) != 5 or words[0] != "link" or words[2] != "netns":
        message = "expected `link DEV [netns N] ATTRIBUTE`, or `= TEXT` for a fixed answer"
        raise LessonError([Fault(path, line.number, line.column, message, _source(line), len(line.text))])
    if words[4] not in ATTRIBUTES:
        message = f"unknown attribute {words[4]!r}{did_you_mean(words[4], ATTRIBUTES)}"
        column = line.column + line.text.rindex(words[4])
        raise LessonError([Fault(path, line.number, column, message, _source(line), len(words[4]))])
    return Asked(words[1], words[3], words[4])


def _source(line: Line) -> str:
    return " " * (line.column - 1) + line.text


def faults_in_answers(lesson: Lesson) -> list[Fault]:
    """The faults of all answers of a lesson."""
    faults: list[Fault] = []
    for step in lesson.steps:
        for question in step.questions:
            if question.answer is not None:
                try:
                    parse_answer(question.answer, lesson.path)
                except LessonError as error:
                    faults += error.faults
    return faults


def right_answer(question: Question, given: str, snapshot: Snapshot) -> bool:
    """Whether this is the answer; letter case and blanks aside."""
    if question.fixed is not None:
        return _plain(given) == _plain(question.fixed)
    if question.answer is None:
        return False
    truth = parse_answer(question.answer, "").read(snapshot)
    word = _plain(given)
    return truth is not None and (word == _plain(truth) or SYNONYMS.get(word) == truth)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".")
