"""How much memory a world uses, as far as /proc and statfs(2) can tell."""

from __future__ import annotations

import contextlib
import errno
import os
import re

from nstutor.lab.records import Usage

UNMEASURABLE = 1 << 40
_KEEPER = "1"
_GONE = frozenset({errno.ENOENT, errno.ESRCH, errno.EINVAL})
"""EINVAL: the process is a zombie and has no mounts any more."""
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_OCTAL = re.compile(r"\\([0-7]{3})")


def usage(processes: int) -> Usage:
    """What the world uses whose /proc is open as the descriptor `processes`, opened in the keeper's mounts.

    What ends while we look is left out.
    """
    pids = [name for name in os.listdir(processes) if name.isdigit()]
    learners = [pid for pid in pids if pid != _KEEPER]
    return Usage(sum(_memory(processes, pid) for pid in learners), _tmpfs(processes, learners), len(learners))


def _read(processes: int, name: str) -> str:
    try:
        fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=processes)
        with open(fd, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError as error:
        if error.errno not in _GONE:
            raise
        return ""


def _memory(processes: int, pid: str) -> int:
    """Bytes of RssAnon and RssShmem (proc_pid_status(5))."""
    lines = _read(processes, f"{pid}/status").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("RssAnon:", "RssShmem:")))


def _tmpfs(processes: int, pids: list[str]) -> int:
    """Bytes in every tmpfs that one of these processes sees (proc_pid_mountinfo(5)), each counted once."""
    seen: dict[str, int] = {}
    tables = {_read(processes, f"{pid}/mountinfo"): pid for pid in pids}
    for table, pid in tables.items():
        for kind, device, path in map(_mount, table.splitlines()):
            if kind in _IN_MEMORY and device not in seen:
                with contextlib.suppress(OSError):
                    seen[device] = _used(processes, pid, path) if kind == "tmpfs" else UNMEASURABLE
    return sum(seen.values())


def _mount(line: str) -> tuple[str, str, str]:
    """Kind, device number and mount point of a line of mountinfo."""
    before, _, after = line.partition(" - ")
    words = before.split(" ")
    return after.split(" ")[0], words[2], words[4]


def _used(processes: int, pid: str, path: str) -> int:
    plain = _OCTAL.sub(lambda octal: chr(int(octal[1], 8)), path)
    status = os.statvfs(f"/proc/self/fd/{processes}/{pid}/root{plain}")
    return (status.f_blocks - status.f_bfree) * status.f_frsize
