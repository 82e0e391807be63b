"""What solves a lesson passes, by whatever legal means and in whatever spelling."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from check_runs import DATA, Graded, complaints, grade, stored

from nstutor.lab.contents import PATH
from nstutor.lesson.catalog import find
from nstutor.lesson.parse import load

LESSONS = ("first-look", "loopback", "veth", "bridge")
RIGHT = [path for lesson in LESSONS for path in sorted((DATA / "right" / lesson).glob("*.sh"))]
NEEDS = {
    "bridge/net-tools.sh": ("brctl", "ifconfig"),
    "bridge/python.sh": ("python3",),
    "bridge/python-prompt.sh": ("python3",),
    "first-look/net-tools.sh": ("ifconfig", "route"),
    "loopback/net-tools.sh": ("ifconfig",),
}
"""Programs that the lessons do not ask for."""

Reports = dict[str, Graded]


def spellings(script: bytes) -> dict[str, bytes]:
    """One submission as different editors leave it."""
    lines = script.splitlines()
    return {
        "crlf.sh": b"\r\n".join(lines) + b"\r\n",
        "bom.sh": b"\xef\xbb\xbf" + script,
        "bom-crlf.sh": b"\xef\xbb\xbf" + b"\r\n".join(lines),
        "no-final-newline.sh": script.rstrip(b"\n"),
        "blank-lines.sh": b"\n\n  \n" + b"\n\n\t\n".join(lines) + b"\n\n\n",
        "trailing-blanks.sh": b"".join(b"  " + line + b" \t \n" for line in lines),
        "comments.sh": b"#!/bin/bash -e\n" + b"".join(line + b"   # \xe7\x8e\x8b\xe5\xa9\x86\n" for line in lines),
        "continued.sh": b"".join(line.replace(b" ", b" \\\n", 1) + b"\n" for line in lines),
        "latin1-comment.sh": b"# caf\xe9\n" + script,
        "one-long-line.sh": b" && ".join(lines),
        "without suffix": script,
        "\u738b\u5a46 $HOME;'.sh": script,
    }


def own_solution(lesson: str) -> bytes:
    """The lesson's own solution, all steps in one go."""
    lines = [line.text for step in load(find(lesson)).steps for line in step.solutions[0].lines]
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """The reports of all ways to solve a lesson, by lesson and name."""
    folder = tmp_path_factory.mktemp("right")
    found: Reports = {}
    for lesson in LESSONS:
        scripts = {path.name: path.read_bytes() for path in RIGHT if path.parent.name == lesson}
        scripts["own-solution.sh"] = own_solution(lesson)
        found |= {f"{lesson}/{name}": report for name, report in grade(lesson, folder, scripts).items()}
    return found


@pytest.fixture(scope="module")
def spelled(tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """The reports of one submission, by its spelling."""
    return grade("bridge", tmp_path_factory.mktemp("spelled"), spellings(stored("right/bridge/plain")))


def must_pass(graded: Graded) -> None:
    """Assert that a submission has all points and nothing was held against it."""
    assert complaints(graded) == []
    assert graded["passed"]
    assert graded["error"] is None
    assert graded["score"] == graded["max_score"] > 0


def test_the_table_is_not_empty() -> None:
    """There are submissions for each lesson, and what a row needs names a row."""
    assert {path.parent.name for path in RIGHT} == set(LESSONS)
    assert NEEDS.keys() <= {f"{path.parent.name}/{path.name}" for path in RIGHT}


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_way(path: Path, reports: Reports) -> None:
    """A way to solve a lesson passes."""
    name = f"{path.parent.name}/{path.name}"
    missing = [tool for tool in NEEDS.get(name, ()) if shutil.which(tool, path=PATH) is None]
    if missing:
        pytest.skip(f"{missing[0]} is not installed, and no lesson needs it")
    must_pass(reports[name])


@pytest.mark.parametrize("lesson", LESSONS)
def test_own_solution(lesson: str, reports: Reports) -> None:
    """The lesson's own solution passes as a submission."""
    must_pass(reports[f"{lesson}/own-solution.sh"])


@pytest.mark.parametrize("spelling", spellings(b"x\n"))
def test_spelling(spelling: str, spelled: Reports) -> None:
    """Line ends, a byte order mark, blanks, comments and odd file names change nothing."""
    graded = spelled[spelling]
    must_pass(graded)
    assert graded["commands"] == (1 if spelling == "one-long-line.sh" else 17)
    noted = ["line 1 has bytes that are not UTF-8"] if spelling == "latin1-comment.sh" else []
    assert [note.partition(",")[0] for note in graded["notes"]] == noted
