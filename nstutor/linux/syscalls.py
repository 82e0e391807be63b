"""The Linux system calls that Python has no function for. Each is checked: a failure raises OSError with its name.

Numbers and structures are those of the kernel's uapi headers (linux/sched.h, linux/mount.h, linux/openat2.h,
linux/prctl.h); the calls that came after Linux 5.1 have the same number on every architecture.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import struct
from collections.abc import Iterator

IUTF8 = 0o40000  # of termios(3), asm-generic/termbits-common.h; Python's termios does not name it
CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 0x1, 0x2, 0x4, 0x8, 0x20
MS_BIND, MS_REC, MS_PRIVATE, MS_SLAVE = 0x1000, 0x4000, 1 << 18, 1 << 19
MNT_DETACH = 2

MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_IDMAP = 0x1, 0x2, 0x4, 0x00100000
AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE = -100, 0x1000, 0x8000
OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH = 1, 0x4
RESOLVE_NO_MAGICLINKS, RESOLVE_IN_ROOT = 0x02, 0x10

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38

_NR_CLONE = {"x86_64": 56, "aarch64": 220}
_NR_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_NR_RT_SIGACTION = {"x86_64": 13, "aarch64": 134}
_NR_OPEN_TREE, _NR_MOVE_MOUNT, _NR_OPENAT2, _NR_MOUNT_SETATTR = 428, 429, 437, 442

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long
# Keeps the interpreter's lock over the call: a child must come out of it as its owner.
_LIBC_LOCKED = ctypes.PyDLL(None, use_errno=True)
_LIBC_LOCKED.syscall.restype = ctypes.c_long


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)
    return result


def _path(path: str | None) -> ctypes.c_char_p:
    return ctypes.c_char_p(None if path is None else os.fsencode(path))


def syscall(number: int, what: str, *arguments: int | ctypes.c_char_p | ctypes.c_void_p) -> int:
    """Make the system call with this number; `what` names it in the error."""
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    return _checked(int(_LIBC.syscall(ctypes.c_long(number), *words)), what)


def unshare(flags: int) -> None:
    """Give the calling thread new namespaces (unshare(2))."""
    _checked(_LIBC.unshare(ctypes.c_int(flags)), f"unshare({flags:#x})")


def clone(flags: int) -> int:
    """As os.fork(), with the child in new namespaces from its first moment (clone(2)): 0 in the child, else its pid.

    Only for a process with one thread: Python is not told that there are two of it now.
    """
    words = [ctypes.c_ulong(flags | signal.SIGCHLD), *[ctypes.c_long(0)] * 4]
    number = ctypes.c_long(_NR_CLONE[os.uname().machine])
    return _checked(int(_LIBC_LOCKED.syscall(number, *words)), f"clone({flags:#x})")


def setns(fd: int, kind: int) -> None:
    """Move the calling thread into the namespace of `fd`, which must be of that CLONE_ kind (setns(2))."""
    _checked(_LIBC.setns(ctypes.c_int(fd), ctypes.c_int(kind)), f"setns({kind:#x})")


def prctl(option: int, value: int) -> None:
    """Set an attribute of the calling process (prctl(2))."""
    words = (ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
    _checked(_LIBC.prctl(ctypes.c_int(option), *words), f"prctl({option})")


def forget_arguments(title: str) -> None:
    """Write a title over the calling process's command line, which everybody may read (proc_pid_cmdline(5)).

    The memory of the arguments is fields 48 and 49 of /proc/self/stat; its last byte must stay NUL.
    """
    with open("/proc/self/stat", "rb") as file:
        line = file.read()
    fields = line[line.rindex(b")") + 2 :].split()
    start, end = int(fields[45]), int(fields[46])
    room = end - start
    if room > 1:
        ctypes.memmove(start, title.encode()[: room - 1].ljust(room, b"\0"), room)


def sethostname(name: str) -> None:
    """Name the machine of this UTS namespace."""
    data = os.fsencode(name)
    _checked(_LIBC.sethostname(data, ctypes.c_size_t(len(data))), "sethostname")


def mount(source: str | None, target: str, kind: str | None, flags: int = 0, options: str = "") -> None:
    """Mount, bind or change a mount (mount(2))."""
    words = (_path(source), _path(target), _path(kind), ctypes.c_ulong(flags), _path(options or None))
    _checked(_LIBC.mount(*words), f"mount {kind or source or 'flags'} on {target}")


def umount(target: str, flags: int = 0) -> None:
    """Unmount (umount2(2))."""
    _checked(_LIBC.umount2(_path(target), ctypes.c_int(flags)), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root of this mount namespace, with the former one at `old` (pivot_root(2))."""
    syscall(_NR_PIVOT_ROOT[os.uname().machine], "pivot_root", _path(new), _path(old))


