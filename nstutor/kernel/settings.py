"""The settings of a namespace: files below /proc/sys (sysctl(8))."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

LONGEST = 4096


def read_settings(keys: Iterable[str]) -> Mapping[str, str | None]:
    """The values of the namespace that the calling thread is in (see `hop`), blanks made single ones.

    What a file below /proc/sys/net holds depends on the namespace of the thread that opens it (net/sysctl_net.c).
    None for a setting that does not exist there, or cannot be read.
    """
    return {key: _read(key) for key in sorted(keys)}


def _read(key: str) -> str | None:
    try:
        fd = os.open(f"/proc/sys/{key}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return " ".join(os.read(fd, LONGEST).decode(errors="replace").split())
    except OSError:
        return None
    finally:
        os.close(fd)
