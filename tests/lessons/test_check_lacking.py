"""A machine without `brctl`: what is lacking is told before, and a verdict that may hang on it is void."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from bare_machine import HIDE
from check_runs import by_name, stored
from test_neighbours import NSTUTOR, beside

BRCTL = shutil.which("brctl", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
USER = ("--user", "--map-user=1000", "--map-group=1000", "--keep-caps") if os.geteuid() else ()
WITHOUT = ("unshare", *USER, "--mount", "sh", "-ec", HIDE, "sh")
"""Before names of files, which are no programs there, and the command behind `--`."""
SCRIPTS = {
    "brctl.sh": stored("right/bridge/net-tools"),
    "mistake.sh": b"ip netns add ximenqing-ns\n# brctl is not needed\n",
    "own-path.sh": b"PATH=/nowhere\niptables -L\n",
    "right.sh": stored("right/bridge/plain"),
    "shows.sh": b"ip netns add ximenqing-ns\nbrctl show\n",
}


@pytest.mark.skipif(BRCTL is None, reason="brctl is not installed, and no lesson needs it")
def test_a_missing_tool_voids_what_hangs_on_it(tmp_path: Path) -> None:
    """And nothing else: not a mistake beside it, a look, or a PATH that the submission itself has changed."""
    assert BRCTL is not None
    folder = tmp_path / "class"
    folder.mkdir()
    for name, script in SCRIPTS.items():
        (folder / name).write_bytes(script)
    report = tmp_path / "report.json"
    command = (*NSTUTOR, "check", "bridge", folder, "--format", "json", "--output", report)
    with beside(*WITHOUT, os.path.realpath(BRCTL), "--", *command) as grader:
        said, _ = grader.communicate(timeout=300)
    assert grader.returncode == 4, said
    assert "nstutor: this machine lacks brctl (package bridge-utils), a command in brctl.sh, shows.sh\n" in said
    reports = by_name(json.loads(report.read_text()))
    note = "this machine lacks brctl; the package bridge-utils brings it"
    void = reports["brctl.sh"]
    assert void["void_reason"] == "this machine lacks brctl (package bridge-utils), which line 3 runs", said
    assert void["notes"] == [f"line 3: {note}"]
    assert {name: (graded["passed"], graded["void"]) for name, graded in reports.items() if name != "brctl.sh"} == {
        "mistake.sh": (False, False),
        "own-path.sh": (False, False),
        "right.sh": (True, False),
        "shows.sh": (False, False),
    }
    assert reports["shows.sh"]["notes"] == [f"line 2: {note}"]
    assert reports["own-path.sh"]["notes"] == []
