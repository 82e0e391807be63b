"""Who we are on this machine, and as whom the learner's processes run.

A world never runs as the machine's root: the machine's own files, settings (/proc/sys) and control groups belong to
user 0, and a user namespace that maps 0 to 0 would open them. Real root maps an id that owns nothing, another one for
each world: the kernel counts descriptors in flight, pipes, watches and more for each user (user_namespaces(7)), and so
no world can use up what another one needs.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from enum import IntEnum

from nstutor import NamedTuple

ROOT_COUNT = 1 << 22
"""As many ids as there can be processes (PID_MAX_LIMIT of linux/threads.h)."""
_BASES = tuple(range(0x7F000000, 0x78000000, -0x01000000))
"""Where they may begin: beyond what systemd gives to containers and sssd to users of a directory."""
_OWNERS = {"/etc/passwd": (2, None), "/etc/group": (2, None), "/etc/subuid": (1, 2), "/etc/subgid": (1, 2)}
"""Who owns which ids: the fields of a line that are the first of them, and how many there are (subuid(5))."""
_CAP_SETGID, _CAP_SETUID, _CAP_SYS_ADMIN = 6, 7, 21  # linux/capability.h


class Tier(IntEnum):
    """What kind of lab a machine allows, best first for an ordinary user."""

    ROOTLESS = 1
    ROOT = 2
    """Started by real root; each world is mapped to an id that owns nothing."""
    FLAT = 3
    """Only one user namespace for a world: the learner is not a level below what guards them."""
    NONE = 4


class IdMap(NamedTuple):
    """One line of /proc/PID/uid_map (user_namespaces(7)), used for users and groups alike."""

    inside: int
    outside: int
    size: int

    @property
    def line(self) -> str:
        """The line as the kernel wants it."""
        return f"{self.inside} {self.outside} {self.size}\n"


SAME = IdMap(0, 0, 1)
"""Root of the world is root of the user namespace around it."""


def is_machine_root() -> bool:
    """Whether our user 0 is the machine's: the owner of /proc/sys, also seen from a container or a user namespace."""
    return os.geteuid() == 0 and os.stat("/proc/sys/kernel").st_uid == 0


@functools.cache
def root_base() -> int:
    """The first of the ids that real root gives to worlds, none of which belongs to anybody in the files of /etc."""
    taken = [owned for path, fields in _OWNERS.items() for owned in _owned(path, *fields)]
    free = (base for base in _BASES if not any(base < last and first < base + ROOT_COUNT for first, last in taken))
    return next(free, _BASES[0])


def _owned(path: str, first: int, count: int | None) -> Iterator[tuple[int, int]]:
    """The ids that a file gives away, as a half-open range for each of its lines."""
    with contextlib.suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            fields = line.strip().split(":")
            with contextlib.suppress(ValueError, IndexError):
                begin = int(fields[first])
                yield begin, begin + (1 if count is None else int(fields[count]))


def maps_worlds() -> bool:
    """Whether this user namespace knows the ids that real root gives to worlds."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        extents = [IdMap(*map(int, line.split())) for line in file]
    first, last = root_base(), root_base() + ROOT_COUNT - 1
    return any(extent.inside <= first and last < extent.inside + extent.size for extent in extents)


def may_act_as_root() -> bool:
    """Whether this process has the capabilities that making a world of another id takes."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        effective = next(int(line.split()[1], 16) for line in file if line.startswith("CapEff:"))
    return all(effective >> bit & 1 for bit in (_CAP_SETGID, _CAP_SETUID, _CAP_SYS_ADMIN))


def world_map(init: int) -> IdMap:
    """The id map of a world whose pid 1 is this process, which must be the supervisor or come from it.

    The kernel gives a pid to nobody else before the init and all that is in its world are gone (pid_namespaces(7)):
    so worlds of different graders cannot meet in an id, and there is nothing to take, to give back or to leave behind.
    """
    return IdMap(0, root_base() + init, 1) if is_machine_root() else SAME
