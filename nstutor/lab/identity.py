"""Who we are on this machine, and as whom the learner's processes run.

A world never runs as the machine's root: the machine's own files, settings (/proc/sys) and control groups belong to
user 0, and a user namespace that maps 0 to 0 would open them. Real root maps a range that owns nothing.
"""

from __future__ import annotations

import os
from enum import IntEnum

from nstutor import NamedTuple

ROOT_BASE = 0x70000000
ROOT_COUNT = 65536
_CAP_SETGID, _CAP_SETUID, _CAP_SYS_ADMIN = 6, 7, 21  # linux/capability.h


class Tier(IntEnum):
    """What kind of lab a machine allows, best first for an ordinary user."""

    ROOTLESS = 1
    ROOT = 2
    """Started by real root; worlds are mapped to ids that own nothing."""
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


SINGLE = IdMap(0, 0, 1)
"""Root of the world is the user who started nstutor; seen from the judge's own user namespace, that is 0."""
RANGE = IdMap(0, ROOT_BASE, ROOT_COUNT)


def is_machine_root() -> bool:
    """Whether our user 0 is the machine's: the owner of /proc/sys, also seen from a container or a user namespace."""
    return os.geteuid() == 0 and os.stat("/proc/sys/kernel").st_uid == 0


def maps_range() -> bool:
    """Whether this user namespace knows the ids that real root gives to worlds."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        extents = [IdMap(*map(int, line.split())) for line in file]
    last = ROOT_BASE + ROOT_COUNT - 1
    return any(extent.inside <= ROOT_BASE and last < extent.inside + extent.size for extent in extents)


def may_act_as_root() -> bool:
    """Whether this process has the capabilities that making a world of another range of ids takes."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as file:
        effective = next(int(line.split()[1], 16) for line in file if line.startswith("CapEff:"))
    return all(effective >> bit & 1 for bit in (_CAP_SETGID, _CAP_SETUID, _CAP_SYS_ADMIN))


def world_map() -> IdMap:
    """The map of a world made by this process, which must be the judge or come from it."""
    return RANGE if is_machine_root() else SINGLE
