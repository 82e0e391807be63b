"""Memory of a world beside that of its processes: in file systems, in files that are mounted nowhere, in sockets."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nstutor import NamedTuple
from nstutor.linux.syscalls import file_system_type, open_in_root

UNMEASURABLE = 1 << 40
_GONE = frozenset({errno.ENOENT, errno.ESRCH, errno.EINVAL})
"""EINVAL: the process is a zombie and has no mounts any more."""
_TMPFS, _RAMFS = 0x01021994, 0x858458F6  # linux/magic.h
_PTMX = os.makedev(5, 2)  # Documentation/admin-guide/devices.txt
_OCTAL = re.compile(rb"\\([0-7]{3})")
_SIZE = re.compile(r"(?:^|,)size=(\d+)k(?:,|$)")
_MOST_OPEN, _MOST_MOUNTS = 20_000, 16 << 20
"""Descriptors, and bytes of mount tables, that are looked at."""
_LONGEST_PATH = 4000
"""Bytes of a path in one system call, below PATH_MAX."""
_BLOCK, _INODE = 512, 1024


@dataclass
class Memory:
    """What was found, by device number."""

    mounted: dict[int, int] = field(default_factory=dict)
    """Bytes in each tmpfs that somebody has mounted; 0 for a file system that is not in memory."""
    detached: dict[tuple[int, int], int] = field(default_factory=dict)
    """Bytes in what is open and mounted nowhere: a file (device, inode) or a whole file system (device, 0)."""
    covered: dict[int, int] = field(default_factory=dict)
    """The most bytes that a tmpfs may hold which no path or descriptor leads to."""
    full: set[str] = field(default_factory=set)
    """Mount points of the tmpfs without a free block or inode."""
    entries: dict[int, int] = field(default_factory=dict)
    """Terminals in each devpts that somebody has mounted."""
    masters: dict[int, int] = field(default_factory=dict)
    """Descriptors of terminals' masters for each devpts, copies counted."""
    sockets: dict[int, str] = field(default_factory=dict)
    """What fdinfo says of each socket, by its inode: a path below /proc."""
    mount_namespaces: set[int] = field(default_factory=set)
    """Inodes of those that a process is in."""
    held_namespaces: set[int] = field(default_factory=set)
    """Inodes of those that an open file or a mount keeps."""
    mapped: dict[tuple[int, int], int] = field(default_factory=dict)
    """Bytes of each file (device, inode) that is only mapped; see look_at_mappings()."""
    cut: bool = False
    """There are more open files or mounts than are looked at."""

    @property
    def total(self) -> int:
        """Bytes of all that could be measured."""
        return sum(self.mounted.values()) + sum(self.detached.values())

    @property
    def terminals(self) -> int:
        """Terminals of all kinds."""
        return sum((self.masters | self.entries).values())

    @property
    def out_of_sight(self) -> int:
        """The most bytes that there may be where nobody can look: descriptors in flight, covered mounts."""
        if self.held_namespaces - self.mount_namespaces or any(map(_in_flight, self.sockets.values())):
            return UNMEASURABLE
        return sum(self.covered.values()) + sum(self.mapped.values())


class _Mount(NamedTuple):
    """A line of mountinfo (proc_pid_mountinfo(5))."""

    kind: str
    device: int
    root: str
    path: bytes
    options: str

    @classmethod
    def of(cls, line: str) -> _Mount:
        before, _, after = line.partition(" - ")
        words, kind = before.split(" "), after.split(" ")
        major, _, minor = words[2].partition(":")
        path = _OCTAL.sub(lambda octal: bytes([int(octal[1], 8)]), os.fsencode(words[4]))
        return cls(kind[0], os.makedev(int(major), int(minor)), words[3], path, kind[-1])


def memory(processes: int, pids: Sequence[str]) -> Memory:
    """What these processes keep, of the world whose /proc is open as `processes`; not what ends while we look."""
    found = Memory()
    _look_at_mounts(processes, pids, found)
    _look_at_open_files(processes, pids, found)
    return found


