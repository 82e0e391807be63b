"""Where a running lesson listens for second terminals, and what becomes of those that cannot be had."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab_harness import judged
from short_lesson import plan_of

from nstutor.errors import UsageError
from nstutor.lab.limits import Limits
from nstutor.lab.world import World
from nstutor.lab.world_factory import WorldFactory
from nstutor.progress.data_folder import data_folder
from nstutor.session.live import LiveSession
from nstutor.session.steps import Order, StepMachine
from nstutor.ui.attach_server import AttachServer, attach
from nstutor.ui.attach_sockets import socket_folder
from nstutor.ui.shell_console import Recorder


def _attached() -> str:
    """What becomes of a visitor: `terminal`, or why there is none."""
    try:
        attached = attach(None, 24, 80)
    except UsageError as refused:
        return str(refused)
    attached.wire.close()
    attached.control.close()
    return "terminal"


@contextlib.contextmanager
def _served(world: World) -> Iterator[None]:
    """A lab with a door for the body."""
    with LiveSession(world, StepMachine(plan_of("eden: netns eden"), Order.IN_TURN)) as live:
        with contextlib.closing(AttachServer(lambda: live, Recorder)):
            yield


@judged
def test_a_folder_with_a_long_name_has_a_door(
    factory: WorldFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address has room for 107 bytes (unix(7)); the folder may have a longer name."""
    folder = tmp_path / ("long" * 40)
    folder.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))

    async def scenario() -> None:
        with factory.world(Limits.learning()) as world:
            with _served(world):
                assert await asyncio.to_thread(_attached) == "terminal"
            assert not list((folder / "nstutor").iterdir())

    asyncio.run(scenario())


@judged
def test_a_lab_that_has_ended_says_so_to_the_visitor(
    factory: WorldFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its end and the next lab a visitor gets a word, and the loop no fault."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    faults: list[object] = []

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
        with factory.world(Limits.learning()) as world:
            signal.pidfd_send_signal(world.init, signal.SIGKILL)
            with _served(world):
                assert "the lab has ended" in await asyncio.to_thread(_attached)

    asyncio.run(scenario())
    assert not faults


def test_a_runtime_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`su` keeps XDG_RUNTIME_DIR: a folder that one may not write to is no reason to refuse the lesson."""
    sealed = tmp_path / "runtime"
    (sealed / "nstutor").mkdir(parents=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(sealed))
    assert socket_folder() == sealed / "nstutor"
    (sealed / "nstutor").rmdir()
    (sealed / "nstutor").write_text("no folder")
    assert socket_folder() == data_folder()
