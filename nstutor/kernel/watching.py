"""Supervision of executions on the event loop: the shells of a lab, each for as long as a process of it lives."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from nstutor.kernel.executions import Executions


class Watching:
    """Answers the seccomp listeners of shells; the descriptors are closed here."""

    def __init__(self, executions: Executions, before: Callable[[], None]) -> None:
        """`before` is called each time, while the processes still stand."""
        self._executions, self._before = executions, before
        self._loop = asyncio.get_running_loop()
        self._listeners: list[int] = []

    def add(self, listener: int, pid: int) -> None:
        """Supervise one more shell, which is this process."""
        self._listeners.append(listener)
        self._executions.add(listener, pid)
        self._loop.add_reader(listener, self._on_execution, listener)

    def close(self) -> None:
        """Supervise none any more."""
        for listener in tuple(self._listeners):
            self._remove(listener)

    def _on_execution(self, listener: int) -> None:
        self._before()
        if not self._executions.handle(listener):
            self._remove(listener)

    def _remove(self, listener: int) -> None:
        self._loop.remove_reader(listener)
        self._executions.remove(listener)
        self._listeners.remove(listener)
        os.close(listener)
