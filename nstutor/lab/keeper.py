"""The keeper: pid 1 of a world. It mounts, limits, makes the learner's namespaces and starts shells in them.

It lives in user namespace A; the learner's namespaces belong to B, a child of A (user_namespaces(7)). They are held
open here as descriptors, so a world outlives its shells. When the keeper ends, the kernel ends everything in its pid
namespace (pid_namespaces(7)).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from nstutor.lab import syscalls as sys_
from nstutor.lab import wire
from nstutor.lab.filesystem import Files, build, enter
from nstutor.lab.identity import SINGLE, IdMap, Tier
from nstutor.lab.limits import Limits, limit_namespaces
from nstutor.lab.records import Failure, ShellRequest
from nstutor.lab.shellstart import become_shell

_HOSTNAME = "host"
_OF_LEARNER = sys_.CLONE_NEWNET | sys_.CLONE_NEWUTS | sys_.CLONE_NEWIPC
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1  # linux/sockios.h, linux/if.h


@dataclass(frozen=True)
class Plan:
    """What a keeper is to make."""

    limits: Limits
    files: Files
    world: IdMap
    own_userns: bool = True
    """Whether the keeper has a user namespace of its own; without, it shares the judge's."""


@dataclass(frozen=True)
class Inside:
    """The learner's namespaces, as descriptors: by the CLONE_ kind, in the order of entering."""

    namespaces: Mapping[int, int]
    root: int
    """O_PATH of the root directory in the learner's mount namespace."""
    nested: bool
    """Whether they belong to a user namespace below the keeper's."""


@dataclass(frozen=True)
class First:
    """The short-lived first process inside, and the pipes to it."""

    pid: int
    ready: int
    go: int


class SetupError(Exception):
    """A step of making the world failed; `failure` says which and why."""

    def __init__(self, step: str, error: OSError) -> None:
        super().__init__(step)
        self.failure = Failure(step, error.errno or errno.EIO, str(error.filename or error))


def keep(plan: Plan, judge: socket.socket) -> NoReturn:
    """Be pid 1: make the world, report to the judge, serve until it goes away. Never returns.

    SIGCHLD must be ignored, so that the kernel reaps the children, orphans included. Raises SetupError.
    """
    inside = _make(plan)
    _report(judge, plan, inside)
    with contextlib.suppress(ChildProcessError):  # SIGCHLD is ignored: this returns when the first one inside is gone
        os.wait()
    _serve(judge, plan, inside)
    os._exit(0)


def _make(plan: Plan) -> Inside:
    step = "other"
    try:
        os.umask(0o022)
        sys_.prctl(sys_.PR_SET_NO_NEW_PRIVS, 1)
        # Out of memory, the world is to die before the tutor or the desktop.
        sys_.write_once("/proc/self/oom_score_adj", "1000")
        first = _fork_first(plan)
        step = "mount"
        build(plan.files)
        # Between pivot_root and the unmounting, all processes here count as chrooted: no user namespaces then.
        nested = _answer(first.ready) == b"n"
        enter()
        step = "other"
        if plan.own_userns:
            limit_namespaces(plan.limits)
        inside = _finish(first, plan.world, nested)
        sys_.prctl(sys_.PR_SET_DUMPABLE, 0)
    except OSError as error:
        raise SetupError(step, error) from None
    return inside


def _fork_first(plan: Plan) -> First:
    """Fork the child that makes the learner's namespaces. It begins with the network while the keeper mounts."""
    ready, ready_end = os.pipe()
    go, go_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ready)
        os.close(go_end)
        _be_first(plan, ready_end, go)
    os.close(ready_end)
    os.close(go)
    return First(child, ready, go_end)


def _finish(first: First, world: IdMap, nested: bool) -> Inside:
    """Let the child go on in the finished mounts, and take hold of its namespaces before it ends."""
    try:
        if nested:
            _map_ids(first.pid, world)
        os.write(first.go, b"m")
        _answer(first.ready)
        return _hold(first.pid, nested)
    finally:
        os.close(first.ready)
        os.close(first.go)  # the child ends


def _answer(reader: int) -> bytes:
    """One byte from the child, or the error that it met."""
    data = os.read(reader, 4096)
    if len(data) == 1:
        return data
    code, _, what = data.decode(errors="replace").partition(" ")
    raise OSError(int(code or errno.ECHILD), os.strerror(int(code or errno.ECHILD)), what or "the first process inside")


