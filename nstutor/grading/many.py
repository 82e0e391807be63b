"""Many submissions side by side, on whatever executor there is; their results one after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from nstutor import NamedTuple
from nstutor.errors import BUG, NstutorError, scarcity
from nstutor.grading.ending import let_through
from nstutor.grading.result import Result, ungraded
from nstutor.grading.task import Task, judging, load_all
from nstutor.lab.workers import Workers
from nstutor.session.steps import Plan
from nstutor.text.i18n import _

T = TypeVar("T")


class Graders(NamedTuple):
    """Who grades: an executor, and the function that it is to call with each task."""

    executor: Executor
    grade: Callable[[Task], Result]
    ahead: int
    """How many tasks it is given before one of them must have been finished."""


@contextmanager
def here(jobs: int, count: int, hidden: tuple[str, ...]) -> Iterator[Graders]:
    """As many judges on this machine, each a process of its own, for so many tasks. To be entered with one thread.

    `hidden` is what no submission may see (Task.hidden).

    Raises CannotRunHereError where not even one process more can be started.
    """
    load_all()
    # What is still being graded ends with the workers, and then the threads, which wait for that.
    with ThreadPoolExecutor(jobs) as threads, Workers(partial(judging, hidden, once=count <= jobs)) as workers:
        yield Graders(threads, workers.perform, 2 * jobs)


def refused(error: NstutorError) -> Graders:
    """Nobody grades, for this reason: it becomes the result of every submission."""

    def refuse(_task: Task) -> Result:
        raise error

    return Graders(_AtOnce(), refuse, 1)


class _AtOnce(Executor):
    """Calls what is submitted there and then."""

    def submit(self, function: Callable[..., T], /, *args: object, **words: object) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(function(*args, **words))
        except NstutorError as error:
            future.set_exception(error)
        return future


class Waiting(NamedTuple):
    """A submission that waits for its turn: what can be said of it without reading it, and how it is read."""

    plan: Plan
    name: str
    read: Callable[[], Task | Result]
    """A Result stands for a submission of which it is known by then that it cannot be graded."""


@dataclass(eq=False, repr=False)
class _Given:
    """A submission that was given out, and is not yielded yet."""

    task: Task | Result
    future: Future[Result]

    def result(self) -> Result:
        """What it came to, once it is finished: a result, or why there is none."""
        if self.future.cancelled():
            return self.ungraded(_("the grading was given up by those who did it"))
        error = self.future.exception()
        if error is None:
            return self.future.result()
        error = scarcity(error) or error
        if isinstance(error, NstutorError):
            return self.ungraded(str(error), error.exit_code)
        return self.ungraded(_("the grading was lost: {fault}").format(fault=repr(error)))

    def ungraded(self, error: str, broke: int = BUG) -> Result:
        """A result that says why there is none."""
        return (
            self.task
            if isinstance(self.task, Result)
            else (ungraded(self.task.plan, self.task.submission.name, error, broke))
        )


class Run:
    """Gives out submissions and collects results.

    With `in_order` these come in the order of the submissions, else as they come.
    """

    def __init__(
        self, graders: Graders, waiting: Iterable[Waiting], told: Callable[[int], None], *, in_order: bool
    ) -> None:
        self._graders, self._waiting, self._told, self._in_order = graders, deque(waiting), told, in_order
        self._given: list[_Given] = []
        self._yielded = 0

    def results(self) -> Iterator[Result]:
        """The result of each submission, whatever became of it.

        Within held_back() only the waiting and the reading are ended by a signal; `rest` then has what was not yielded.
        """
        while self._waiting:
            while len(self._running()) >= self._graders.ahead:
                yield from self._next()
            with let_through():
                task = self._waiting[0].read()
            # Not before it was read: what a signal leaves behind is exactly what was not given out.
            self._waiting.popleft()
            self._give(task)
        while self._given:
            yield from self._next()

    def rest(self, error: str | None) -> Iterator[Result]:
        """After a signal: the results that are finished; with `error` also the other submissions, with it."""
        for given in self._given:
            if given.future.done():
                yield given.result()
            elif error is not None:
                yield given.ungraded(error)
        for waiting in self._waiting if error is not None else ():
            yield ungraded(waiting.plan, waiting.name, error or "", BUG)

    def _give(self, task: Task | Result) -> None:
        future: Future[Result] = Future()
        if isinstance(task, Result):
            future.set_result(task)
        else:
            future = self._graders.executor.submit(self._graders.grade, task)
        self._given.append(_Given(task, future))

    def _running(self) -> list[Future[Result]]:
        return [given.future for given in self._given if not given.future.done()]

    def _next(self) -> Iterator[Result]:
        """Wait until something is finished, and yield what may be."""
        running = self._running()
        self._told(self._yielded + len(self._given) - len(running))
        with let_through():
            wait(running, return_when=FIRST_COMPLETED)
        for given in self._finished():
            yield given.result()
            # Not before it was taken: what a signal leaves behind is exactly what was not.
            self._given.remove(given)
            self._yielded += 1

    def _finished(self) -> list[_Given]:
        finished = []
        for given in self._given:
            if given.future.done():
                finished.append(given)
            elif self._in_order:
                break
        return finished
