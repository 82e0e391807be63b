"""Results of many submissions, whenever somebody ends the run: none that is finished is lost, none is missing."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Event, main_thread

import pytest

from nstutor.checks.registry import compile_lesson
from nstutor.grading.ending import held_back
from nstutor.grading.limits import GradingLimits
from nstutor.grading.many import Graders, Run, Waiting
from nstutor.grading.result import Result, ungraded
from nstutor.grading.submission import Submission
from nstutor.grading.task import Task
from nstutor.lesson.catalog import find
from nstutor.lesson.parse import load
from nstutor.session.steps import Plan

LESSON = load(find("loopback"))
PLAN = Plan(LESSON, compile_lesson(LESSON))
NAMES = [f"{number}.sh" for number in range(6)]


def waiting(name: str, at: str) -> Waiting:
    """A submission; while the one called `at` is read, Ctrl-C is pressed."""

    def read() -> Task:
        if name == at:
            signal.raise_signal(signal.SIGINT)
        return Task(PLAN, Submission(name, ()), GradingLimits(), "en")

    return Waiting(PLAN, name, read)


@pytest.mark.parametrize("at", NAMES)
def test_a_signal_while_a_submission_is_read(at: str) -> None:
    """What was given out before is finished or told, and so are this one and those behind it, each once."""
    with ThreadPoolExecutor(1) as threads, held_back():
        run = Run(
            Graders(threads, lambda task: ungraded(task.plan, task.submission.name, "done"), 2),
            [waiting(name, at) for name in NAMES],
            lambda _done: None,
            in_order=True,
        )
        results: list[Result] = []
        with pytest.raises(KeyboardInterrupt):
            results.extend(run.results())
        results += run.rest("interrupted")
    assert [result.submission for result in results] == NAMES
    assert {result.error for result in results[NAMES.index(at) :]} == {"interrupted"}


def test_a_signal_while_all_are_busy() -> None:
    """The submission that was to be given out next is told, too."""
    free = Event()

    def grade(task: Task) -> Result:
        if task.submission.name == NAMES[1]:
            # Not to the process: a thread of pytest's own would take it, which holds nothing back.
            signal.pthread_kill(main_thread().ident or 0, signal.SIGINT)
        free.wait(60)
        return ungraded(task.plan, task.submission.name, "done")

    with ThreadPoolExecutor(2) as threads, held_back():
        run = Run(Graders(threads, grade, 2), [waiting(name, "") for name in NAMES], lambda _done: None, in_order=True)
        results = run.results()
        with pytest.raises(KeyboardInterrupt):
            next(results)
        rest = list(run.rest("interrupted"))
        free.set()
    assert [result.submission for result in rest] == NAMES
