"""Every command line of the document behind the course is where docs/course.md says that it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from check_runs import ROOT

from nstutor.lesson.catalog import course
from nstutor.lesson.model import Lesson, Step
from nstutor.lesson.parse import load

LESSONS = {lesson.id: lesson for lesson in map(load, course())}
PROMPT = re.compile(r"^(?:\$|greenland>) (?P<line>.*?)\s*(?://.*)?$")
ROW = re.compile(r"^\| `(?P<line>[^`]+)` \| (?P<lesson>\S+) \| (?P<step>\S+) \| (?P<here>.+) \|$")
AS_IT_IS, EXPLAINED, INTRODUCTION = "as it is", "explained: ", "introduction"
OTHER = re.compile(r"`(?P<line>[^`]+)`: .+")
"""Another line in the document's place, and why."""
LIVE_QUESTIONS = 3
"""What each lesson asks of the live kernel at the least."""


@dataclass(frozen=True)
class Row:
    """One line of the document, and where it is."""

    line: str
    lesson: str
    step: str
    here: str


def document() -> list[str]:
    """The document's command lines in their order, without prompt and remark."""
    lines = (ROOT / "tests" / "data" / "seed-commands.txt").read_text(encoding="utf-8").splitlines()
    found = [PROMPT.match(line) for line in lines if line and not line.startswith("# ")]
    assert all(found), "a line of the document has no prompt"
    return [match["line"] for match in found if match]


def table() -> list[Row]:
    """The rows of docs/course.md."""
    lines = (ROOT / "docs" / "course.md").read_text(encoding="utf-8").splitlines()
    return [Row(*match.groups()) for line in lines if (match := ROW.match(line))]


ROWS = table()
PUT_RIGHT = [row for row in ROWS if OTHER.fullmatch(row.here)]


def solution_lines(lesson: Lesson, step_id: str) -> list[str]:
    """The lines of all solutions of a step."""
    step = lesson.step(step_id)
    assert step is not None, f"{lesson.id} has no step {step_id}"
    return [line.text.strip() for script in step.solutions for line in script.lines]


def words_of(step: Step) -> str:
    """All that a learner reads in a step."""
    asked = [text for question in step.questions for text in (question.text, *question.choices)]
    return " ".join((step.prose, step.why, *step.hints, *asked))


def test_every_line_of_the_document_has_its_row() -> None:
    """The table has the document's command lines, all of them, in their order."""
    assert [row.line for row in ROWS] == document()
    assert len(ROWS) > 70


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.lesson}-{row.step}-{row.line}")
def test_the_line_is_where_the_table_says(row: Row) -> None:
    """A solution of the step has the line, or the one in its place; what cannot run in a lab is explained there."""
    lesson = LESSONS[row.lesson]
    if row.here.startswith(EXPLAINED):
        step = lesson.step(row.step)
        text = lesson.introduction if row.step == INTRODUCTION else words_of(step) if step else ""
        assert " ".join(row.line.split()[:2]) in text
        return
    other = OTHER.fullmatch(row.here)
    assert other or row.here == AS_IT_IS
    assert (other["line"] if other else row.line) in solution_lines(lesson, row.step)


def test_slips_are_put_right() -> None:
    """There are slips in the document, and the table has another line for each of them."""
    assert len(PUT_RIGHT) == len({row.line for row in PUT_RIGHT}) == 6
    assert all(f"`{row.line}`" not in row.here for row in PUT_RIGHT)


@pytest.mark.parametrize("row", PUT_RIGHT, ids=lambda row: row.line)
def test_a_slip_is_a_wrong_attempt(row: Row) -> None:
    """Who types the document's slip is told: the lesson has it as a wrong attempt."""
    wrongs = [wrong for step in LESSONS[row.lesson].steps for wrong in step.wrongs]
    assert any(row.line == line.text.strip() for wrong in wrongs for line in wrong.script.lines)


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_lesson_asks_the_live_kernel(lesson: str) -> None:
    """At least three questions of a lesson have an answer that no file holds."""
    live = [question for step in LESSONS[lesson].steps for question in step.questions if question.answer]
    assert len(live) >= LIVE_QUESTIONS
    assert len({question.answer.text for question in live if question.answer}) >= LIVE_QUESTIONS - 1


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_step_has_wrong_ways(lesson: str) -> None:
    """Each step has two wrong attempts at the least, and on the average three."""
    counts = [len(step.wrongs) for step in LESSONS[lesson].steps]
    assert min(counts) >= 2
    assert sum(counts) >= 3 * len(counts)
