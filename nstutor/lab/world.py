"""Worlds: made by a WorldFactory (world_factory), gone without a trace when closed.

In one: `world.start_shell(["/bin/bash", "-i"], {})`.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from nstutor.errors import UsageError, WorldDiedError
from nstutor.lab import wire
from nstutor.lab.homecopy import Owner, pack, unpack
from nstutor.lab.identity import Tier
from nstutor.lab.limits import learners_pids
from nstutor.lab.records import ShellProcess, ShellRequest, Usage
from nstutor.lab.scarcity import SCARCE, Patience
from nstutor.linux import syscalls as sys_
from nstutor.text.i18n import _

if TYPE_CHECKING:
    from nstutor.kernel.model import Identity

__all__ = ["ShellProcess", "Usage", "World"]

Seen = TypeVar("Seen")

ANSWER_SECONDS = 30.0
_NAME_TOO_LONG = 255
_PAUSE = 0.01


class World:
    """A disposable world; a context manager that ends it. Its descriptors are its own: leave them open.

    When the init's process ends, for whatever reason, everything in the world ends with it.
    """

    def __init__(self, supervisor: socket.socket, fds: Sequence[int], tier: Tier, home: Path | None) -> None:
        self.init, self.root, self.netns, self._processes = fds
        """`init`: pidfd of pid 1, readable once the world is gone. `root`: O_PATH of the learner's root directory;
        open what is below it with RESOLVE_IN_ROOT (openat2(2)), for the learner can plant symlinks. `netns`: host's."""
        self.tier = tier
        """FLAT where the machine allows no nested user namespace; see tiers.LOST_FLAT."""
        self._supervisor = supervisor
        self._copied_home = home

    def start_shell(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        rows: int = 24,
        columns: int = 80,
        netns: str | None = None,
        *,
        watch: bool = True,
    ) -> ShellProcess:
        """Start a program on a terminal of its own, as the leader of a session, with host or `netns` as its network.

        `environment` is put over the world's own (HOME, PATH, LANG=C.UTF-8, …). With `watch` its exec waits until
        somebody answers the listener in `notify`; an exec that fails is said on the terminal and ends the process with
        status 127. May be called again, also when every process of the learner's is gone.
        Raises UsageError for a network namespace that is not there, WorldDiedError, CannotRunHereError where the
        machine has run out of something for longer than others may need it, OSError.
        """
        if netns is not None and (not netns or "/" in netns or netns in {".", ".."} or len(netns) > _NAME_TOO_LONG):
            raise _no_such_netns(netns)
        request = ShellRequest(list(argv), dict(environment), rows, columns, netns, watch)
        patience = Patience()
        answer, fds = self._ask(request)
        while patience.allows(answer.get("code")):
            answer, fds = self._ask(request)
        if "code" in answer:
            if netns is not None and f"/{netns}" in answer["what"]:
                raise _no_such_netns(netns)
            if answer["code"] in SCARCE:
                from nstutor.lab.refusals import refusal

                raise refusal(answer["step"], answer["code"], answer["what"])
            raise OSError(answer["code"], os.strerror(answer["code"]), answer["what"])
        pidfd, master, slave, *listener = fds
        return ShellProcess(sys_.pid_of(pidfd), pidfd, master, slave, listener[0] if listener else None, answer["tty"])

    def _ask(self, request: ShellRequest) -> tuple[wire.Message, list[int]]:
        try:
            wire.send(self._supervisor, request._asdict())
        except (BrokenPipeError, ConnectionResetError):
            raise WorldDiedError(_("the lab has ended")) from None
        return answer_of(self._supervisor)

    @property
    def ended(self) -> bool:
        """Whether it has begun to end: the init's socket closes before anything else goes (kernel/exit.c)."""
        return bool(select.select([self._supervisor], [], [], 0)[0])

    @property
    def has_copied_home(self) -> bool:
        """Whether its home is a copy of the learner's folder, which save_home() writes back."""
        return self._copied_home is not None

    def resources(self) -> Usage:
        """What the world uses now."""
        from nstutor.lab.usage import usage

        return self._unless_gone(usage, Usage(0, 0, 0))

    def out_of_sight(self) -> int:
        """The most bytes of shared memory that it may keep where resources() cannot look; 0 if it hides nothing."""
        from nstutor.lab.usage import out_of_sight

        return self._unless_gone(out_of_sight, 0)

    def kernel_bytes(self) -> int:
        """Roughly what the kernel holds for its sockets, devices and routes, where a process is."""
        from nstutor.lab.usage import kernel_bytes

        return self._unless_gone(kernel_bytes, 0)

    def processes(self) -> int:
        """How many run in it now, without the init: cheaper than to ask for all of its resources."""
        return self._unless_gone(lambda processes: len(learners_pids(processes)), 0)

    def netns_of_processes(self) -> Mapping[Identity, str]:
        """The network namespaces in which a process of it is now, and a path by which to enter each."""
        from nstutor.lab.usage import netns_of_processes

        try:
            return netns_of_processes(self._processes)
        except ProcessLookupError:
            return {}

    def starting(self) -> bool:
        """Whether something in it has been started just now, and still makes itself what it will be."""
        from nstutor.lab.usage import starting

        return self._unless_gone(starting, False)

    def _unless_gone(self, look: Callable[[int], Seen], otherwise: Seen) -> Seen:
        try:
            return look(self._processes)
        except ProcessLookupError:
            return otherwise

    def end_processes(self) -> None:
        """Kill every process of the learner's, and wait until none is left. Raises WorldDiedError if some stay."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while running := self._running():
            # A stopped process starts no other while the rest are killed.
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for pid in running:
                    self._signal(pid, number)
            if time.monotonic() > deadline:
                raise WorldDiedError(_("the lab gave no answer for {seconds:g} s").format(seconds=ANSWER_SECONDS))
            time.sleep(_PAUSE)

    def _running(self) -> list[str]:
        try:
            return learners_pids(self._processes)
        except ProcessLookupError:
            return []

    def _signal(self, pid: str, number: signal.Signals) -> None:
        with contextlib.suppress(OSError):
            folder = os.open(pid, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._processes)
            try:
                # pidfd_send_signal(2) takes a folder of /proc, too: of whatever process namespace.
                signal.pidfd_send_signal(folder, number)
            finally:
                os.close(folder)

    def save_home(self) -> None:
        """Write a copied home back into the learner's folder; nothing to do where the folder itself is mounted."""
        if self._copied_home is None:
            return
        inside = os.open("root", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.root)
        folder = os.open(self._copied_home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            owner = os.fstat(folder)
            unpack(folder, pack(inside), Owner(owner.st_uid, owner.st_gid))
        finally:
            wire.close_all([inside, folder])

    def close(self) -> None:
        """End every process of the world and wait until they are gone; a second call does nothing."""
        if self._supervisor.fileno() < 0:
            return
        try:
            self.save_home()
        finally:
            self._supervisor.close()
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.init, signal.SIGKILL)
            select.select([self.init], [], [], ANSWER_SECONDS)
            wire.close_all([self.init, self.root, self.netns, self._processes])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def answer_of(supervisor: socket.socket) -> tuple[wire.Message, list[int]]:
    """The next message from a world's init, with its descriptors. Raises WorldDiedError, CannotRunHereError."""
    try:
        answer = wire.receive(supervisor)
    except TimeoutError:
        message = _("the lab gave no answer for {seconds:g} s").format(seconds=ANSWER_SECONDS)
        raise WorldDiedError(message) from None
    except ConnectionResetError:
        answer = None
    except OSError as error:
        from nstutor.lab.refusals import refusal

        raise refusal("other", error.errno or 0, str(error.filename)) from None
    if answer is None:
        raise WorldDiedError(_("the lab has ended"))
    return answer


def _no_such_netns(name: str) -> UsageError:
    message = _("no network namespace {name!r} in the lab").format(name=name)
    return UsageError(message, _("ip netns list names those that are there."))
