"""A short step of the calling thread into another network namespace."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from nstutor.errors import BUG
from nstutor.linux.syscalls import CLONE_NEWNET, setns, unshare


@contextlib.contextmanager
def hop(target: int | str) -> Iterator[None]:
    """Run the body inside the network namespace `target`: a file descriptor of it, or a path like /proc/PID/ns/net.

    For the few microseconds that opening a socket or reading /proc/sys/net takes; never hold it over an `await`. What
    the body opened stays in that namespace and keeps it alive until it is closed. OSError if it cannot be entered.
    """
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _enter(target)
        try:
            yield
        finally:
            _return(home)
    finally:
        os.close(home)


def _enter(target: int | str) -> None:
    if isinstance(target, int):
        setns(target, CLONE_NEWNET)
        return
    fd = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    try:
        setns(fd, CLONE_NEWNET)
    finally:
        os.close(fd)


def _return(home: int) -> None:
    try:
        setns(home, CLONE_NEWNET)
    except OSError as error:
        # Whatever ran next would run in the learner's namespace. SystemExit is what an event loop does not swallow.
        raise SystemExit(BUG) from error


def has_room_for_netns() -> bool:
    """Whether the machine would let us make one more network namespace: one is made, and left at once.

    A learner's count against our own limit, too (namespaces(7), /proc/sys/user).
    """
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        unshare(CLONE_NEWNET)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EUSERS):
            raise
        return False
    else:
        _return(home)
        return True
    finally:
        os.close(home)
