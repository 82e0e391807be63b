"""What no rlimit bounds or tells of: the memory of a whole world, and which of its limits it has come to."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

from nstutor.lab.records import Usage
from nstutor.lab.world import World
from nstutor.language import _

if TYPE_CHECKING:
    from nstutor.kernel.model import Identity

INTERVAL = 0.1
"""Seconds between two looks; a processor writes a few hundred MB in that time."""
GLANCE = 0.002
"""Seconds between two counts of the processes: a fork bomb that fails everywhere is over as soon as it has begun."""
SHARE = 10
"""A look that took long is followed by a pause of so many times its length."""
MIB = 1 << 20
_LEAST_AVAILABLE = 0.05
"""Of the machine's memory; below that a world has to go if so much became less in its time as it may use."""


class Watchdog:
    """Ends a world that uses more memory than `most` bytes; `bitten` then says why."""

    def __init__(self, world: World, most: int) -> None:
        self.bitten: str | None = None
        self.most_threads = 0
        """The most that any look has seen."""
        self.netns: set[Identity] = set()
        """The network namespaces in which a process was at the look that saw most of them."""
        self.full: set[str] = set()
        """Mount points that were without a free block or inode at some look."""
        self._world, self._most = world, most
        self._glanced = 0.0
        self._available = _available()[0]
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(INTERVAL, self._look_again)

    def close(self) -> None:
        """Stop looking."""
        self._timer.cancel()

    def look(self) -> None:
        """Look now."""
        usage = self._world.resources()
        self.most_threads = max(self.most_threads, usage.threads)
        self.full |= usage.full
        if len(usage.netns) > len(self.netns):
            self.netns = set(usage.netns)
        if self.bitten is None:
            self.bitten = self._too_much(usage)
            if self.bitten is not None:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._world.keeper, signal.SIGKILL)

    def glance(self) -> None:
        """Count the processes, at a moment when their number may be at its height; not more often than is worth it."""
        if self._loop.time() - self._glanced > GLANCE:
            self._glanced = self._loop.time()
            self.most_threads = max(self.most_threads, self._world.processes())

    def _look_again(self) -> None:
        began = self._loop.time()
        self.look()
        if self.bitten is None:
            pause = max(INTERVAL, SHARE * (self._loop.time() - began))
            self._timer = self._loop.call_later(pause, self._look_again)

    def _too_much(self, usage: Usage) -> str | None:
        if usage.memory_bytes > self._most:
            return _("it used more than {n} MiB of memory").format(n=self._most // MIB)
        available, total = _available()
        # What the kernel holds for a world (devices, routes, buffers of sockets) is counted nowhere.
        if available < _LEAST_AVAILABLE * total and self._available - available > self._most:
            return _("the machine had no memory left")
        return None


def _available() -> tuple[int, int]:
    """The bytes that could be had, and all that the machine has (proc_meminfo(5))."""
    with open("/proc/meminfo", encoding="ascii") as file:
        sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file}
    return sizes.get("MemAvailable", sizes["MemTotal"]), sizes["MemTotal"]
