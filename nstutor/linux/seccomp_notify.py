"""Seccomp user notifications (seccomp_unotify(2)): take one, check that it still stands, let its process go on."""

from __future__ import annotations

import fcntl
import struct
from enum import Enum

from nstutor import NamedTuple

_RECV, _SEND = 0xC0502100, 0xC0182101  # SECCOMP_IOCTL_NOTIF_RECV, _SEND
# SECCOMP_IOCTL_NOTIF_ID_VALID with the direction bits that it had before Linux 5.17; later kernels take both.
_ID_VALID = 0x80082102
_FLAG_CONTINUE = 0x1  # SECCOMP_USER_NOTIF_FLAG_CONTINUE
_NOTIF = struct.Struct("=QIIiIQ6Q")  # struct seccomp_notif
_RESPONSE = struct.Struct("=QqiI")  # struct seccomp_notif_resp

_X86_64, _AARCH64 = 0xC000003E, 0xC00000B7  # AUDIT_ARCH_*, linux/audit.h


class Call(Enum):
    """The system calls that are watched."""

    EXECVE = "execve"
    EXECVEAT = "execveat"
    EXIT_GROUP = "exit_group"


_CALLS = {
    (_X86_64, 59): Call.EXECVE,
    (_X86_64, 322): Call.EXECVEAT,
    (_X86_64, 231): Call.EXIT_GROUP,
    (_AARCH64, 221): Call.EXECVE,
    (_AARCH64, 281): Call.EXECVEAT,
    (_AARCH64, 94): Call.EXIT_GROUP,
}


class Notification(NamedTuple):
    """A thread (`tid`, in our own numbering) that waits in a system call until it is released."""

    id: int
    tid: int
    call: Call | None
    args: tuple[int, ...]


def receive(fd: int) -> Notification | None:
    """Take the next notification; None if its process died meanwhile. Blocks unless `fd` polls readable."""
    buffer = bytearray(_NOTIF.size)  # the kernel insists on zeroes
    try:
        fcntl.ioctl(fd, _RECV, buffer)
    except (FileNotFoundError, InterruptedError):
        return None
    number, tid, _, call, arch, _, *args = _NOTIF.unpack(buffer)
    return Notification(number, tid, _CALLS.get((arch, call)), tuple(args))


def still_waits(fd: int, notification: Notification) -> bool:
    """Whether the process still waits in that call; what was read of it until now was then really its own."""
    try:
        fcntl.ioctl(fd, _ID_VALID, struct.pack("=Q", notification.id))
    except FileNotFoundError:
        return False
    return True


def release(fd: int, notification: Notification) -> None:
    """Let the process make the call, as if nobody had looked."""
    try:
        fcntl.ioctl(fd, _SEND, _RESPONSE.pack(notification.id, 0, 0, _FLAG_CONTINUE))
    except FileNotFoundError:
        pass  # it died meanwhile
