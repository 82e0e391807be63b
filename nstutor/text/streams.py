"""The standard streams, whatever the program that started us has left of them."""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TextIO

from nstutor.text.width import printable

STANDARD = (0, 1, 2)


def make_usable() -> None:
    """Give the standard streams that are closed the null device, and let the others take any text.

    A descriptor that we open later must not become standard output by chance (open(2) takes the lowest number), and
    Python has None for a stream that is closed.
    """
    _fill_closed_descriptors()
    if os.environ.get("COLUMNS") == "0":
        # Some program's word for "unknown"; nothing can be shown in no columns.
        del os.environ["COLUMNS"]
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # as long as the process
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Where the locale has no ✓ a question mark is better than no report.
            stream.reconfigure(errors="surrogateescape" if is_utf8(stream) else "replace")


def _fill_closed_descriptors() -> None:
    if all(map(_is_open, STANDARD)):
        return  # and no null device is needed: a machine may have none
    while (descriptor := os.open(os.devnull, os.O_RDWR)) in STANDARD:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def is_utf8(stream: TextIO) -> bool:
    """Whether any text can be written to it as it is."""
    return codecs.lookup(stream.encoding or "ascii").name == "utf-8"


def tell(message: str) -> None:
    """Write to standard error. The name of a file, or a line out of it, must not steer the terminal that shows it."""
    print(printable(message, keep="\n\t"), file=sys.stderr)
