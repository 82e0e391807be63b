"""The system call filter of the learner's processes (seccomp(2)).

It takes away what reaches beyond the lab whatever namespace one is in, what the kernel counts for the whole machine or
user and no lesson needs, and memory that nobody outside could measure. It lets programs that give up root (tcpdump)
work although only one id is mapped, and tells the judge which programs are executed and how they end.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Mapping

from nstutor import NamedTuple
from nstutor.linux.syscalls import syscall

# linux/bpf_common.h: load a word, jump if equal, jump if greater or equal, return.
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
# struct seccomp_data (linux/seccomp.h): int nr; u32 arch; u64 ip; u64 args[6]. Little endian on both architectures.
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_KILL_PROCESS, _ERRNO, _USER_NOTIF, _ALLOW = 0x80000000, 0x00050000, 0x7FC00000, 0x7FFF0000
_X32_BIT = 0x40000000
_AF_VSOCK = 40
_SOL_SOCKET, _SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 1, 32, 33  # asm-generic/socket.h

_SET_MODE_FILTER = 1
_NEW_LISTENER, _WAIT_KILLABLE_RECV = 1 << 3, 1 << 5


class _Abi(NamedTuple):
    """System call numbers of one architecture (asm/unistd_64.h, asm-generic/unistd.h)."""

    audit_arch: int
    """AUDIT_ARCH_* of linux/audit.h."""
    has_x32: bool
    seccomp: int
    socket: int
    setsockopt: int
    faked: tuple[int, ...]
    """setuid setgid setgroups setresuid setresgid, chown fchown lchown fchownat where they exist."""
    denied: tuple[int, ...]
    """bpf perf_event_open keyctl request_key add_key userfaultfd io_uring_setup io_uring_enter io_uring_register
    kexec_load kexec_file_load shmget msgget semget mq_open io_setup fanotify_init memfd_secret"""
    watched: tuple[int, ...]
    """execve execveat exit_group"""


_ABIS = {
    "x86_64": _Abi(
        audit_arch=0xC000003E,
        has_x32=True,
        seccomp=317,
        socket=41,
        setsockopt=54,
        faked=(105, 106, 116, 117, 119, 92, 93, 94, 260),
        denied=(321, 298, 250, 249, 248, 323, 425, 426, 427, 246, 320, 29, 68, 64, 240, 206, 300, 447),
        watched=(59, 322, 231),
    ),
    "aarch64": _Abi(
        audit_arch=0xC00000B7,
        has_x32=False,
        seccomp=277,
        socket=198,
        setsockopt=208,
        faked=(146, 144, 159, 147, 149, 55, 54),
        denied=(280, 241, 219, 218, 217, 282, 425, 426, 427, 104, 294, 194, 186, 190, 180, 0, 262, 447),
        watched=(221, 281, 94),
    ),
}

Instruction = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    """struct sock_fprog (linux/filter.h)."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _answer(numbers: Iterable[int], verdict: int) -> list[Instruction]:
    """Return `verdict` for each of these system calls."""
    return [step for number in numbers for step in ((_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, verdict))]


def _foreign_abis(abi: _Abi) -> list[Instruction]:
    """Other numberings (int 0x80, x32) would walk around the rest of the filter."""
    steps = [(_LOAD, 0, 0, _ARCHITECTURE), (_IF_EQUAL, 1, 0, abi.audit_arch), (_RETURN, 0, 0, _KILL_PROCESS)]
    steps.append((_LOAD, 0, 0, _NUMBER))
    if abi.has_x32:
        steps += [(_IF_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    return steps


def _refuse(number: int, arguments: Mapping[int, int], code: int) -> list[Instruction]:
    """Let that system call fail with the errno `code` where its arguments (from 0) have these values."""
    steps: list[Instruction] = [(_RETURN, 0, 0, _ERRNO | code)]
    for place, value in arguments.items():
        steps = [(_LOAD, 0, 0, _FIRST_ARGUMENT + 8 * place), (_IF_EQUAL, 0, len(steps), value), *steps]
    return [(_IF_EQUAL, 0, len(steps) + 1, number), *steps, (_LOAD, 0, 0, _NUMBER)]


def _shared_sockets(abi: _Abi) -> list[Instruction]:
    """AF_VSOCK is of no network namespace: it would reach the hypervisor. Buffers take from what all sockets have."""
    steps = _refuse(abi.socket, {0: _AF_VSOCK}, errno.EAFNOSUPPORT)
    for option in (_SO_SNDBUFFORCE, _SO_RCVBUFFORCE):
        steps += _refuse(abi.setsockopt, {1: _SOL_SOCKET, 2: option}, errno.EPERM)
    return steps


def program(*, watch: bool) -> bytes:
    """The filter as an array of struct sock_filter; empty for an architecture whose numbers are not known.

    Changing user, group or owner seems to work: a single id is mapped, and so nobody can run more processes as another
    one. `watch`: notify the listener of execve, execveat and exit_group.
    """
    abi = _ABIS.get(os.uname().machine)
    if abi is None:
        return b""
    steps = _foreign_abis(abi) + _shared_sockets(abi)
    steps += _answer(abi.watched, _USER_NOTIF) if watch else []
    steps += _answer(abi.faked, _ERRNO)
    steps += _answer(abi.denied, _ERRNO | errno.EPERM)
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _set_filter(filter_: bytes, flags: int) -> int:
    buffer = ctypes.create_string_buffer(filter_, len(filter_))
    argument = _Program(len(filter_) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    number = _ABIS[os.uname().machine].seccomp
    return syscall(number, "seccomp", _SET_MODE_FILTER, flags, ctypes.cast(ctypes.byref(argument), ctypes.c_void_p))


def install(*, watch: bool) -> int | None:
    """Put the calling process under the filter for good; the listener's descriptor, or None without notifications.

    A process that already has a listener above it (a container's) gets none (EBUSY), and old kernels know none.
    Raises OSError when the kernel refuses any filter.
    """
    watching = program(watch=True) if watch else b""
    for flags in (_NEW_LISTENER | _WAIT_KILLABLE_RECV, _NEW_LISTENER) if watching else ():
        with contextlib.suppress(OSError):
            return _set_filter(watching, flags)
    plain = program(watch=False)
    if plain:
        _set_filter(plain, 0)
    return None
