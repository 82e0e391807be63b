"""The system calls that Python 3.11 does not offer, or not in full. Each failure is an OSError."""

from __future__ import annotations

import ctypes
import os
import struct

CLONE_NEWNET = 0x40000000
RESOLVE_NO_MAGICLINKS, RESOLVE_IN_ROOT = 0x02, 0x10
_NR_OPENAT2 = 437  # the same on every architecture since Linux 5.6

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)
    return result


def setns(fd: int) -> None:
    """Move the calling thread into the network namespace that `fd` refers to (setns(2))."""
    _checked(_LIBC.setns(ctypes.c_int(fd), ctypes.c_int(CLONE_NEWNET)), "setns")


def unshare_netns() -> None:
    """Move the calling thread into a network namespace of its own (unshare(2))."""
    _checked(_LIBC.unshare(ctypes.c_int(CLONE_NEWNET)), "unshare")


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
    number, name = ctypes.c_long(_NR_OPENAT2), ctypes.c_char_p(os.fsencode(path))
    return _checked(_LIBC.syscall(number, ctypes.c_int(root), name, how, ctypes.c_size_t(len(how))), path)
