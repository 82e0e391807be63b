"""One result as Gradescope's results.json (https://gradescope-autograders.readthedocs.io/en/latest/specs/)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from nstutor import __version__
from nstutor.checks.base import Status
from nstutor.grading.result import Json, Result, StepResult
from nstutor.report.document import dumped
from nstutor.text.width import printable

STATUS = {Status.PASSED: "passed", Status.FAILED: "failed"}


class GradescopeReport:
    """Its format is about one submission."""

    def __init__(self, file: TextIO, alone: bool) -> None:
        assert alone
        self._file = file

    def add(self, result: Result) -> None:
        """See Report."""
        self._file.write(dumped(as_gradescope(result), self._file) + "\n")

    def end(self) -> None:
        """See Report."""


def as_gradescope(result: Result) -> Mapping[str, Json]:
    """The object; a step that only looks is a test without points."""
    said = [*([result.error] if result.error is not None else []), *result.notes]
    score: dict[str, Json] = {} if result.void else {"score": result.score}
    return score | {
        "execution_time": round(result.duration_ms / 1000, 3),
        "output": printable("\n".join(said), keep="\n"),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_test(number, step, result) for number, step in enumerate(result.steps, 1)],
        "extra_data": {
            "nstutor": __version__,
            "lesson": {"id": result.lesson, "sha256": result.sha256},
            "submission": printable(result.submission),
            "passed": result.passed,
            "max_score": result.max_score,
            "started": result.started,
            "commands": result.commands,
            "error": result.error and printable(result.error, keep="\n"),
            "void": result.void,
        },
    }


def _test(number: int, step: StepResult, result: Result) -> Json:
    test: dict[str, Json] = {
        "name": printable(step.title),
        "number": str(number),
        "output": printable(said_about(step), keep="\n"),
        "visibility": "visible",
        "extra_data": {"id": step.id, "reached": step.reached, "holds": step.holds},
    }
    if result.void:
        # Neither a score nor a status: nobody's grade may come of it.
        return test
    test |= {"score": step.earned, "max_score": step.points}
    # Without it Gradescope compares the scores, and a step without points would count as passed.
    return test | ({"status": STATUS[step.status]} if step.status in STATUS else {})


def said_about(step: StepResult) -> str:
    """Why a step was not passed: the first cause, and what to do about it."""
    if step.cause is None or step.status is Status.PASSED:
        return ""
    verdict = step.cause.verdict
    return "\n".join(filter(None, (verdict.message, verdict.advice)))
