"""What the coach says while a program runs."""

from __future__ import annotations

from nstutor.session.live import LiveSession
from nstutor.ui.terminal import write_all


def hint_at_running(live: LiveSession) -> None:
    """Say how a program that still runs is ended, unless it reads the keys itself."""
    from nstutor.coach.running import running_hint

    newest = live.running()
    hint = running_hint(newest.argv) if newest else None
    if hint and live.bash.keyboard.line_mode():
        write_all(f"\r\n  \x1b[2mⓘ {hint}\x1b[0m\r\n".encode())
