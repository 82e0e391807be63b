"""Bounded read of a file that somebody hands in: a regular one, and nothing else is ever opened."""

from __future__ import annotations

import os
import stat

from nstutor.errors import UsageError
from nstutor.text.i18n import _

READ_SIZE = 1 << 20
_KERNELS = ("/proc", "/sys", "/dev")
_MEMORY = "/dev/shm"


def read_regular(path: str | os.PathLike[str], most: int) -> bytes:
    """The first bytes of a regular file. Raises OSError, or UsageError for anything else.

    A pipe or a terminal may give nothing for ever, a device may act when it is opened, and what /proc holds is not what
    anybody wrote. So it is looked at first (stat(2) opens nothing), and what is opened must be what was looked at.
    """
    real = os.path.realpath(path)
    _refuse(os.fspath(path), real, os.stat(path))
    # O_NONBLOCK, O_NOCTTY: something else may stand there by now.
    descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _refuse(os.fspath(path), real, os.fstat(descriptor))
        pieces, left = [], most
        while left and (piece := os.read(descriptor, min(left, READ_SIZE))):
            pieces.append(piece)
            left -= len(piece)
    finally:
        os.close(descriptor)
    return b"".join(pieces)


def _refuse(path: str, real: str, status: os.stat_result) -> None:
    """Raises UsageError for what is no regular file of anybody's."""
    message = _("{path} is {what}, not a regular file").format(path=path, what=_kind(status.st_mode))
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(message, _("Name the file itself."))
    if _is_kernels(real, status):
        raise UsageError(_("{path} is one of the kernel's own files, which are not read").format(path=path))


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return _("a directory")
    if stat.S_ISFIFO(mode):
        return _("a pipe")
    return _("a socket") if stat.S_ISSOCK(mode) else _("a device")


def _is_kernels(real: str, status: os.stat_result) -> bool:
    inside = any(f"{real}/".startswith(f"{folder}/") for folder in _KERNELS)
    # procfs may be mounted a second time; all mounts of one have the same device.
    same = os.path.ismount("/proc") and status.st_dev == os.stat("/proc").st_dev
    return same or (inside and not real.startswith(f"{_MEMORY}/"))
