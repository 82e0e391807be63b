"""Translations of a lesson: `03-bridge.zh.md` beside `03-bridge.md` gives its texts anew, and nothing else of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from nstutor.errors import Fault, LessonError, UsageError
from nstutor.lesson import fences as read_fence
from nstutor.lesson import frontmatter
from nstutor.lesson.blocks import ATTRIBUTES_RE, Fence, Heading, Section, sections
from nstutor.lesson.faults import Faults, did_you_mean
from nstutor.lesson.filled import filled, filled_text
from nstutor.lesson.languages import path_of
from nstutor.lesson.model import Lesson, Question, Step
from nstutor.lesson.pieces import Key, Part, with_texts
from nstutor.lesson.source import from_file
from nstutor.text.i18n import _

TRANSLATED = ("hint", "ask", "why")
"""The fences that a translation has; the others are the lesson's own, in whatever language it is read."""


@dataclass(frozen=True)
class Translation:
    """A translation as its file has it; what it does not give is missing."""

    path: str
    language: str
    texts: dict[Key, str] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    """Where in the file each of them begins, or the fence that it is in."""
    source: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    def give(self, key: Key, text: str, line: int) -> None:
        """A piece, if there is anything in it."""
        if text:
            self.texts[key], self.lines[key] = text, line

    def line_with(self, key: Key, words: str) -> int:
        """The first line of a piece with these words in it."""
        start = self.lines[key]
        numbers = range(start, len(self.source) + 1)
        return next((number for number in numbers if words in self.source[number - 1]), start)


def translated(lesson: Lesson, language: str) -> Lesson:
    """The lesson with its texts in this language where it has them; its own where the translation has faults."""
    path = path_of(lesson.path, language)
    if not os.path.exists(path):
        return lesson
    translation = read(path, language, lesson)
    if translation.faults:
        return lesson._replace(translation_faults=translation.faults)
    return with_texts(lesson, translation.texts, language)


def read(path: str, language: str, lesson: Lesson) -> Translation:
    """Read a translation of the lesson, with all of its faults."""
    try:
        source = from_file(path)
    except LessonError as error:
        return Translation(path, language, faults=error.faults)
    except UsageError as error:
        return Translation(path, language, faults=(Fault(path, 1, 1, error.message),))
    faults, translation = Faults(path, source.lines), Translation(path, language, source=source.lines)
    front = frontmatter.read_translation(source, lesson.id, language, faults)
    if front is not None:
        source = filled(source, lesson.variant, front.end, faults)
        translation = replace(translation, source=source.lines)
        translation.give(Key(Part.TITLE), filled_text(front.title, lesson.variant), front.title_line)
        introduction, *rest = sections(source.lines, front.end + 1, faults)
        _read_introduction(introduction, front.end + 1, translation, faults)
        for section, step in _matched(rest, lesson, faults):
            _read_step(section, step, translation, faults)
    return replace(translation, faults=faults.all)


def _read_introduction(section: Section, line: int, translation: Translation, faults: Faults) -> None:
    translation.give(Key(Part.INTRODUCTION), section.prose, line)
    for fence in _of_a_translation(section, faults):
        faults.add_line(fence.line, _("a `{kind}` fence belongs in a step, under its heading").format(kind=fence.kind))


def _of_a_translation(section: Section, faults: Faults) -> Iterator[Fence]:
    """The fences that may stand in a translation; a fault for each other one."""
    for fence in section.fences:
        if fence.kind in TRANSLATED:
            yield fence
        else:
            message = _("a translation has no `{kind}`; the one in the lesson itself counts: take this one out")
            faults.add_line(fence.line, message.format(kind=fence.kind))


# --- steps ------------------------------------------------------------------------------------------------------------


def _matched(rest: Sequence[Section], lesson: Lesson, faults: Faults) -> Iterator[tuple[Section, Step]]:
    """Each section with the step that it translates, by the id."""
    order = [step.id for step in lesson.steps]
    first: dict[str, int] = {}
    latest = ""
    for section in rest:
        heading = section.heading or Heading("", 1)
        identity = _identity(heading, order, first, faults)
        if identity not in order:
            _refuse_fences(section, faults)
            continue
        if identity in first:
            message = _("the id `{id}` is taken by the step in line {line}")
            faults.add_line(heading.line, message.format(id=identity, line=first[identity]))
            continue
        if latest and order.index(identity) < order.index(latest):
            message = _("`{id}` stands before `{other}` in the lesson; keep its order")
            faults.add_line(heading.line, message.format(id=identity, other=latest))
        first[identity], latest = heading.line, identity
        yield section, lesson.steps[order.index(identity)]


