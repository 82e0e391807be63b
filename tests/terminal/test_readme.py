"""The README's commands, as somebody types them who reads it for the first time."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import runtime_folder

from nstutor.errors import NOT_PASSED, PASSED

CHECKOUT = Path(__file__).parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SCREEN = 24
"""Lines of the smallest terminal in use."""
PROMPT = "host ❯"
INTERACTIVE = {
    "nstutor": "Enter goes on",
    "nstutor learn bridge": PROMPT,
    "nstutor check bridge work.sh --at plug --shell": "❯",
}
"""What is on the screen when a command waits for its reader; `nstutor attach` is tried in a running lab."""
ATTACH = "nstutor attach"
GRADED = (PASSED, NOT_PASSED)


def commands() -> Iterator[str]:
    """Every line of its shell fences, without the remark behind it."""
    for fence in FENCE.findall(README):
        yield from (line.partition(" #")[0].rstrip() for line in fence.splitlines() if line.strip())


def words(command: str) -> list[str]:
    """The command with the nstutor that is tested."""
    return [sys.executable, "-m", *shlex.split(command)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where somebody stands who has a script, and a class's."""
    solution = "ip netns add ximenqing-ns\nip netns add panjinlian-ns\n"
    (tmp_path / "work.sh").write_text(solution, encoding="utf-8")
    (tmp_path / "submissions").mkdir()
    for name in ("hua", "li"):
        (tmp_path / "submissions" / f"{name}.sh").write_text(solution, encoding="utf-8")
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    """Nothing is kept in this user's own folders."""
    return {"XDG_DATA_HOME": str(folder / "data"), "XDG_RUNTIME_DIR": runtime_folder(folder)}


OF_NSTUTOR = [command for command in commands() if command.startswith("nstutor")]
GRADING = [command for command in OF_NSTUTOR if command not in INTERACTIVE and command != ATTACH]


def test_its_first_picture_is_on_the_first_screen() -> None:
    """What it is, in a few sentences, and then how it looks."""
    before, _picture, _ = README.partition("![")
    assert len(before.splitlines()) < SCREEN


def test_the_makefile_has_what_it_names() -> None:
    """Each `make` of the README is a target that make knows."""
    targets = [command.split()[1] for command in commands() if command.startswith("make ")]
    assert targets
    for target in targets:
        done = subprocess.run(("make", "-n", target), cwd=CHECKOUT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", GRADING)
def test_a_command_without_a_terminal_does_what_it_says(command: str, folder: Path) -> None:
    """A report, and one of the exit codes of a grading."""
    done = subprocess.run(
        words(command),
        cwd=folder,
        env={**os.environ, **environment(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in GRADED, done.stdout + done.stderr
    written = re.search(r"--output (\S+)", command)
    assert (folder / written[1]).is_file() if written else done.stdout


def test_the_other_commands_open_at_a_terminal(terminal: OpenTerminal, folder: Path) -> None:
    """Each waits for its reader; a second terminal stands in the first one's lab."""
    assert {*INTERACTIVE, ATTACH} <= {*OF_NSTUTOR}
    for command, wanted in INTERACTIVE.items():
        opened = terminal(*words(command), columns=80, rows=40, environment=environment(folder), folder=folder)
        opened.wait(wanted, 60)
        if command.endswith("learn bridge"):
            second = terminal(*words(ATTACH), columns=80, rows=24, environment=environment(folder), folder=folder)
            second.wait(PROMPT, 60)
            second.close()
        opened.close()
