"""`nstutor check` as a command: its formats, its limits, its exit codes and what it says when it cannot grade."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from check_runs import DATA, ROOT, by_name, check, stored
from short_lesson import lesson_text

SOLUTION = DATA / "right" / "veth" / "plain.sh"
STEP = {"id", "title", "status", "reached", "reached_ms", "holds", "points", "bonus", "checks"}
CHECK = {"check", "line", "status", "message", "expected", "actual"}
REPORT = {
    "version", "lesson", "submission", "variant", "passed", "score", "max_score", "bonus", "pass_mark", "steps",
    "commands", "started", "duration_ms", "evidence", "notes", "error", "void", "void_reason",
}  # fmt: skip


def test_one_submission_is_one_object() -> None:
    """The JSON of a single file is the documented object, and the exit code says that it passed."""
    run = check("veth", SOLUTION, "--format", "json")
    assert (run.returncode, run.stderr) == (0, "")
    report = json.loads(run.stdout)
    assert set(report) == REPORT
    assert report["version"] == 1
    assert set(report["lesson"]) == {"id", "sha256"}
    assert all(set(step) == STEP and step["checks"] for step in report["steps"])
    assert all(set(item) == CHECK for step in report["steps"] for item in step["checks"])
    assert (report["submission"], report["passed"], report["score"]) == ("plain.sh", True, report["max_score"])


def test_a_folder_is_a_list_in_the_order_of_names(tmp_path: Path) -> None:
    """The files of a folder follow one another by name, hidden ones aside; the worst of them is the exit code."""
    (tmp_path / "b.sh").write_bytes(SOLUTION.read_bytes())
    (tmp_path / "a.sh").write_bytes(b"ip netns add ximenqing-ns\n")
    (tmp_path / "C.sh").write_bytes(b"")
    (tmp_path / ".hidden").write_bytes(b"exit\n")
    (tmp_path / "folder").mkdir()
    run = check("veth", tmp_path, "--format", "json")
    assert run.returncode == 1
    document = json.loads(run.stdout)
    assert set(document) == {"version", "submissions"}
    assert list(by_name(document)) == ["C.sh", "a.sh", "b.sh"]
    assert [report["passed"] for report in document["submissions"]] == [False, False, True]


def test_several_files_keep_their_order(tmp_path: Path) -> None:
    """Files that are named one by one are reported in the order of the command line."""
    other = tmp_path / "a.sh"
    other.write_bytes(SOLUTION.read_bytes())
    run = check("veth", SOLUTION, other, "--format", "json")
    assert run.returncode == 0
    assert list(by_name(json.loads(run.stdout))) == ["plain.sh", "a.sh"]


def test_text_names_the_first_cause(tmp_path: Path) -> None:
    """The text report has a line for each step, and for a failed one its first cause and its place in the lesson."""
    script = tmp_path / "work.sh"
    script.write_bytes(SOLUTION.read_bytes().replace(b"ip -n panjinlian-ns link set panjinlian up\n", b""))
    run = check("veth", script)
    assert run.returncode == 1
    lines = run.stdout.splitlines()
    assert lines[0].split() == ["work.sh", "·", "Two", "halves", "of", "a", "ladder", "5", "of", "6", "not", "passed"]
    failed = next(index for index, line in enumerate(lines) if "✗" in line)
    assert "panjinlian in panjinlian-ns is down" in lines[failed + 1]
    assert "02-veth.md:" in lines[failed + 1]
    assert "8 commands" in lines[-1]


def test_output_goes_to_a_file_that_is_whole(tmp_path: Path) -> None:
    """`--output` writes the report and leaves nothing else behind; a link is followed, not replaced."""
    (tmp_path / "link").symlink_to("report.json")
    run = check("veth", SOLUTION, "--format", "json", "--output", tmp_path / "link")
    assert (run.returncode, run.stdout) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "report.json"]
    assert (tmp_path / "link").is_symlink()
    assert json.loads((tmp_path / "report.json").read_text())["passed"]


def test_output_to_a_pipe_leaves_the_pipe(tmp_path: Path) -> None:
    """What is no plain file is written to as it is."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        run = check("veth", SOLUTION, "--output", pipe, seconds=60)
        told, _ = reader.communicate(timeout=60)
    assert (run.returncode, run.stdout) == (0, "")
    assert "6 of 6" in told
    assert pipe.is_fifo()


def test_a_full_disk_is_told_as_such() -> None:
    """A report that cannot be written is the user's matter, not a bug of ours."""
    with open("/dev/full", "w", encoding="utf-8") as full:
        run = subprocess.run([sys.executable, "-m", "nstutor", "check", "veth", SOLUTION], stdout=full,
                             stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=60, check=False)  # fmt: skip
    assert run.returncode == 2
    assert "cannot write the report: No space left on device" in run.stderr


