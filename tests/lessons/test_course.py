"""Every lesson of the course is played: its solutions must pass and its wrong attempts fail with their words."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

import pytest

from nstutor.lesson.catalog import course
from nstutor.lesson.parse import load

PROVER = Path(__file__).with_name("prover.py")
LESSONS = {path.stem: path for path in course()}
ALTERNATIVES = [
    (name, f"{step.id}/{number}")
    for name, path in LESSONS.items()
    for step in load(path).steps
    for number in range(1, len(step.solutions))
]
WRONGS = [
    (name, f"{step.id}/{attempt.name}", attempt.expected)
    for name, path in LESSONS.items()
    for step in load(path).steps
    for attempt in step.wrongs
]


class Wrong(TypedDict):
    """What became of a wrong attempt."""

    reached: bool
    told: list[str]


class Proof(TypedDict):
    """What the prover prints."""

    in_turn: list[str]
    in_one_go: list[str]
    alternatives: dict[str, list[str]]
    wrongs: dict[str, Wrong]


@functools.cache
def proof(name: str) -> Proof:
    """Play a lesson once for all tests of this file."""
    run = subprocess.run([sys.executable, PROVER, LESSONS[name]], capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    result: Proof = json.loads(run.stdout)
    return result


def test_the_course_is_there() -> None:
    """The three lessons are found, and none of the tables below is empty."""
    assert {"01-loopback", "02-veth", "03-bridge"} <= LESSONS.keys()
    assert ALTERNATIVES
    assert {name for name, _, _ in WRONGS} == LESSONS.keys()


@pytest.mark.parametrize("name", LESSONS)
def test_steps_in_turn(name: str) -> None:
    """Each step fails before its solution and passes after it, its questions answered from the kernel."""
    assert proof(name)["in_turn"] == []


@pytest.mark.parametrize("name", LESSONS)
def test_in_one_go(name: str) -> None:
    """No step is lost when the whole solution is typed as one submission."""
    assert proof(name)["in_one_go"] == []


@pytest.mark.parametrize(("name", "alternative"), ALTERNATIVES)
def test_alternative(name: str, alternative: str) -> None:
    """Another way to solve a step is as good."""
    assert proof(name)["alternatives"][alternative] == []


@pytest.mark.parametrize(("name", "attempt", "words"), WRONGS)
def test_wrong_attempt(name: str, attempt: str, words: str) -> None:
    """A wrong attempt does not pass its step, and the learner reads what is wrong."""
    came = proof(name)["wrongs"][attempt]
    assert not came["reached"]
    assert any(words in message for message in came["told"]), came["told"]
