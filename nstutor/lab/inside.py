"""The learner's namespaces: made once by a short-lived first process, then held open by the init.

They belong to user namespace B, a child of the init's own, A (user_namespaces(7)): so the mounts in them are locked,
and the init cannot be touched from them.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import struct
from collections.abc import Mapping
from typing import NoReturn

from nstutor import NamedTuple
from nstutor.lab.identity import SAME
from nstutor.linux import syscalls as sys_

_HOSTNAME = "host"
_KINDS = {sys_.CLONE_NEWNS: "mnt", sys_.CLONE_NEWNET: "net", sys_.CLONE_NEWUTS: "uts", sys_.CLONE_NEWIPC: "ipc"}
_BEFORE_MOUNTS = sys_.CLONE_NEWNET | sys_.CLONE_NEWUTS | sys_.CLONE_NEWIPC
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1  # linux/sockios.h, linux/if.h


class First(NamedTuple):
    """The first process inside, and the pipes to it."""

    pid: int
    ready: int
    go: int


class Inside(NamedTuple):
    """The learner's namespaces as descriptors, by their CLONE_ kind in the order of entering."""

    namespaces: Mapping[int, int]
    root: int
    """O_PATH of the root directory in the learner's mount namespace."""
    nested: bool
    """Whether they belong to a user namespace below the init's."""

    @property
    def netns(self) -> int:
        """Host's network namespace."""
        return self.namespaces[sys_.CLONE_NEWNET]


def fork_first(nest: bool) -> First:
    """Fork the first process inside. It begins with the network, while the init mounts.

    With `nest` it takes a user namespace of its own if one may be had. It has one, or not, once wait_for() returns.
    """
    ready, ready_end = os.pipe()
    go, go_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ready)
        os.close(go_end)
        _be_first(nest, ready_end, go)
    os.close(ready_end)
    os.close(go)
    return First(child, ready, go_end)


def wait_for(first: First) -> bool:
    """Wait until the first process is in its namespaces but for the mounts; whether it is nested."""
    return _answer(first.ready) == b"n"


def finish(first: First, nested: bool) -> Inside:
    """Let the first process go on in the finished mounts, and take hold of its namespaces before it ends.

    /proc must be the world's own by now.
    """
    try:
        if nested:
            sys_.write_once(f"/proc/{first.pid}/uid_map", SAME.line)
            sys_.write_once(f"/proc/{first.pid}/gid_map", SAME.line)
        os.write(first.go, b"m")
        _answer(first.ready)
        kinds = {sys_.CLONE_NEWUSER: "user", **_KINDS} if nested else _KINDS
        of_first = f"/proc/{first.pid}"
        held = {kind: os.open(f"{of_first}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC) for kind, name in kinds.items()}
        return Inside(held, os.open(f"{of_first}/root", os.O_PATH | os.O_CLOEXEC), nested)
    finally:
        os.close(first.ready)
        os.close(first.go)  # the first process ends


def _answer(reader: int) -> bytes:
    """One byte from the first process. Raises the OSError that it met."""
    data = os.read(reader, 4096)
    if len(data) == 1:
        return data
    code, _, what = data.decode(errors="replace").partition(" ")
    number = int(code or errno.ECHILD)
    raise OSError(number, os.strerror(number), what or "the first process inside")


def _be_first(nest: bool, ready: int, go: int) -> NoReturn:
    try:
        nested = _enter_new(nest)
        _set_up("lo")
        sys_.sethostname(_HOSTNAME)
        os.write(ready, b"n" if nested else b"f")
        if os.read(go, 1) == b"m":
            _enter_mounts()
            _allow_pings()
            os.write(ready, b"r")
            os.read(go, 1)
    except OSError as error:
        os.write(ready, f"{error.errno} {error.filename or error}".encode())
    finally:
        os._exit(0)


def _enter_new(nest: bool) -> bool:
    """Enter new namespaces; False if they belong to no user namespace of their own, because none is allowed."""
    if nest:
        try:
            sys_.unshare(sys_.CLONE_NEWUSER | _BEFORE_MOUNTS)
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EUSERS}:
                raise
        else:
            return True
    sys_.unshare(_BEFORE_MOUNTS)
    return False


def _set_up(dev: str) -> None:
    """Set IFF_UP (netdevice(7))."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as control:
        request = struct.pack("=16sH14x", dev.encode(), 0)
        flags = struct.unpack_from("=H", fcntl.ioctl(control, _SIOCGIFFLAGS, request), 16)[0]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("=16sH14x", dev.encode(), flags | _IFF_UP))


def _enter_mounts() -> None:
    """Enter mounts of their own, which are locked where the user namespace is another, with a sysfs of this network."""
    sys_.unshare(sys_.CLONE_NEWNS)
    sys_.mount(None, "/", None, sys_.MS_REC | sys_.MS_SLAVE)
    sys_.mount(None, "/", None, sys_.MS_REC | sys_.MS_PRIVATE)
    with contextlib.suppress(OSError):  # a container's read-only /sys is locked; `ip netns exec` copes with that one
        sys_.mount("sysfs", "/sys", "sysfs", sys_.MS_NOSUID | sys_.MS_NODEV | sys_.MS_NOEXEC)


def _allow_pings() -> None:
    """Let everybody ping without a capability (icmp(7)), and traceroute twice without a pause."""
    for key, value in (("ping_group_range", "0 0"), ("icmp_ratelimit", "0")):
        with contextlib.suppress(FileNotFoundError):
            sys_.write_once(f"/proc/sys/net/ipv4/{key}", value)
