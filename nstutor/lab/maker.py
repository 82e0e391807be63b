"""The maker: a small process between the judge and the worlds, which forks off a keeper for each.

judge ── maker ── stage ── keeper (pid 1 of a world)

Each dies with the one before it: by its parent-death signal (PR_SET_PDEATHSIG) and, since the parent may have died
before that was set, by looking once whether it is still there. Across the border of a pid namespace getppid(2) says
nothing, so there a pipe tells.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import select
import signal
import socket
from dataclasses import asdict
from typing import NoReturn

from nstutor.lab import syscalls as sys_
from nstutor.lab import wire
from nstutor.lab.filesystem import Files
from nstutor.lab.home import prepare
from nstutor.lab.identity import SINGLE, IdMap, world_map
from nstutor.lab.keeper import Plan, SetupError, keep
from nstutor.lab.limits import Limits
from nstutor.lab.records import Failure, WorldRequest

_OF_WORLD = (
    sys_.CLONE_NEWNS
    | sys_.CLONE_NEWPID
    | sys_.CLONE_NEWNET
    | sys_.CLONE_NEWUTS
    | sys_.CLONE_NEWIPC
    | sys_.CLONE_NEWCGROUP
)
_KILLED = 128 + signal.SIGKILL
_IGNORED = frozenset(
    {
        signal.SIGCHLD,
        signal.SIGHUP,
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGTSTP,
        signal.SIGTTIN,
        signal.SIGTTOU,
    }
)


def run_maker(judge: socket.socket, parent: int) -> NoReturn:
    """Be the maker, a fresh fork of the judge, until the judge's end of the socket is closed. Never returns."""
    try:
        _die_with(parent)
        _settle(judge.fileno())
        world = world_map()
        while received := wire.receive(judge):
            request, fds = received
            with socket.socket(fileno=fds[0]) as end:
                _begin(WorldRequest(**request), end, world)
    finally:
        os._exit(0)


def _die_with(parent: int) -> None:
    sys_.prctl(sys_.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(_KILLED)


def _settle(kept: int) -> None:
    """Leave the terminal's session, hold nothing of the judge's, and let the kernel reap children."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN if number in _IGNORED else signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
    gc.freeze()
    os.chdir("/")


def _begin(request: WorldRequest, judge: socket.socket, world: IdMap) -> None:
    """Fork the stage of a world and map its ids. What fails is told to the judge that waits for the world."""
    step = "other"
    try:
        plan = _plan(request, world)
        ready, ready_end = os.pipe()
        go, go_end = os.pipe()
        parent, child = os.getpid(), os.fork()
        if child == 0:
            os.close(ready)
            os.close(go_end)
            _stage(plan, judge, parent, ready_end, go)
        os.close(ready_end)
        os.close(go)
        step = "map"
        _map_ids(child, world, ready, go_end)
        wire.close_all([ready, go_end, *([] if plan.files.home.detached is None else [plan.files.home.detached])])
    except OSError as error:
        _tell(judge, Failure(step, error.errno or errno.EIO, str(error.filename or error)))


def _plan(request: WorldRequest, world: IdMap) -> Plan:
    limits = Limits(**request.limits)  # type: ignore[arg-type]
    home = prepare(request.home, world)
    return Plan(limits, Files(request.bashrc, request.inputrc, tuple(request.hidden), home, limits.tmp_bytes), world)


def _map_ids(child: int, world: IdMap, ready: int, go: int) -> None:
    """Map the ids of the stage's user namespace once it has one; a stage that ended has told why itself."""
    if os.read(ready, 1) == b"u":
        sys_.write_once(f"/proc/{child}/uid_map", world.line)
        sys_.write_once(f"/proc/{child}/gid_map", world.line)
    with contextlib.suppress(BrokenPipeError):
        os.write(go, b"m")


def _stage(plan: Plan, judge: socket.socket, parent: int, ready: int, go: int) -> NoReturn:
    """Enter the world's namespaces and fork its pid 1, which alone is inside the pid namespace; then wait for it."""
    step = "namespace"
    try:
        _die_with(parent)
        own_userns = _enter_new(plan.world)
        os.write(ready, b"u" if own_userns else b"-")
        if os.read(go, 1) != b"m":
            os._exit(0)
        step = "other"
        if plan.world != SINGLE:
            _become_root_of_range(parent)
        _fork_keeper(Plan(plan.limits, plan.files, plan.world, own_userns), judge)
    except OSError as error:
        _tell(judge, Failure(step, error.errno or errno.EIO, str(error.filename or error)))
    finally:
        os._exit(0)


def _enter_new(world: IdMap) -> bool:
    """Enter new namespaces; False if they stay in the judge's user namespace, because no further one is allowed.

    The machine's root has nowhere to fall back to: its own user namespace is the machine's.
    """
    try:
        sys_.unshare(sys_.CLONE_NEWUSER | _OF_WORLD)
    except OSError as error:
        if world != SINGLE or error.errno not in {errno.ENOSPC, errno.EUSERS}:
            raise
        sys_.unshare(_OF_WORLD)
        return False
    return True


def _become_root_of_range(parent: int) -> None:
    """Take on the ids of the range. A change of ids clears the parent-death signal and closes /proc/PID to others."""
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    sys_.prctl(sys_.PR_SET_DUMPABLE, 1)
    _die_with(parent)


def _fork_keeper(plan: Plan, judge: socket.socket) -> None:
    lifeline, lifeline_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(lifeline_end)
        _be_keeper(plan, judge, lifeline)
    judge.close()
    with contextlib.suppress(ChildProcessError):  # SIGCHLD is ignored: this returns when the keeper has ended
        os.waitpid(child, 0)


def _be_keeper(plan: Plan, judge: socket.socket, lifeline: int) -> NoReturn:
    try:
        sys_.prctl(sys_.PR_SET_PDEATHSIG, signal.SIGKILL)
        if select.select([lifeline], [], [], 0)[0]:
            os._exit(_KILLED)
        os.close(lifeline)
        keep(plan, judge)
    except SetupError as error:
        _tell(judge, error.failure)
    finally:
        os._exit(0)


def _tell(judge: socket.socket, failure: Failure) -> None:
    with contextlib.suppress(OSError):
        wire.send(judge, asdict(failure))
