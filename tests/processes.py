"""The processes of a program under test: which there are, and which have not ended."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from terminal_driver import POLL

from nstutor.kernel.process import stat_of


def descendants(of: int) -> list[int]:
    """The processes that this one has started, and theirs, each before its own."""
    parents = dict(_all_parents())
    below = [pid for pid in parents if of in _ancestors(pid, parents)]
    return sorted(below, key=lambda pid: len(list(_ancestors(pid, parents))))


def _all_parents() -> Iterator[tuple[int, int]]:
    for entry in os.listdir("/proc"):
        found = stat_of(int(entry)) if entry.isdecimal() else None
        if found is not None:
            yield found.pid, found.parent


def _ancestors(pid: int, parents: dict[int, int]) -> Iterator[int]:
    while (pid := parents.get(pid, 0)) > 1:
        yield pid


class Remains:
    """Watches processes: which of them have not ended. A context manager."""

    def __init__(self, pids: list[int]) -> None:
        self._watched: dict[int, int] = {}
        for pid in pids:
            with suppress(ProcessLookupError):  # it has ended already
                self._watched[os.pidfd_open(pid)] = pid

    def __enter__(self) -> Remains:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._watched:
            os.close(descriptor)

    def after(self, seconds: float) -> list[int]:
        """The pids of those that still run after this time at the latest."""
        deadline = time.monotonic() + seconds
        waiting = set(self._watched)
        while waiting and (left := deadline - time.monotonic()) > 0:
            waiting -= set(select.select(list(waiting), [], [], left)[0])
        return sorted(self._watched[descriptor] for descriptor in waiting)


def parent_of(pid: int) -> int | None:
    """The parent of a process; None if it is gone."""
    found = stat_of(pid)
    return found.parent if found else None


def until_it_runs(pid: int, name: str) -> list[int]:
    """Wait until a descendant of the process has that name; all of them then."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = descendants(pid)
        if name in map(name_of, found):
            return found
        time.sleep(POLL)
    raise AssertionError(f"process {pid} started no {name}")


def name_of(pid: int) -> str:
    """The name of a process, "" once it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
