"""What conftest.py promises about every run of the tests, shown on small runs of their own."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from nstutor.lab.tools import find

TESTS = Path(__file__).parents[1]


def run_tests(folder: Path, source: str, *before: str, strict: bool = False) -> subprocess.CompletedProcess[str]:
    """Run pytest, with our conftest, on one file with this source; `before` is put before the command."""
    (folder / "test_it.py").write_text(f"import os, subprocess\nimport pytest\n{source}")
    command = (sys.executable, "-m", "pytest", "-p", "conftest", "-c", str(TESTS.parent / "pyproject.toml"))
    environment = {**os.environ, "PYTHONPATH": f"{TESTS}:{TESTS.parent}", "NSTUTOR_STRICT": "1" if strict else "0"}
    # pytest's own choice goes by the user's name, and root of a user namespace does not own root's folder.
    where = ("--rootdir", str(folder), "--basetemp", str(folder / "tmp"), "-p", "no:cacheprovider", str(folder))
    return subprocess.run((*before, *command, *where), env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("source", ["def test_it():\n    pytest.skip('no luck')", "pytest.importorskip('no_luck')"])
def test_skips_are_failures_in_strict_mode(tmp_path: Path, source: str) -> None:
    """A test, or a whole file, that is skipped for a reason of its own fails where skips are not allowed."""
    answer = run_tests(tmp_path, source, strict=True)
    assert answer.returncode != 0
    assert "skipped for a reason that is not in allowed-skips.txt" in answer.stdout


def test_skips_are_skips_otherwise(tmp_path: Path) -> None:
    """On somebody's own machine a skip is a skip."""
    answer = run_tests(tmp_path, "def test_it():\n    pytest.skip('no luck')")
    assert answer.returncode == 0
    assert "1 skipped" in answer.stdout


def test_listed_reasons_may_skip_in_strict_mode(tmp_path: Path) -> None:
    """A reason on the list stays a skip."""
    answer = run_tests(tmp_path, "def test_it():\n    pytest.skip('the kernel has no link type dummy')", strict=True)
    assert answer.returncode == 0, answer.stdout
    assert "1 skipped" in answer.stdout


@pytest.mark.parametrize(
    "change", ["link add oops type bridge", "addr add 10.9.9.9/32 dev lo", "rule add pref 7 table 7"]
)
def test_changing_the_machine_fails_the_session(tmp_path: Path, change: str) -> None:
    """A test that leaves a device, an address or a rule in its own network namespace makes the session fail."""
    source = f"def test_it():\n    subprocess.run(({find('ip')!r}, *{change.split()!r}), check=True)"
    own = ("unshare", "--user", "--map-root-user", "--net")
    assert run_tests(tmp_path, "def test_it():\n    pass", *own).returncode == 0
    answer = run_tests(tmp_path, source, *own)
    assert answer.returncode != 0
    assert "the tests changed this machine" in answer.stdout


def test_tests_have_a_home_of_their_own(home_of_the_tests: Path) -> None:
    """A program that a test starts finds a home that is not the user's."""
    answer = subprocess.run(("sh", "-c", "cd && pwd -P"), capture_output=True, text=True, check=True)
    assert Path(answer.stdout.strip()) == home_of_the_tests.resolve()
    assert answer.stdout.strip() != pwd.getpwuid(os.getuid()).pw_dir
    assert Path(os.environ["XDG_STATE_HOME"]).is_relative_to(home_of_the_tests)


@pytest.mark.parametrize("number", ["HUP", "INT", "QUIT"])
def test_tests_may_send_every_signal(tmp_path: Path, number: str) -> None:
    """What a test starts ends by it, also where the tests were started behind nohup(1) or in the background."""
    source = f"def test_it():\n    assert subprocess.run(('sh', '-c', 'kill -{number} $$')).returncode < 0"
    answer = run_tests(tmp_path, source, "sh", "-c", f"trap '' {number}; exec \"$@\"", "sh")
    assert answer.returncode == 0, answer.stdout


def test_who_started_the_tests_behind_nohup_may_leave(tmp_path: Path) -> None:
    """The tests themselves go on where the terminal that they were started at is closed."""
    source = "import signal\ndef test_it():\n    os.kill(os.getpid(), signal.SIGHUP)"
    answer = run_tests(tmp_path, source, "sh", "-c", "trap '' HUP; exec \"$@\"", "sh")
    assert answer.returncode == 0, answer.stdout
