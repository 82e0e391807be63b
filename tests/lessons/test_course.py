"""The course is proved: its solutions pass, its wrong attempts fail with their words, its checks notice each slip."""

from __future__ import annotations

import functools

import pytest
from proof_runs import LessonJson, StepJson, everything_held_against, prove

from nstutor.lesson.catalog import course
from nstutor.lesson.parse import load
from nstutor.text.i18n import LANGUAGES, PRIMARY

LESSONS = {path.stem: load(path) for path in course()}
TRANSLATED = set(LANGUAGES) - {PRIMARY}
STEPS = [(name, step.id) for name, lesson in LESSONS.items() for step in lesson.steps]


@functools.cache
def proof(name: str) -> LessonJson:
    """Prove a lesson once for all tests of this file."""
    code, report = prove(LESSONS[name].path, "--languages", ",".join(TRANSLATED))
    assert code == 0
    assert report["machine"] == []
    (lesson,) = report["lessons"]
    return lesson


def test_the_course_is_there() -> None:
    """The four lessons are found, each with wrong attempts."""
    assert {"00-first-look", "01-loopback", "02-veth", "03-bridge"} <= LESSONS.keys()
    assert all(any(step.wrongs for step in lesson.steps) for lesson in LESSONS.values())


@pytest.mark.parametrize(("name", "step"), STEPS)
def test_step(name: str, step: str) -> None:
    """The step fails before its solutions, passes after each of them, stops its wrong attempts and notices slips."""
    found: StepJson = next(one for one in proof(name)["steps"] if one["id"] == step)
    lesson_step = LESSONS[name].step(step)
    assert lesson_step is not None
    assert found["findings"] == []
    assert found["wrongs"] == len(lesson_step.wrongs)
    assert found["alternatives"] == len(lesson_step.solutions) - 1


@pytest.mark.parametrize("name", LESSONS)
def test_every_language_is_complete(name: str) -> None:
    """Each text of the lesson has its translation, in each language that the program speaks."""
    coverage = proof(name)["languages"]
    assert coverage.keys() == TRANSLATED
    assert all(language["translated"] == language["of"] > 0 for language in coverage.values())


@pytest.mark.parametrize("name", LESSONS)
def test_full_strength(name: str) -> None:
    """Nothing at all is held against the lesson, and every one of many slips is noticed."""
    lesson = proof(name)
    assert everything_held_against(lesson) == []
    assert lesson["proved"]
    assert lesson["strength"]["noticed"] == lesson["strength"]["mutants"]
    assert lesson["strength"]["mutants"] > 1.5 * len(lesson["steps"]), "a step that only looks has one at the least"
