"""One mistake in a right submission costs the step where it matters, and the message names what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from check_runs import Graded, check, complaints, grade, lost, step_of, stored
from mistakes import MISTAKES, RIGHT, UNDONE, Mistake


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Graded]:
    """All reports of this file, by lesson and name."""
    folder = tmp_path_factory.mktemp("mistakes")
    found: dict[str, Graded] = {}
    for lesson, right in RIGHT.items():
        scripts = {mistake.name: mistake.script() for mistake in MISTAKES if mistake.lesson == lesson}
        if lesson == "bridge":
            scripts |= {name: stored(right) + line.encode() + b"\n" for name, line in UNDONE.items()}
        found |= {f"{lesson}/{name}": report for name, report in grade(lesson, folder, scripts).items()}
    return found


def test_mistakes_have_names_of_their_own() -> None:
    """No row of the table hides another one."""
    names = [(mistake.lesson, mistake.name) for mistake in MISTAKES] + [("bridge", name) for name in UNDONE]
    assert len(set(names)) == len(names) > len(UNDONE)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.lesson}-{mistake.name}")
def test_mistake(mistake: Mistake, reports: dict[str, Graded]) -> None:
    """A mistake costs its step first of all, and is named there."""
    graded = reports[f"{mistake.lesson}/{mistake.name}"]
    assert not graded["passed"]
    assert lost(graded)[:1] == [mistake.step], complaints(graded)
    said = [message for step, message in complaints(graded) if step == mistake.step]
    assert any(mistake.words in message for message in said), said
    assert step_of(graded, mistake.step)["status"] == "failed"


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("all-undone", ["houses", "wangpo", "ladders", "move", "plug", "address", "up"]),
        ("unplugged", ["plug", "up"]),
        ("bridge-lowered", ["up"]),
        ("address-gone", ["address", "up"]),
        ("filtered", ["up"]),
    ],
)
def test_undone_at_the_end(name: str, gone: list[str], reports: dict[str, Graded]) -> None:
    """What was right at one moment is passed; that it does not hold at the end is told."""
    graded = reports[f"bridge/{name}"]
    assert graded["passed"]
    counting = [step for step in graded["steps"] if step["points"]]
    assert all(step["reached"] for step in counting)
    assert [step["id"] for step in counting if not step["holds"]] == gone


def test_a_step_that_waits_says_for_which(reports: dict[str, Graded]) -> None:
    """What holds in an empty world counts after the step before it, and says so where that one is missing."""
    said = [check["message"] for check in step_of(reports["bridge/no-address"], "old-ladder")["checks"]]
    assert len(said) == 2
    assert all(message.startswith("counts only once `address` is passed") for message in said)


def test_the_forgotten_exit_is_named(tmp_path: Path) -> None:
    """What was made in a house because nobody came out of it gets that as its advice."""
    mistake = next(mistake for mistake in MISTAKES if mistake.name == "never-came-out")
    script = tmp_path / "work.sh"
    script.write_bytes(mistake.script())
    run = check("bridge", script)
    assert run.returncode == 1, run.stderr
    assert "Your shell stands in ximenqing-ns: a forgotten `exit`, most likely." in run.stdout