@pytest.mark.parametrize(("arguments", "words"), [
    (("nosuch", SOLUTION), "there is no lesson 'nosuch'; there are: first-look, loopback, veth, bridge"),
    (("brige", SOLUTION), "did you mean `bridge`?"),
    (("./nosuch.md", SOLUTION), "nosuch.md"),
    (("veth", SOLUTION, "--output", "/nosuch/report"), "cannot write /nosuch/report: No such file or directory"),
    (("veth", SOLUTION, "--output", "/proc/"), "cannot write /proc/"),
    (("veth", SOLUTION, "--format", "xml"), "invalid choice: 'xml'"),
    (("veth", SOLUTION, "--limit", "0"), "must be a number of seconds above 0"),
    (("veth", SOLUTION, "--jobs", "many"), "must be a number from 1 to 1000"),
    (("veth",), "nothing is recorded for veth yet"),
])  # fmt: skip
def test_a_wrong_command_line_is_named(arguments: tuple[str | Path, ...], words: str) -> None:
    """What is wrong with the command line is said in a line, with exit code 2 and without a report."""
    run = check(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert words in run.stderr
    assert "Traceback" not in run.stderr


def test_a_folder_without_files_is_named(tmp_path: Path) -> None:
    """A folder in which there is nothing to grade is a mistake on the command line."""
    (tmp_path / "inside").mkdir()
    run = check("veth", tmp_path)
    assert run.returncode == 2
    assert f"{tmp_path} has no files\nName the folders in it: {tmp_path}/*/" in run.stderr


def test_a_folder_loses_nothing_in_silence(tmp_path: Path) -> None:
    """Of folders in it is told, a link says that it is one, and one that leads nowhere is a result, too."""
    folder = tmp_path / "class"
    (folder / "inside").mkdir(parents=True)
    (folder / "link.sh").symlink_to(SOLUTION)
    (folder / "\x1b[2Jlost.sh").symlink_to("nowhere")
    run = check("veth", folder)
    assert run.returncode == 2
    assert f"{folder}: 1 folder in it is not graded\nName the folders in it: {folder}/*/" in run.stderr
    assert f"! it is a link to {SOLUTION}" in run.stdout
    assert "\ufffd[2Jlost.sh: No such file or directory" in run.stdout
    assert "\x1b" not in run.stdout + run.stderr
    assert "1 of 2 submissions passed" in run.stdout


def test_a_lesson_of_questions_alone_is_graded(tmp_path: Path) -> None:
    """Its answers are what is graded: without them it is not passed, and that is no fault of ours."""
    lesson, answered = tmp_path / "asks.md", tmp_path / "answered.sh"
    lesson.write_text(lesson_text("ask: ? What = x"))
    answered.write_text("#:answer ask 1 x\n")
    for script, code, score in ((SOLUTION, 1, 0), (answered, 0, 1)):
        run = check(lesson, script, "--format", "json")
        assert run.returncode == code, run.stderr
        report = json.loads(run.stdout)
        assert (report["score"], report["max_score"]) == (score, 1)


def test_a_name_that_is_no_text_goes_into_a_file_too(tmp_path: Path) -> None:
    """A submission's name may be any bytes; the report shows that there is one that is no text."""
    script = tmp_path / os.fsdecode(b"\xff.sh")
    script.write_bytes(SOLUTION.read_bytes())
    assert check("veth", script, "--output", tmp_path / "report.txt").returncode == 0
    assert "  \ufffd.sh " in (tmp_path / "report.txt").read_text(encoding="utf-8")


def test_a_damaged_lesson_is_told_with_its_places(tmp_path: Path) -> None:
    """All faults of a lesson file are named with line and column before anything is graded."""
    lesson = tmp_path / "damaged.md"
    whole = (ROOT / "lessons" / "02-veth.md").read_text()
    lesson.write_text(whole.replace("netns ximenqing-ns up\n", "netsn ximenqing-ns up\n"))
    run = check(lesson, SOLUTION)
    assert (run.returncode, run.stdout) == (2, "")
    assert f"{lesson}:" in run.stderr
    assert "did you mean `netns`?" in run.stderr
    assert "^" in run.stderr


def test_the_time_for_all_of_it_is_limited(tmp_path: Path) -> None:
    """Once the whole time is over no line is typed any more, and the report says from which on."""
    script = tmp_path / "slow.sh"
    script.write_bytes(b"ip netns add ximenqing-ns\nsleep 100\nip netns add panjinlian-ns\n")
    run = check("veth", script, "--format", "json", "--limit", "1")
    assert run.returncode == 1
    report = json.loads(run.stdout)
    assert report["notes"][-1] == "line 3 and later were not typed: 1 s were over"
    assert report["steps"][0]["checks"][0]["status"] == "passed"


def test_a_short_limit_is_told_as_it_was_given(tmp_path: Path) -> None:
    """Half a second is not rounded to none."""
    script = tmp_path / "slow.sh"
    script.write_bytes(b"sleep 100\n")
    report = json.loads(check("veth", script, "--format", "json", "--command-limit", "0.5").stdout)
    assert report["notes"] == ["line 1 was ended after 0.5 s: sleep 100"]


def test_output_is_limited_and_what_follows_is_typed(tmp_path: Path) -> None:
    """Endless output is cut off and noted; the next lines count."""
    script = tmp_path / "flood.sh"
    script.write_bytes(b"yes\n" + stored("right/veth/plain"))
    run = check("veth", script, "--format", "json")
    report = json.loads(run.stdout)
    assert report["notes"] == ["line 1 was ended after 16 MiB of output: yes"]
    assert (run.returncode, report["passed"]) == (0, True)
