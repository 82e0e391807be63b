"""A learner at a terminal: types a line when the prompt is there, and reads what comes of it."""

from __future__ import annotations

import re
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from conftest import OpenTerminal
from processes import descendants
from terminal_driver import POLL, Terminal, Wanted

NSTUTOR = (sys.executable, "-m", "nstutor")
PROMPT = re.compile(r"^(?:.*❯|greenland|  …)\s*\n [a-z][a-z-]* +\d+/\d+ ", re.MULTILINE)
"""An empty prompt of a shell, with the toolbar below: nothing runs and nothing is typed."""

TOOLBAR = re.compile(r"^ [a-z][a-z-]* +\d+/\d+ .*", re.MULTILINE)
"""It names the commands that a step asks for: what stands there was not typed."""

CLEAR = re.compile(r"\A[^\n]*(?:❯|greenland|…)[^\n]*\s*\n [a-z][a-z-]* +\d+/\d+ [^\n]*\s*\Z")
"""A prompt in the first line, perhaps with a line half typed, and the toolbar: nothing else."""


class Learner:
    """Somebody who works through a lesson in this terminal; what they did is kept in the folder."""

    def __init__(self, terminal: Terminal, folder: Path) -> None:
        self.terminal = terminal
        self.folder = folder

    def at_prompt(self, timeout: float = 40) -> str:
        """Wait for an empty prompt; the screen then."""
        return self.terminal.wait(PROMPT, timeout)

    def type(self, text: str) -> None:
        """Type at the prompt, and wait until the editor shows it."""
        self.terminal.type(text)
        wanted = _squeezed(text)
        deadline = time.monotonic() + 30
        while wanted not in _squeezed(TOOLBAR.sub("", self.terminal.screen())):
            assert time.monotonic() < deadline, f"{text!r} was never shown; the screen:\n{self.terminal.screen()}"
            time.sleep(POLL)

    def line(self, text: str, wanted: Wanted | None = None, timeout: float = 40) -> str:
        """A line on a clear screen, with Enter; the screen once its prompt is back, or once the wanted text is there.

        Nothing else but what came of the line is on that screen.
        """
        self.start(text)
        screen = self.terminal.wait(wanted, timeout) if wanted else ""
        return self.at_prompt(timeout) if wanted is None else screen

    def start(self, text: str) -> None:
        """A line on a clear screen, with Enter; does not wait for what comes of it."""
        self.at_prompt()
        self.clear()
        if text:
            self.type(text)
        self.terminal.keys("Enter")

    def clear(self) -> None:
        """Clear the screen, the half-typed line aside."""
        self.terminal.keys("C-l")
        self.terminal.wait(CLEAR)

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Ask the database in which the learner's work is kept."""
        with closing(sqlite3.connect(self.folder / "nstutor" / "progress.sqlite")) as database:
            return database.execute(statement).fetchall()

    def processes(self) -> list[int]:
        """The processes of nstutor and of its lab, nstutor's own first."""
        pane = int(self.terminal._ask("#{pane_pid}"))
        return descendants(pane)


def _squeezed(text: str) -> str:
    """The text without blanks and line breaks: the editor breaks a long line where the window ends."""
    return "".join(text.split())


def runtime_folder(folder: Path) -> str:
    """Where second terminals knock; not the folder itself, where a directory `nstutor` would hide the package."""
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    return str(runtime)


def open_learn(
    terminal: OpenTerminal, folder: Path, *arguments: str, columns: int = 80, rows: int = 40, before: Sequence[str] = ()
) -> Learner:
    """`nstutor learn` with these arguments, in the folder, where the same learner's work is kept from time to time.

    `before` are words in front of the command.
    """
    environment = {"XDG_DATA_HOME": str(folder / "data"), "XDG_RUNTIME_DIR": runtime_folder(folder)}
    opened = terminal(
        *before, *NSTUTOR, "learn", *arguments, columns=columns, rows=rows, environment=environment, folder=folder
    )
    return Learner(opened, folder / "data")


def begin(terminal: OpenTerminal, folder: Path, *arguments: str, columns: int = 80, rows: int = 40) -> Learner:
    """The same, at the first prompt."""
    learner = open_learn(terminal, folder, *arguments, columns=columns, rows=rows)
    learner.at_prompt()
    return learner
