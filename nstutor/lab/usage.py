"""How much memory a world uses, as far as /proc and statfs(2) can tell."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nstutor import NamedTuple
from nstutor.lab.limits import learners_pids
from nstutor.lab.memory import UNMEASURABLE, look_at_mappings, memory, read
from nstutor.lab.records import Usage

if TYPE_CHECKING:
    from nstutor.kernel.model import Identity

_SOCKET, _DEVICE, _ROUTE = 64 << 10, 16 << 10, 512
"""Bytes that the kernel holds for one of them: a socket with some data, a veth with its settings, an IPv6 route."""
_PF_FORKNOEXEC = 0x40  # linux/sched.h
_STARTING_SECONDS = 3.0
"""Of processor time. Whatever has used more does its work; measured by a clock it would depend on the machine."""


def starting(processes: int) -> bool:
    """Whether a process of that world still makes itself what it will be.

    It is a fork that has executed nothing and waits for no child, or a young program that computes or loads (R, D).
    """
    found = _stats(processes, learners_pids(processes))
    waiting = {stat.parent for stat in found}
    return any(stat.computes or (stat.is_fork and stat.pid not in waiting) for stat in found)


def _stats(processes: int, pids: Sequence[str]) -> list[_Stat]:
    """Those of these processes that have not ended."""
    return [stat for pid in pids if (stat := _Stat.of(read(processes, f"{pid}/stat"), pid))]


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
    """What the world uses whose /proc is open as the descriptor `processes`, opened in the init's mounts.

    What ends while we look is left out.
    """
    learners = learners_pids(processes)
    sizes = [_size(processes, pid) for pid in learners]
    found = memory(processes, learners)
    return Usage(
        process_bytes=sum(size for size, _ in sizes),
        tmpfs_bytes=found.total,
        processes=len(learners),
        threads=sum(threads for _, threads in sizes),
        netns=frozenset(_netns(processes, learners)),
        full=frozenset(found.full),
        terminals=found.terminals,
        countless=found.cut,
    )


def netns_of_processes(processes: int) -> dict[Identity, str]:
    """The network namespaces of the world's processes, each with the path of a link to it."""
    found = _links(processes, learners_pids(processes), "ns/net")
    return {identity: f"/proc/self/fd/{processes}/{pid}/ns/net" for identity, pid in found}


def _size(processes: int, pid: str) -> tuple[int, int]:
    """Bytes in memory, in the swap and of page tables, and the number of threads (proc_pid_status(5))."""
    size = threads = 0
    for line in read(processes, f"{pid}/status").splitlines():
        if line.startswith(("RssAnon:", "RssShmem:", "VmSwap:", "VmPTE:")):
            size += int(line.split()[1]) * 1024
        elif line.startswith("Threads:"):
            threads = int(line.split()[1])
    return size, threads


def _netns(processes: int, pids: Sequence[str]) -> Iterator[Identity]:
    """The network namespaces that they are in."""
    return (found for found, _ in _links(processes, pids, "ns/net"))


def _links(processes: int, pids: Sequence[str], link: str) -> Iterator[tuple[Identity, str]]:
    """What this link of each process leads to, and the process."""
    for pid in pids:
        with contextlib.suppress(OSError):
            found = os.stat(f"{pid}/{link}", dir_fd=processes)
            yield (found.st_dev, found.st_ino), pid


def out_of_sight(processes: int) -> int:
    """The most bytes of shared memory that the world may keep where nobody can look; 0 for one that hides nothing.

    What we fork to become a shell has our own memory until it executes that, and hides nothing.
    """
    learners = learners_pids(processes)
    # Asked first, for it may execute at any moment.
    executed = {stat.pid for stat in _stats(processes, learners) if not stat.is_fork}
    found = memory(processes, learners)
    closed = look_at_mappings(processes, learners, found)
    return UNMEASURABLE if closed & executed else found.out_of_sight


def kernel_bytes(processes: int) -> int:
    """Roughly what the kernel holds for sockets, devices and routes of the network namespaces that a process is in."""
    places = dict(_links(processes, learners_pids(processes), "ns/net"))
    return sum(_kernel_bytes(processes, f"{pid}/net") for pid in places.values())


def _kernel_bytes(processes: int, net: str) -> int:
    sockets = re.search(r"^sockets: used (\d+)", read(processes, f"{net}/sockstat"), re.MULTILINE)
    routes = re.findall(r"Total size: +(\d+)", read(processes, f"{net}/fib_triestat"))
    devices = read(processes, f"{net}/dev").count("\n")
    ipv6 = read(processes, f"{net}/rt6_stats").split()[:1] or ["0"]
    counted = (int(sockets[1]) if sockets else 0) * _SOCKET + devices * _DEVICE + int(ipv6[0], 16) * _ROUTE
    return counted + 1024 * sum(map(int, routes))
