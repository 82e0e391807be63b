"""Whose variant of a lesson a submission is graded against."""

from __future__ import annotations

import os

from nstutor.checks.registry import compile_lesson
from nstutor.grading.submission import Submission
from nstutor.lesson.parse import load
from nstutor.session import Plan


def for_submission(plan: Plan, submission: Submission, seed: str | None) -> Plan:
    """The plan with the values of the submission's own seed, or of the one that is given for all.

    That of a file is its name without its extension, that of the learner's own work the one that they had.
    """
    if plan.lesson.variant is None:
        return plan
    own = submission.seed if submission.seed is not None else os.path.splitext(os.path.basename(submission.name))[0]
    lesson = load(plan.lesson.path, seed=own if seed is None else seed)
    return Plan(lesson, compile_lesson(lesson))
