"""The right answer to a question, read from the kernel: `link lo netns greenland operstate`.

An expression is a check's subject and keywords, and last the keyword whose value is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nstutor.checks.asking import FAMILIES, SELF, Family, Selected
from nstutor.checks.grammar import Words, split
from nstutor.errors import UsageError
from nstutor.kernel.model import Part, Snapshot
from nstutor.lesson.faults import did_you_mean, there_are
from nstutor.lesson.model import Line, Question
from nstutor.text.i18n import _

SWITCHES: Mapping[str, tuple[str, str]] = {"up": ("down", "up"), "carrier": ("off", "on")}
"""What a question gets for an attribute that is false or true."""
QUOTES = "`'\""
SYNONYMS: Mapping[str, str] = {"yes": "on", "no": "off"}
"""What a learner may reasonably write for the same thing."""


@dataclass(frozen=True)
class Answer:
    """What the kernel is asked."""

    family: str
    selected: Selected
    asked: str
    """The keyword whose value is the answer."""

    @property
    def needs(self) -> frozenset[Part]:
        """What must be read besides links and addresses."""
        return FAMILIES[self.family].needs(self.selected)

    def read(self, snapshot: Snapshot) -> str | None:
        """The right answer now: `none` for what is not set; None where there is no such device or entry."""
        record = next(iter(FAMILIES[self.family].records(snapshot, self.selected)), None)
        if record is None:
            return None
        attribute = FAMILIES[self.family].asked[self.asked]
        value = record if attribute == SELF else getattr(record, attribute)
        if isinstance(value, bool):
            return SWITCHES[attribute][value]
        return "none" if value is None else str(value)

    def accepts(self, given: str, snapshot: Snapshot) -> bool:
        """Whether a learner's answer is right; a prefix length may be left out."""
        right = self.read(snapshot)
        if right is None:
            return False
        word = plain(given)
        return SYNONYMS.get(word, word) in (plain(right), plain(right).split("/")[0])


def right_answer(question: Question, given: str, snapshot: Snapshot) -> bool:
    """Whether this is the answer to the question; letter case, blanks and a full stop aside."""
    if question.fixed is not None:
        return plain(given) in map(plain, (question.fixed, *question.others))
    return question.answer is not None and parse_answer(question.answer, "").accepts(given, snapshot)


def meant(question: Question, text: str) -> str:
    """The answer behind what was typed: a choice may be named by its number.

    Raises UsageError for a number that no choice has.
    """
    given = text.strip().strip("`\"'")
    if not (question.choices and given.isdecimal()):
        return given
    if not 1 <= int(given) <= len(question.choices):
        raise UsageError(_("the choices are 1 to {n}").format(n=len(question.choices)))
    return question.choices[int(given) - 1]


def in_any_language(question: Question, text: str) -> str:
    """The answer as it is right or wrong in every language of the lesson: a choice by its number."""
    try:
        given = plain(meant(question, text))
    except UsageError:
        return text
    return next((str(number) for number, choice in enumerate(question.choices, 1) if plain(choice) == given), text)


def needs(question: Question) -> frozenset[Part]:
    """What a snapshot must hold for the answer to be read from it."""
    return parse_answer(question.answer, "").needs if question.answer else frozenset()


def is_right(question: Question, text: str, snapshot: Snapshot) -> bool:
    """Whether what was typed answers the question, as things are now."""
    return right_answer(question, meant(question, text), snapshot)


def plain(text: str) -> str:
    """An answer without what does not matter in it."""
    return " ".join(text.split()).casefold().strip(QUOTES).removesuffix(".").strip(QUOTES)


def parse_answer(line: Line, path: str) -> Answer:
    """Read an `answer:` expression. Raises LessonError with the place of what is wrong."""
    words = split(line, path)
    name, rest = words.first(_("an expression: `link lo netns greenland operstate`"))
    if name.text not in FAMILIES:
        meant = did_you_mean(name.text, FAMILIES)
        raise words.fault(_("nothing can be asked of `{word}`{meant}").format(word=name.text, meant=meant), name)
    family = FAMILIES[name.text]
    asked, rest = _asked(rest, family)
    return Answer(name.text, family.select(rest), asked)


def _asked(words: Words, family: Family) -> tuple[str, Words]:
    """The last word: which value is asked for."""
    if len(words.words) < family.subject:
        raise words.fault(_("expected {what} here").format(what=_("a subject")))
    last = words.words[-1] if len(words.words) > family.subject else None
    if last is None or last.text not in family.asked:
        meant = did_you_mean(last.text, family.asked) if last else there_are(family.asked)
        raise words.fault(_("the last word says which value is asked for{meant}").format(meant=meant), last)
    return last.text, words.without([last])
