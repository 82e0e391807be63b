"""How the learner's own work came about: help, answers and time, out of their record. It is no part of a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from nstutor.grading.result import Json
from nstutor.lesson.model import Lesson
from nstutor.progress.record import PAUSE, Progress
from nstutor.progress.rows import PLAYED, Run


def evidence(progress: Progress, lesson: Lesson, run: Run) -> Mapping[str, Json]:
    """What is known, of all runs of the lesson; times in seconds, pauses of over five minutes left out."""
    return {
        "source": "learn",
        "runs": progress.runs(lesson.id),
        "commands": len(progress.commands(run)),
        "seconds": round(progress.seconds_spent(lesson.id), 1),
        "steps": {step.id: _of_step(progress, lesson, run, step.id) for step in lesson.steps},
    }


def _of_step(progress: Progress, lesson: Lesson, run: Run, step: str) -> Json:
    helps = [kind for of, kind in progress.helps(lesson.id) if of == step]
    answers: list[Json] = [
        {"question": one.question + 1, "text": one.text, "correct": one.correct}
        for one in progress.answers(lesson.id)
        if one.step == step
    ]
    return {
        "hints": helps.count("hint"),
        "solution": "solution" in helps,
        "played": PLAYED in helps,
        "answers": answers,
        "seconds": _seconds(progress, run, step),
    }


def _seconds(progress: Progress, run: Run, step: str) -> float | None:
    """Time from the pass before to that of the step, by the commands in between; None where it was not passed."""
    passes = progress.passes(run)
    index = next((index for index, entry in enumerate(passes) if entry.step == step), None)
    if index is None:
        return None
    first = passes[index - 1].number if index else 0
    times = [one.at for one in progress.commands(run) if first <= one.number <= passes[index].number]
    times.append(passes[index].at)
    return round(sum(gap for gap in (after - before for before, after in pairwise(times)) if 0 < gap < PAUSE), 1)
