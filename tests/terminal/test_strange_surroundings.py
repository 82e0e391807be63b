"""nstutor started by programs that leave it little: closed streams, other character sets, no home, no room."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

NSTUTOR = (sys.executable, "-m", "nstutor")
LOOPBACK = """\
ip netns add eden
ip netns add greenland
ip netns delete eden
ip netns exec greenland ip link set lo up
"""

Answer = subprocess.CompletedProcess[str]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A submission that passes `loopback`."""
    path = tmp_path / "work.sh"
    path.write_text(LOOPBACK)
    return path


def nstutor(
    *arguments: str | Path,
    environment: Mapping[str, str | None] | None = None,
    redirect: str = "",
    before: Callable[[], None] | None = None,
) -> Answer:
    """Run it from a shell with these redirections; a variable that is None is not set."""
    merged = {**os.environ, **(environment or {})}
    return subprocess.run(
        ("/bin/sh", "-c", f'exec "$@" {redirect}', "sh", *NSTUTOR, *arguments),
        env={key: value for key, value in merged.items() if value is not None},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=before,
        encoding="utf-8",
        errors="surrogateescape",
    )


# --- streams -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_closed_streams_keep_nothing_from_being_graded(closed: str, script: Path, tmp_path: Path) -> None:
    """A submission is graded, and its report written, whichever of the standard streams is closed."""
    report = tmp_path / "report.json"
    answer = nstutor("check", "loopback", script, "--format", "json", "--output", report, redirect=closed)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(report.read_text())["passed"]


def test_closed_streams_keep_the_exit_code() -> None:
    """A wrong name is exit 2, also where nobody can be told."""
    assert nstutor("check", "no-such-lesson", "x", redirect="2>&-").returncode == 2


def test_course_without_a_keyboard_is_listed() -> None:
    """`nstutor` with its input closed lists the course, as it does with any input that is no terminal."""
    answer = nstutor(redirect="<&-")
    assert answer.returncode == 0, answer.stderr
    assert "Wang Po's bridge" in answer.stdout


def test_full_device_is_said() -> None:
    """Output that finds no room is told in words, with exit 2."""
    answer = nstutor("list", redirect="> /dev/full")
    assert (answer.returncode, answer.stderr) == (2, "nstutor: No space left on device\nMake room and try again.\n")


# --- character sets --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gbk", "ascii:surrogateescape"])
def test_report_in_another_character_set(encoding: str, script: Path) -> None:
    """Where the terminal has no ✓ the report comes all the same."""
    answer = nstutor("check", "loopback", script, environment={"PYTHONIOENCODING": encoding})
    assert answer.returncode == 0, answer.stderr
    assert "A house called greenland" in answer.stdout


def test_json_in_another_character_set_loses_nothing(tmp_path: Path) -> None:
    """JSON for a stream that is not UTF-8 has escapes, and says the same."""
    script = tmp_path / "中文.sh"
    script.write_text(LOOPBACK)
    answer = nstutor("check", "loopback", script, "--format", "json", environment={"PYTHONIOENCODING": "ascii"})
    assert answer.stdout.isascii()
    assert json.loads(answer.stdout)["submission"] == "中文.sh"


def test_name_that_is_no_text(tmp_path: Path) -> None:
    """A submission whose name is not UTF-8 has U+FFFD for each of its bytes, one of which could steer a terminal."""
    script = tmp_path / os.fsdecode(b"\xff\x9b.sh")
    script.write_text(LOOPBACK)
    answer = nstutor("check", "loopback", script, environment={"PYTHONIOENCODING": "utf-8:strict"})
    assert answer.returncode == 0, answer.stderr
    assert "\ufffd\ufffd.sh" in answer.stdout


def test_submission_of_random_bytes(tmp_path: Path) -> None:
    """The report on a file that is no script stays short."""
    script = tmp_path / "work.sh"
    script.write_bytes(b"\x00\n" * 1000)
    answer = nstutor("check", "loopback", script)
    assert answer.returncode == 1, answer.stderr
    assert "more like these" in answer.stdout
    assert len(answer.stdout.splitlines()) < 60


