"""Where a command writes its report: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from nstutor.errors import UsageError, reason
from nstutor.language import _


def refuse_unwritable(path: str | None) -> None:
    """Tell before hours of grading, and not after them, that the report cannot be written. Raises UsageError.

    What is tried is gone at once: whoever is killed while grading leaves nothing beside the report.
    """
    if path is None or _as_it_is(path):
        return
    temporary = _beside(path)
    with _opened(temporary, path):
        os.unlink(temporary)


def _as_it_is(path: str) -> bool:
    """Whether it is a device or a pipe."""
    return os.path.exists(path) and not os.path.isfile(path)


def _beside(path: str) -> str:
    # What a link points to is replaced, not the link.
    return f"{os.path.realpath(path)}.{os.getpid()}.tmp"


@contextmanager
def output(path: str | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears whole or not at all; a device or a pipe is written to as it is."""
    if path is None:
        yield sys.stdout
        return
    if _as_it_is(path):
        with _opened(path, path) as file:
            yield file
        return
    temporary = _beside(path)
    try:
        with _opened(temporary, path) as file:
            yield file
        with words_for_a_full_disk(path):
            os.replace(temporary, os.path.realpath(path))
    finally:
        with suppress(OSError):
            os.unlink(temporary)


@contextmanager
def _opened(path: str, called: str) -> Iterator[TextIO]:
    with words_for_a_full_disk(called):
        file = open(path, "w", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115  # close() may fail too
    try:
        yield file
    finally:
        with words_for_a_full_disk(called):
            file.close()


@contextmanager
def words_for_a_full_disk(path: str | None) -> Iterator[None]:
    """Say what keeps us from writing the report. Raises UsageError."""
    try:
        yield
    except BrokenPipeError:
        raise  # nobody is left to tell
    except OSError as error:
        message = _("cannot write {path}: {why}") if path else _("cannot write the report: {why}")
        raise UsageError(message.format(path=path, why=reason(error))) from None
