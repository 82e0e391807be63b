"""`nstutor` alone: the course as a menu."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from conftest import OpenTerminal
from learner import NSTUTOR, begin, runtime_folder
from terminal_driver import Terminal


def open_menu(terminal: OpenTerminal, folder: Path) -> Terminal:
    """The menu of the learner whose work is kept in this folder."""
    environment = {"XDG_DATA_HOME": str(folder / "data"), "XDG_RUNTIME_DIR": runtime_folder(folder)}
    opened = terminal(*NSTUTOR, columns=60, environment=environment, folder=folder)
    opened.wait("q leaves")
    return opened


def test_menu_chooses_a_lesson_and_opens_it(terminal: OpenTerminal, tmp_path: Path) -> None:
    """The arrows move the mark, Enter opens the lesson that has it."""
    menu = open_menu(terminal, tmp_path)
    assert "▸ 00  A first look" in menu.screen()
    for following in ("▸ 01  A house called greenland", "▸ 02  Two halves of a ladder"):
        menu.keys("Down")
        menu.wait(following)
    menu.wait("Enter goes on with 02")
    menu.keys("Enter")
    menu.wait("Two halves of a ladder ─")
    menu.wait("host ❯")


def test_menu_shows_what_is_done_and_goes_on_there(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Passed steps are counted; Enter continues at the step where the learner left."""
    learner = begin(terminal, tmp_path, "first-look", "--step", "second")
    learner.line("ip addr add 192.0.2.20/24 dev eth0", "Enter: step 4")
    learner.start(":quit")
    learner.terminal.wait_exit()
    menu = open_menu(terminal, tmp_path)
    assert re.search(r"▸ 00  A first look +1 of 10", menu.screen()), "what was played is not counted"
    menu.keys("Enter")
    menu.wait("step 4 of 10")


def test_menu_is_left_with_q(terminal: OpenTerminal, tmp_path: Path) -> None:
    """`q` ends with status 0, and no lab was made for it."""
    menu = open_menu(terminal, tmp_path)
    menu.type("q")
    assert menu.wait_exit() == 0
    assert not (tmp_path / "data" / "nstutor" / "home").exists()


def test_course_without_a_terminal_is_a_list() -> None:
    """`nstutor | cat` prints the lessons and ends."""
    answer = subprocess.run(NSTUTOR, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert answer.returncode == 0
    assert "A house called greenland" in answer.stdout
