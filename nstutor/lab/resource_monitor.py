"""What no rlimit bounds or tells of: the memory of a whole world, and which of its limits it has come to."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from nstutor import NamedTuple
from nstutor.lab.limits import TERMINALS
from nstutor.lab.records import Usage
from nstutor.lab.world import World
from nstutor.text.i18n import _

if TYPE_CHECKING:
    from nstutor.kernel.model import Identity
    from nstutor.lab.shared_watch import SharedWatch

INTERVAL = 0.1
"""Seconds between two looks; a processor writes a few hundred MB in that time."""
SAMPLE_SECONDS = 0.002
"""Seconds between two counts of the processes: a fork bomb that fails everywhere is over as soon as it has begun."""
SHARE = 10
"""A look that took long is followed by a pause of so many times its length."""
MIB = 1 << 20
_LEAST_AVAILABLE = 0.05
"""Of the machine's memory; below that a large world has to go if so much became less in its time as it may use."""
_LARGE = 4
"""A world is large that has a fourth of what it may use."""
_MOST_TERMINALS = 2 * TERMINALS
"""Those that our own devpts allows, and as many in others that a program mounts."""


class ResourceMonitor:
    """Ends a world that uses more memory than `most` bytes, or harms others; `kill_reason` then says why."""

    def __init__(self, world: World, most: int) -> None:
        self.kill_reason: str | None = None
        self.most_threads = 0
        """The most that any look has seen."""
        self.netns: set[Identity] = set()
        """The network namespaces in which a process was at the look that saw most of them."""
        self.full: set[str] = set()
        """Mount points that were without a free block or inode at some look."""
        self.tell: Callable[[str], None] = lambda _: None
        """Called with what was done to the world's network for the sake of others."""
        self._shared: SharedWatch | None = None
        self._world, self._most = world, most
        self._glanced = 0.0
        self._before = _Machine.now()
        _least_shared().lowered(self._before.shared)
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(INTERVAL, self._look_again)
        self._sharing = self._loop.call_later(INTERVAL, self._look_at_sharing)

    def close(self) -> None:
        """Stop looking."""
        self._timer.cancel()
        self._sharing.cancel()
        if self._shared is not None:
            self._shared.close()

    @property
    def shared(self) -> SharedWatch:
        """What the world takes of what it shares with others."""
        if self._shared is None:
            # The first prompt does not wait for it.
            from nstutor.lab.shared_watch import SharedWatch

            self._shared = SharedWatch(self._world, lambda text: self.tell(text), self.end)  # noqa: PLW0108 - set later
        return self._shared

    def end(self, why: str) -> None:
        """End the world, for this reason."""
        if self.kill_reason is None:
            self.kill_reason = why
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._world.init, signal.SIGKILL)

    def look(self) -> None:
        """Look now."""
        usage = self._world.resources()
        self.most_threads = max(self.most_threads, usage.threads)
        self.full |= usage.full
        if len(usage.netns) > len(self.netns):
            self.netns = set(usage.netns)
        if (why := self._too_much(usage)) is not None:
            self.end(why)

    def sample(self) -> None:
        """Count the processes, at a moment when their number may be at its height; not more often than is worth it."""
        if self._loop.time() - self._glanced > SAMPLE_SECONDS:
            self._glanced = self._loop.time()
            self.most_threads = max(self.most_threads, self._world.processes())

    def _look_again(self) -> None:
        began = self._loop.time()
        self.look()
        if self.kill_reason is None:
            pause = max(INTERVAL, SHARE * (self._loop.time() - began))
            self._timer = self._loop.call_later(pause, self._look_again)

    def _look_at_sharing(self) -> None:
        began = self._loop.time()
        if self.kill_reason is None:
            with contextlib.suppress(OSError):
                self.shared.look()
            # A storm makes this look long, and it is what ends the storm.
            self._sharing = self._loop.call_later(max(INTERVAL, self._loop.time() - began), self._look_at_sharing)

    def _too_much(self, usage: Usage) -> str | None:
        if usage.terminals > _MOST_TERMINALS:
            return _("it opened more than {n} terminals").format(n=_MOST_TERMINALS)
        if usage.countless:
            return _("it had more open files or mounts than can be watched")
        machine = _Machine.now()
        # What nobody can look at counts as much as the machine has of shared memory beyond what was seen.
        unseen = machine.shared - _least_shared().lowered(machine.shared) - usage.tmpfs_bytes
        if usage.memory_bytes + unseen > self._most:
            unseen = min(unseen, self._world.out_of_sight())
        if usage.memory_bytes + max(0, unseen) > self._most:
            return _("it used more than {n} MiB of memory").format(n=self._most // MIB)
        lost = self._before.available - machine.available
        if machine.available < _LEAST_AVAILABLE * machine.total and lost > self._most and self._is_large(usage):
            return _("the machine had no memory left")
        return None

    def _is_large(self, usage: Usage) -> bool:
        """Whether it is this world that has the machine's memory, and not one beside it."""
        return _LARGE * (usage.memory_bytes + self._world.kernel_bytes()) > self._most


class _Least:
    """The least shared memory that the machine had while this process runs worlds: what others have."""

    def __init__(self) -> None:
        self._bytes = sys.maxsize

    def lowered(self, now: int) -> int:
        """It, not above what there is now."""
        self._bytes = min(self._bytes, now)
        return self._bytes


@functools.cache
def _least_shared() -> _Least:
    return _Least()


class _Machine(NamedTuple):
    """Bytes of the machine's memory (proc_meminfo(5))."""

    total: int
    available: int
    shared: int
    """In all tmpfs, memfds and shared mappings."""

    @classmethod
    def now(cls) -> Self:
        with open("/proc/meminfo", encoding="ascii") as file:
            sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file}
        return cls(sizes["MemTotal"], sizes.get("MemAvailable", sizes["MemTotal"]), sizes.get("Shmem", 0))
