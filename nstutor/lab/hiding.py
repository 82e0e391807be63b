"""What no learner may see below the directories that every world shows: lessons, submissions, reports.

A folder that is hidden is empty in the world. Of a folder that programs need, only the names in question are left out.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping

from nstutor import NamedTuple

SHOWN = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/gnu", "/etc")
"""The machine's directories that a world shows; what lies elsewhere is in none (filesystem.py)."""
_NEEDED = frozenset(("/usr", "/usr/include", "/usr/share", "/usr/src", "/usr/local", "/usr/local/etc", "/etc"))
_PROGRAMS = (
    *("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/gnu", "/etc/alternatives"),
    *(
        f"{above}/{name}"
        for above in ("/usr", "/usr/local")
        for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec")
    ),
)


class Hidden(NamedTuple):
    """Real paths of directories."""

    folders: tuple[str, ...] = ()
    """They are empty in a world; each stands before those in it."""
    names: Mapping[str, frozenset[str]] = {}
    """Of these the entries with these names are not there."""


class _Mount(NamedTuple):
    device: str
    root: str
    """The directory of its file system that is mounted."""
    point: str


def hide(folders: Iterable[str], paths: Iterable[str]) -> Hidden:
    """What is to be hidden so that these folders are empty, and nothing is seen of these files, or folders.

    They are found under each name that they have below SHOWN: as a symlink and as what it leads to, at every mount
    of the same directory, and as hard links.
    """
    mounts = list(_mounts())
    given = {place for path in paths for place in _places(path)}
    seen = {alias for place in given for alias in _aliases(place, mounts)} | set(_hard_links(given))
    whole, names = {os.path.realpath(folder) for folder in folders}, dict[str, frozenset[str]]()
    for path in filter(_is_shown, seen):
        folder, name = os.path.split(path)
        if not _is_needed(path if os.path.isdir(path) else folder):
            whole.add(path if os.path.isdir(path) else folder)
        elif path not in _NEEDED and path not in _PROGRAMS:
            # The lesson's translations are called after it.
            names[folder] = names.get(folder, frozenset()) | {name} | _of_same_stem(folder, name)
    return Hidden(tuple(sorted(whole)), names)


def _places(path: str) -> Iterator[str]:
    """Where a file is, and where the link to it is that was named."""
    yield os.path.realpath(path)
    folder, name = os.path.split(os.path.abspath(path))
    yield os.path.join(os.path.realpath(folder), name)


def _is_shown(path: str) -> bool:
    return any(path.startswith(f"{folder}/") for folder in SHOWN)


def _is_needed(folder: str) -> bool:
    return folder in _NEEDED or any(f"{folder}/".startswith(f"{needed}/") for needed in _PROGRAMS)


def _of_same_stem(folder: str, name: str) -> set[str]:
    stem = name.partition(".")[0]
    return {other for other in os.listdir(folder) if other.partition(".")[0] == stem}


def _mounts() -> Iterator[_Mount]:
    """The mounts that this process sees (proc_pid_mountinfo(5)), in their order."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            _id, _parent, device, root, point, *_rest = line.split(" ")
            yield _Mount(device, _unescaped(root), _unescaped(point))


def _unescaped(word: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        word = word.replace(code, char)
    return word


def _aliases(path: str, mounts: list[_Mount]) -> Iterator[str]:
    """The path itself, and where else its file system is mounted so that the file is there."""
    yield path
    own = max(mounts, key=lambda mount: len(mount.point) if _is_in(path, mount.point) else -1, default=None)
    if own is None:
        return
    inside = _joined(own.root, path[len(own.point.rstrip("/")) :])
    for mount in mounts:
        if mount.device == own.device and _is_in(inside, mount.root):
            alias = _joined(mount.point, inside[len(mount.root.rstrip("/")) :])
            if alias != path and os.path.lexists(alias):
                yield alias


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


def _joined(folder: str, rest: str) -> str:
    return f"{folder.rstrip('/')}{rest}" or "/"


def _hard_links(paths: Iterable[str]) -> Iterator[str]:
    """The other names of these files below SHOWN. Looked for only where there can be any."""
    wanted = {
        (status.st_dev, status.st_ino)
        for path in paths
        if (status := _status(path)) is not None and stat.S_ISREG(status.st_mode) and status.st_nlink > 1
    }
    folders = [folder for folder in SHOWN if wanted and os.path.isdir(folder) and not os.path.islink(folder)]
    while folders:
        folder = folders.pop()
        status = _status(folder)
        if status is None:
            continue
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif (status.st_dev, entry.inode()) in wanted:
                yield entry.path


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (OSError, ValueError):
        return None


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
