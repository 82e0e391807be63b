"""Memory that no rlimit bounds: what a world's processes hold together, and what lies in its memory file systems."""

from __future__ import annotations

import asyncio
import contextlib
import signal

from nstutor.lab.world import World
from nstutor.language import _

INTERVAL = 0.25
"""Seconds between two looks; a machine writes a few hundred MB in that time."""
MIB = 1 << 20


class Watchdog:
    """Ends a world that uses more memory than `most` bytes; `bitten` then says why."""

    def __init__(self, world: World, most: int) -> None:
        self.bitten: str | None = None
        self._world, self._most = world, most
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(INTERVAL, self._look)

    def close(self) -> None:
        """Stop looking."""
        self._timer.cancel()

    def _look(self) -> None:
        if self._world.resources().memory_bytes > self._most:
            self.bitten = _("it used more than {n} MiB of memory").format(n=self._most // MIB)
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._world.keeper, signal.SIGKILL)
            return
        self._timer = self._loop.call_later(INTERVAL, self._look)