def _refuse_fences(section: Section, faults: Faults) -> None:
    """What belongs in no translation is told of also under a heading that belongs to no step."""
    for _fence in _of_a_translation(section, faults):
        pass


def _identity(heading: Heading, order: Sequence[str], taken: dict[str, int], faults: Faults) -> str:
    """The id in a heading; "" with a fault where there is none."""
    match = ATTRIBUTES_RE.search(heading.text)
    ids = [word[1:] for word in match["words"].split() if word.startswith("#")] if match else []
    if len(ids) != 1:
        free = next((identity for identity in order if identity not in taken), "id")
        message = _("this heading needs the id of the step that it translates: write `{id}` at its end")
        faults.add_line(heading.line, message.format(id=f"{{#{free}}}"))
        return ""
    if ids[0] not in order:
        message = _("the lesson has no step `{id}`{meant}")
        faults.add_line(heading.line, message.format(id=ids[0], meant=did_you_mean(ids[0], order)))
    return ids[0]


def _read_step(section: Section, step: Step, translation: Translation, faults: Faults) -> None:
    heading = section.heading or Heading("", 1)
    translation.give(Key(Part.STEP, step.id), ATTRIBUTES_RE.sub("", heading.text).strip(), heading.line)
    translation.give(Key(Part.PROSE, step.id), section.prose, heading.line)
    fences = list(_of_a_translation(section, faults))
    read_fence.only_words(fences, "", faults)
    asks = [fence for fence in fences if fence.kind == "ask"]
    given = {"hint": len(step.hints), "ask": len(step.questions), "why": min(1, len(step.why))}
    for kind, most in given.items():
        _refuse_more([fence for fence in fences if fence.kind == kind], most, faults)
    for number, fence in enumerate([fence for fence in fences if fence.kind == "hint"]):
        translation.give(Key(Part.HINT, step.id, number), fence.text, fence.line)
    for number, (fence, question) in enumerate(zip(asks, step.questions, strict=False)):
        _read_question(fence, Key(Part.QUESTION, step.id, number), question, translation, faults)
    for fence in [fence for fence in fences if fence.kind == "why"][:1]:
        translation.give(Key(Part.WHY, step.id), fence.text, fence.line)


def _refuse_more(fences: Sequence[Fence], most: int, faults: Faults) -> None:
    for fence in fences[most:]:
        message = _("this step has {most} `{kind}` in the lesson itself; this is one more")
        faults.add_line(fence.line, message.format(most=most, kind=fence.kind))


# --- questions --------------------------------------------------------------------------------------------------------


def _read_question(fence: Fence, key: Key, question: Question, translation: Translation, faults: Faults) -> None:
    asked = read_fence.lines_of_question(fence, faults)
    translation.give(key, "\n".join(asked.text).strip(), fence.line)
    if asked.choices and len(asked.choices) != len(question.choices):
        message = _("the question has {wanted} choices in the lesson itself, and {given} here")
        faults.add_line(fence.line, message.format(wanted=len(question.choices), given=len(asked.choices)))
    if len(set(asked.choices)) < len(asked.choices):
        faults.add_line(fence.line, _("two choices of this question read the same"))
    for index, choice in enumerate(asked.choices):
        translation.give(replace(key, part=Part.CHOICE, choice=index), choice, fence.line)
    if asked.answer is None:
        return
    if question.fixed is None or question.choices:
        message = _("the answer to this question stands in the lesson itself; take the line out")
        faults.add_line(asked.answer.number, message)
    elif not asked.answer.text.startswith("=") or not asked.answer.text[1:].strip():
        faults.add_line(asked.answer.number, _("a further answer is `answer: = TEXT`"))
    else:
        translation.give(replace(key, part=Part.ANSWER), asked.answer.text[1:].strip(), asked.answer.number)
