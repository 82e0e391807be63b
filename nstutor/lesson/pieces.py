"""The pieces of text that a lesson is made of: what a translation gives anew, and what is counted of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from nstutor.lesson.model import Lesson, Question, Step


class Part(Enum):
    """What a piece is to its lesson."""

    TITLE = "title"
    INTRODUCTION = "introduction"
    STEP = "step"
    """The title of a step."""
    PROSE = "prose"
    HINT = "hint"
    QUESTION = "question"
    CHOICE = "choice"
    ANSWER = "answer"
    """A further fixed answer, which only a translation has."""
    WHY = "why"


@dataclass(frozen=True, slots=True)
class Key:
    """Where a piece belongs: its step's id, and which of the hints, questions and choices it is, from 0."""

    part: Part
    step: str = ""
    number: int = 0
    choice: int = 0


Texts = Mapping[Key, str]


def pieces(lesson: Lesson) -> dict[Key, str]:
    """The pieces that a lesson has, in their order."""
    found = [(Key(Part.TITLE), lesson.title), (Key(Part.INTRODUCTION), lesson.introduction)]
    found += [piece for step in lesson.steps for piece in _of_step(step)]
    return {key: text for key, text in found if text}


def _of_step(step: Step) -> Iterator[tuple[Key, str]]:
    yield Key(Part.STEP, step.id), step.title
    yield Key(Part.PROSE, step.id), step.prose
    yield from ((Key(Part.HINT, step.id, number), hint) for number, hint in enumerate(step.hints))
    for number, question in enumerate(step.questions):
        yield Key(Part.QUESTION, step.id, number), question.text
        for index, choice in enumerate(question.choices):
            yield Key(Part.CHOICE, step.id, number, index), choice
    yield Key(Part.WHY, step.id), step.why


def line_of(lesson: Lesson, key: Key) -> int:
    """The line of the lesson's file where a piece of it begins; that of its step where none reads so."""
    step = lesson.step(key.step)
    start = step.line if step else 1
    text = pieces(lesson)[key].split("\n")[0].strip()
    endings = {Part.TITLE: text, Part.STEP: "", Part.CHOICE: f"- {text}"}
    if key.part is Part.QUESTION and step:
        return step.questions[key.number].line
    if key.part in endings:
        found = (n for n in range(start, len(lesson.source) + 1) if endings[key.part] in lesson.source[n - 1])
    else:
        found = (n for n in range(start, len(lesson.source) + 1) if lesson.source[n - 1].strip() == text)
    return next(found, start)


def with_texts(lesson: Lesson, texts: Texts, language: str) -> Lesson:
    """The lesson with these pieces in place of its own."""
    steps = tuple(_step(step, texts) for step in lesson.steps)
    title = texts.get(Key(Part.TITLE), lesson.title)
    introduction = texts.get(Key(Part.INTRODUCTION), lesson.introduction)
    return lesson._replace(title=title, introduction=introduction, steps=steps, language=language)


def _step(step: Step, texts: Texts) -> Step:
    return step._replace(
        title=texts.get(Key(Part.STEP, step.id), step.title),
        prose=texts.get(Key(Part.PROSE, step.id), step.prose),
        hints=tuple(texts.get(Key(Part.HINT, step.id, number), hint) for number, hint in enumerate(step.hints)),
        questions=tuple(_question(step.id, number, one, texts) for number, one in enumerate(step.questions)),
        why=texts.get(Key(Part.WHY, step.id), step.why),
    )


def _question(step: str, number: int, question: Question, texts: Texts) -> Question:
    """The question with its translated texts; the answer among the choices is the one in the same place."""
    choices = tuple(
        texts.get(Key(Part.CHOICE, step, number, index), choice) for index, choice in enumerate(question.choices)
    )
    fixed = question.fixed
    if fixed is not None:
        fixed = choices[question.choices.index(fixed)] if choices else texts.get(Key(Part.ANSWER, step, number), fixed)
    others = (question.fixed,) if question.fixed is not None and question.fixed != fixed else ()
    text = texts.get(Key(Part.QUESTION, step, number), question.text)
    return question._replace(text=text, choices=choices, fixed=fixed, others=others)