def read(processes: int, name: str) -> str:
    """A file of that /proc; empty for a process that has ended."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=processes)
        with open(fd, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError as error:
        if error.errno not in _GONE:
            raise
        return ""


@functools.cache
def _machines() -> frozenset[int]:
    """The devices of what the machine has mounted: its memory is no world's, where `/usr` is a tmpfs."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return frozenset(_Mount.of(line.rstrip("\n")).device for line in file)


@functools.cache
def _memfds() -> int:
    """The device of the kernel's own tmpfs, for memfd_create(2); it has no bounds and so no numbers."""
    fd = os.memfd_create("", os.MFD_CLOEXEC)
    try:
        return os.fstat(fd).st_dev
    finally:
        os.close(fd)


@functools.cache
def _nsfs() -> int:
    """The device of all files that stand for namespaces (fs/nsfs.c)."""
    return os.stat("/proc/self/ns/mnt").st_dev


def _look_at_mounts(processes: int, pids: Sequence[str], found: Memory) -> None:
    """Every file system in memory that one of these processes has mounted, each counted once."""
    length = 0
    for pid in _places(processes, pids, found):
        table = read(processes, f"{pid}/mountinfo")
        length += len(table)
        if length > _MOST_MOUNTS:
            found.cut = True
            return
        for line in table.splitlines():
            mount = _Mount.of(line)
            if mount.device == _nsfs():
                _note_namespace(mount.root, found)
            elif mount.device not in found.mounted and mount.device not in _machines():
                _look_at_mount(processes, pid, mount, found)


def _places(processes: int, pids: Sequence[str], found: Memory) -> Iterator[str]:
    """One process of each mount namespace and root directory, which decide what mountinfo shows: the oldest."""
    places: dict[tuple[int, int, int], str] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            namespace = os.stat(f"{pid}/ns/mnt", dir_fd=processes)
            root = os.stat(f"{pid}/root", dir_fd=processes)
            found.mount_namespaces.add(namespace.st_ino)
            places.setdefault((namespace.st_ino, root.st_dev, root.st_ino), pid)
    return iter(places.values())


def _look_at_mount(processes: int, pid: str, mount: _Mount, found: Memory) -> None:
    if mount.kind == "ramfs":
        found.mounted[mount.device] = UNMEASURABLE
    elif mount.kind not in {"tmpfs", "devpts"}:
        found.mounted[mount.device] = 0
    else:
        with contextlib.suppress(OSError), _opened(processes, pid, mount.path) as fd:
            if os.fstat(fd).st_dev == mount.device:
                found.covered.pop(mount.device, None)
                _measure(fd, mount, found)
                return
        if mount.kind == "tmpfs" and os.path.exists(f"/proc/self/fd/{processes}/{pid}/ns/mnt"):
            size = _SIZE.search(mount.options)
            found.covered[mount.device] = int(size[1]) * 1024 if size else UNMEASURABLE


def _measure(fd: int, mount: _Mount, found: Memory) -> None:
    if mount.kind == "devpts":
        found.entries[mount.device] = sum(name.isdigit() for name in os.listdir(f"/proc/self/fd/{fd}"))
        found.mounted[mount.device] = 0
        return
    status = os.fstatvfs(fd)
    found.mounted[mount.device] = _used(status)
    if not status.f_bfree or not status.f_ffree:
        found.full.add(os.fsdecode(mount.path))


def _used(status: os.statvfs_result) -> int:
    """Bytes in a tmpfs. One without bounds has no numbers: who makes it so does not want it to be measured."""
    if not (status.f_blocks and status.f_files):
        return UNMEASURABLE
    return (status.f_blocks - status.f_bfree) * status.f_frsize + (status.f_files - status.f_ffree) * _INODE


