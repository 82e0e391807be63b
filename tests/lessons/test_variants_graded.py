"""Each student has a variant of the lesson: it is proved for several seeds, and graded with the student's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from check_runs import ROOT, Graded, by_name, check
from proof_runs import everything_held_against, prove, run

from nstutor.lesson.parse import load

LESSON = ROOT / "tests" / "data" / "lessons" / "variants.md"


def solution(seed: str) -> bytes:
    """What solves the variant of this seed."""
    return "".join(step.solutions[0].text for step in load(LESSON, seed=seed).steps).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What three students handed in; the third has the first one's work."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "alice.sh").write_bytes(solution("alice"))
    (folder / "bob.v2.txt").write_bytes(solution("bob.v2"))
    (folder / "carol.sh").write_bytes(solution("alice"))
    return folder


@pytest.fixture(scope="module")
def reports(folder: Path) -> dict[str, Graded]:
    """The class, graded in one go."""
    return by_name(json.loads(check(LESSON, folder, "--format", "json").stdout))


@pytest.mark.parametrize(("name", "seed"), [("alice.sh", "alice"), ("bob.v2.txt", "bob.v2")])
def test_a_file_is_graded_with_its_name(name: str, seed: str, reports: dict[str, Graded]) -> None:
    """The name without its ending is the seed; it and the values are in the report."""
    variant = load(LESSON, seed=seed).variant
    assert variant
    assert reports[name]["passed"]
    assert reports[name]["variant"] == {"seed": seed, "values": variant.texts}


def test_another_ones_work_does_not_pass(reports: dict[str, Graded]) -> None:
    """The values of another variant are wrong, and the report names the right ones."""
    carol = reports["carol.sh"]
    variant = load(LESSON, seed="carol").variant
    assert variant
    assert not carol["passed"]
    assert carol["variant"] == {"seed": "carol", "values": variant.texts}
    assert f"addr {variant.texts['here']} dev top netns {variant.texts['left']}" in [
        found["check"] for found in carol["steps"][1]["checks"] if found["status"] != "passed"
    ]


def test_a_seed_may_be_given(folder: Path) -> None:
    """`--seed` stands above the file's name."""
    run = check(LESSON, folder / "carol.sh", "--format", "json", "--seed", "alice")
    assert run.returncode == 0
    assert json.loads(run.stdout)["variant"]["seed"] == "alice"


def test_another_seed_than_the_file_claims_is_told(tmp_path: Path) -> None:
    """Work that was exported and renamed fails by its values; the note says why."""
    (tmp_path / "work.sh").write_bytes(b'# nstutor seed "alice"\n' + solution("alice"))
    report = json.loads(check(LESSON, tmp_path / "work.sh", "--format", "json").stdout)
    assert not report["passed"]
    assert report["notes"][0].startswith("it says that it was made with the seed alice; it is graded with work")
    assert json.loads(check(LESSON, tmp_path / "work.sh", "--format", "json", "--seed", "alice").stdout)["notes"] == []


def test_a_lesson_without_variables_has_no_variant(folder: Path) -> None:
    """There the seed is of no effect."""
    assert json.loads(check("veth", folder / "alice.sh", "--format", "json", "--seed", "x").stdout)["variant"] is None


def test_several_seeds_are_proved() -> None:
    """Each is a proof of its own, and the report says which."""
    code, report = prove(LESSON, "--seeds", "2", "--jobs", "4")
    assert code == 0, [everything_held_against(lesson) for lesson in report["lessons"]]
    assert [lesson["seed"] for lesson in report["lessons"]] == ["1", "2"]
    assert all(lesson["strength"]["noticed"] == lesson["strength"]["mutants"] > 0 for lesson in report["lessons"])


def test_three_seeds_unless_said_otherwise(tmp_path: Path) -> None:
    """A value that is wrong for one of them fails for that one alone."""
    text = LESSON.read_text()
    text = text[: text.index("```wrong only one")].replace("netns add {{ left }}", "netns add lapland")
    (tmp_path / "fixed.md").write_text(text)
    code, report = prove(tmp_path / "fixed.md")
    lefts = [load(LESSON.with_name("variants.md"), seed=seed) for seed in "123"]
    assert code == 1
    assert [lesson["seed"] for lesson in report["lessons"]] == ["1", "2", "3"]
    assert [lesson["proved"] for lesson in report["lessons"]] == [
        bool(left.variant and left.variant.texts["left"] == "lapland") for left in lefts
    ]


def test_the_handout_is_that_of_a_seed() -> None:
    """`lesson show --seed` has the values of one student."""
    shown = run("show", LESSON, "--seed", "alice").stdout
    variant = load(LESSON, seed="alice").variant
    assert variant
    assert f"The two houses are {variant.texts['left']} and {variant.texts['right']}" in " ".join(shown.split())
