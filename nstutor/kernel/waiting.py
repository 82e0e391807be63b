"""Is a program waiting for the learner to type? The kernel knows in which system call each thread is blocked."""

from __future__ import annotations

import os
import select
import struct
from collections.abc import Collection, Iterator

from nstutor import NamedTuple
from nstutor.kernel.process import members
from nstutor.linux.memory import Memory

_DEV_TTY = os.makedev(5, 0)  # the controlling terminal under its general name; of a foreground group it is this one
_MOST_FDS = 4096
_POLLFD = struct.Struct("=ihh")

# System call numbers by machine: asm/unistd_64.h and asm-generic/unistd.h.
_READ = {"x86_64": {0}, "aarch64": {63}}
_SELECT = {"x86_64": {23, 270}, "aarch64": {72}}
_POLL = {"x86_64": {7, 271}, "aarch64": {73}}
_EPOLL = {"x86_64": {232, 281, 441}, "aarch64": {22, 441}}
_SLEEP = {"x86_64": {35, 230}, "aarch64": {101, 115}}


class Blocked(NamedTuple):
    """A process that is blocked until its terminal can be read."""

    pid: int
    buffer: int
    """Address that read(2) was given, in the process; 0 where it waits in select, poll or epoll."""


def blocked_on_terminal(group: int, *terminals: int) -> Blocked | None:
    """The first process of the group that is blocked until the terminal can be read, by read, select, poll or epoll.

    `group` is the terminal's foreground process group, `terminals` the device numbers (st_rdev) under which it may be
    open; /dev/tty is always one of them.
    """
    ours = {*terminals, _DEV_TTY}
    return next(filter(None, (_blocked(pid, ours) for pid in members(group))), None)


def waits_for_line(group: int, *terminals: int) -> bool:
    """Whether a process of the group is blocked until the terminal can be read."""
    return blocked_on_terminal(group, *terminals) is not None


def reads_without_waiting(group: int) -> bool:
    """Whether the leader of the group has set its standard input so that a read never waits (O_NONBLOCK)."""
    try:
        with open(f"/proc/{group}/fdinfo/0", encoding="ascii") as file:
            flags = next(line for line in file if line.startswith("flags:"))
    except (OSError, StopIteration):
        return False
    return bool(int(flags.split()[1], 8) & os.O_NONBLOCK)


def sleeps(pid: int) -> int | None:
    """How often a process has blocked that is in a plain sleep now; None for one that is not, or is gone."""
    try:
        with open(f"/proc/{pid}/syscall", "rb") as file:
            call = file.read().split()[0]
    except (OSError, IndexError):
        return None
    return voluntary_switches(pid) if call.isdigit() and int(call) in _SLEEP.get(os.uname().machine, ()) else None


def voluntary_switches(pid: int) -> int | None:
    """How often the process has blocked so far (proc_pid_status(5)); None if it is gone."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            status = file.read()
    except OSError:
        return None
    return int(status.partition(b"\nvoluntary_ctxt_switches:")[2].split(maxsplit=1)[0])


def _blocked(pid: int, terminals: Collection[int]) -> Blocked | None:
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            for fd, buffer in _awaited(int(task)):
                if _on_terminal(pid, fd, terminals):
                    return Blocked(pid, buffer)
    except (OSError, ValueError):
        pass  # it is gone, or was about to
    return None


def _on_terminal(pid: int, fd: int, terminals: Collection[int]) -> bool:
    try:
        return os.stat(f"/proc/{pid}/fd/{fd}").st_rdev in terminals
    except OSError:
        return False


def _awaited(tid: int) -> Iterator[tuple[int, int]]:
    """The descriptors that a blocked thread waits to read from, each with the address that read(2) was given, or 0.

    None if it runs, or waits for something else.
    """
    with open(f"/proc/{tid}/syscall", "rb") as file:
        words = file.read().split()
    if len(words) < 7:
        return  # "running", or "-1": blocked, but not in a system call
    call, args, machine = int(words[0]), [int(word, 16) for word in words[1:7]], os.uname().machine
    if call in _READ.get(machine, ()):
        yield args[0], args[1]
    elif call in _SELECT.get(machine, ()):
        yield from ((fd, 0) for fd in _selected(tid, args[0], args[1]))
    elif call in _POLL.get(machine, ()):
        yield from ((fd, 0) for fd in _polled(tid, args[0], args[1]))
    elif call in _EPOLL.get(machine, ()):
        yield from ((fd, 0) for fd in _in_epoll(tid, args[0]))


def _selected(tid: int, count: int, address: int) -> Iterator[int]:
    """The descriptors of the fd_set for reading (select(2))."""
    count = min(count & 0xFFFFFFFF, _MOST_FDS)
    if not address:
        return
    with Memory(tid) as memory:
        bits = int.from_bytes(memory.read(address, (count + 7) // 8), "little")
    yield from (fd for fd in range(count) if bits >> fd & 1)


def _polled(tid: int, address: int, count: int) -> Iterator[int]:
    """The descriptors that poll(2) waits to read from."""
    with Memory(tid) as memory:
        raw = memory.read(address, min(count & 0xFFFFFFFF, _MOST_FDS) * _POLLFD.size)
    usable = len(raw) // _POLLFD.size * _POLLFD.size
    yield from (fd for fd, events, _ in _POLLFD.iter_unpack(raw[:usable]) if events & select.POLLIN)


def _in_epoll(tid: int, epoll: int) -> Iterator[int]:
    """The descriptors that an epoll instance watches for reading, from its lines `tfd: 0 events: 19 …`."""
    with open(f"/proc/{tid}/fdinfo/{epoll}", encoding="ascii") as file:
        lines = [line.split() for line in file if line.startswith("tfd:")]
    yield from (int(words[1]) for words in lines if int(words[3], 16) & select.EPOLLIN)
