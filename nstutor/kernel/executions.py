"""What the learner's processes execute, with arguments, namespace and exit status, by whatever way they came to it."""

from __future__ import annotations

import itertools
import logging
import os
import select
import time
from collections.abc import Callable
from typing import TypeVar

from nstutor.kernel.basics import Execution, Identity
from nstutor.kernel.process import identity_of, is_alive, stat_of
from nstutor.kernel.system_programs import SystemPrograms, find_program, joined
from nstutor.linux.memory import Memory
from nstutor.linux.seccomp_notify import Call, Notification, receive, release, still_waits

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_LOG = logging.getLogger(__name__)
_MOST_RECORDS, _MOST_KEPT = 10_000, 16 << 20
_ARGUMENT = 64
"""Bytes that Python needs for a string, beside its characters."""
_MOST_RUNNING = 4096
_MOST_ASKED = 64
_MOST_ARGUMENTS, _MOST_BYTES, _LONGEST_PATH, _MOST_VARIABLES = 256, 4096, 4096, 4096
_BATCH = 64
_AT_FDCWD = 0xFFFFFF9C  # -100 as a 32-bit number


class Executions:
    """The supervisor of the seccomp notifications for execve, execveat and exit_group.

    A process that makes one of these calls stands still until `handle` lets it go; so whoever owns the loop must never
    wait for a process of the learner's without handling. `on_exit` is called while a program that is about to exit
    still stands: the one moment to see the state that it left behind.
    """

    def __init__(self, on_exit: Callable[[], None] | None = None) -> None:
        self.on_exit = on_exit
        self._records: dict[int, Execution] = {}
        self._kept = 0  # bytes in them
        self._serial = 0
        # (pid, start time) → serial of its last execution; 0 for the lab's own shell, which has no record.
        self._running: dict[tuple[int, int], int] = {}
        self._starting: set[int] = set()
        # Serial of a genuine one that runs → the file that it was executed from.
        self._files: dict[int, Identity] = {}
        self._system = SystemPrograms()
        self._polls: dict[int, select.poll] = {}

    def add(self, notify_fd: int, outermost_pid: int) -> None:
        """Supervise one more filter, installed by the process that is to become a shell of the lab.

        What that process executes first is the lab's doing, and not recorded. The descriptor stays the caller's.
        """
        poll = select.poll()
        poll.register(notify_fd, select.POLLIN)
        self._polls[notify_fd] = poll
        self._starting.add(outermost_pid)

    def remove(self, notify_fd: int) -> None:
        """No longer supervise this filter; once the descriptor is closed its processes get ENOSYS for these calls."""
        self._polls.pop(notify_fd, None)

    @property
    def last(self) -> int:
        """The serial of the latest record; 0 if there is none."""
        return self._serial

    def since(self, serial: int) -> tuple[Execution, ...]:
        """The records after that serial, oldest first, as far as they are kept: the last 10,000, and 16 MiB."""
        first = max(serial + 1, self._serial - len(self._records) + 1)
        running = self.running()
        return tuple(
            self._records[number]._replace(running=True) if number in running else self._records[number]
            for number in range(first, self._serial + 1)
        )

    def running(self) -> frozenset[int]:
        """The serials of what still runs."""
        for process in [process for process in self._running if not is_alive(*process)]:
            del self._running[process]
        return frozenset(self._running.values())

    def newest_running(self) -> tuple[Execution, ...]:
        """What the newest processes execute that still run, by what the kernel says of them; newest first."""
        newest = itertools.islice(reversed(self._running.items()), _MOST_ASKED)
        known = ((process, self._records[serial]) for process, serial in newest if serial in self._records)
        return tuple(record for process, record in known if is_alive(*process))

    def handle(self, fd: int) -> bool:
        """Let the waiting processes go, without blocking; for the loop to call when `fd` is readable.

        At most 64 at a time, so that a fork bomb cannot starve the loop. False once nobody has the filter any more:
        stop watching `fd` then, for it stays readable.
        """
        for _ in range(_BATCH):
            poll = self._polls.get(fd)
            events = dict(poll.poll(0)).get(fd, 0) if poll else select.POLLNVAL
            if not events & select.POLLIN:
                return not events
            self._answer(fd)
        return True

    def _answer(self, fd: int) -> None:
        notification = receive(fd)
        if notification is None:
            return
        try:
            if self._note(fd, notification) and self.on_exit is not None:
                self.on_exit()
        finally:
            release(fd, notification)

    def _note(self, fd: int, notification: Notification) -> bool:
        """Write down what the call means; whether a program is about to exit."""
        try:
            if notification.call is Call.EXIT_GROUP:
                return self._exits(notification)
            if notification.call is not None:
                self._executes(fd, notification)
        except OSError:
            pass  # it died while we read of it, or no program stands where it looks for one: no record
        return False

    def _exits(self, notification: Notification) -> bool:
        process = self._process(notification.tid)
        serial = self._running.pop(process, None) if process else None
        if serial is None:
            return False  # a fork that never executed anything ends like a line of its parent's
        record, file = self._records.get(serial), self._files.pop(serial, None)
        if record is not None:
            # Arguments can be changed between our reading of them and the kernel's; what came of it can not.
            genuine = record.genuine and (file is None or self._system.runs(notification.tid, record.argv, file))
            self._records[serial] = record._replace(status=notification.args[0] & 0xFF, genuine=genuine)
        return True

    def _executes(self, fd: int, notification: Notification) -> None:
        process = self._process(notification.tid)
        if process is not None and process[0] in self._starting:
            # The lab's own, not asked for more: it changed its identity, so nobody may read its memory yet (proc(5)).
            self._starting.remove(process[0])
            self._running[process] = 0
            return
        with Memory(notification.tid) as memory:
            path, argv = _arguments(memory, notification)
            environment = notification.args[2 if notification.call is Call.EXECVE else 3]
            helped = memory.begins(environment, _MOST_VARIABLES, b"LD_")
        netns = identity_of(notification.tid)
        if not path or process is None or netns is None or not still_waits(fd, notification):
            return
        file = find_program(notification.tid, path)
        if file is not None:
            self._record(process, argv, netns, file if not helped and self._system.has(argv, file) else None)

    def _process(self, tid: int) -> tuple[int, int] | None:
        """The process that a thread belongs to, told from earlier ones with the same pid."""
        leader = stat_of(tid)
        if leader is not None and (leader.pid, leader.started) in self._running:
            return leader.pid, leader.started
        group = _thread_group(tid)
        found = leader if group == tid else stat_of(group)
        return (found.pid, found.started) if found else None

    def _record(
        self, process: tuple[int, int], argv: tuple[str, ...], netns: Identity, genuine: Identity | None
    ) -> None:
        pid = process[0]
        self._serial += 1
        _LOG.debug("%d in netns %d: %s", pid, netns[1], argv)
        at = time.monotonic()
        self._records[self._serial] = Execution(argv, netns, pid, None, self._serial, genuine is not None, at=at)
        self._kept += _size(argv)
        if genuine is not None:
            self._files[self._serial] = genuine
            if len(self._files) > _MOST_RUNNING:
                _oldest(self._files)
        self._running.pop(process, None)  # to the end of the line
        self._running[process] = self._serial
        while len(self._records) > _MOST_RECORDS or self._kept > _MOST_KEPT:
            self._kept -= _size(_oldest(self._records).argv)
        if len(self._running) > _MOST_RUNNING:
            _oldest(self._running)


