"""Many submissions in one run: right verdicts in their order, and nothing lost or left by whatever ends it."""

from __future__ import annotations

import html
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from adopter import killed
from check_runs import DATA, ROOT, by_name, check, complaints, stored
from conftest import OpenTerminal
from mixed import LIMITS, submissions, write
from processes import Remains, descendants, parent_of, until_it_runs

NSTUTOR = (sys.executable, "-m", "nstutor")
RIGHT = stored("right/veth/plain")
SLEEPS = b"sleep 60\n"


def test_a_mixed_class_is_judged_right(tmp_path: Path) -> None:
    """Right ones, ones with a mistake and attacks, side by side: each gets its verdict, in the order of the names."""
    known = submissions(40)
    run = check("bridge", write(tmp_path / "class", known), "--format", "json", *LIMITS)
    assert (run.returncode, run.stderr) == (1, "")
    reports = by_name(json.loads(run.stdout))
    assert list(reports) == list(known)
    wrong = [reports[name] for name, submission in known.items() if not submission.judged_right(reports[name])]
    assert not wrong, [(one["submission"], one["error"], one["notes"], complaints(one)) for one in wrong]


@contextmanager
def started(
    folder: Path, *options: str | Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """`nstutor check veth` at work on the folder, with pipes for its output, in a session of its own."""
    command = (*NSTUTOR, "check", "veth", folder, *options)
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
        env={**os.environ, **(environment or {})},
    ) as run:
        try:
            yield run
        finally:
            run.kill()


def handed_in(folder: Path, **scripts: bytes) -> Path:
    """A folder with these submissions."""
    folder.mkdir()
    for name, script in scripts.items():
        (folder / name).write_bytes(script)
    return folder


def test_what_cannot_be_read_costs_nobody_else(tmp_path: Path) -> None:
    """It becomes a result with its error, and the exit code says so."""
    folder = handed_in(tmp_path / "class", a=RIGHT, c=RIGHT)
    run = check("veth", folder / "a", folder / "b", folder / "c", "--format", "json")
    reports = by_name(json.loads(run.stdout))
    assert run.returncode == 2
    assert [report["passed"] for report in reports.values()] == [True, False, True]
    assert reports["b"]["error"] == run.stderr.removeprefix("nstutor: ").strip()
    assert "cannot read" in run.stderr
    assert {step["status"] for step in reports["b"]["steps"]} == {"not_checked"}


def test_submissions_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """work.sh of this student and work.sh of that one are called by their paths."""
    folders = [handed_in(tmp_path / student, **{"work.sh": RIGHT}) for student in ("ann", "bob")]
    run = check("veth", *folders, "--format", "csv")
    assert run.returncode == 0, run.stderr
    assert [row.split(",")[0] for row in run.stdout.splitlines()[1:]] == [f"{folder}/work.sh" for folder in folders]


def test_a_worker_that_is_killed_costs_one_submission(tmp_path: Path) -> None:
    """The one that it was at gets an error and exit code 3; what comes after it is graded by another."""
    folder = handed_in(tmp_path / "class", a=SLEEPS, b=RIGHT, c=RIGHT)
    with started(folder, "--format", "json", "--jobs", "1") as run:
        processes = until_it_runs(run.pid, "sleep")
        (workers,) = (pid for pid in processes if parent_of(pid) == run.pid)
        (worker,) = (pid for pid in processes if parent_of(pid) == workers)
        os.kill(worker, signal.SIGKILL)
        out, err = run.communicate(timeout=30)
    reports = by_name(json.loads(out))
    assert run.returncode == 3
    assert [report["error"] for report in reports.values()] == ["the process that was at it has ended", None, None]
    assert [report["passed"] for report in reports.values()] == [False, True, True]
    assert err == "nstutor: the process that was at it has ended\n"


def test_results_are_printed_as_they_come(tmp_path: Path) -> None:
    """The first one stands there while the second is graded; Ctrl-C then ends it with 130, and without a word more."""
    folder = handed_in(tmp_path / "class", a=RIGHT, b=SLEEPS)
    with started(folder) as run:
        assert run.stdout is not None
        first = [run.stdout.readline() for _ in range(8)]
        assert "6 of 6   passed" in first[0]
        until_it_runs(run.pid, "sleep")
        processes = descendants(run.pid)
        os.killpg(run.pid, signal.SIGINT)
        out, err = run.communicate(timeout=60)
    assert (run.returncode, err) == (130, "")
    assert "b ·" not in out
    assert not [pid for pid in processes if parent_of(pid) == run.pid]


