"""Runs `nstutor lesson test` and reads its report, for tests that look at one thing of it each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).resolve().parents[2]


class FaultJson(TypedDict):
    """Something at a line."""

    line: int
    column: int
    message: str


class StrengthJson(TypedDict):
    """How many slips were noticed."""

    noticed: int
    mutants: int
    equivalent: int


class StepJson(TypedDict):
    """One step of a proof."""

    id: str
    title: str
    line: int
    proved: bool
    already: bool
    alternatives: int
    wrongs: int
    noticed: int
    mutants: int
    equivalent: int
    findings: list[FaultJson]


class TimesJson(TypedDict):
    """How long a check took."""

    line: int
    check: str
    seconds: list[float]


class LanguageJson(TypedDict):
    """A lesson in one language."""

    path: str
    proved: bool
    translated: int
    of: int
    missing: list[FaultJson]
    faults: list[FaultJson]
    findings: list[FaultJson]


class LessonJson(TypedDict):
    """One lesson's proof, as docs/proving.md has it."""

    path: str
    seed: str | None
    proved: bool
    error: str | None
    faults: list[FaultJson]
    strength: StrengthJson
    steps: list[StepJson]
    findings: list[FaultJson]
    times: list[TimesJson]
    languages: dict[str, LanguageJson]
    runs: int
    seconds: float


class ProofJson(TypedDict):
    """The whole report."""

    version: int
    lessons: list[LessonJson]
    machine: list[str]


def run(*arguments: str | Path, seconds: float = 900) -> subprocess.CompletedProcess[str]:
    """Run `nstutor lesson` with these arguments."""
    command = [sys.executable, "-m", "nstutor", "lesson", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=seconds, check=False)


def prove(*arguments: str | Path) -> tuple[int, ProofJson]:
    """The exit code and the report of `nstutor lesson test`."""
    done = run("test", *arguments, "--format", "json")
    assert not done.stderr, done.stderr
    report: ProofJson = json.loads(done.stdout)
    return done.returncode, report


def everything_held_against(lesson: LessonJson) -> list[FaultJson]:
    """Faults and findings, whatever they belong to."""
    return [*lesson["faults"], *lesson["findings"], *(f for step in lesson["steps"] for f in step["findings"])]
