"""What runs beside the prompt: a fault in it ends the loop with its reason instead of stopping the verdicts."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable

import pytest

from nstutor.errors import INTERRUPTED
from nstutor.ui.tasks import Tasks


async def wait_for_ever(begin: Callable[[Tasks], object]) -> None:
    """An owner like the learner's loop: it waits for a line that never comes."""
    tasks = Tasks()
    begin(tasks)
    try:
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError:
        tasks.raise_fault()
        raise
    finally:
        tasks.stop()


async def fail() -> None:
    """A fault of ours."""
    raise ZeroDivisionError("ours")


def fail_at_once() -> None:
    """The same in a callback of the loop."""
    raise ZeroDivisionError("ours")


def test_a_fault_in_a_task_ends_the_owner() -> None:
    """The owner raises what the task raised."""
    with pytest.raises(ZeroDivisionError, match="ours"):
        asyncio.run(wait_for_ever(lambda tasks: tasks.start(fail())))


def test_a_fault_in_a_callback_ends_the_owner() -> None:
    """A reader of the kernel's events is as much ours as a task."""
    with pytest.raises(ZeroDivisionError, match="ours"):
        asyncio.run(wait_for_ever(lambda _: asyncio.get_running_loop().call_soon(fail_at_once)))


def test_a_cancelled_task_is_no_fault() -> None:
    """A probe whose world went away is cancelled, and the lesson goes on."""

    async def owner() -> str:
        tasks = Tasks()
        task = tasks.start(asyncio.sleep(60))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        return "went on"

    assert asyncio.run(owner()) == "went on"


STUBBORN = """
import asyncio, sys
from nstutor.ui.tasks import run_to_end

async def stay() -> None:
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

async def leave() -> None:
    stayed = asyncio.create_task(stay())
    await asyncio.sleep(0)
    sys.exit(130)

try:
    run_to_end(leave())
finally:
    print("closed")
"""


def test_nothing_keeps_a_lesson_that_was_told_to_end() -> None:
    """A task that does not let itself be cancelled is left behind, what is around the lesson is closed: 130."""
    left = subprocess.run([sys.executable, "-c", STUBBORN], capture_output=True, text=True, timeout=30, check=False)
    assert (left.returncode, left.stdout) == (INTERRUPTED, "closed\n")
