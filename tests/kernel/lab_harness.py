"""Runs a test's body in a process that is a judge, and programs in its worlds.

pytest's own process must stay in the machine's namespaces, for it also looks whether the machine changed.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import select
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Concatenate, ParamSpec

import pytest

from nstutor.lab.identity import is_machine_root
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.world import ShellProcess, World
from nstutor.lab.world_factory import WorldFactory

Arguments = ParamSpec("Arguments")

needs_root = pytest.mark.skipif(not is_machine_root(), reason="only real root can show this")

TEST_SECONDS = 120.0
COMMAND_SECONDS = 40.0


def in_child(body: Callable[[], None], seconds: float = TEST_SECONDS) -> None:
    """Run the body in a fork of this process; its exception becomes the test's failure."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            body()
            os.write(writer, b"passed")
        finally:
            # On the way out of an exception this tells which; a test's child must never return into pytest.
            os.write(writer, traceback.format_exc().encode())
            os._exit(0)
    os.close(writer)
    pidfd = os.pidfd_open(child)
    with os.fdopen(reader, "rb") as pipe:
        if not select.select([pidfd], [], [], seconds)[0]:
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(pidfd)
        said = pipe.read().decode(errors="replace")
    if not said.startswith("passed"):
        pytest.fail(said or f"the test's process ended without a word, perhaps after {seconds} s", pytrace=False)


def judged(test: Callable[Concatenate[WorldFactory, Arguments], None]) -> Callable[Arguments, None]:
    """Decorate a test whose first argument is a WorldFactory, to be run in a child that has become a judge."""

    @functools.wraps(test)
    def wrapper(*arguments: Arguments.args, **keywords: Arguments.kwargs) -> None:
        def body() -> None:
            become_supervisor()
            with WorldFactory() as factory:
                test(factory, *arguments, **keywords)

        in_child(body)

    signature = inspect.signature(test)
    visible = list(signature.parameters.values())[1:]
    # pytest reads fixtures off the signature.
    wrapper.__signature__ = signature.replace(parameters=visible)  # type: ignore[attr-defined]
    del wrapper.__wrapped__
    return wrapper


@contextlib.contextmanager
def shell(
    world: World, argv: Sequence[str], netns: str | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[ShellProcess]:
    """A program on a terminal of the world that nobody watches; its descriptors are closed at the end."""
    process = world.start_shell(argv, environment or {}, netns=netns, watch=False)
    try:
        yield process
    finally:
        for fd in (process.pidfd, process.master, process.slave):
            os.close(fd)


def read_until(process: ShellProcess, ended: Callable[[str], bool], seconds: float = COMMAND_SECONDS) -> str:
    """What the program prints, until it has ended or this holds for all it printed; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    output = b""
    while not ended(text := output.decode(errors="replace").replace("\r", "")):
        left = deadline - time.monotonic()
        ready = select.select([process.master, process.pidfd], [], [], max(0.0, left))[0]
        assert ready, f"nothing more came within {seconds} s after:\n{text}"
        if process.master in ready:
            output += os.read(process.master, 65536)
        elif process.pidfd in ready:
            return output.decode(errors="replace").replace("\r", "")
    return text


def run(world: World, script: str, netns: str | None = None, seconds: float = COMMAND_SECONDS) -> str:
    """What a bash script prints in a world, standard error included."""
    with shell(world, ("/bin/bash", "-c", script), netns) as process:
        return read_until(process, lambda _: False, seconds)


def status_of(world: World, script: str) -> int:
    """The exit status of a bash script in a world."""
    return int(run(world, f"({script}) >/dev/null 2>&1; echo $?").split()[-1])
