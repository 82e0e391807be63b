"""Whose variant of a lesson a submission is graded against."""

from __future__ import annotations

import os
from functools import lru_cache

from nstutor.checks.registry import compile_lesson
from nstutor.grading.submission import Submission
from nstutor.lesson.parse import load
from nstutor.session.steps import Plan
from nstutor.text.i18n import LANGUAGES, _


def for_submission(plan: Plan, submission: Submission, seed: str | None) -> tuple[Plan, Submission]:
    """The plan with the values of the submission's own seed, or of the one that is given for all; and the submission.

    That of a file is its name without its extension, that of the learner's own work the one that they had. A note is
    added where the file claims another one.
    """
    if plan.lesson.variant is None:
        return _in_every_language(plan), submission
    own = submission.seed if submission.seed is not None else os.path.splitext(os.path.basename(submission.name))[0]
    lesson = load(plan.lesson.path, seed=own if seed is None else seed)
    return _in_every_language(Plan(lesson, compile_lesson(lesson))), _noted(submission, own if seed is None else seed)


@lru_cache(maxsize=8)
def _further_answers(path: str, sha256: str, language: str, seed: str) -> dict[tuple[str, int], tuple[str, ...]]:
    """The fixed answers to each question, by step and index, in the languages of the lesson but for this one."""
    found: dict[tuple[str, int], tuple[str, ...]] = {}
    for other in LANGUAGES:
        lesson = load(path, lang=other, seed=seed) if other != language else None
        for step in lesson.steps if lesson is not None and lesson.sha256 == sha256 else ():
            for index, question in enumerate(step.questions):
                if question.fixed is not None:
                    found[step.id, index] = (*found.get((step.id, index), ()), question.fixed, *question.others)
    return found


def _in_every_language(plan: Plan) -> Plan:
    """The plan with a lesson that takes answers in each of its languages: whoever grades may read another one."""
    lesson = plan.lesson
    if not any(question.fixed for step in lesson.steps for question in step.questions):
        return plan
    seed = lesson.variant.seed if lesson.variant else ""
    further = _further_answers(lesson.path, lesson.sha256, lesson.language, seed)
    steps = tuple(
        step._replace(
            questions=tuple(
                question._replace(others=(*question.others, *further.get((step.id, index), ())))
                for index, question in enumerate(step.questions)
            )
        )
        for step in lesson.steps
    )
    return plan._replace(lesson=lesson._replace(steps=steps))


def _noted(submission: Submission, seed: str) -> Submission:
    claimed = (submission.evidence or {}).get("claimed")
    other = claimed.get("seed") if isinstance(claimed, dict) else None
    if not isinstance(other, str) or other == seed:
        return submission
    message = _("it says that it was made with the seed {other}; it is graded with {seed} (--seed chooses another)")
    return submission._replace(notes=(*submission.notes, message.format(other=other, seed=seed)))
