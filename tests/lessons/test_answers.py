"""Answers as a part of what is handed in: where they are judged, which count, and what they are worth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from nstutor.checks.answer import in_any_language, meant, right_answer
from nstutor.checks.registry import compile_lesson
from nstutor.grading.submission import Submission
from nstutor.grading.variant import for_submission
from nstutor.kernel.model import Snapshot
from nstutor.lesson.catalog import course, find
from nstutor.lesson.parse import load
from nstutor.session.steps import Plan

HEAD = "---\nformat: 1\nid: asked\ntitle: Asked\ntools: [ip]\nminutes: 5\n---\nLook.\n\n"
REST = "```hint\nLook.\n```\n\n```solution\nip link\n```\n\n"
COLOUR = "```ask\nWhich colour?\nchoices:\n- red\n- blue\nanswer: = blue\n```\n\n"
STATE = "```ask\nIs lo up?\nanswer: link lo up\n```\n\n"
QUESTIONS = f"{HEAD}## A colour {{#colour}}\n\n{COLOUR}{REST}## A state {{#state}}\n\n{STATE}{REST}"
DO = "## Do it {#do}\n\n```check\nnetns eden\n```\n\n```hint\nDo.\n```\n\n```solution\nip netns add eden\n```\n\n"
MIXED = f"{HEAD}{DO}## Asked {{#asked .required}}\n\n{STATE}{REST}## Only asked {{#only}}\n\n{COLOUR}{REST}"


def graded(folder: Path, lesson: str, scripts: dict[str, str]) -> dict[str, dict[str, Any]]:
    """What each script gets for this lesson."""
    (folder / "asked.md").write_text(lesson)
    (folder / "in").mkdir()
    for name, script in scripts.items():
        (folder / "in" / name).write_text(script)
    command = [sys.executable, "-m", "nstutor", "check", "./asked.md", "in", "--format", "json"]
    run = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
        check=False,
        env=os.environ | {"LANG": "C.UTF-8"},
    )
    assert run.stdout, run.stderr
    reports = json.loads(run.stdout)["submissions"]
    assert run.returncode == int(not all(report["passed"] for report in reports))
    return {report["submission"]: report for report in reports}


def test_a_lesson_of_questions_only(tmp_path: Path) -> None:
    """Each question is a point; the first answer counts, and the kernel is asked at the line's place."""
    found = graded(
        tmp_path,
        QUESTIONS,
        {
            "right": "#:answer colour 1 Blue.\n#:answer state 1 up\n",
            "number": "#:answer colour 1 2\n:answer up\n",
            "typed": "host ❯ :answer it's red\nhost ❯ :answer up\n",
            "place": "ip link set lo down\n#:answer state 1 down\nip link set lo up\n#:answer colour 1 blue\n",
            "late": "ip link set lo down\n#:answer state 1 up\nip link set lo up\n#:answer state 1 up\n",
            "document": "cat <<E\n#:answer colour 1 blue\n:answer blue\nE\n",
            "strange": "#:answer nowhere 1 x\n#:answer colour 7 x\n#:answer colour 1 9\n",
            "nothing": "true\n",
        },
    )
    assert {name: report["score"] for name, report in found.items()} == {
        "document": 0,
        "late": 0,
        "nothing": 0,
        "number": 2,
        "place": 2,
        "right": 2,
        "strange": 0,
        "typed": 1,
    }
    assert {report["max_score"] for report in found.values()} == {2}
    assert found["right"]["notes"] == found["right"]["commands"] * ["x"] == []
    assert "again: the first answer counts" in found["late"]["notes"][0]
    assert len(found["strange"]["notes"]) == 1  # two that say the same
    checks = [check["message"] for step in found["strange"]["steps"] for check in step["checks"]]
    assert checks == ["the answer to question 1 is wrong", "question 1 is not answered"]


def test_where_something_is_done_only_required_questions_count(tmp_path: Path) -> None:
    """One step of doing, one that is required, and one that costs nothing."""
    found = graded(tmp_path, MIXED, {"done": "ip netns add eden\n", "both": "ip netns add eden\n#:answer asked 1 up\n"})
    assert {name: (report["score"], report["max_score"]) for name, report in found.items()} == {
        "both": (2, 2),
        "done": (1, 2),
    }


def test_the_points_of_the_course_stay() -> None:
    """Its questions are there to be thought about."""
    lessons = [load(path) for path in course()]
    assert [Plan(lesson, compile_lesson(lesson)).points for lesson in lessons] == [3, 4, 6, 8]


def test_a_choice_in_another_language_is_the_same_choice() -> None:
    """What a Chinese learner chose is right for a grader who reads English, and the other way round."""
    for mine, other in (("en", "zh"), ("zh", "en")):
        lesson, read = load(find("bridge"), lang=mine), load(find("bridge"), lang=other)
        plan, _ = for_submission(Plan(lesson, compile_lesson(lesson)), Submission("a", ()), None)
        for step, theirs in zip(plan.lesson.steps, read.steps, strict=True):
            for question, asked in zip(step.questions, theirs.questions, strict=True):
                if asked.fixed is not None and asked.choices:
                    wrong = next(choice for choice in asked.choices if choice != asked.fixed)
                    number = in_any_language(asked, asked.fixed)
                    assert number.isdecimal()
                    said = [
                        right_answer(question, meant(question, text), Snapshot({}))
                        for text in (number, asked.fixed, in_any_language(asked, wrong), wrong)
                    ]
                    assert said == [True, True, False, False], question


def test_nothing_of_nothing_is_no_pass(tmp_path: Path) -> None:
    """A lesson without a point is said to be one, and nobody passes it."""
    looks = f"{HEAD}## Look {{#look}}\n\n```check\nran -- ip link\n```\n\n{REST}"
    found = graded(tmp_path, looks, {"all": "ip link\n"})
    assert (found["all"]["passed"], found["all"]["max_score"]) == (False, 0)
    run = subprocess.run(
        [sys.executable, "-m", "nstutor", "lesson", "test", "./asked.md"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert "0 points" in run.stdout
    assert "nobody can pass" in run.stdout