def _map_ids(child: int, world: IdMap) -> None:
    same = IdMap(0, 0, world.count).line
    sys_.write_once(f"/proc/{child}/uid_map", same)
    sys_.write_once(f"/proc/{child}/gid_map", same)


def _hold(child: int, nested: bool) -> Inside:
    kinds = [(sys_.CLONE_NEWUSER, "user")] if nested else []
    kinds += [
        (sys_.CLONE_NEWNS, "mnt"),
        (sys_.CLONE_NEWNET, "net"),
        (sys_.CLONE_NEWUTS, "uts"),
        (sys_.CLONE_NEWIPC, "ipc"),
    ]
    held = {kind: os.open(f"/proc/{child}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC) for kind, name in kinds}
    return Inside(held, os.open(f"/proc/{child}/root", os.O_PATH | os.O_CLOEXEC), nested)


def _be_first(plan: Plan, ready: int, go: int) -> NoReturn:
    """The child: make the learner's namespaces and furnish them, then wait to be let go."""
    try:
        nested = _enter_new(plan)
        _set_up("lo")
        sys_.sethostname(_HOSTNAME)
        os.write(ready, b"n" if nested else b"f")
        os.read(go, 1)
        _enter_mounts()
        _allow_pings(plan.world)
        os.write(ready, b"r")
        os.read(go, 1)
    except OSError as error:
        os.write(ready, f"{error.errno} {error.filename or error}".encode())
    finally:
        os._exit(0)


def _enter_new(plan: Plan) -> bool:
    """Enter new namespaces; False if they belong to no user namespace of their own, because none is allowed."""
    if plan.own_userns:
        try:
            sys_.unshare(sys_.CLONE_NEWUSER | _OF_LEARNER)
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EUSERS}:
                raise
        else:
            return True
    sys_.unshare(_OF_LEARNER)
    return False


def _enter_mounts() -> None:
    """Enter mounts of their own, which are locked where the user namespace is another, with a sysfs of this network."""
    sys_.unshare(sys_.CLONE_NEWNS)
    sys_.mount(None, "/", None, sys_.MS_REC | sys_.MS_SLAVE)
    sys_.mount(None, "/", None, sys_.MS_REC | sys_.MS_PRIVATE)
    with contextlib.suppress(OSError):  # a container's read-only /sys is locked; `ip netns exec` copes with that one
        sys_.mount("sysfs", "/sys", "sysfs", sys_.MS_NOSUID | sys_.MS_NODEV | sys_.MS_NOEXEC)


def _allow_pings(world: IdMap) -> None:
    """Let everybody ping without a capability (icmp(7)), and traceroute twice without a pause."""
    last = world.count - 1
    for key, value in (("ping_group_range", f"0 {last}"), ("icmp_ratelimit", "0")):
        with contextlib.suppress(FileNotFoundError):
            sys_.write_once(f"/proc/sys/net/ipv4/{key}", value)


def _set_up(dev: str) -> None:
    """netdevice(7): set IFF_UP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as control:
        request = struct.pack("=16sH14x", dev.encode(), 0)
        flags = struct.unpack_from("=H", fcntl.ioctl(control, _SIOCGIFFLAGS, request), 16)[0]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("=16sH14x", dev.encode(), flags | _IFF_UP))


def _report(judge: socket.socket, plan: Plan, inside: Inside) -> None:
    """Tell the judge that the world stands, with descriptors of keeper, root, host's network and the processes."""
    processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    keeper = os.pidfd_open(os.getpid())
    tier = (Tier.ROOTLESS if plan.world == SINGLE else Tier.ROOT) if inside.nested else Tier.FLAT
    facts = {"tier": int(tier), "copied": plan.files.home.copied}
    wire.send(judge, facts, [keeper, inside.root, inside.namespaces[sys_.CLONE_NEWNET], processes])
    wire.close_all([keeper, inside.root, processes])


def _serve(judge: socket.socket, plan: Plan, inside: Inside) -> None:
    """Start shells as the judge asks, until its end of the socket is closed."""
    while received := wire.receive(judge):
        request, fds = received
        wire.close_all(fds)
        try:
            child = os.fork()
        except OSError as error:
            wire.send(judge, {"step": "other", "code": error.errno or errno.EAGAIN, "what": "fork"})
            continue
        if child == 0:
            become_shell(ShellRequest(**request), judge, inside.namespaces, plan.limits, plan.world)
