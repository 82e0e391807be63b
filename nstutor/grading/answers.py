"""Answers to a lesson's questions as a submission hands them in.

`#:answer STEP N TEXT` is a comment to bash, N counts from 1. A bare `:answer TEXT`, as it was typed in `learn`, answers
the first question that is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nstutor.checks.answer import is_right, needs
from nstutor.errors import UsageError
from nstutor.grading.limit_notes import OnLine
from nstutor.lesson.model import Step
from nstutor.session.live import LiveSession
from nstutor.text.i18n import _

WRITTEN = re.compile(r"\s*#:answer\s+(?P<step>\S+)\s+(?P<number>[0-9]{1,3})\s+(?P<text>.*\S)\s*\Z")
TYPED = re.compile(r"\s*:answer\s+(?P<text>.*\S)\s*\Z")


def is_answer(line: str) -> bool:
    """Whether this line answers a question, where bash waits for a new command."""
    return bool(WRITTEN.match(line) or TYPED.match(line))


def written(step: str, question: int, text: str) -> str:
    """The line that answers the question with this index."""
    return f"#:answer {step} {question + 1} {' '.join(text.split())}"


@dataclass
class Answers:
    """Takes the first answer to each question, and judges it in the world as it is then."""

    live: LiveSession
    _given: set[tuple[int, int]] = field(default_factory=set)
    """Step and question, by their indexes."""

    def take(self, number: int, line: str) -> Iterator[OnLine]:
        """The answer in this line, which has this number; notes on what is to be said of it."""
        if (match := WRITTEN.match(line)) is None:
            match = TYPED.match(line)
            place = self._first_open()
        else:
            place = self._place(match["step"], int(match["number"]) - 1)
        if place is None or match is None:
            yield OnLine(number, _("line {line} answers a question that there is not, or that is answered"), ())
        elif place in self._given:
            words = _("line {line} answers question {n} of `{step}` again: the first answer counts")
            yield OnLine(number, words, (("n", place[1] + 1), ("step", self._steps[place[0]].id)))
        else:
            self._given.add(place)
            self._judge(*place, match["text"])

    @property
    def _steps(self) -> tuple[Step, ...]:
        return self.live.session.plan.lesson.steps

    def _first_open(self) -> tuple[int, int] | None:
        places = (
            (index, question) for index, step in enumerate(self._steps) for question in range(len(step.questions))
        )
        return next((place for place in places if place not in self._given), None)

    def _place(self, step: str, question: int) -> tuple[int, int] | None:
        index = next((index for index, one in enumerate(self._steps) if one.id == step), None)
        return (index, question) if index is not None and 0 <= question < len(self._steps[index].questions) else None

    def _judge(self, index: int, question: int, text: str) -> None:
        asked = self._steps[index].questions[question]
        try:
            right = is_right(asked, text, self.live.look(needs(asked)))
        except UsageError:
            right = False  # the number of no choice
        self.live.session.reply(index, question, right=right)
