"""Steps with points, a bonus, and a lesson that says how much is enough."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from check_runs import Graded, by_name, check
from proof_runs import everything_held_against, prove
from short_lesson import lesson_text

LESSON = lesson_text(
    "eden points=3: netns eden",
    "nod: netns nod",
    "look points=2: ran -- ip link",
    "seen .required points=2: ran -- ip addr",
    "more .bonus points=2: netns more",
)
SCRIPTS = {
    "all.sh": b"ip addr\nip netns add eden\nip netns add nod\nip netns add more\n",
    "counting.sh": b"ip addr\nip netns add eden\nip netns add nod\n",
    "enough.sh": b"ip netns add eden\nip netns add nod\nip netns add more\n",
    "too-little.sh": b"ip addr\nip netns add nod\n",
}
# score, bonus, passed: of six points, with every step that counts, with 75 per cent, with five points.
WANTED = {
    "all.sh": (8, 2, True, True, True),
    "counting.sh": (6, 0, True, True, True),
    "enough.sh": (6, 2, False, True, True),
    "too-little.sh": (3, 0, False, False, False),
}
MARKS = {"every step": "", "per cent": "pass: 75 %\n", "points": "pass: 5\n"}
PASS_MARKS = {"every step": None, "per cent": 5, "points": 5}


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The lesson with each of the marks."""
    folder = tmp_path_factory.mktemp("points")
    paths = {name: folder / f"{name.replace(' ', '-')}.md" for name in MARKS}
    for name, path in paths.items():
        path.write_text(LESSON.replace("id: short\n", f"id: short\n{MARKS[name]}"))
    return paths


@pytest.fixture(scope="module")
def reports(lessons: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Graded]]:
    """Every script against each of them."""
    folder = tmp_path_factory.mktemp("graded")
    for name, script in SCRIPTS.items():
        (folder / name).write_bytes(script)
    return {name: by_name(json.loads(check(path, folder, "--format", "json").stdout)) for name, path in lessons.items()}


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("mark", MARKS)
def test_points_are_counted(mark: str, script: str, reports: dict[str, dict[str, Graded]]) -> None:
    """A bonus is in the score and not asked for; a look counts only if it is required."""
    graded = reports[mark][script]
    score, bonus, *passed = WANTED[script]
    assert (graded["score"], graded["max_score"], graded["bonus"]) == (score, 6, bonus)
    assert graded["pass_mark"] == PASS_MARKS[mark]
    assert graded["passed"] is passed[list(MARKS).index(mark)]
    assert [step["points"] for step in graded["steps"]] == [3, 1, 0, 2, 2]
    assert [step["bonus"] for step in graded["steps"]] == [False, False, False, False, True]


def test_the_text_says_what_counts(lessons: dict[str, Path], tmp_path: Path) -> None:
    """The points of a step stand behind its title, a bonus behind the score, and how much is enough at the end."""
    (tmp_path / "work.sh").write_bytes(SCRIPTS["enough.sh"])
    run = check(lessons["per cent"], tmp_path / "work.sh")
    assert run.returncode == 0
    lines = run.stdout.splitlines()
    assert lines[0].endswith("4 of 6 + 2   passed")
    assert "   ✓ 1  The step eden  3 points" in lines
    assert "   ✓ 5  The step more  bonus, 2 points" in lines
    assert lines[-1].endswith("5 points are enough")


def test_points_that_cannot_count_are_a_fault(lessons: dict[str, Path]) -> None:
    """`lesson test` says where a step has points and only looks."""
    code, report = prove(lessons["points"])
    (fault,) = everything_held_against(report["lessons"][0])
    assert code == 2
    assert fault["message"] == "this step only looks: its points count only with a check and `.required`"
    assert lessons["points"].read_text().splitlines()[fault["line"] - 1] == "## The step look {#look points=2}"
