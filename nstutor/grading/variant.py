"""Whose variant of a lesson a submission is graded against."""

from __future__ import annotations

import os

from nstutor.checks.registry import compile_lesson
from nstutor.grading.submission import Submission
from nstutor.language import _
from nstutor.lesson.parse import load
from nstutor.session import Plan


def for_submission(plan: Plan, submission: Submission, seed: str | None) -> tuple[Plan, Submission]:
    """The plan with the values of the submission's own seed, or of the one that is given for all; and the submission.

    That of a file is its name without its extension, that of the learner's own work the one that they had. A note is
    added where the file claims another one.
    """
    if plan.lesson.variant is None:
        return plan, submission
    own = submission.seed if submission.seed is not None else os.path.splitext(os.path.basename(submission.name))[0]
    lesson = load(plan.lesson.path, seed=own if seed is None else seed)
    return Plan(lesson, compile_lesson(lesson)), _noted(submission, own if seed is None else seed)


def _noted(submission: Submission, seed: str) -> Submission:
    claimed = (submission.evidence or {}).get("claimed")
    other = claimed.get("seed") if isinstance(claimed, dict) else None
    if not isinstance(other, str) or other == seed:
        return submission
    message = _("it says that it was made with the seed {other}; it is graded with {seed} (--seed chooses another)")
    return submission._replace(notes=(*submission.notes, message.format(other=other, seed=seed)))
