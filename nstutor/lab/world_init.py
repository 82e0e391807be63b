"""The init: pid 1 of a world. It mounts, limits, has the learner's namespaces made and starts shells in them.

An init may be made ahead of its order: what depends on nobody's wishes is done by then. When it ends, the kernel ends
everything in its pid namespace (pid_namespaces(7)).
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from typing import NoReturn

from nstutor import NamedTuple
from nstutor.lab import wire
from nstutor.lab.filesystem import Files, build, enter, mount_personal
from nstutor.lab.home import Home
from nstutor.lab.identity import Tier
from nstutor.lab.inside import First, Inside, finish, fork_first, wait_for
from nstutor.lab.limits import Limits, limit_namespaces
from nstutor.lab.records import Failure, ShellRequest
from nstutor.lab.shellstart import become_shell
from nstutor.linux import syscalls as sys_


class Plan(NamedTuple):
    """What every world of a factory has."""

    files: Files
    tier: Tier
    """Tier.ROOTLESS or Tier.ROOT."""
    own_userns: bool = True
    """Whether the init has a user namespace of its own; without, it shares the supervisor's."""


class Order(NamedTuple):
    """What one world is to be, and the socket of the supervisor that asked."""

    limits: Limits
    home: Home
    spare: bool
    """Whether the init was made ahead: then one that failed or came out flat is not the last word."""
    supervisor: socket.socket


class Begun(NamedTuple):
    """A world that lacks only what the order says."""

    first: First
    nested: bool


class SetupError(Exception):
    """A step of making the world failed; `failure` says which and why."""

    def __init__(self, step: str, error: OSError) -> None:
        super().__init__(step)
        self.failure = Failure(step, error.errno or errno.EIO, str(error.filename or error))


def send_order(end: socket.socket, limits: Limits, home: Home, spare: bool, supervisor: int) -> None:
    """Give an init its order; the answer goes to the descriptor `supervisor`. Raises OSError if it is gone."""
    message = {"limits": limits._asdict(), "packed": home.packed is not None, "spare": spare}
    wire.send(end, message, [supervisor, *home.fds])


def _await_order(end: socket.socket) -> Order:
    """The order; the process ends when none will come."""
    received = wire.receive(end)
    if received is None:
        os._exit(0)
    message, fds = received
    supervisor, *homes = fds
    home = Home(**{"packed" if message["packed"] else "detached": fd for fd in homes})
    return Order(Limits(**message["limits"]), home, message["spare"], socket.socket(fileno=supervisor))


def keep(plan: Plan, orders: socket.socket) -> NoReturn:
    """Be pid 1: make the world, report to the supervisor, serve until it goes away. Never returns.

    SIGCHLD must be ignored, so that the kernel reaps the children, orphans included.
    """
    failure, begun = None, None
    try:
        begun = _begin(plan)
    except SetupError as error:
        failure = error.failure
    order = _await_order(orders)
    orders.close()
    try:
        if failure or begun is None:
            _fail(order, failure or Failure("other", errno.ECHILD))
        _keep(plan, order, begun)
    except SetupError as error:
        _fail(order, error.failure)
    finally:
        os._exit(0)


def _fail(order: Order, failure: Failure) -> NoReturn:
    with contextlib.suppress(OSError):
        wire.send(order.supervisor, {**failure._asdict(), "spare": order.spare})
    os._exit(0)


def _begin(plan: Plan) -> Begun:
    step = "other"
    try:
        os.umask(0o022)
        sys_.prctl(sys_.PR_SET_NO_NEW_PRIVS, 1)
        # Out of memory, the world is to die before the tutor or the desktop.
        sys_.write_once("/proc/self/oom_score_adj", "1000")
        first = fork_first(plan.own_userns)
        step = "mount"
        build(plan.files)
        step = "other"
        return Begun(first, wait_for(first))
    except OSError as error:
        raise SetupError(step, error) from None


def _keep(plan: Plan, order: Order, begun: Begun) -> None:
    inside = _finish(plan, order, begun)
    _report(plan, order, inside)
    with contextlib.suppress(ChildProcessError):  # SIGCHLD is ignored: this returns when the first one inside is gone
        os.wait()
    _serve(order, inside)


def _finish(plan: Plan, order: Order, begun: Begun) -> Inside:
    step = "home"
    try:
        mount_personal(order.home, order.limits.tmp_bytes)
        step = "other"
        # Meanwhile every process here counts as chrooted and could make no user namespace: the first one has its own.
        enter()
        if plan.own_userns:
            limit_namespaces(order.limits, begun.nested)
        inside = finish(begun.first, begun.nested)
        # `ip link set DEV netns 1` brings a device back to host, as it does on a real machine.
        sys_.setns(inside.netns, sys_.CLONE_NEWNET)
        sys_.prctl(sys_.PR_SET_DUMPABLE, 0)
    except OSError as error:
        raise SetupError(step, error) from None
    return inside


def _report(plan: Plan, order: Order, inside: Inside) -> None:
    """Tell the supervisor that the world stands, with descriptors of init, root, host's network and the processes."""
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    init = os.pidfd_open(os.getpid())
    tier = plan.tier if inside.nested else Tier.FLAT
    facts = {"tier": int(tier), "copied": order.home.packed is not None, "spare": order.spare}
    wire.send(order.supervisor, facts, [init, inside.root, inside.netns, processes])
    wire.close_all([init, inside.root, processes])


def _serve(order: Order, inside: Inside) -> None:
    """Start shells as the supervisor asks, until its end of the socket is closed."""
    while received := wire.receive(order.supervisor):
        request, fds = received
        wire.close_all(fds)
        try:
            child = os.fork()
        except OSError as error:
            wire.send(order.supervisor, {"step": "other", "code": error.errno or errno.EAGAIN, "what": "fork"})
            continue
        if child == 0:
            become_shell(ShellRequest(**request), order.supervisor, inside.namespaces, order.limits)
