"""A fork server: worker processes run tasks for this process and die with it.

this process ── fork server ── worker, worker, …

The fork server is a small process of one thread, so that its forks, which have parent-death signals and enter user
namespaces, are safe. It is a fork of this process, made while there is one thread here, too; where there are more (in
somebody else's program) it is a Python of its own. It forks a worker for each socket that it is handed.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import select
import signal
import socket
import struct
import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Generic, NoReturn, Self, TypeVar

from nstutor.errors import NstutorError, WorldDiedError, kept_as_fault, run_guarded, scarcity, write_report
from nstutor.lab import wire
from nstutor.lab.limits import check_own_resources
from nstutor.lab.scarcity import SCARCE, patiently
from nstutor.linux import syscalls as sys_
from nstutor.text.i18n import _

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Begin = Callable[[], AbstractContextManager[Callable[[Task], Answer]]]
"""What a worker enters once; it gives what does a task."""

_KILLED = 128 + signal.SIGKILL
_SIZE = struct.Struct("=Q")
_READ = 1 << 20

Sent = TypeVar("Sent")
Received = TypeVar("Received")


class _Channel(Generic[Sent, Received]):
    """One end of a stream socket that carries what pickle can; a context manager that closes it.

    As multiprocessing's Connection, which brings along all that it takes to start processes anywhere.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def send(self, message: Sent) -> None:
        """Send it whole. Raises OSError when the other end is closed."""
        data = pickle.dumps(message)
        self._end.sendall(_SIZE.pack(len(data)) + data)

    def recv(self) -> Received:
        """The next message. Raises EOFError when the other end was closed before its end, or OSError."""
        (size,) = _SIZE.unpack(self._read(_SIZE.size))
        message: Received = pickle.loads(self._read(size))  # it comes from a fork of this very process
        return message

    def _read(self, size: int) -> bytearray:
        data = bytearray()
        while len(data) < size:
            more = self._end.recv(min(size - len(data), _READ))
            if not more:
                raise EOFError
            data += more
        return data

    def poll(self) -> bool:
        """Whether there is something to read, be it the end."""
        waiting = select.poll()  # select(2) knows no descriptor above 1023
        waiting.register(self._end, select.POLLIN)
        return bool(waiting.poll(0))

    def close(self) -> None:
        """Close it."""
        self._end.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Workers(Generic[Task, Answer]):
    """Does each task in a worker, which stays for the next one; as many at a time as there are threads that ask for it.

    To be entered while there is one thread. A worker that dies costs the task that it was at, and no other.
    """

    def __init__(self, begin: Begin[Task, Answer]) -> None:
        self._begin = begin
        self._idle: list[_Channel[Task, Answer | NstutorError]] = []
        self._control: socket.socket
        self._pid: int

    def __enter__(self) -> Self:
        check_own_resources()
        self._control, theirs = wire.pair()
        parent = os.getpid()
        try:
            self._pid = patiently(os.fork)
        except OSError as error:
            from nstutor.lab.refusals import refusal

            raise refusal("other", error.errno or 0, "fork") from None
        if self._pid == 0:
            sys_.prctl(sys_.PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(_KILLED)
            serve(theirs, self._begin)
        theirs.close()
        return self

    def start(self, command: Sequence[str]) -> None:
        """In place of entering it: run the fork server as a program; its last argument is the number of its socket.

        It ends with this process.
        """
        self._control, theirs = wire.pair()
        with theirs:
            words = (*command, str(theirs.fileno()))
            self._pid = subprocess.Popen(words, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL).pid

    def perform(self, task: Task) -> Answer:
        """Have a worker do the task; for any thread. Raises the worker's NstutorError, WorldDiedError if it dies."""
        worker = self._set_to(task)
        try:
            answer = worker.recv()
        except (EOFError, OSError):
            worker.close()
            raise WorldDiedError(_("the process that was at it has ended")) from None
        if isinstance(answer, NstutorError):
            # It may have been about to end with this, or be the worse for it.
            worker.close()
            raise answer
        self._idle.append(worker)
        return answer

    def _set_to(self, task: Task) -> _Channel[Task, Answer | NstutorError]:
        """A worker that has got the task. One that died while it was idle is passed over."""
        with contextlib.suppress(IndexError):
            while True:
                worker = self._idle.pop()
                # What there is to read of an idle worker is its end.
                if not worker.poll():
                    with contextlib.suppress(OSError):
                        worker.send(task)
                        return worker
                worker.close()
        worker = self._hire()
        with contextlib.suppress(OSError):
            worker.send(task)  # if it has ended already, it has said why
        return worker

    def _hire(self) -> _Channel[Task, Answer | NstutorError]:
        from nstutor.lab.refusals import refusal

        try:
            ours, theirs = patiently(socket.socketpair)
        except OSError as error:
            raise refusal("other", error.errno or 0, "socketpair") from None
        try:
            wire.send(self._control, {}, [theirs.fileno()])
        except OSError as error:
            ours.close()
            if error.errno in SCARCE:
                raise refusal("other", error.errno or 0, "sendmsg") from None
            raise WorldDiedError(_("the process that starts the others has ended")) from None
        finally:
            theirs.close()
        return _Channel(ours)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the fork server and its workers, also those that are at a task, and wait until they are gone."""
        self._control.close()
        os.waitpid(self._pid, 0)
        for worker in self._idle:
            worker.close()


def serve(control: socket.socket, begin: Begin[Task, Answer]) -> NoReturn:
    """Be the fork server until the other end of the socket is closed. Never returns."""
    workers: list[int] = []
    try:
        _settle(control.fileno())
        while received := wire.receive(control):
            workers.append(_fork_worker(control, received[1][0], begin))
        for pid in workers:
            _end(pid)
    finally:
        os._exit(0)


def _settle(kept: int) -> None:
    """Leave the terminal's session, so that its Ctrl-C is one process's matter, and hold nothing but the socket."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    sys_.hold_only(kept)
    # A collection would write to, and so copy, every page that the workers share.
    gc.freeze()


def _fork_worker(control: socket.socket, end: int, begin: Begin[Task, Answer]) -> int:
    parent = os.getpid()
    connection: _Channel[Answer | NstutorError, Task] = _Channel(socket.socket(fileno=end))
    with connection:
        try:
            pid = patiently(os.fork)
        except OSError as error:
            from nstutor.lab.refusals import refusal

            connection.send(refusal("other", error.errno or 0, "fork"))
            return 0
        if pid == 0:
            control.close()
            _work(connection, parent, begin)
    return pid


def _work(connection: _Channel[Answer | NstutorError, Task], workers: int, begin: Begin[Task, Answer]) -> NoReturn:
    """The life of a worker: tasks in, answers out, until there are no more to come."""
    _die_with(workers)

    def work() -> int:
        try:
            with begin() as perform:
                # To enter a user namespace clears the signal (prctl(2)).
                _die_with(workers)
                with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
                    while True:
                        connection.send(_answer(perform, connection.recv()))
        except NstutorError as error:
            connection.send(error)
            return error.exit_code
        return 0

    os._exit(run_guarded(work, lambda _words: None))


def _answer(perform: Callable[[Task], Answer], task: Task) -> Answer | NstutorError:
    faults: list[BaseException] = []
    try:
        with kept_as_fault(faults):
            return perform(task)
    except NstutorError as error:
        return error
    scarce = scarcity(faults[0])
    if scarce is not None:
        return scarce
    report = _("internal error: {error!r}; a report is in {path}")
    return WorldDiedError(report.format(error=faults[0], path=write_report(faults[0])))


def _die_with(workers: int) -> None:
    sys_.prctl(sys_.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != workers:
        os._exit(_KILLED)


def _end(pid: int) -> None:
    """Kill a child that is not reaped yet: until then the number is its own."""
    if pid:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
