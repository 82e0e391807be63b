"""How much memory a world uses, as far as /proc and statfs(2) can tell."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nstutor import NamedTuple
from nstutor.lab.limits import learners_pids
from nstutor.lab.records import Usage
from nstutor.lab.syscalls import file_system_type

if TYPE_CHECKING:
    from nstutor.kernel.model import Identity

UNMEASURABLE = 1 << 40
_GONE = frozenset({errno.ENOENT, errno.ESRCH, errno.EINVAL})
"""EINVAL: the process is a zombie and has no mounts any more."""
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_TMPFS, _RAMFS = 0x01021994, 0x858458F6  # linux/magic.h
_OCTAL = re.compile(r"\\([0-7]{3})")
_MOST_OPEN = 50_000
"""Descriptors looked at in one go; the rest is left to the next look."""
_BLOCK = 512
_PF_FORKNOEXEC = 0x40  # linux/sched.h
_STARTING_SECONDS = 3.0
"""Of processor time. Whatever has used more does its work; measured by a clock it would depend on the machine."""


@dataclass(eq=False, repr=False)
class _Memory:
    """What was found in file systems, by device number, and which devices are known."""

    mounted: dict[int, int] = field(default_factory=dict)
    """Bytes in each tmpfs that somebody has mounted; 0 for a file system that is not in memory."""
    detached: dict[tuple[int, int], int] = field(default_factory=dict)
    """Bytes in what is open and mounted nowhere: a file (device, inode) or a whole file system (device, 0)."""
    full: set[str] = field(default_factory=set)
    """Mount points of the tmpfs without a free block or inode."""


def starting(processes: int) -> bool:
    """Whether a process of that world still makes itself what it will be.

    It is a fork that has executed nothing and waits for no child, or a young program that computes or loads (R, D).
    """
    found = [stat for pid in learners_pids(processes) if (stat := _Stat.of(_read(processes, f"{pid}/stat"), pid))]
    waiting = {stat.parent for stat in found}
    return any(stat.computes or (stat.is_fork and stat.pid not in waiting) for stat in found)


class _Stat(NamedTuple):
    """What /proc/PID/stat says of a process (proc_pid_stat(5))."""

    pid: str
    parent: str
    computes: bool
    """It is young and does not sleep."""
    is_fork: bool
    """It has not executed a program yet."""

    @classmethod
    def of(cls, line: str, pid: str) -> _Stat | None:
        """Nothing for a process that has ended."""
        fields = line[line.rfind(")") + 2 :].split()
        if not fields or fields[0] in "ZX":
            return None
        seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        computes = fields[0] in "RD" and seconds < _STARTING_SECONDS
        return cls(pid, fields[1], computes, bool(int(fields[6]) & _PF_FORKNOEXEC))


def usage(processes: int) -> Usage:
    """What the world uses whose /proc is open as the descriptor `processes`, opened in the keeper's mounts.

    What ends while we look is left out.
    """
    learners = learners_pids(processes)
    sizes = [_size(processes, pid) for pid in learners]
    found = _Memory()
    _look_at_mounts(processes, learners, found)
    _look_at_open_files(processes, learners, found)
    return Usage(
        process_bytes=sum(memory for memory, _ in sizes),
        tmpfs_bytes=sum(found.mounted.values()) + sum(found.detached.values()),
        processes=len(learners),
        threads=sum(threads for _, threads in sizes),
        netns=frozenset(_netns(processes, learners)),
        full=frozenset(found.full),
    )


def _read(processes: int, name: str) -> str:
    try:
        fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=processes)
        with open(fd, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError as error:
        if error.errno not in _GONE:
            raise
        return ""


def _size(processes: int, pid: str) -> tuple[int, int]:
    """Bytes of RssAnon and RssShmem, and the number of threads (proc_pid_status(5))."""
    memory = threads = 0
    for line in _read(processes, f"{pid}/status").splitlines():
        if line.startswith(("RssAnon:", "RssShmem:")):
            memory += int(line.split()[1]) * 1024
        elif line.startswith("Threads:"):
            threads = int(line.split()[1])
    return memory, threads


def _look_at_mounts(processes: int, pids: Sequence[str], found: _Memory) -> None:
    """Every tmpfs that one of these processes has mounted (proc_pid_mountinfo(5)), each counted once."""
    places = dict(_links(processes, pids, "ns/mnt"))
    tables = {_read(processes, f"{pid}/mountinfo"): pid for pid in places.values()}
    for table, pid in tables.items():
        for kind, device, path in map(_mount, table.splitlines()):
            if device not in found.mounted:
                found.mounted[device] = 0
                if kind in _IN_MEMORY:
                    with contextlib.suppress(OSError):
                        found.mounted[device] = _used(processes, pid, path, found) if kind == "tmpfs" else UNMEASURABLE


def _netns(processes: int, pids: Sequence[str]) -> Iterator[Identity]:
    """The network namespaces that they are in."""
    return (found for found, _ in _links(processes, pids, "ns/net"))


def _links(processes: int, pids: Sequence[str], link: str) -> Iterator[tuple[Identity, str]]:
    """What this link of each process leads to, and the process."""
    for pid in pids:
        with contextlib.suppress(OSError):
            found = os.stat(f"{pid}/{link}", dir_fd=processes)
            yield (found.st_dev, found.st_ino), pid


def _mount(line: str) -> tuple[str, int, str]:
    """Kind, device number and mount point of a line of mountinfo."""
    before, _, after = line.partition(" - ")
    words = before.split(" ")
    major, _, minor = words[2].partition(":")
    return after.split(" ")[0], os.makedev(int(major), int(minor)), words[4]


def _used(processes: int, pid: str, path: str, found: _Memory) -> int:
    plain = _OCTAL.sub(lambda octal: chr(int(octal[1], 8)), path)
    status = os.statvfs(f"/proc/self/fd/{processes}/{pid}/root{plain}")
    if status.f_blocks and not (status.f_bfree and status.f_ffree):
        found.full.add(plain)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def _look_at_open_files(processes: int, pids: Sequence[str], found: _Memory) -> None:
    """Files that are mounted nowhere and held by a descriptor: memfd_create(2), an unmounted tmpfs."""
    left = _MOST_OPEN
    for pid in pids:
        with contextlib.suppress(OSError):
            names = os.listdir(f"/proc/self/fd/{processes}/{pid}/fd")
            for name in (*(f"fd/{name}" for name in names[:left]), "cwd", "root"):
                _look_at_file(f"/proc/self/fd/{processes}/{pid}/{name}", found)
            left -= min(left, len(names))


def _look_at_file(path: str, found: _Memory) -> None:
    with contextlib.suppress(OSError):
        file = os.stat(path)
        if file.st_dev in found.mounted or not (stat.S_ISREG(file.st_mode) or stat.S_ISDIR(file.st_mode)):
            return
        whole, alone = (file.st_dev, 0), (file.st_dev, file.st_ino)
        if whole in found.detached or alone in found.detached:
            return
        kind = file_system_type(path)
        status = os.statvfs(path)
        if kind == _RAMFS:
            found.detached[whole] = UNMEASURABLE
        elif kind == _TMPFS and status.f_blocks:
            found.detached[whole] = (status.f_blocks - status.f_bfree) * status.f_frsize
        elif kind == _TMPFS:
            # The kernel's own tmpfs, for memfds, has no bounds and so no numbers.
            found.detached[alone] = file.st_blocks * _BLOCK
        else:
            found.mounted[file.st_dev] = 0
