"""Where a report goes: standard output, a device, or a file that appears whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from nstutor.errors import UsageError, reason
from nstutor.text.i18n import _

_EXISTING = os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC
_UNNAMED = os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC


def refuse_unwritable(path: str | None) -> None:
    """Tell before hours of grading, and not after them, that the report cannot be written. Raises UsageError.

    What is tried is gone at once: whoever is killed while grading leaves nothing beside the report.
    """
    if path is None or _as_it_is(path):
        return
    if is_folder(path):
        with words_for_failure(path):
            os.makedirs(path, exist_ok=True)
        path = os.path.join(path, "report")
    with words_for_failure(path):
        if os.path.isdir(path):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        temporary = _beside(path)
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666))
        os.unlink(temporary)


def is_folder(path: str | None) -> bool:
    """Whether an --output is a folder for a file of each submission."""
    return path is not None and (path.endswith("/") or os.path.isdir(path))


@contextmanager
def opened(path: str | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears whole at the end of the body; a device or a pipe is written as it is.

    Raises UsageError where it cannot be opened or finished; what goes wrong in the body is the body's.
    """
    if path is None:
        yield sys.stdout
        with words_for_failure(None):
            sys.stdout.flush()
        return
    temporary = None
    with words_for_failure(path):
        whole = not _as_it_is(path)
        descriptor, temporary = _unnamed(os.path.realpath(path)) if whole else (os.open(path, _EXISTING), None)
        file = open(descriptor, "w", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115  # close() may fail too
    try:
        yield file
        with words_for_failure(path):
            file.flush()
            if whole:
                temporary = temporary or _name(descriptor, os.path.realpath(path))
            if temporary is not None:
                os.replace(temporary, os.path.realpath(path))
    finally:
        with words_for_failure(path):
            file.close()
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)


def _unnamed(path: str) -> tuple[int, str | None]:
    """A descriptor of a new file in the folder of `path`; with its name where the file system has no unnamed ones."""
    with suppress(OSError):
        return os.open(os.path.dirname(path), _UNNAMED, 0o666), None
    temporary = _beside(path)
    return os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666), temporary


def _name(descriptor: int, path: str) -> str | None:
    """Give an unnamed file its name (open(2), O_TMPFILE); another name, to be moved, where there is a file already."""
    with suppress(FileExistsError):
        _link(descriptor, path)
        return None
    temporary = _beside(path)
    _link(descriptor, temporary)
    return temporary


def _link(descriptor: int, name: str) -> None:
    # Only with a descriptor of a folder does Python call linkat(2), which can follow this link; it is not looked at.
    os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=descriptor, follow_symlinks=True)


def _as_it_is(path: str) -> bool:
    """Whether it is a device or a pipe."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def _beside(path: str) -> str:
    # What a link points to is replaced, not the link.
    return f"{os.path.realpath(path)}.{os.getpid()}.tmp"


@contextmanager
def words_for_failure(path: str | None) -> Iterator[None]:
    """Say what keeps us from writing the report. Raises UsageError."""
    try:
        yield
    except BrokenPipeError:
        raise  # nobody is left to tell
    except OSError as error:
        words = _("cannot write {path}: {why}")
        raise UsageError(words.format(path=path or _("the report"), why=reason(error))) from None