def reset_reserved_signals() -> None:
    """Give the two signals that the C library keeps for itself their default action (signal(7), rt_sigaction(2)).

    It lets nobody else touch them, and yet a program started by posix_spawn may have them ignored.
    """
    default, mask_bytes = ctypes.c_char_p(bytes(32)), 8
    for reserved in (32, 33):
        syscall(_NR_RT_SIGACTION[os.uname().machine], "rt_sigaction", reserved, default, 0, mask_bytes)


def mount_setattr(fd: int, path: str, flags: int, *, add: int = 0, remove: int = 0, userns: int = 0) -> None:
    """Change the attributes of a mount, with AT_RECURSIVE of a whole tree (mount_setattr(2), Linux 5.12)."""
    attributes = struct.pack("=QQQQ", add, remove, 0, userns)
    words = (fd, _path(path), flags, ctypes.c_char_p(attributes), len(attributes))
    syscall(_NR_MOUNT_SETATTR, f"mount_setattr {path}", *words)


def open_tree(path: str, flags: int = 0) -> int:
    """A descriptor of a detached copy of the mount at `path`, close-on-exec (open_tree(2), Linux 5.2).

    With AT_RECURSIVE the mounts below it come along.
    """
    all_flags = OPEN_TREE_CLONE | os.O_CLOEXEC | flags
    return syscall(_NR_OPEN_TREE, f"open_tree {path}", AT_FDCWD, _path(path), all_flags)


def move_mount(fd: int, target: str) -> None:
    """Attach a detached mount at `target` (move_mount(2))."""
    words = (fd, _path(""), AT_FDCWD, _path(target), MOVE_MOUNT_F_EMPTY_PATH)
    syscall(_NR_MOVE_MOUNT, f"move_mount {target}", *words)


def getsockopt(fd: int, level: int, option: int, request: bytes) -> bytes:
    """What a socket's option answers to a request that stands in the buffer itself (getsockopt(2))."""
    buffer, length = ctypes.create_string_buffer(request, len(request)), ctypes.c_uint32(len(request))
    _checked(_LIBC.getsockopt(fd, level, option, buffer, ctypes.byref(length)), "getsockopt")
    return buffer.raw[: length.value]


def open_in_root(root: int, path: str, flags: int) -> int:
    """A new descriptor of `path` as a process whose root directory is `root` would find it (openat2(2)).

    Absolute symbolic links and `..` stay below `root`, so nothing that a learner plants there leads out of it.
    """
    how = struct.pack("=QQQ", flags | os.O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
    return syscall(_NR_OPENAT2, path, root, _path(path), ctypes.c_char_p(how), len(how))


def file_system_type(path: str) -> int:
    """The magic number of the file system that holds `path` (statfs(2): f_type, the first field)."""
    buffer = ctypes.create_string_buffer(256)
    _checked(_LIBC.statfs(_path(path), buffer), f"statfs {path}")
    return int(struct.unpack_from("@l", buffer)[0]) & 0xFFFFFFFF


def pid_of(pidfd: int) -> int:
    """The process of a pidfd in our own numbering (proc_pid_fdinfo(5)), -1 once it is gone."""
    with open(f"/proc/self/fdinfo/{pidfd}", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pid:"))


def write_once(path: str, text: str) -> None:
    """Write to a file of /proc with one write(2), as its files for id maps and settings want it."""
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


@contextlib.contextmanager
def files_made_by(uid: int, gid: int) -> Iterator[None]:
    """For the body, what this thread does to files is done by that user (setfsuid(2), which tells no failure)."""
    before = _LIBC.setfsgid(ctypes.c_uint(gid)), _LIBC.setfsuid(ctypes.c_uint(uid))
    try:
        yield
    finally:
        _LIBC.setfsuid(ctypes.c_uint(before[1]))
        _LIBC.setfsgid(ctypes.c_uint(before[0]))


def hold_only(kept: int) -> None:
    """Close every descriptor but this one; the three standard ones become the null device."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
