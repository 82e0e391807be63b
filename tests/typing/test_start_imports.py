"""What is imported before the first prompt, and for a grading: nobody waits for what they do not see."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

from places import Desk

IMPORTED = re.compile(r"import time: +\d+ \| +\d+ \| +([\w.]+)")
NSTUTOR = (sys.executable, "-X", "importtime", "-m", "nstutor")
PARSERS = {"yaml", "markdown_it", "nstutor.lesson.build", "nstutor.lesson.translation", "nstutor.lesson.variables"}
NOT_FOR_A_PROMPT = PARSERS | {
    "pygments",
    "rich.markdown",
    "rich.table",
    "rich.progress",
    "pyroute2",
    "platform",
    "_ssl",
    "hashlib",
    "bz2",
    "nstutor.checks.fact",
    "nstutor.checks.registry",
    "nstutor.coach.explain",
    "nstutor.grading",
    "nstutor.kernel.probe_types",
    "nstutor.kernel.decode",
    "nstutor.kernel.diff",
    "nstutor.kernel.model",
    "nstutor.kernel.observer",
    "nstutor.kernel.parts",
    "nstutor.kernel.probe",
    "nstutor.lab.refusals",
    "nstutor.picture",
    "nstutor.proof",
    "nstutor.report",
    "nstutor.shell.completion",
    "nstutor.shell.highlight",
    "nstutor.ui.map",
    "nstutor.ui.markdown",
}
NOT_FOR_A_GRADING = PARSERS | {
    "rich",
    "prompt_toolkit",
    "distributed",
    "xml.etree",
    "sqlite3",
    "_ssl",
    "hashlib",
    "pyroute2.iproute",
    "pyroute2.ndb",
    "pyroute2.netlink.nfnetlink",
    "pyroute2.netlink.generic",
    "nstutor.checks.netfilter",
    "nstutor.checks.sysctl",
    "nstutor.kernel.polled",
    "nstutor.kernel.firewall",
    "nstutor.picture",
    "nstutor.progress",
    "nstutor.proof",
    "nstutor.report.classroom",
    "nstutor.report.document",
    "nstutor.report.junit",
    "nstutor.report.table",
    "nstutor.ui",
}


def unneeded(printed: str, names: set[str]) -> set[str]:
    """What `-X importtime` tells of these packages and modules; it must tell of something."""
    found = set(IMPORTED.findall(printed))
    assert len(found) > 100, printed
    return {module for module in found for name in names if f"{module}.".startswith(f"{name}.")}


def test_a_prompt_is_drawn_before_what_it_does_not_need(tmp_path: Path) -> None:
    """The course is not parsed, nothing is decoded, and what answers the keys comes behind it."""
    with Desk(tmp_path, random.Random(0)).open(*NSTUTOR, "learn", "veth") as terminal:
        terminal.wait("host ❯", 60)
        before, _prompt, _behind = terminal.text.partition("host ❯")
    assert "nstutor.ui.repl" in before
    assert not unneeded(before, NOT_FOR_A_PROMPT)


def test_a_grading_imports_what_the_lesson_and_the_report_need(tmp_path: Path) -> None:
    """Neither a parser, nor the drawing, nor other families of checks and formats than those in use."""
    (tmp_path / "work.sh").write_text("ip netns add ximenqing-ns\n")
    command = (*NSTUTOR, "check", "bridge", "work.sh")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert not unneeded(done.stderr, NOT_FOR_A_GRADING)