def _oldest(table: dict[_Key, _Value]) -> _Value:
    """The oldest entry of a table, which is no longer in it."""
    return table.pop(next(iter(table)))


def _size(argv: tuple[str, ...]) -> int:
    return sum(map(len, argv)) + _ARGUMENT * len(argv)


def _thread_group(tid: int) -> int:
    with open(f"/proc/{tid}/status", "rb") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(b"Tgid:"))


def _arguments(memory: Memory, notification: Notification) -> tuple[str, tuple[str, ...]]:
    """The path, as an absolute one or relative to the working directory, and the argument vector."""
    args = notification.args
    if notification.call is Call.EXECVE:
        path, vector = memory.string(args[0], _LONGEST_PATH), args[1]
    else:
        path, vector = memory.string(args[1], _LONGEST_PATH), args[2]
        path = os.fsencode(_relative_to(notification.tid, args[0] & 0xFFFFFFFF, os.fsdecode(path)))
    argv = memory.strings(vector, _MOST_ARGUMENTS, _MOST_BYTES)
    return os.fsdecode(path), tuple(map(os.fsdecode, argv))


def _relative_to(tid: int, folder: int, path: str) -> str:
    """The path of an execveat(2); an empty one means the open file itself."""
    if folder == _AT_FDCWD or path.startswith("/"):
        return path
    return joined(f"/proc/{tid}/fd/{folder}", path)
