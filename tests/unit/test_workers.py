"""Workers: each task is done once, by a process beside this one, whatever becomes of the others."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from nstutor.errors import CannotRunHereError, WorldDiedError
from nstutor.lab.workers import Workers

Answer = tuple[int, int, str]


@contextmanager
def working() -> Iterator[Callable[[str], Answer]]:
    """A worker that says who it is, who its workers is, and the word again."""
    yield perform


@contextmanager
def refusing() -> Iterator[Callable[[str], Answer]]:
    """A worker that cannot begin."""
    if os.getpid():
        raise CannotRunHereError("no room", "Make some.")
    yield perform


def perform(word: str) -> Answer:
    """Some words do harm."""
    if word == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if word == "bug":
        raise ValueError(word)
    if word == "refuse":
        raise CannotRunHereError("not here", "Go there.")
    return os.getpid(), os.getppid(), word


def test_workers_are_used_again() -> None:
    """One thread needs one worker; it is no child of this process, for that may have threads."""
    with Workers(working) as workers:
        answers = [workers.perform(word) for word in ("a", "b", "c")]
    assert [answer[2] for answer in answers] == ["a", "b", "c"]
    assert len({answer[0] for answer in answers}) == 1
    assert os.getpid() not in {pid for answer in answers for pid in answer[:2]}


def test_a_worker_that_dies_costs_its_own_task() -> None:
    """The others are done, those that come after it as well."""
    words = ["a", "die", "b", "die", "die", "c", "d"]
    with ThreadPoolExecutor(3) as threads, Workers(working) as workers:
        futures = [threads.submit(workers.perform, word) for word in words]
        faults = [future.exception() for future in futures]
    assert [isinstance(fault, WorldDiedError) for fault in faults] == [word == "die" for word in words]
    assert [future.result()[2] for future in futures if not future.exception()] == ["a", "b", "c", "d"]


def test_a_worker_that_died_while_it_was_idle_costs_nothing() -> None:
    """It is found out when the next task is to be given to it."""
    with Workers(working) as workers:
        first = workers.perform("a")
        pidfd = os.pidfd_open(first[0])
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        assert select.select([pidfd], [], [], 10)[0]
        os.close(pidfd)
        second = workers.perform("b")
    assert second[2] == "b"
    assert second[0] != first[0]


def test_errors_come_back_with_their_words(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is raised for the person at the terminal is raised here; a bug gets a report, and the worker lives on."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with Workers(working) as workers:
        with pytest.raises(CannotRunHereError) as refusal:
            workers.perform("refuse")
        assert refusal.value.hint == "Go there."
        with pytest.raises(WorldDiedError, match=r"internal error: ValueError\('bug'\); a report is in /"):
            workers.perform("bug")
        assert workers.perform("a")[2] == "a"


def test_a_worker_that_cannot_begin_says_why() -> None:
    """Each task gets that answer."""
    with Workers(refusing) as workers:
        for _ in range(2):
            with pytest.raises(CannotRunHereError, match="no room"):
                workers.perform("a")


def test_the_end_waits_for_no_task() -> None:
    """Whoever closes a workers ends what is being done in it."""
    with ThreadPoolExecutor(1) as threads:
        with Workers(sleeping) as workers:
            future = threads.submit(workers.perform, "a")
            assert not future.done()
        assert isinstance(future.exception(timeout=10), WorldDiedError)


@contextmanager
def sleeping() -> Iterator[Callable[[str], Answer]]:
    """A worker that is never done."""
    signal.pause()
    yield perform
