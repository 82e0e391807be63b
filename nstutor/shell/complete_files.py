"""Commands and paths of the learner's world, read from outside and never outside of it."""

from __future__ import annotations

import itertools
import os
import posixpath
import stat
from collections.abc import Callable

from nstutor.shell.complete_lab import Candidate, Candidates

PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin")
_MOST_LINKS = 40  # as the kernel, path_resolution(7)
_MOST_ENTRIES = 2000
_MOST_BYTES = 256 * 1024

Folder = Callable[[], str | None]


def resolve(root: str, path: str) -> str | None:
    """An absolute path of the world as one that we can open: symbolic links are followed inside the world.

    `root` is a path to the world's root (/proc/self/fd/N). None for too many links. The name need not exist.
    """
    done: list[str] = []
    left = path.split("/")[::-1]
    links = 0
    while left:
        part = left.pop()
        if part in ("", "."):
            continue
        if part == "..":
            del done[-1:]
            continue
        target = _link("/".join((root, *done, part)))
        if target is None:
            done.append(part)
            continue
        links += 1
        if links > _MOST_LINKS:
            return None
        if target.startswith("/"):
            done = []
        left.extend(target.split("/")[::-1])
    return "/".join((root, *done))


def read_small(path: str) -> bytes | None:
    """The beginning of a file that belongs to the learner, who may have made anything of it; None if it is no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            return file.read(_MOST_BYTES) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    except OSError:
        return None


class Programs:
    """The names of the commands in the world's PATH, read anew when a folder has changed."""

    def __init__(self, root: Folder) -> None:
        self._root = root
        self._read: dict[str, tuple[int, tuple[str, ...]]] = {}

    def beginning(self, prefix: str) -> Candidates:
        """The commands that begin so."""
        root = self._root()
        seen: set[str] = set()
        for folder in PATH if root is not None else ():
            for name in self._names(resolve(root or "", folder)):
                if name.startswith(prefix) and name not in seen:
                    seen.add(name)
                    yield Candidate(name)

    def _names(self, folder: str | None) -> tuple[str, ...]:
        try:
            changed = os.stat(folder or "").st_mtime_ns
            known = self._read.get(folder or "")
            if known is None or known[0] != changed:
                known = (changed, tuple(sorted(os.listdir(folder))))
                self._read[folder or ""] = known
        except OSError:
            return ()
        return known[1]


def paths(root: str | None, cwd: str | None, typed: str, *, folders_only: bool = False) -> Candidates:
    """The files that a half-typed path may mean; `cwd` is the shell's (/proc/PID/cwd). Hidden ones when asked for."""
    folder, _, name = typed.rpartition("/")
    base = _folder(root, cwd, typed, folder)
    if base is None:
        return
    shown = f"{folder}/" if folder or typed.startswith("/") else ""
    for entry in _entries(base):
        if not entry.name.startswith(name) or (entry.name.startswith(".") and not name.startswith(".")):
            continue
        is_folder = _is_folder(root or "", base, entry)
        if is_folder or not folders_only:
            yield Candidate(f"{shown}{entry.name}{'/' if is_folder else ''}", unfinished=is_folder)


def _folder(root: str | None, cwd: str | None, typed: str, folder: str) -> str | None:
    if root is None or typed.startswith("~"):
        return None
    if typed.startswith("/"):
        return resolve(root, folder)
    here = _link(cwd) if cwd else None
    if here is None or not here.startswith("/"):
        return None
    return resolve(root, posixpath.join(here, folder))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(itertools.islice(found, _MOST_ENTRIES), key=lambda entry: entry.name)
    except (OSError, ValueError):
        # ValueError: a half-typed name may hold a NUL.
        return []


def _is_folder(root: str, folder: str, entry: os.DirEntry[str]) -> bool:
    try:
        if not entry.is_symlink():
            return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
    target = resolve(root, f"{folder.removeprefix(root)}/{entry.name}")
    return target is not None and os.path.isdir(target)


def _link(path: str) -> str | None:
    try:
        return os.readlink(path)
    except (OSError, ValueError):
        return None
