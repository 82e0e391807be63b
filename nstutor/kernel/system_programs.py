"""Which file a process executes, and whether that is the machine's own program of the name that it is called by."""

from __future__ import annotations

import os
import re
import stat

from nstutor.kernel.basics import Identity
from nstutor.kernel.libc import open_in_root

FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where a world finds programs; they are the machine's own, mounted read-only."""
CODE_RE = re.compile(rb"^\S+ ..x. \S+ (\S+ [1-9]\d*) +(/[^\n]*)$", re.MULTILINE)
"""Device and inode, and path, of what is mapped to be executed (proc_pid_maps(5))."""
OURS = "sudo"
"""A world has one of its own, which only leads to other programs."""
LOADER = ("/etc/ld.so.preload", "/etc/ld.so.cache")
"""What ld.so(8) reads before a program begins; a world's /etc can be written to."""


class SystemPrograms:
    """The machine's programs by the identity of their files, so that links and files of several names do not matter."""

    def __init__(self) -> None:
        self._known: dict[str, frozenset[Identity]] = {}
        self._code = frozenset[tuple[bytes, bytes]]()
        """Files that were found to be the machine's, as /proc/PID/maps has them: device and inode, and path."""

    def has(self, argv: tuple[str, ...], file: Identity) -> bool:
        """Whether that file is the machine's program of the name in `argv[0]`."""
        name = name_of(argv)
        if name == OURS:
            return True
        if file not in self._known.get(name, ()):
            self._known[name] = _files_of(name)  # or it was installed only now
        return file in self._known[name]

    def runs(self, tid: int, argv: tuple[str, ...], file: Identity) -> bool:
        """Whether a thread runs that file, or what interprets it, and no code but the machine's."""
        try:
            found = os.stat(f"/proc/{tid}/exe")
            if (found.st_dev, found.st_ino) != file and not _is_script(name_of(argv)):
                return False
            with open(f"/proc/{tid}/maps", "rb") as maps:
                code = frozenset(CODE_RE.findall(maps.read()))
            strange = code - self._code
            if strange and not _is_the_machines(tid, strange):
                return False
        except OSError:
            return False
        self._code |= strange
        return True


def name_of(argv: tuple[str, ...]) -> str:
    """The name that a program is called by, without its folder and a login shell's dash."""
    return os.path.basename(argv[0]).removeprefix("-") if argv else ""


def _files_of(name: str) -> frozenset[Identity]:
    found = set()
    for folder in FOLDERS if name not in ("", ".", "..") else ():
        try:
            status = os.stat(os.path.join(folder, name))
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(status.st_mode):
            found.add((status.st_dev, status.st_ino))
    return frozenset(found)


def _is_the_machines(tid: int, code: frozenset[tuple[bytes, bytes]]) -> bool:
    root = os.open(f"/proc/{tid}/root", os.O_PATH | os.O_CLOEXEC)
    try:
        return all(_same(root, os.fsdecode(path)) and os.path.exists(path) for _, path in code)
    finally:
        os.close(root)


def _is_script(name: str) -> bool:
    path = next((path for path in (os.path.join(folder, name) for folder in FOLDERS) if os.path.exists(path)), None)
    if path is None:
        return False
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def find_program(tid: int, path: str) -> Identity | None:
    """The file that the process would execute; execvp(3) and shells try each directory of PATH in turn.

    None where it is not one that can be executed; OSError where there is none. A file that its loader would not start
    as it stands has the identity (0, 0), which none has.
    """
    root = os.open(f"/proc/{tid}/root", os.O_PATH | os.O_CLOEXEC)
    try:
        status = _status(root, path if path.startswith("/") else joined(f"/proc/{tid}/cwd", path))
        if not stat.S_ISREG(status.st_mode) or not status.st_mode & 0o111:
            return None
        return (status.st_dev, status.st_ino) if all(_same(root, name) for name in LOADER) else (0, 0)
    finally:
        os.close(root)


def _same(root: int, path: str) -> bool:
    """Whether a file is the machine's own there, or is missing in both."""
    try:
        mine = os.stat(path)
    except OSError:
        mine = None
    try:
        theirs = _status(root, path)
    except OSError:
        theirs = None
    return (mine and (mine.st_dev, mine.st_ino)) == (theirs and (theirs.st_dev, theirs.st_ino))


def _status(root: int, path: str) -> os.stat_result:
    found = open_in_root(root, path, os.O_PATH)
    try:
        return os.fstat(found)
    finally:
        os.close(found)


def joined(link: str, path: str) -> str:
    """A path below the directory that a link of /proc leads to."""
    target = os.readlink(link)
    return os.path.join(target, path) if path else target
