"""The recipes of docs/grading.md, tried as far as this machine can play their platforms."""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_runs import DATA, ROOT

RECIPES = ROOT / "docs" / "recipes"
RIGHT = (DATA / "right" / "bridge" / "plain.sh").read_bytes()
WRONG = RIGHT.replace(b"ip link set wp2pjl master wangpo\n", b"")
HERE = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
"""An environment in which nstutor is installed."""


def run(*command: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a part of a recipe in the folder."""
    return subprocess.run(
        command,
        cwd=folder,
        env=HERE | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def autograder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Gradescope makes of the zip: /autograder after setup.sh; pip has no network here."""
    root = tmp_path_factory.mktemp("gradescope") / "autograder"
    shutil.copytree(RECIPES / "gradescope", root / "source")
    shutil.copy(root / "source" / "run_autograder", root)
    for folder in ("submission", "results"):
        (root / folder).mkdir()
    copy = root.parent / "nstutor"
    shutil.copytree(
        ROOT,
        copy,
        ignore=shutil.ignore_patterns(".git", ".venv", "build", "dist", "__pycache__", ".*_cache"),
    )
    offline = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    made = run(sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", root / "source", copy, folder=root)
    assert made.returncode == 0, made.stderr
    done = run(
        root / "source" / "setup.sh",
        folder=root,
        AUTOGRADER=str(root),
        PIP_NO_INDEX="1",
        PIP_NO_DEPS="1",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (packages,) = root.glob("nstutor/lib/python*/site-packages")
    (packages / "dependencies.pth").write_text("".join(f"{folder}\n" for folder in site.getsitepackages()))
    return root


@pytest.mark.parametrize(
    ("script", "score", "words"),
    [
        (RIGHT, 8, None),
        (WRONG, 6, "wp2pjl has no master"),
        (None, 0, "cannot read"),
    ],
)
def test_gradescope(script: bytes | None, score: int, words: str | None, autograder: Path) -> None:
    """Each submission gets a results.json, one that was forgotten as well, and the run counts as done."""
    submission, results = autograder / "submission" / "bridge.sh", autograder / "results" / "results.json"
    for file in (submission, results):
        file.unlink(missing_ok=True)
    if script is not None:
        submission.write_bytes(script)
    done = run(autograder / "run_autograder", folder=autograder, AUTOGRADER=str(autograder))
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(results.read_text())
    assert found["score"] == score
    assert sum(test["max_score"] for test in found["tests"]) == 8
    assert words is None or words in "\n".join([found["output"], *(test["output"] for test in found["tests"])])


def workflow(name: str) -> Any:  # noqa: ANN401  # yaml.safe_load
    """A platform's file."""
    return yaml.safe_load((RECIPES / name).read_text())


@pytest.mark.parametrize(("script", "code"), [(RIGHT, 0), (WRONG, 1)])
def test_github(script: bytes, code: int, tmp_path: Path) -> None:
    """The step that grades decides on the check mark; the one behind it shows the report."""
    (tmp_path / "bridge.sh").write_bytes(script)
    steps = {step.get("name"): step for step in workflow("github/grade.yml")["jobs"]["grade"]["steps"]}
    # As GitHub's runners start a step without `shell`.
    graded = run("bash", "-e", "-c", steps["Grade"]["run"], folder=tmp_path)
    assert graded.returncode == code, graded.stderr
    summary = tmp_path / "summary.md"
    run("bash", "-e", "-c", steps["Show the report"]["run"], folder=tmp_path, GITHUB_STEP_SUMMARY=str(summary))
    assert summary.read_text() == f"```\n{graded.stdout}```\n"
    assert f"{6 + 2 * (code == 0)} of 8" in graded.stdout


@pytest.mark.parametrize(("script", "code"), [(RIGHT, 0), (WRONG, 1)])
def test_gitlab(script: bytes, code: int, tmp_path: Path) -> None:
    """The job's exit code decides, and its JUnit file is where the artifact is looked for."""
    (tmp_path / "bridge.sh").write_bytes(script)
    job = workflow("gitlab/gitlab-ci.yml")["bridge"]
    (line,) = job["script"]
    # Who runs the tests is no container's root.
    graded = run("bash", "-c", line.split("--clear-groups ")[1], folder=tmp_path)
    assert graded.returncode == code, graded.stderr
    report = (tmp_path / job["artifacts"]["reports"]["junit"]).read_text()
    assert report.count("<testcase ") == 10
    assert report.count("<failure ") == 2 * code


ANN = "Ann-Kathrin Mustermann_1234567_assignsubmission_file_Ann-Kathrin_bridge.sh"
"""As learning platforms name what they were given."""


def test_cron(tmp_path: Path) -> None:
    """What is new or was changed is graded, and only that."""
    inbox, reports = tmp_path / "inbox", tmp_path / "reports"
    inbox.mkdir()
    (inbox / ANN).write_bytes(RIGHT)
    (inbox / "bob.sh").write_bytes(WRONG)
    grade_new = (RECIPES / "cron" / "grade-new", "bridge", inbox, reports)
    assert run(*grade_new, folder=tmp_path).returncode == 0
    first = {path.name: (json.loads(path.read_text())["passed"], path.stat().st_ino) for path in reports.iterdir()}
    assert {name: passed for name, (passed, _) in first.items()} == {f"{ANN}.json": True, "bob.sh.json": False}
    (inbox / "bob.sh").write_bytes(RIGHT)
    done = run(*grade_new, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    second = {path.name: (json.loads(path.read_text())["passed"], path.stat().st_ino) for path in reports.iterdir()}
    assert second[f"{ANN}.json"] == first[f"{ANN}.json"]
    assert second["bob.sh.json"][0]
    assert run(*grade_new, folder=tmp_path).stdout == ""
