"""The learner's own work, graded as it is kept and as it is handed in: both come to what it came to in `learn`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import OpenTerminal
from learner import TOOLBAR, Learner, begin
from short_lesson import lesson_text

LESSON = lesson_text(
    "eden: netns eden",
    "inside .required: ran netns eden -- ip link",
    "up: link lo netns eden up; ? Is it up = yes",
    "nod points=2: netns nod",
    "given: netns given",
    "ping .required: ran status 0 netns host -- ping 127.0.0.1",
    "home: netns kept",
)


def nstutor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the same learner's."""
    environment = os.environ | {"XDG_DATA_HOME": str(folder / "data")}
    return subprocess.run(
        [sys.executable, "-m", "nstutor", *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=120,
        check=False,
    )


def graded(folder: Path, *words: str) -> Any:  # noqa: ANN401 - it is JSON
    """The JSON of `nstutor check`."""
    run = nstutor(folder, "check", "./own.md", *words, "--format", "json")
    assert run.returncode in {0, 1}, run.stderr
    return json.loads(run.stdout)


def statuses(report: Any) -> Mapping[str, str]:  # noqa: ANN401 - it is JSON
    """Of the steps, by id."""
    return {step["id"]: step["status"] for step in report["steps"]}


def work(learner: Learner) -> None:
    """Everything that is more than a line: keys for programs, keys at the prompt, a job, a file of the home."""
    terminal = learner.terminal
    learner.line("ip netns add eden", "✓ Step 1.")
    learner.line("", "step 2 of 7")
    learner.line(":hint", "Think.")
    learner.line("ip netns exec eden bash", "host › eden ❯")
    learner.line("ip link", "✓ Step 2.")
    terminal.keys("C-d")
    terminal.wait("exit")
    learner.line("for x in lost; do", "…")
    terminal.keys("C-c")
    learner.at_prompt()
    learner.line("", "step 3 of 7")
    learner.line("ip -n eden link set lo up", "Is it up")
    learner.line(":answer no", "✗")
    learner.line(":answer yes", "✓ Step 3.")
    learner.line("", "step 4 of 7")
    learner.line(":solution", "true")
    learner.line("(sleep 1; ip netns add nod) &", "✓ Step 4.")
    learner.start("cat > names")
    # While a program runs there is no toolbar: from then on the keys are the program's.
    terminal.wait_gone(TOOLBAR)
    terminal.line("given")
    terminal.keys("C-d")
    learner.at_prompt()
    learner.line("ip netns add $(cat names)", "✓ Step 5.")
    learner.start("ping 127.0.0.1")
    terminal.wait("64 bytes")
    terminal.keys("C-c")
    terminal.wait("✓ Step 6.")
    learner.line("exit", "host ❯")
    learner.line("sh build.sh", "✓ Step 7.")
    learner.start(":save saved.sh")
    terminal.wait("Grade it with")
    learner.start(":quit")
    assert terminal.wait_exit() == 0


def test_own_work_comes_to_the_same_verdict(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Replayed, saved and exported it passes what it passed, and the evidence says how it came about."""
    (tmp_path / "own.md").write_text(LESSON)
    home = tmp_path / "data" / "nstutor" / "home"
    home.mkdir(parents=True)
    (home / "build.sh").write_text("ip netns add kept\n")
    work(begin(terminal, tmp_path, "./own.md"))
    own = graded(tmp_path)
    assert set(statuses(own).values()) == {"passed"}, json.dumps(own, indent=1)
    assert own["score"] == own["max_score"] == 8
    evidence = own["evidence"]
    assert (evidence["source"], evidence["runs"]) == ("learn", 1)
    assert evidence["commands"] == own["commands"] + 3, "what is pressed, and half a loop, are no commands"
    steps = evidence["steps"]
    assert [steps[step]["hints"] for step in ("eden", "inside")] == [0, 1]
    assert [steps[step]["solution"] for step in ("up", "nod")] == [False, True]
    assert steps["up"]["answers"] == [
        {"question": 1, "text": "no", "correct": False},
        {"question": 1, "text": "yes", "correct": True},
    ]
    assert all(step["seconds"] is not None for step in steps.values())
    exported = nstutor(tmp_path, "export", "./own.md", "--output", "work.sh")
    assert (exported.returncode, exported.stdout) == (0, "")
    assert "1 command could not be written into a script" in exported.stderr
    texts = [(tmp_path / name).read_text().splitlines() for name in ("work.sh", "saved.sh")]
    assert texts[0][4:] == texts[1][4:]
    assert "timeout --foreground -s INT" in "\n".join(texts[0])
    for name in ("work.sh", "saved.sh"):
        again = graded(tmp_path, name)
        assert statuses(again) == statuses(own), again
        assert again["evidence"]["source"] == "export"
        assert again["evidence"]["claimed"]["evidence"]["steps"] == steps


@pytest.mark.parametrize("verb", ["check", "export"])
def test_without_any_work_there_is_nothing(verb: str, tmp_path: Path) -> None:
    """It is said in a line, with exit code 2."""
    run = nstutor(tmp_path, verb, "veth")
    assert (run.returncode, run.stdout) == (2, "")
    assert "nothing is recorded for veth yet" in run.stderr
    assert "Work on it: nstutor learn veth\n" in run.stderr
