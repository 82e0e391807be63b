"""The factory: a small process between the supervisor and the worlds, which forks off an init for each.

supervisor ── factory ── init (pid 1 of a world)

Each dies with the one before it by its parent-death signal (PR_SET_PDEATHSIG). Since the parent may have died before
that was set, each looks once whether it is still there: the factory by getppid(2), which says nothing across the border
of a pid namespace; so the init waits for a word from the factory, and sees by the end of that pipe when none can come.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import select
import signal
import socket
from typing import NoReturn

from nstutor import NamedTuple
from nstutor.lab import wire
from nstutor.lab.filesystem import Files
from nstutor.lab.home import Home, prepare
from nstutor.lab.identity import IdMap, Tier, is_machine_root, world_map
from nstutor.lab.limits import Limits
from nstutor.lab.records import Failure, WorldRequest
from nstutor.lab.world_init import Plan, keep, send_order
from nstutor.linux import syscalls as sys_

_OF_WORLD = sys_.CLONE_NEWNS | sys_.CLONE_NEWPID | sys_.CLONE_NEWCGROUP
"""The network, host name and IPC that a learner uses are made one level further in."""
_IDLE_SECONDS = 0.02
"""So long after a request the supervisor is likely to be busy with the world: the next init can wait."""
_TITLE = "nstutor-lab"
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


def run_factory(supervisor: socket.socket, parent: int, files: Files, *, once: bool) -> NoReturn:
    """Be the factory, a fresh fork of the supervisor, until that closes its end of the socket. Never returns."""
    try:
        sys_.prctl(sys_.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(_KILLED)
        _settle(supervisor.fileno())
        _serve(supervisor, Plan(files, Tier.ROOT if is_machine_root() else Tier.ROOTLESS), once=once)
    finally:
        os._exit(0)


class _Keeper(NamedTuple):
    """An init that waits for its order."""

    orders: socket.socket
    world: IdMap


def _serve(supervisor: socket.socket, plan: Plan, *, once: bool) -> None:
    """Answer the supervisor's requests. While there are none, make an init ahead; with `once` only the first."""
    spare = _try_to_begin(plan)
    while received := wire.receive(supervisor):
        request, fds = received
        with socket.socket(fileno=fds[0]) as asker:
            _fulfil(WorldRequest(**request), asker, plan, spare)
        spare = None
        if not once and not select.select([supervisor], [], [], _IDLE_SECONDS)[0]:
            spare = _try_to_begin(plan)


def _fulfil(request: WorldRequest, asker: socket.socket, plan: Plan, spare: _Keeper | None) -> None:
    """Order a world of the spare init or of a new one. Failures are sent to the supervisor that waits for it."""
    step, ahead = "other", spare is not None and not request.fresh
    home = Home()
    try:
        limits = Limits(**request.limits)  # type: ignore[arg-type]
        step = "namespace"
        init = spare if spare is not None and ahead else _begin(plan)
        with init.orders as orders:
            step = "home"
            home = prepare(request.home, init.world)
            step = "other"
            send_order(orders, limits, home, ahead, asker.fileno())
    except OSError as error:
        _tell(asker, Failure(step, error.errno or errno.EIO, str(error.filename or error)), ahead)
    finally:
        wire.close_all(home.fds)


def _settle(kept: int) -> None:
    """Leave the terminal's session, hold nothing of the supervisor's, and let the kernel reap children.

    The supervisor's arguments name lessons and submissions, and a learner can read those of the init.
    """
    os.setsid()
    sys_.forget_arguments(_TITLE)
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN if number in _IGNORED else signal.SIG_DFL)
    sys_.hold_only(kept)
    # A collection would write to, and so copy, every page that the forks share.
    gc.disable()
    gc.freeze()
    os.chdir("/")


def _try_to_begin(plan: Plan) -> _Keeper | None:
    """An init made ahead; None if that fails: the next request will meet the failure, and hear of it."""
    try:
        return _begin(plan)
    except OSError:
        return None


def _begin(plan: Plan) -> _Keeper:
    """Fork an init and map its ids. Raises OSError."""
    orders, end = wire.pair()
    ready, ready_end = os.pipe()
    go, go_end = os.pipe()
    try:
        try:
            child, own_userns = _clone(plan.tier)
            if child == 0:
                wire.close_all([ready, go_end])
                orders.close()
                _be_keeper(plan._replace(own_userns=own_userns), end, ready_end, go)
        finally:
            wire.close_all([ready_end, go])
            end.close()
        world = world_map(child)
        _let_go(child, world if own_userns else None, ready, go_end)
    except OSError:
        orders.close()
        raise
    finally:
        wire.close_all([ready, go_end])
    return _Keeper(orders, world)


def _clone(tier: Tier) -> tuple[int, bool]:
    """Fork into new namespaces; False where they stay in the supervisor's user namespace: no other is allowed.

    The machine's root has nowhere to fall back to: its own user namespace is the machine's.
    """
    try:
        return sys_.clone(sys_.CLONE_NEWUSER | _OF_WORLD), True
    except OSError as error:
        if tier is Tier.ROOT or error.errno not in {errno.ENOSPC, errno.EUSERS}:
            raise
        return sys_.clone(_OF_WORLD), False


def _let_go(child: int, world: IdMap | None, ready: int, go: int) -> None:
    """Map the ids of the init's user namespace, if it has one, and stay until it has seen that we live."""
    os.read(ready, 1)
    if world is not None:
        sys_.write_once(f"/proc/{child}/uid_map", world.line)
        sys_.write_once(f"/proc/{child}/gid_map", world.line)
    with contextlib.suppress(BrokenPipeError):
        os.write(go, b"m")
    os.read(ready, 1)


def _be_keeper(plan: Plan, orders: socket.socket, ready: int, go: int) -> NoReturn:
    try:
        sys_.prctl(sys_.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.write(ready, b"r")
        if os.read(go, 1) != b"m":
            os._exit(_KILLED)
        if plan.tier is Tier.ROOT:
            _become_root_of_world()
        if select.select([go], [], [], 0)[0]:
            os._exit(_KILLED)
        wire.close_all([ready, go])
        keep(plan, orders)
    finally:
        os._exit(0)


def _become_root_of_world() -> None:
    """Take on the ids of the map. A change of ids clears the parent-death signal and closes /proc/PID to others."""
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    sys_.prctl(sys_.PR_SET_DUMPABLE, 1)
    sys_.prctl(sys_.PR_SET_PDEATHSIG, signal.SIGKILL)


def _tell(supervisor: socket.socket, failure: Failure, spare: bool) -> None:
    with contextlib.suppress(OSError):
        wire.send(supervisor, {**failure._asdict(), "spare": spare})
