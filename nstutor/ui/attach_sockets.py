"""Where running lessons listen for `nstutor attach`."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from nstutor.progress.data_folder import data_folder

PREFIX = "lab-"
UNREADY = ".new"
"""The ending of a socket on which nobody listens yet."""


def socket_folder() -> Path:
    """Where running lessons listen: in the user's runtime folder, or in their data folder where that is of no use.

    `su` leaves the runtime folder of whoever called it in the environment.
    """
    folder = Path(os.environ.get("XDG_RUNTIME_DIR", "")) / "nstutor"
    ours = folder if folder.exists() else folder.parent
    usable = folder.is_absolute() and ours.is_dir() and os.access(ours, os.W_OK | os.X_OK)
    return folder if usable else data_folder()


@contextlib.contextmanager
def address_of(path: Path) -> Iterator[str]:
    """A socket's address for the body, by way of its open folder: a path may be longer than an address (unix(7))."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def remove_stale() -> None:
    """Remove the sockets of lessons that were killed."""
    for folder in {socket_folder(), data_folder()}:
        for path in folder.glob(f"{PREFIX}*{UNREADY}"):
            if not os.path.exists(f"/proc/{path.stem.removeprefix(PREFIX)}"):
                _remove(path)
        for path in folder.glob(f"{PREFIX}*.sock"):
            if not _listens(path):
                _remove(path)


def _listens(path: Path) -> bool:
    """Whether somebody answers there; also where that cannot be told."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as control:
        # One with many visitors at its door must not keep us waiting.
        control.setblocking(False)
        try:
            with address_of(path) as address:
                control.connect(address)
        except ConnectionRefusedError:
            return False
        except OSError:
            return True
    return True


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def sockets() -> list[Path]:
    """The sockets of lessons that run or ran, newest first."""
    found: list[tuple[float, Path]] = []
    for path in socket_folder().glob(f"{PREFIX}*.sock"):
        with contextlib.suppress(FileNotFoundError):  # a lesson that ends takes its own away
            found.append((path.stat().st_mtime, path))
    return [path for _when, path in sorted(found, reverse=True)]
