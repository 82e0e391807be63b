"""The kernel's events while a lesson runs: something happened in the lab, look again."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable

from nstutor.ui.lesson_run import LessonRun

SETTLE = 0.02
"""Seconds of quiet after a netlink event before the state is judged."""
POLL = 0.25
"""Seconds between two looks at what no event tells of: who listens, settings, filters."""


class Watch:
    """Calls `act` once the lab has been quiet for a moment after something happened in it."""

    def __init__(self, room: LessonRun, act: Callable[[], object]) -> None:
        self._room, self._act = room, act
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        """prompt_toolkit knows by it above which terminal's prompt to print, whoever's program was reason to look."""
        self._watched: list[int] = []
        self._timer: asyncio.TimerHandle | None = None
        self._poll: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Listen to the world at hand."""
        if self._watched:
            return
        self._room.live.noticed = self.soon
        for descriptor in self._room.live.observer.descriptors():
            self._loop.add_reader(descriptor, self._on_event)
            self._watched.append(descriptor)
        self._poll_if_needed()

    def _poll_if_needed(self) -> None:
        """Look again and again as long as a lesson's step may need it; others never wake up for nothing."""
        session = self._room.session
        from nstutor.kernel.model import silent

        checks = (check for checks in session.plan.checks.values() for check in checks)
        if any(check.probe is not None or silent(check.needs) for check in checks):
            self._poll = self._loop.call_later(POLL, self._on_poll)

    def _on_poll(self) -> None:
        if self._room.session.silent:
            self._on_event()
        self._poll_if_needed()

    def stop(self) -> None:
        """Listen no more: the world is about to go."""
        for descriptor in self._watched:
            self._loop.remove_reader(descriptor)
        self._watched.clear()
        for timer in (self._timer, self._poll):
            if timer is not None:
                timer.cancel()

    def _on_event(self) -> None:
        if self._room.live.observer.changed():
            self.soon()

    def soon(self) -> None:
        """Act once all is quiet."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(SETTLE, self._settled, context=self._context)

    def _settled(self) -> None:
        self._act()
