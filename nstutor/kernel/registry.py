"""The names in /run/netns, as the learner's outermost shell sees them."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from itertools import islice

from nstutor.kernel.basics import HOST, Identity
from nstutor.kernel.libc import open_in_root

_RUN = "run/netns"
_MOST_NAMES = 10_000


def identity_of_fd(fd: int) -> Identity:
    """Which namespace an open nsfs file is."""
    found = os.fstat(fd)
    return found.st_dev, found.st_ino


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
        try:
            folder = open_in_root(self._root, _RUN, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            return (HOST,), frozenset()
        try:
            with os.scandir(folder) as found:
                entries = [entry.name for entry in islice(found, _MOST_NAMES)]
            alive = {name for name in entries if name != HOST and self._is_namespace(folder, name)}
        finally:
            os.close(folder)
        return (HOST, *sorted(alive)), frozenset(entries) - alive

    def identities(self) -> Mapping[Identity, str]:
        """The names by what they stand for; the first one where a namespace has several."""
        named: dict[Identity, str] = {}
        for name in self.names()[0]:
            with contextlib.suppress(OSError), self.opened(name) as fd:
                named.setdefault(identity_of_fd(fd), name)
        return named

    def _is_namespace(self, folder: int, name: str) -> bool:
        try:
            return os.stat(name, dir_fd=folder, follow_symlinks=False).st_dev == self._nsfs
        except OSError:
            return False

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
