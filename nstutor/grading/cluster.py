"""Grading on an existing Dask cluster, by Dask's own executor.

The process that talks to the cluster, a client here and a worker there, is no judge: a judge has no network but its own
loopback. A worker of the cluster keeps a workers (workers.py) beside itself, whose processes become judges.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nstutor.errors import CannotRunHereError, UsageError
from nstutor.grading.many import Graders
from nstutor.grading.result import Result
from nstutor.grading.task import Task, judging
from nstutor.lab.workers import Workers
from nstutor.text.i18n import _

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = "5s"
"""For the scheduler to answer, in Dask's way of writing it."""
NURSERY = (sys.executable, "-m", "nstutor.grading")
_lock = threading.Lock()


@contextmanager
def on_cluster(address: str) -> Iterator[Graders]:
    """The workers of the cluster whose scheduler is at this address (`tcp://HOST:PORT`).

    Raises UsageError where Dask is not installed, CannotRunHereError where nobody answers or nobody works.
    """
    with _client(address) as client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise CannotRunHereError(
                _("the Dask scheduler at {address} has no workers").format(address=address),
                _("Start some: dask worker {address}").format(address=address),
            )
        # A submission is typed once: pure=False keeps Dask from answering the second of two equal ones by the first.
        with client.get_executor(pure=False) as executor:
            yield Graders(executor, grade_apart, 4 * threads)


def _client(address: str) -> Client:
    try:
        # Not installed with nstutor itself: pip install 'nstutor[dask]'.
        from distributed import Client
        from distributed.comm.addressing import parse_address
        from distributed.comm.registry import get_backend
    except ImportError:
        install = _("Install it: {command}").format(command="pip install 'nstutor[dask]'")
        raise UsageError(_("--dask needs Dask, which is not installed"), install) from None
    try:
        # A client that was refused its address by this would hang when Python ends.
        scheme, place = parse_address(address)
        get_backend(scheme).resolve_address(place)  # type: ignore[no-untyped-call]
        return Client(address, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise UsageError(
            _("{address} is no address of a Dask scheduler: {reason}").format(address=address, reason=error),
            _("Write it as tcp://HOST:8786."),
        ) from None
    except (OSError, TimeoutError):
        raise CannotRunHereError(
            _("no Dask scheduler answers at {address}").format(address=address), _("Start one: dask scheduler")
        ) from None


def grade_apart(task: Task) -> Result:
    """Grade in a process beside this one. What a worker of the cluster is asked to do; for any of its threads."""
    return _nursery().perform(task)


def _nursery() -> Workers[Task, Result]:
    with _lock:
        return _only_nursery()


@functools.cache
def _only_nursery() -> Workers[Task, Result]:
    workers: Workers[Task, Result] = Workers(judging)
    workers.start(NURSERY)
    return workers
