"""The families of checks, and how a line of a lesson becomes one.

A new family is a module that has the members of `Family`, one entry here, and a section in docs/checks.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, cast

from nstutor.checks.answer import parse_answer
from nstutor.checks.base import Check
from nstutor.checks.fact import CompiledCheck, Fact
from nstutor.checks.grammar import Keywords, Word, Words, split, take_within
from nstutor.errors import LessonError
from nstutor.lesson.faults import Faults, did_you_mean
from nstutor.lesson.model import Lesson, Line, Step
from nstutor.text.i18n import _

FAMILIES = (
    "netns",
    "link",
    "addr",
    "route",
    "neigh",
    "fdb",
    "ping",
    "connect",
    "listen",
    "sysctl",
    "netfilter",
    "rule",
    "ran",
)
"""Each is a module of this package, imported for the first line that begins with its name."""


class Family(Protocol):
    """A module of checks."""

    KEYWORDS: Keywords
    """Which keywords its lines have, and what reads their values; the documents' grammar is held against them."""

    def parse(self, words: Words) -> Fact:
        """Read what stands behind the family's name. Raises LessonError."""


def family_of(name: str) -> Family:
    """The family of that name, one of FAMILIES."""
    return cast("Family", import_module(f"nstutor.checks.{name}"))


WITHIN = 2.0
"""Seconds: operstate lags up to 1 s, a deleted namespace's veths linger."""
WITHIN_PROBE = 3.0


def parse_check(line: Line, path: str) -> Check:
    """Read one check line; `path` stands in messages. Raises LessonError with the place of what is wrong."""
    words = split(line, path)
    denied = bool(words.words) and words.words[0].text == "not"
    stated = words.first(_("a check"))[1] if denied else words
    within, stated = take_within(stated)
    text = " ".join(word.text for word in (*words.words[:1], *stated.words)) if denied else _text(stated)
    family, rest = stated.first(_("a check"))
    fact = family_of(family.text).parse(rest) if family.text in FAMILIES else _foreign(family, rest)
    usual = WITHIN if fact.probe is None else WITHIN_PROBE
    return CompiledCheck(text, line.number, usual if within is None else within, denied, fact)


def _foreign(family: Word, rest: Words) -> Fact:
    """A fact of a family that another package brings."""
    # importlib.metadata is only for lessons that need it.
    from nstutor.checks import foreign

    fact = foreign.parse_by(family, rest)
    if fact is None:
        meant = did_you_mean(family.text, (*FAMILIES, *foreign.names()))
        raise rest.fault(_("unknown check `{word}`{meant}").format(word=family.text, meant=meant), family)
    return fact


def _text(words: Words) -> str:
    return " ".join(word.text for word in words.words)


def compile_lesson(lesson: Lesson) -> Mapping[str, tuple[Check, ...]]:
    """Read every check of a lesson: step id to its checks, in their order.

    Raises LessonError with the faults of all check lines and all answers that the kernel is asked for.
    """
    faults = Faults(lesson.path, lesson.source)
    compiled = {step.id: tuple(_compile(step, lesson.path, faults)) for step in lesson.steps}
    faults.stop_if_any()
    return compiled


def _compile(step: Step, path: str, faults: Faults) -> list[Check]:
    checks: list[Check] = []
    for line in step.checks:
        try:
            checks.append(parse_check(line, path))
        except LessonError as error:
            faults.take(error)
    for answer in (question.answer for question in step.questions if question.answer):
        try:
            parse_answer(answer, path)
        except LessonError as error:
            faults.take(error)
    _refuse_doubles(checks, faults)
    return checks


def _refuse_doubles(checks: list[Check], faults: Faults) -> None:
    first: dict[str, Check] = {}
    for check in checks:
        other = first.setdefault(check.text, check)
        if other is not check:
            faults.add_line(check.line, _("this check stands in line {line} already").format(line=other.line))
