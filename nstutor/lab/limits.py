"""What a world may use."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import stat
from typing import Self

from nstutor import NamedTuple
from nstutor.linux.syscalls import write_once

_MIB = 1 << 20
_INIT = "1"

# Namespaces of the other kinds that a world may have: `ip netns exec` makes a mount namespace for each shell.
# None of a cgroup: whoever owns one may mount the machine's control groups (cgroups(7)).
_OTHERS = {"cgroup": 0, "ipc": 32, "pid": 32, "time": 32, "uts": 32}
_MOUNT_NAMESPACES_BESIDE = 64
_WATCHES = {"inotify_instances": 16, "inotify_watches": 1024}
"""Of those that the kernel allows a user, for all that they run on the machine (inotify(7))."""
_OF_A_USER = (
    (resource.RLIMIT_SIGPENDING, 256),
    (resource.RLIMIT_MSGQUEUE, 0),
    (resource.RLIMIT_MEMLOCK, 64 << 10),
)
"""What the kernel counts for a user, and no lesson needs (getrlimit(2))."""
TERMINALS = 64
"""A machine has some 3,000 of them for all (kernel/pty/max and reserve in proc_sys_kernel(5))."""
_LEAST_OWN_FILES, _MOST_OWN_FILES = 64, 1 << 16
"""Twice what grading takes, for a learner may have half as many: with fewer many a right script fails."""


class Limits(NamedTuple):
    """The bounds of one world. Memory that a learner puts into a tmpfs of their own escapes them: watch Usage."""

    processes: int
    """Processes at a time (RLIMIT_NPROC, for the world alone since Linux 5.14)."""
    address_space: int | None
    """Bytes of address space of one process (RLIMIT_AS)."""
    file_size: int
    """Bytes of one file (RLIMIT_FSIZE)."""
    open_files: int
    """Descriptors of one process (RLIMIT_NOFILE)."""
    namespaces: int
    """Network namespaces besides host."""
    tmp_bytes: int
    """Bytes in /tmp, and in a home that is not the learner's own folder."""
    cpu_seconds: int | None
    """Seconds of processor time of one process (RLIMIT_CPU)."""

    @classmethod
    def learning(cls) -> Self:
        """Generous: for the user's own machine."""
        return cls(
            processes=512,
            address_space=None,
            file_size=256 * _MIB,
            open_files=1024,
            namespaces=128,
            tmp_bytes=128 * _MIB,
            cpu_seconds=None,
        )

    @classmethod
    def grading(cls) -> Self:
        """For a submission of anybody's."""
        return cls(
            processes=256,
            address_space=2048 * _MIB,
            file_size=64 * _MIB,
            open_files=1024,
            namespaces=64,
            tmp_bytes=64 * _MIB,
            cpu_seconds=60,
        )


def limit_namespaces(limits: Limits, nested: bool) -> None:
    """Bound the namespaces of the calling process's user namespace and of all below it (namespaces(7), /proc/sys/user).

    With `nested` one user namespace is below: the learner's. They can make none themselves. Their first network
    namespace counts too.
    """
    net = limits.namespaces + 1
    most = {"user": int(nested), "net": net, "mnt": net + _MOUNT_NAMESPACES_BESIDE, **_OTHERS}
    for kind, number in most.items():
        write_once(f"/proc/sys/user/max_{kind}_namespaces", str(number))
    for kind, number in _WATCHES.items():
        with contextlib.suppress(FileNotFoundError):  # a kernel that was built without
            write_once(f"/proc/sys/user/max_{kind}", str(number))


def check_own_resources() -> None:
    """See that this process has what worlds take, and raise its limit on open files as far as it may.

    The limit bounds how many descriptors a user may have in flight when one is sent (unix(7), ETOOMANYREFS). Whatever
    an ordinary user's worlds leave lying in sockets, below their lower limits, then never is in the way of ours.
    Raises CannotRunHereError.
    """
    if not stat.S_ISCHR(_mode(os.devnull)):
        from nstutor.lab.refusals import without_null

        raise without_null()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_OWN_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_OWN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < _LEAST_OWN_FILES:
        from nstutor.lab.refusals import refusal

        raise refusal("other", errno.EMFILE, "setrlimit")


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode
    except OSError:
        return 0


def limit_process(limits: Limits) -> None:
    """Bound the calling process and its children for good; what is already lower stays."""
    files = min(limits.open_files, max(1, resource.getrlimit(resource.RLIMIT_NOFILE)[1] // 2))
    bounds = (
        *_OF_A_USER,
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_AS, limits.address_space),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
    )
    for kind, bound in bounds:
        hard = resource.getrlimit(kind)[1]
        if bound is not None:
            low = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
            resource.setrlimit(kind, (low, low))


def learners_pids(processes: int) -> list[str]:
    """What counts: the processes of the world whose /proc is open as that descriptor, but for the init."""
    return [name for name in os.listdir(processes) if name.isdigit() and name != _INIT]
