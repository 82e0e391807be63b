"""Draw `assets/session.svg`: a real session, typed into a real terminal (tmux), as its screen stands at the end.

usage: make pictures, or python tools/draw_session.py
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

CHECKOUT = Path(__file__).parents[1]
COLUMNS, ROWS = 80, 43
DEADLINE = 20.0
# Lines that are typed, and what must be on the screen before the next one.
SCENE = (
    ("", "Plug the other ends"),
    ("ip link set wp2xmq master wangpo", "+ master wangpo"),
    ("ip link set wp2pjl master wangpoo", "wangpoo"),
    ("ip link set wp2pjl master wangpo", ":answer NUMBER"),
    (":answer disabled", "Enter: step 6"),
    (":map", "panjinlian-ns"),
)
THEME = TerminalTheme(
    (30, 30, 38),
    (214, 214, 220),
    [
        (60, 60, 70),
        (229, 107, 111),
        (126, 190, 124),
        (219, 188, 110),
        (110, 160, 228),
        (190, 140, 208),
        (96, 186, 190),
        (205, 205, 212),
    ],
    [
        (120, 120, 134),
        (240, 130, 132),
        (150, 212, 148),
        (236, 208, 136),
        (140, 184, 246),
        (210, 166, 226),
        (128, 210, 214),
        (240, 240, 244),
    ],
)


@contextmanager
def terminal(folder: str) -> Iterator[list[str]]:
    """A tmux on a socket of its own, with the lesson in it; yields the command that talks to it."""
    tmux = ["tmux", "-S", os.path.join(folder, "socket"), "-f", "/dev/null"]
    program = f"{sys.executable} -m nstutor learn bridge --step plug"
    environment = {**os.environ, "LANG": "C.UTF-8", "XDG_DATA_HOME": folder, "TERM": "xterm-256color"}
    start = [*tmux, "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), program]
    subprocess.run(start, check=True, env=environment)
    try:
        yield tmux
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)


def screen(tmux: list[str], *options: str) -> str:
    """What the terminal shows."""
    command = [*tmux, "capture-pane", "-p", *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def wait_for(tmux: list[str], words: str) -> None:
    """Wait until the words are on the screen and the prompt is below them."""
    deadline = time.monotonic() + DEADLINE
    while words not in screen(tmux) or "❯" not in screen(tmux).rpartition(words)[2]:
        if time.monotonic() > deadline:
            raise SystemExit(f"{words!r} did not come:\n{screen(tmux)}")
        time.sleep(0.05)


def play() -> str:
    """Play the observation; the screen at its end, with its colours."""
    with tempfile.TemporaryDirectory() as folder, terminal(folder) as tmux:
        for line, words in SCENE:
            if line:
                subprocess.run([*tmux, "send-keys", "-l", line], check=True)
                subprocess.run([*tmux, "send-keys", "Enter"], check=True)
            wait_for(tmux, words)
        return screen(tmux, "-e")


def main() -> None:
    """Play, and draw what the terminal shows."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(play().rstrip("\n")), soft_wrap=True)
    svg = console.export_svg(title="nstutor learn bridge", theme=THEME, unique_id="session")
    # No font from elsewhere: a picture shows itself without a network.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", "ui-monospace")
    (CHECKOUT / "assets" / "session.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
