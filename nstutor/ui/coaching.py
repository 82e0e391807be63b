"""What the coach says at the prompt: to a command that came back, and while one runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nstutor.session.live import LiveSession
from nstutor.shell.turn import LineResult
from nstutor.ui.terminal import write_all

if TYPE_CHECKING:
    from nstutor.coach.advice import Advice
    from nstutor.kernel.model import Snapshot

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b.|\r")


def advise(live: LiveSession, turn: LineResult, before: Snapshot, where: str) -> Advice | None:
    """An explanation of what a command came to, if there is one."""
    from nstutor.coach.advice import Attempt
    from nstutor.coach.explain import explain

    after = live.snapshot or before
    output = ESCAPES.sub("", turn.output.decode(errors="replace"))
    return explain(Attempt(turn.line, output, turn.status or 0, where, before, after))


def hint_at_running(live: LiveSession) -> None:
    """Say how a program that still runs is ended, unless it reads the keys itself."""
    from nstutor.coach.running import running_hint

    newest = live.running()
    hint = running_hint(newest.argv) if newest else None
    if hint and live.bash.keyboard.line_mode():
        write_all(f"\r\n  \x1b[2mⓘ {hint}\x1b[0m\r\n".encode())
