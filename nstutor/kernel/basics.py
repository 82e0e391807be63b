"""The few words of kernel/model.py that the first prompt needs: it does not wait for the records of a snapshot."""

from __future__ import annotations

from enum import Enum

from nstutor import NamedTuple

MAIN, RT_TABLE_LOCAL, RT_TABLE_DEFAULT = 254, 255, 253
"""RT_TABLE_MAIN and the others that every namespace has (linux/rtnetlink.h)."""

Identity = tuple[int, int]
"""Device and inode of a namespace's nsfs file: which namespace it is, whatever its name."""


class Kind(Enum):
    """A part of a snapshot that is read only when somebody asks for it; links and addresses always are."""

    ROUTES = "routes"
    """Of the main table."""
    TABLES = "tables"
    """The routes of all tables but main and local."""
    RULES = "rules"
    NEIGHBOURS = "neighbours"
    FDB = "fdb"
    LISTENERS = "listeners"
    NETFILTER = "netfilter"
    COUNTERS = "counters"
    """With NETFILTER: how much met each rule, at this very moment."""
    REACH = "reach"
    """What decides whether a packet arrives and raises no event: filters, settings, listeners. Only to be compared."""


class Execution(NamedTuple):
    """A program that the learner's processes executed (execve(2)), with the status it ended with."""

    argv: tuple[str, ...]
    netns: Identity
    """The network namespace of the process at the moment of the execve."""
    pid: int
    status: int | None
    """Exit status; None while it runs, or when a signal ended it."""
    serial: int
    """Counts up from 1 over the life of the lab."""
    genuine: bool = True
    """Whether it is the machine's own program of that name, and nothing was put in front of its libraries."""
    running: bool = False
    """Whether it still runs; without a status it was ended by a signal, or has become another program."""
    at: float = 0.0
    """When, by time.monotonic()."""
