"""Runs `nstutor check` over many submissions in one go, for tests that look at one of them each."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict, cast

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "submissions"
AT_A_TIME = 5


class CheckJson(TypedDict):
    """One check of a report."""

    check: str
    line: int
    status: str
    message: str
    expected: str | None
    actual: str | None


class StepJson(TypedDict):
    """One step of a report."""

    id: str
    title: str
    status: str
    reached: bool
    reached_ms: int | None
    holds: bool
    points: int
    bonus: bool
    checks: list[CheckJson]


class Graded(TypedDict):
    """One submission's report, as DESIGN §7 has it."""

    version: int
    lesson: dict[str, str]
    submission: str
    variant: dict[str, object] | None
    passed: bool
    score: int
    max_score: int
    bonus: int
    pass_mark: int | None
    steps: list[StepJson]
    commands: int
    started: str
    duration_ms: int
    evidence: dict[str, object] | None
    notes: list[str]
    error: str | None
    void: bool
    void_reason: str | None


def check(*arguments: str | Path, seconds: float = 900) -> subprocess.CompletedProcess[str]:
    """Run `nstutor check` with these arguments."""
    command = [sys.executable, "-m", "nstutor", "check", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", cwd=ROOT, timeout=seconds, check=False
    )


def grade(
    lesson: str, folder: Path, submissions: Mapping[str, bytes], *options: str, at_a_time: int = AT_A_TIME
) -> dict[str, Graded]:
    """Write the submissions into a folder and grade it; the reports by name.

    Several at a time: a submission whose echo gets no answer spends most of its time waiting.
    """
    place = folder / lesson
    place.mkdir(parents=True)
    for name, script in submissions.items():
        (place / name).write_bytes(script)
    run = check(lesson, place, "--format", "json", "--jobs", str(at_a_time), *options)
    assert run.returncode in {0, 1}, run.stdout[-2000:] + run.stderr
    return by_name(json.loads(run.stdout, parse_constant=_refuse))


def _refuse(word: str) -> None:
    pytest.fail(f"the report has {word}, which is not JSON")


def by_name(document: Any) -> dict[str, Graded]:  # noqa: ANN401  # json.loads
    """The reports of a document by the name of their submission."""
    reports = cast("list[Graded]", document.get("submissions", [document]))
    return {report["submission"]: report for report in reports}


def lost(graded: Graded) -> list[str]:
    """The ids of the steps that cost points, in their order."""
    return [step["id"] for step in graded["steps"] if step["points"] and step["status"] != "passed"]


def complaints(graded: Graded) -> list[tuple[str, str]]:
    """Step and message of every check that does not hold in a step that costs points."""
    return [
        (step["id"], check["message"])
        for step in graded["steps"]
        for check in step["checks"]
        if step["id"] in lost(graded) and check["status"] != "passed"
    ]


def step_of(graded: Graded, step: str) -> StepJson:
    """The step with this id."""
    return next(found for found in graded["steps"] if found["id"] == step)


def stored(path: str) -> bytes:
    """A submission under tests/data/submissions."""
    return (DATA / f"{path}.sh").read_bytes()