@contextlib.contextmanager
def _opened(processes: int, pid: str, path: bytes) -> Iterator[int]:
    """A directory of that process's, however long its path."""
    fd = os.open(f"{pid}/root", os.O_PATH | os.O_CLOEXEC, dir_fd=processes)
    try:
        left = path.strip(b"/")
        while left:
            at = len(left) if len(left) < _LONGEST_PATH else left.rindex(b"/", 0, _LONGEST_PATH)
            further = open_in_root(fd, os.fsdecode(left[:at]), os.O_PATH)
            os.close(fd)
            fd, left = further, left[at:].strip(b"/")
        yield fd
    finally:
        os.close(fd)


def _look_at_open_files(processes: int, pids: Sequence[str], found: Memory) -> None:
    """What is held by a descriptor: memfds, an unmounted or covered tmpfs, terminals, sockets."""
    left = _MOST_OPEN
    for pid in pids:
        with contextlib.suppress(OSError):
            names = os.listdir(f"/proc/self/fd/{processes}/{pid}/fd")
            left -= len(names)
            if left < 0:
                found.cut = True
                return
            for name in (*(f"fd/{name}" for name in names), "cwd", "root"):
                _look_at_file(f"/proc/self/fd/{processes}/{pid}", name, found)


def _look_at_file(process: str, name: str, found: Memory) -> None:
    path = f"{process}/{name}"
    with contextlib.suppress(OSError):
        file = os.stat(path)
        if file.st_dev == _nsfs():
            _note_namespace(os.readlink(path), found)
        elif stat.S_ISREG(file.st_mode) or stat.S_ISDIR(file.st_mode):
            if file.st_dev not in found.mounted and file.st_dev not in _machines():
                _look_at_unmounted(path, file, found)
        elif stat.S_ISSOCK(file.st_mode):
            found.sockets[file.st_ino] = f"{process}/{name.replace('fd/', 'fdinfo/')}"
        elif file.st_rdev == _PTMX:
            found.masters[file.st_dev] = found.masters.get(file.st_dev, 0) + 1


def _look_at_unmounted(path: str, file: os.stat_result, found: Memory) -> None:
    whole, alone = (file.st_dev, 0), (file.st_dev, file.st_ino)
    if whole in found.detached or alone in found.detached:
        return
    kind = file_system_type(path)
    if kind == _RAMFS:
        found.detached[whole] = UNMEASURABLE
    elif file.st_dev == _memfds():
        found.detached[alone] = file.st_blocks * _BLOCK
    elif kind == _TMPFS:
        found.covered.pop(file.st_dev, None)
        found.detached[whole] = _used(os.statvfs(path))
    else:
        found.mounted[file.st_dev] = 0


def look_at_mappings(processes: int, pids: Sequence[str], found: Memory) -> set[str]:
    """Find files that are mounted and open nowhere, but mapped (proc_pid_maps(5)), which keeps them as a whole.

    Returns the processes of which we may not know it (ptrace(2), access mode checking): those that execute a file which
    they may not read, and those that have the memory of a process that the machine's own user started.
    """
    closed = set()
    for pid in pids:
        try:
            maps = read(processes, f"{pid}/maps")
        except PermissionError:
            closed.add(pid)
            continue
        for line in maps.splitlines():
            place, _, _, numbers, inode = line.split()[:5]
            major, minor = (int(number, 16) for number in numbers.split(":"))
            device = os.makedev(major, minor)
            measured = {(device, 0), (device, int(inode))} & found.detached.keys()
            if inode != "0" and not measured and device not in found.mounted and device not in _machines():
                start, end = (int(address, 16) for address in place.split("-"))
                found.mapped[device, int(inode)] = max(found.mapped.get((device, int(inode)), 0), end - start)
    return closed


def _note_namespace(name: str, found: Memory) -> None:
    """In a mount namespace without a process something may be mounted that nobody sees."""
    if name.startswith("mnt:["):
        found.held_namespaces.add(int(name[5:-1]))


def _in_flight(fdinfo: str) -> int:
    """Descriptors that wait in a Unix socket to be received (unix_show_fdinfo() in net/unix/af_unix.c); else 0."""
    with contextlib.suppress(OSError), open(fdinfo, encoding="ascii") as file:
        return next((int(line.split()[1]) for line in file if line.startswith("scm_fds:")), 0)
    return 0
