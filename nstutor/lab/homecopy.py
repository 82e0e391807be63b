"""A small directory tree as data, and back: how a home travels where it cannot be mounted."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping, Sequence

from nstutor import NamedTuple

Entry = tuple[str, int, bytes]
"""Path relative to the tree, mode with its type (inode(7)), content: of a file its bytes, of a symlink its target."""

DEEPEST = 64
"""Directories below this depth are left out: a learner may nest them without end."""

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Owner(NamedTuple):
    """To whom what is written shall belong."""

    uid: int
    gid: int


def pack(folder: int, since: float = 0.0) -> list[Entry]:
    """Directories, files and symlinks below this directory descriptor, parents first; nothing else is taken.

    Of files and symlinks only those that were changed since then (st_ctime, which no program can set).
    """
    return list(_walk(folder, "", since))


def names(folder: int, since: float) -> dict[str, list[str]]:
    """What is in each of its directories, itself included as "", in which something came or went since then."""
    found = {}
    for path in ["", *(path for path, mode, _ in _walk(folder, "", float("inf")) if stat.S_ISDIR(mode))]:
        below = os.open(path or ".", _READ | os.O_DIRECTORY, dir_fd=folder)
        try:
            if os.fstat(below).st_ctime >= since:
                found[path] = os.listdir(below)
        finally:
            os.close(below)
    return found


def _walk(folder: int, above: str, since: float) -> Iterator[Entry]:
    for name in sorted(os.listdir(folder)):
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        mode, path, changed = found.st_mode, f"{above}{name}", found.st_ctime >= since
        if stat.S_ISLNK(mode) and changed:
            yield path, mode, os.fsencode(os.readlink(name, dir_fd=folder))
        elif stat.S_ISREG(mode) and changed:
            yield path, mode, _content(folder, name)
        elif stat.S_ISDIR(mode) and path.count("/") < DEEPEST:
            yield path, mode, b""
            below = os.open(name, _READ | os.O_DIRECTORY, dir_fd=folder)
            try:
                yield from _walk(below, f"{path}/", since)
            finally:
                os.close(below)


def _content(folder: int, name: str) -> bytes:
    with open(os.open(name, _READ, dir_fd=folder), "rb") as file:
        return file.read()


def unpack(folder: int, entries: Sequence[Entry], owner: Owner | None) -> None:
    """Make the tree below this directory descriptor the packed one: what it lacks goes, what it has is replaced.

    A symlink that stands where a directory belongs is removed, never followed.
    """
    _remove_others(folder, "", {path for path, _, _ in entries})
    put(folder, entries, owner)


def put(folder: int, entries: Sequence[Entry], owner: Owner | None) -> None:
    """Put these, with their directories, into the tree below this directory descriptor; what else is there stays."""
    for path, mode, content in entries:
        _put(folder, path, mode, content)
        if owner is not None:
            os.chown(path, owner.uid, owner.gid, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISLNK(mode):
            os.chmod(path, stat.S_IMODE(mode) & 0o777, dir_fd=folder)


def _put(folder: int, path: str, mode: int, content: bytes) -> None:
    if stat.S_ISDIR(mode):
        if not _is_directory(folder, path):
            _remove(folder, path)
            os.mkdir(path, 0o700, dir_fd=folder)
        return
    _remove(folder, path)
    if stat.S_ISLNK(mode):
        os.symlink(os.fsdecode(content), path, dir_fd=folder)
        return
    with open(os.open(path, _CREATE, 0o600, dir_fd=folder), "wb") as file:
        file.write(content)


def keep_only(folder: int, listed: Mapping[str, Sequence[str]]) -> None:
    """Remove from each of these directories what is not listed for it; they are there, and no symlinks."""
    for path, kept in listed.items():
        below = os.open(path or ".", _READ | os.O_DIRECTORY, dir_fd=folder)
        try:
            for name in set(os.listdir(below)).difference(kept):
                _remove(below, name)
        finally:
            os.close(below)


def _is_directory(folder: int, path: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _remove_others(folder: int, above: str, kept: set[str]) -> None:
    for name in os.listdir(folder):
        path = f"{above}{name}"
        if path not in kept:
            _remove(folder, name)
        elif _is_directory(folder, name):
            below = os.open(name, _READ | os.O_DIRECTORY, dir_fd=folder)
            try:
                _remove_others(below, f"{path}/", kept)
            finally:
                os.close(below)


def _remove(folder: int, name: str) -> None:
    """Remove a file, a symlink or a whole directory, if it is there."""
    if not _is_directory(folder, name):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
        return
    below = os.open(name, _READ | os.O_DIRECTORY, dir_fd=folder)
    try:
        _remove_others(below, "", set())
    finally:
        os.close(below)
    os.rmdir(name, dir_fd=folder)