# --- a home ----------------------------------------------------------------------------------------------------------


def test_relative_data_folder_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative XDG_DATA_HOME makes no folder where one happens to stand; the home's own is used."""
    monkeypatch.chdir(tmp_path)
    answer = nstutor(
        "list",
        environment={
            "XDG_DATA_HOME": "data",
            "HOME": str(tmp_path / "home"),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
    )
    assert answer.returncode == 0, answer.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["home"]


def test_home_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    """Where progress cannot be kept, the message names the place and what to set; grading needs no home."""
    blocked = tmp_path / "file"
    blocked.touch()
    environment = {"XDG_DATA_HOME": None, "HOME": str(blocked)}
    answer = nstutor("list", environment=environment)
    assert answer.returncode == 2
    assert str(blocked) in answer.stderr
    assert "XDG_DATA_HOME" in answer.stderr


# --- limits ----------------------------------------------------------------------------------------------------------


def test_few_open_files_are_enough(script: Path) -> None:
    """64 open files are enough to grade."""
    answer = nstutor("check", "loopback", script, before=lambda: _allow(resource.RLIMIT_NOFILE, 64))
    assert answer.returncode == 0, answer.stderr


def test_too_few_open_files_are_said(script: Path) -> None:
    """With fewer it says which limit is in the way and the command that raises it, with exit 4."""
    answer = nstutor("check", "loopback", script, before=lambda: _allow(resource.RLIMIT_NOFILE, 10))
    assert answer.returncode == 4
    assert "ulimit -n 1024" in answer.stderr


def test_no_room_for_a_process_is_said(script: Path) -> None:
    """Where no further process is allowed it says so, with exit 4."""
    answer = nstutor("check", "loopback", script, before=lambda: _allow(resource.RLIMIT_NPROC, 1))
    assert answer.returncode == 4
    assert "ulimit -u" in answer.stderr


def _allow(limit: int, value: int) -> None:
    resource.setrlimit(limit, (value, value))


# --- what is handed in -----------------------------------------------------------------------------------------------


def test_only_regular_files_are_read(script: Path, tmp_path: Path) -> None:
    """A pipe, a socket, a device, a directory and what the kernel shows of itself are refused at once, with a word."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/proc/self/environ")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{tmp_path}/socket")
        refused = {
            f"{tmp_path}/pipe": "a pipe",
            f"{tmp_path}/socket": "a socket",
            "/dev/zero": "a device",
            "/dev/stdin": "a pipe",
            f"{tmp_path}/link": "kernel's own files",
            "/proc/self/fd/0": "a pipe",
            "/proc/self/root/proc/version": "kernel's own files",
            "/sys/kernel/uevent_seqnum": "kernel's own files",
            "/dev/ptmx": "a device",
        }
        command = (*NSTUTOR, "check", "loopback", *refused, str(script), "--format", "json")
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
            # Its standard input stays open, and gives nothing.
            assert run.stdout is not None
            reports = json.load(run.stdout)["submissions"]
            assert run.wait(60) == 2
    assert len(reports) == len(refused) + 1
    for report, words in zip(reports, refused.values(), strict=False):
        assert words in report["error"]
    assert (reports[-1]["error"], reports[-1]["passed"]) == (None, True)
    for lesson in (f"{tmp_path}/pipe", "/dev/zero", "/proc/self/environ", f"{tmp_path}"):
        answer = nstutor("check", lesson, script)
        assert answer.returncode == 2
        assert lesson in answer.stderr


@pytest.mark.parametrize("limit", ["abc", "nan"])
def test_limit_that_is_no_time_is_said(limit: str, script: Path) -> None:
    """A limit that is no number of seconds gets the same words, and no name out of our code."""
    answer = nstutor("check", "loopback", script, f"--limit={limit}")
    assert answer.returncode == 2
    assert "must be a number of seconds above 0" in answer.stderr