def test_finished_reports_are_safe_from_a_hanging_one(tmp_path: Path) -> None:
    """In a folder each report is there as soon as it is finished, whatever is graded before it."""
    folder, reports = handed_in(tmp_path / "class", a=SLEEPS, b=RIGHT, c=RIGHT), tmp_path / "reports"
    with started(folder, "--format", "json", "--output", f"{reports}/", "--jobs", "2") as run:
        until_it_runs(run.pid, "sleep")
        while len(list(reports.iterdir())) < 2:
            assert run.poll() is None
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=60)
    found = {path.name: json.loads(path.read_text()) for path in reports.iterdir()}
    assert run.returncode == 130
    assert {name: report["passed"] for name, report in found.items()} == {
        "a.json": False,
        "b.json": True,
        "c.json": True,
    }
    assert found["a.json"]["error"] == "interrupted before it was graded"


@pytest.mark.parametrize("after", [0.4, 0.8, 1.3, 1.9])
def test_a_killed_grader_leaves_whole_reports_and_nothing_else(after: float, tmp_path: Path) -> None:
    """After SIGKILL at some moment no process stays, and what lies in the folder is finished."""
    scripts = {f"{number:03}": RIGHT for number in range(60)}
    folder, reports = handed_in(tmp_path / "class", **scripts), tmp_path / "reports"
    killed(after, "check", "veth", folder, "--format", "json", "--output", f"{reports}/")
    found = list(reports.iterdir()) if reports.exists() else []
    assert all(path.suffix == ".json" and json.loads(path.read_text())["passed"] for path in found)
    assert len(found) < len(scripts)


@pytest.mark.parametrize("name", ["json", "html"])
def test_a_killed_grader_leaves_nothing_of_an_unfinished_report(name: str, tmp_path: Path) -> None:
    """A single file is there whole or not at all, and nothing lies beside it or where temporary files are."""
    folder, reports = handed_in(tmp_path / "class", a=RIGHT, b=SLEEPS), tmp_path / "reports"
    reports.mkdir()
    with started(folder, "--format", name, "--output", reports / "report", environment={"TMPDIR": str(reports)}) as run:
        with Remains([run.pid, *until_it_runs(run.pid, "sleep")]) as remains:
            run.kill()
            assert not remains.after(20)
    assert not list(reports.iterdir())


def test_a_bar_tells_how_far_it_is(tmp_path: Path, terminal: OpenTerminal) -> None:
    """On a terminal; it makes room for the results and is gone at the end."""
    folder = handed_in(tmp_path / "class", a=RIGHT, b=b"until [ -e /tmp/x ]; do sleep 1; touch /tmp/x; done\n")
    screen = terminal(*NSTUTOR, "check", "veth", str(folder))
    screen.wait("grading")
    screen.wait("1/2")
    assert screen.wait_exit(60) == 1
    text = screen.screen()
    assert "1 of 2 submissions passed" in text
    assert "grading" not in text


def test_every_format_is_written_where_no_lab_can_be_made(tmp_path: Path) -> None:
    """An automatic reader finds a report with the reason in it, and exit code 4."""
    script = DATA / "right" / "veth" / "plain.sh"
    for name, words in (
        ("json", '"error"'),
        ("junit", "<error "),
        ("gradescope", '"output"'),
        ("csv", "plain.sh"),
        ("html", "could not be graded"),
    ):
        report = tmp_path / name
        command = (*NSTUTOR, "check", "veth", str(script), "--format", name, "--output", str(report))
        refused = (
            "unshare",
            "--user",
            "--map-root-user",
            "sh",
            "-ec",
            'echo 0 > /proc/sys/user/max_net_namespaces; exec "$@"',
            "sh",
            *command,
        )
        run = subprocess.run(refused, capture_output=True, text=True, cwd=ROOT, check=False)
        assert run.returncode == 4, run.stderr
        text = html.unescape(report.read_text())
        assert words in text
        assert run.stderr.splitlines()[0].removeprefix("nstutor: ")[:40] in text
