"""Facts about the learner's processes, from /proc (proc(5)). A process may vanish at any moment: then it has none."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

from nstutor import NamedTuple

if TYPE_CHECKING:
    from nstutor.kernel.model import Identity


class Stat(NamedTuple):
    """The parts of /proc/PID/stat that are used; `started`, in clock ticks since boot, tells reused pids apart."""

    pid: int
    state: str
    """One letter: `T` is stopped by a signal."""
    parent: int
    group: int
    started: int


def stat_of(pid: int) -> Stat | None:
    """The process with that pid; None if there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            line = file.read()
    except OSError:
        return None
    # The command's name may hold anything, also blanks and parentheses.
    fields = line[line.rindex(b")") + 2 :].split()
    return Stat(pid, fields[0].decode(), int(fields[1]), int(fields[2]), int(fields[19]))


def identity_of(pid: int) -> Identity | None:
    """The network namespace of a process or thread; None if it is gone."""
    try:
        found = os.stat(f"/proc/{pid}/ns/net")
    except OSError:
        return None
    return found.st_dev, found.st_ino


def program_of(pid: int) -> str:
    """The name of the program that a process runs, without its folder; empty if that cannot be read."""
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe")).removesuffix(" (deleted)")
    except OSError:
        return ""


def name_of(pid: int) -> str:
    """The name of a process (proc(5), comm); empty if it is gone."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().rstrip("\n")
    except OSError:
        return ""


def has_job_control(pid: int) -> bool:
    """Whether a process is a shell with job control: it ignores the signal of Ctrl-Z, and its programs do not."""
    ignored = _status(pid, "SigIgn")
    return bool(ignored) and bool(int(ignored[0], 16) >> (signal.SIGTSTP - 1) & 1)


def own_pid(pid: int) -> int | None:
    """Its number in its own pid namespace; None if it is gone."""
    numbers = _status(pid, "NSpid")
    return int(numbers[-1]) if numbers else None


def _status(pid: int, field: str) -> list[str]:
    """The words behind a name in /proc/PID/status; none if the process is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            return next((line.split()[1:] for line in file if line.startswith(f"{field}:")), [])
    except OSError:
        return []


def foreground(master: int) -> int | None:
    """The foreground process group of a terminal, by its pty master; None if there is none that we can see."""
    try:
        group = os.tcgetpgrp(master)
    except OSError:
        return None
    return group if group > 0 else None


def members(group: int) -> Iterator[int]:
    """The processes of a process group, its leader first. The leader may be gone, and the others still be there."""
    if _group_of(group) == group:
        yield group
    others = (int(entry) for entry in os.listdir("/proc") if entry.isdecimal())
    yield from (pid for pid in others if pid != group and _group_of(pid) == group)


def _group_of(pid: int) -> int | None:
    # A system call, and not /proc/PID/stat: a machine may have a thousand processes, and this is asked often.
    try:
        return os.getpgid(pid)
    except OSError:
        return None


def shells(pid: int, outermost: int) -> tuple[int, ...]:
    """The line of descent from `outermost` to `pid`, both included; empty if `pid` does not descend from it."""
    chain = [pid]
    while chain[-1] != outermost:
        found = stat_of(chain[-1])
        if found is None or found.parent <= 0 or found.parent in chain:
            return ()
        chain.append(found.parent)
    return tuple(reversed(chain))


def shells_on(master: int, outermost: int) -> tuple[int, ...]:
    """The same down to the foreground process of a terminal, by its pty master; empty where that has gone."""
    front = foreground(master)
    return shells(front, outermost) if front is not None else ()


def standstill(group: int) -> tuple[bytes, ...] | None:
    """In which system calls the processes of a group sleep; None as long as one of them runs, or waits for a disk."""
    calls = []
    for pid in members(group):
        try:
            with open(f"/proc/{pid}/syscall", "rb") as file:
                calls.append(file.read())
        except OSError:
            continue
        if (found := stat_of(pid)) is not None and found.state in "RD":
            return None
    return tuple(calls)
