"""A grader that is given too little of something says so and ends with 4: no submission is failed for it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest
from check_runs import DATA, ROOT

SUBMISSION = DATA / "right/bridge/plain.sh"
BARE_DEV = "mount --make-rprivate / && mount -t tmpfs none /dev"


def check(before: str, *wrapper: str) -> subprocess.CompletedProcess[str]:
    """Run `nstutor check` in a shell, behind these words."""
    command = shlex.join([sys.executable, "-m", "nstutor", "check", "bridge", str(SUBMISSION)])
    return subprocess.run(
        [*wrapper, "sh", "-c", f"{before} && exec {command}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("-n 12", "Too few open files are allowed"),
        ("-n 24", "Too few open files are allowed"),
        ("-n 63", "Too few open files are allowed"),
        ("-v 24000", "look at `ulimit -v`"),
        ("-v 40000", "look at `ulimit -"),
        ("-f 0", "`ulimit -f`"),
    ],
)
def test_it_says_what_there_is_too_little_of(limit: str, words: str) -> None:
    """Exit 4 with the limit's name, no traceback, no report of a bug, and nobody's failure."""
    ran = check(f"ulimit {limit}")
    said = ran.stdout + ran.stderr
    assert ran.returncode == 4, said
    assert words in said
    for never in ("Traceback", "internal error", "bug", "disk", "✗", "Make room"):
        assert never not in said, said


@pytest.mark.parametrize("limit", ["-n 64", "-n 100", "-n 256", "-v 400000", "-s 256"])
def test_little_is_enough(limit: str) -> None:
    """With a modest limit a right submission passes as ever."""
    ran = check(f"ulimit {limit}")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_machine_without_the_null_device() -> None:
    """It is named, with the command that makes it."""
    ran = check(BARE_DEV, "unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--mount")
    said = ran.stdout + ran.stderr
    assert ran.returncode == 4, said
    assert "There is no /dev/null here" in said
    assert "mknod -m 666 /dev/null c 1 3" in said
