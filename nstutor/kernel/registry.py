"""The names in /run/netns, as the learner's outermost shell sees them."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from itertools import islice

from nstutor.kernel.basics import Identity
from nstutor.linux.syscalls import open_in_root
from nstutor.text.names import HOST

_RUN = "run/netns"
_MOST_NAMES_OF_ONE = 8
MOST_NAMES = 10_000
"""Of more names than that only the first are read."""


def raise_lack(error: OSError) -> None:
    """Raise it if it says that we or the machine have too little, and nothing of a namespace: it may well be there."""
    if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        raise error


def identity_of_fd(fd: int) -> Identity:
    """Which namespace an open nsfs file is."""
    found = os.fstat(fd)
    return found.st_dev, found.st_ino


def told_apart(named: Mapping[str, Identity]) -> tuple[list[str], dict[str, str]]:
    """The first few names of each namespace; and for every further one the first, whose content it shares.

    Each name is read as if it were another namespace, and a learner may give one ten thousand.
    """
    first: dict[Identity, list[str]] = {}
    further = {}
    for name, identity in named.items():
        known = first.setdefault(identity, [])
        if len(known) < _MOST_NAMES_OF_ONE:
            known.append(name)
        else:
            further[name] = known[0]
    return [name for name in named if name not in further], further


class Registry:
    """The network namespaces of one world: host, and what is mounted in /run/netns below its root directory.

    `root` is a descriptor of that directory (O_PATH will do), `netns` one of host; both stay the caller's.
    """

    def __init__(self, root: int, netns: int) -> None:
        self._root = root
        self._netns = netns
        # All namespaces are files of the kernel's one nsfs (fs/nsfs.c), so its device number tells them.
        self._nsfs = os.fstat(netns).st_dev

    def names(self) -> tuple[tuple[str, ...], frozenset[str]]:
        """The names that are namespaces, host first, then sorted; and those that are something else."""
        alive, others = self.look()
        return tuple(alive), others

    def look(self) -> tuple[Mapping[str, Identity], frozenset[str]]:
        """What each name stands for, in the order of names(); and the names that are something else.

        OSError where too few open files are allowed to look.
        """
        host = {HOST: identity_of_fd(self._netns)}
        try:
            folder = open_in_root(self._root, _RUN, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise_lack(error)
            return host, frozenset()
        try:
            with os.scandir(folder) as found:
                entries = sorted(entry.name for entry in islice(found, MOST_NAMES))
            looks = {name: self._identity(folder, name) for name in entries if name != HOST}
        finally:
            os.close(folder)
        alive = {name: identity for name, identity in looks.items() if identity is not None}
        return host | alive, frozenset(entries) - alive.keys()

    def identities(self) -> Mapping[Identity, str]:
        """The names by what they stand for; the first one where a namespace has several."""
        named: dict[Identity, str] = {}
        for name, identity in self.look()[0].items():
            named.setdefault(identity, name)
        return named

    def _identity(self, folder: int, name: str) -> Identity | None:
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError:
            return None
        return (found.st_dev, found.st_ino) if found.st_dev == self._nsfs else None

    @contextlib.contextmanager
    def opened(self, name: str) -> Iterator[int]:
        """A descriptor of the namespace of that name, for the body only. OSError if there is none (any more)."""
        if name == HOST:
            yield self._netns
            return
        # O_NONBLOCK: in the meantime a FIFO could have taken the name.
        fd = open_in_root(self._root, f"{_RUN}/{name}", os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            if os.fstat(fd).st_dev != self._nsfs:
                raise OSError(errno.EINVAL, "Not a namespace", name)
            yield fd
        finally:
            os.close(fd)
