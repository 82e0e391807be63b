"""A void verdict is tried again, alone on the machine: without any submission beside it that this user grades."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import stat
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import NamedTuple

from nstutor.grading.result import Result
from nstutor.kernel.shared import read_shared
from nstutor.text.i18n import n_

MOST = 2
"""Repeats."""
PATIENCE = 300.0
"""Seconds that are waited for the others to finish: one that hangs must not hold up the rest for ever."""
CALM = 1.0
"""Seconds without a dropped frame or a full table."""
CALM_PATIENCE = 30.0
"""Seconds that are waited for that."""
PLACES = ("/run/lock", "/dev/shm", "/tmp")
_INTERVAL = 0.05
_FULL = 2
"""A table of neighbours with more than one part in so many taken is no calm one."""


class Gate(NamedTuple):
    """Two files whose locks (flock(2)) the user's graders on this machine share; None where there is no place for them.

    Whoever grades holds the room, with others or alone. Who wants it alone holds the door meanwhile, through which
    everybody goes: else new ones would always be there first.
    """

    door: str | None
    room: str | None

    @classmethod
    def here(cls) -> Gate:
        """To be asked before the process becomes a judge, who has other ids."""
        folders = (os.environ.get("XDG_RUNTIME_DIR"), *PLACES)
        folder = next((path for path in folders if path and os.path.isdir(path) and os.access(path, os.W_OK)), None)
        if folder is None:
            return cls(None, None)
        name = os.path.join(folder, f"nstutor-{os.getuid()}")
        return cls(f"{name}.door", f"{name}.room")

    @contextlib.asynccontextmanager
    async def entered(self, *, alone: bool) -> AsyncIterator[None]:
        """In the room. Without locks, or where it takes too long, all the same: then others may be there, too."""
        until = time.monotonic() + PATIENCE
        with contextlib.ExitStack() as held:
            door, room = (held.enter_context(_opened(path)) for path in self)
            kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
            if door is not None and room is not None and await _locked(door, kind, until):
                await _locked(room, kind, until)
                if not alone:
                    fcntl.flock(door, fcntl.LOCK_UN)
            yield


@contextlib.contextmanager
def _opened(path: str | None) -> Iterator[int | None]:
    """A descriptor of the user's own file of that name, made if need be; nothing where that cannot be."""
    fd = None
    with contextlib.suppress(OSError):
        if path is not None:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    try:
        # Whoever else could open it could hold us up for ever.
        yield fd if fd is not None and _is_ours(os.fstat(fd)) else None
    finally:
        if fd is not None:
            os.close(fd)


def _is_ours(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077


async def _locked(fd: int, kind: int, until: float) -> bool:
    """Whether the lock was to be had in time."""
    while True:
        with contextlib.suppress(OSError):
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
            return True
        if time.monotonic() > until:
            return False
        await asyncio.sleep(_INTERVAL)


async def graded_calmly(grade: Callable[[], Awaitable[Result]], gate: Gate) -> Result:
    """Grade, and again as long as the verdict is void for what others did; then alone, and once the machine is calm."""
    async with gate.entered(alone=False):
        result = first = await grade()
    for number in range(1, MOST + 1):
        if not result.again:
            break
        async with gate.entered(alone=True):
            await _calm()
            result = await grade()
        note = n_(
            "it was graded {n} time more, alone, for its first verdict was void: {reason}",
            "it was graded {n} times more, alone, for its first verdict was void: {reason}",
            number,
        )
        result = result._replace(notes=(*result.notes, note.format(n=number, reason=first.void_reason)))
    return result


async def _calm() -> None:
    """Wait until nothing that is shared is exhausted, if it does not take too long."""
    before, since = read_shared(), time.monotonic()
    until = since + CALM_PATIENCE
    while time.monotonic() < min(since + CALM, until):
        await asyncio.sleep(_INTERVAL)
        now = read_shared()
        taken = any(_FULL * table.entries > table.most for table in now.tables)
        if taken or now.backlog.dropped > before.backlog.dropped or now.fulls > before.fulls:
            since = time.monotonic()
        before = now
