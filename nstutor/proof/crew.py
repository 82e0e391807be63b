"""Processes that play tasks side by side, each a judge of its own with its own worlds."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from multiprocessing.connection import Connection, Pipe, wait
from types import TracebackType
from typing import NoReturn, Self

from nstutor.errors import PASSED, NstutorError, WorldDiedError, run_guarded
from nstutor.lab import syscalls as sys_
from nstutor.language import _
from nstutor.proof.model import Outcome, Task

Perform = Callable[[Task], Outcome]
Begin = Callable[[], AbstractContextManager[Perform]]


class Crew:
    """Forks its workers when it is entered, which must be before there are threads; they end with it.

    Each worker enters `begin()` and plays its tasks with what that gives.
    """

    def __init__(self, jobs: int, begin: Begin) -> None:
        self._jobs, self._begin = jobs, begin
        self._workers: dict[Connection[Task | None, Outcome | NstutorError], int] = {}

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self._end)
            for _worker in range(self._jobs):
                self._fork()
            undo.pop_all()
        return self

    def _fork(self) -> None:
        ours, theirs = Pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _work(theirs, parent, self._begin)
        theirs.close()
        self._workers[ours] = pid

    def run(self, tasks: deque[Task]) -> Iterator[tuple[Task, Outcome]]:
        """The outcomes of all tasks as they come; tasks may be added meanwhile.

        Raises the NstutorError of a worker.
        """
        idle, busy = list(self._workers), dict[object, Task]()
        while tasks or busy:
            while idle and tasks:
                worker = idle.pop()
                busy[worker] = tasks.popleft()
                _send(worker, busy[worker])
            for worker in self._ready(busy):
                outcome = _receive(worker)
                idle.append(worker)
                yield busy.pop(worker), outcome

    def _ready(self, busy: dict[object, Task]) -> list[Connection[Task | None, Outcome | NstutorError]]:
        ready = set(map(id, wait([worker for worker in self._workers if worker in busy])))
        return [worker for worker in self._workers if id(worker) in ready]

    def _end(self) -> None:
        for worker, pid in self._workers.items():
            # It is our child and not reaped yet: the number is still its own.
            os.kill(pid, signal.SIGTERM)
            worker.close()
            os.waitpid(pid, 0)
        self._workers.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()


def _send(worker: Connection[Task | None, Outcome | NstutorError], task: Task) -> None:
    try:
        worker.send(task)
    except (BrokenPipeError, ConnectionResetError):
        # It has ended already, and said why.
        _receive(worker)
        raise WorldDiedError(_("a process that plays the lessons has ended")) from None


def _receive(worker: Connection[Task | None, Outcome | NstutorError]) -> Outcome:
    try:
        answer = worker.recv()
    except (EOFError, ConnectionResetError):
        raise WorldDiedError(_("a process that plays the lessons has ended")) from None
    if isinstance(answer, NstutorError):
        raise answer
    return answer


def _work(end: Connection[Outcome | NstutorError, Task | None], parent: int, begin: Begin) -> NoReturn:
    """The life of a worker: tasks in, outcomes out, until it is ended."""
    _die_with(parent)

    def play() -> int:
        try:
            with begin() as perform:
                # To enter a user namespace clears the signal (prctl(2)).
                _die_with(parent)
                while (task := end.recv()) is not None:
                    end.send(perform(task))
        except NstutorError as error:
            end.send(error)
            return error.exit_code
        return PASSED

    os._exit(run_guarded(play, lambda message: print(message, flush=True)))


def _die_with(parent: int) -> None:
    sys_.prctl(sys_.PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(PASSED)
