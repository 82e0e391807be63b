"""What is to be said of a lesson's translations: how much they cover, their faults, addresses that are not its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nstutor.errors import Fault
from nstutor.lesson.faults import Faults
from nstutor.lesson.languages import beside, path_of
from nstutor.lesson.model import Lesson, Step
from nstutor.lesson.pieces import Key, Part, Texts, line_of, pieces
from nstutor.lesson.translation import Translation, read
from nstutor.text.i18n import N_, PRIMARY, _

ADDRESS_RE = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?(?![0-9])")
"""Not by word boundaries: between a Chinese character and a digit there is none."""

MISSING: Mapping[Part, str] = {
    Part.TITLE: N_("the title is not translated ({language})"),
    Part.INTRODUCTION: N_("the introduction is not translated ({language})"),
    Part.STEP: N_("the title of step `{step}` is not translated ({language})"),
    Part.PROSE: N_("the prose of step `{step}` is not translated ({language})"),
    Part.HINT: N_("hint {number} of step `{step}` is not translated ({language})"),
    Part.QUESTION: N_("question {number} of step `{step}` is not translated ({language})"),
    Part.CHOICE: N_("choice {choice} of question {number} of step `{step}` is not translated ({language})"),
    Part.WHY: N_("the `why` of step `{step}` is not translated ({language})"),
}


@dataclass(frozen=True)
class LanguageProof:
    """A lesson in one language: so many of its pieces are translated."""

    language: str
    path: str
    translated: int
    of: int
    missing: tuple[Fault, ...] = ()
    """The others, in the lesson's own file."""
    faults: tuple[Fault, ...] = ()
    """In the translation's file: the learner gets the lesson's own texts instead."""
    findings: tuple[Fault, ...] = ()
    """In the translation's file: what it says is probably not what the lesson says."""
    demanded: bool = False
    """It must be complete."""

    @property
    def proved(self) -> bool:
        """Whether nothing is held against it."""
        return not (self.faults or self.findings or (self.demanded and self.missing))

    @property
    def percent(self) -> int:
        """How much is translated; 100 only for all of it."""
        return 100 * self.translated // self.of


def languages_of(lesson: Lesson, demanded: Sequence[str]) -> tuple[LanguageProof, ...]:
    """Every translation that there is, and those that are demanded."""
    there = beside(lesson.path)
    wanted = [language for language in demanded if language != PRIMARY]
    return tuple(
        _proof(lesson, language, there.get(language), demanded=language in wanted)
        for language in sorted({*there, *wanted})
    )


def _proof(lesson: Lesson, language: str, path: str | None, *, demanded: bool) -> LanguageProof:
    own = pieces(lesson)
    if path is None:
        expected = path_of(lesson.path, language)
        missing = _located(lesson, [(1, _("there is no {path}").format(path=expected))])
        return LanguageProof(language, expected, 0, len(own), missing, demanded=demanded)
    translation = read(path, language, lesson)
    lacking = [key for key in own if key not in translation.texts]
    return LanguageProof(
        language,
        path,
        len(own) - len(lacking),
        len(own),
        missing=_located(lesson, [(line_of(lesson, key), _missing(key, language)) for key in lacking]),
        faults=translation.faults,
        findings=_findings(lesson, translation),
        demanded=demanded,
    )


def _located(lesson: Lesson, found: Iterable[tuple[int, str]]) -> tuple[Fault, ...]:
    faults = Faults(lesson.path, lesson.source)
    for line, message in found:
        faults.add_line(line, message)
    return faults.all


def _missing(key: Key, language: str) -> str:
    message = _(MISSING[key.part])
    return message.format(step=key.step, number=key.number + 1, choice=key.choice + 1, language=language)


# --- what a translation says otherwise --------------------------------------------------------------------------------


def _findings(lesson: Lesson, translation: Translation) -> tuple[Fault, ...]:
    found = Faults(translation.path, translation.source)
    for key in translation.texts:
        _refuse_foreign_addresses(key, lesson, translation, found)
    for step in lesson.steps:
        for number in range(len(step.hints) - 1):
            _refuse_early_solution(Key(Part.HINT, step.id, number), step, translation, found)
    return found.all


def _refuse_foreign_addresses(key: Key, lesson: Lesson, translation: Translation, found: Faults) -> None:
    own = set(_addresses(_source_of(key, lesson)))
    for address in dict.fromkeys(ADDRESS_RE.findall(translation.texts[key])):
        if address not in own:
            message = _("{address} stands nowhere in this part of the lesson itself").format(address=address)
            line = translation.line_with(key, address)
            found.add(line, translation.source[line - 1].find(address) + 1, message, len(address))


def _source_of(key: Key, lesson: Lesson) -> str:
    """The part of the lesson's file that a piece belongs to: its step, checks and solution included."""
    starts = [1, *(step.line for step in lesson.steps), len(lesson.source) + 1]
    index = next((number for number, step in enumerate(lesson.steps, 1) if step.id == key.step), 0)
    return "\n".join(lesson.source[starts[index] - 1 : starts[index + 1] - 1])


def _addresses(text: str) -> Iterator[str]:
    for address in ADDRESS_RE.findall(text):
        yield from (address, address.partition("/")[0])


def _refuse_early_solution(key: Key, step: Step, translation: Translation, found: Faults) -> None:
    hint, shown = translation.texts.get(key, ""), _prose(step, translation.texts)
    given = next((line for line in step.secret_lines() if line in hint and line not in shown), None)
    if given is not None:
        message = _("only the last hint may hold a whole line of the solution: `{line}`").format(line=given)
        found.add_line(translation.line_with(key, given), message)


def _prose(step: Step, texts: Texts) -> str:
    return texts.get(Key(Part.PROSE, step.id), "")
