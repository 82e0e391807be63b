"""From a path to the text of a lesson file, and to words for whatever is wrong with its bytes."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from nstutor import NamedTuple
from nstutor.errors import UsageError, reason
from nstutor.lesson.bounded_read import read_regular
from nstutor.lesson.faults import Faults
from nstutor.text.i18n import _
from nstutor.text.width import printable

try:
    # As random does: hashlib loads OpenSSL, for which every start would wait. Python 3.12 has another name for it.
    from _sha256 import sha256 as _sha256  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha256 as _sha256

LARGEST = 1024 * 1024
"""Bytes; the longest lesson that anybody would read is a tenth of it."""

BOM = "\ufeff"


class Source(NamedTuple):
    """A lesson file as text: its lines without their ends, and the digest of what was read."""

    path: str
    lines: tuple[str, ...]
    sha256: str


def digest_of(raw: bytes) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return str(_sha256(raw).hexdigest())


def from_text(text: str, path: str, sha256: str | None = None) -> Source:
    """Split a text into lines; a byte order mark and Windows line ends are no part of it.

    Raises LessonError for control characters, which a terminal would obey and bash would refuse.
    """
    digest = sha256 or digest_of(text.encode("utf-8", "surrogatepass"))
    # Not splitlines(): it also cuts at form feeds and U+2028, and Markdown's line numbers would differ from ours.
    lines = tuple(text.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    _refuse_control_characters(path, lines)
    return Source(path, lines, digest)


def from_file(path: str | Path) -> Source:
    """Read a lesson file.

    Raises UsageError for a file that cannot be read, LessonError for bytes that are not UTF-8.
    """
    raw = _read(str(path))
    return from_text(_decode(raw, str(path)), str(path), digest_of(raw))


def _read(path: str) -> bytes:
    try:
        raw = read_regular(path, LARGEST + 1)
    except (OSError, ValueError) as error:
        message = _("cannot read the lesson file {path!r}: {why}").format(path=path, why=reason(error))
        raise UsageError(message) from error
    if len(raw) > LARGEST:
        message = _("{path} is larger than {n} KiB; a lesson file is not").format(path=path, n=LARGEST // 1024)
        raise UsageError(message)
    return raw


def _decode(raw: bytes, path: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        _refuse_bytes(raw.split(b"\n"), path)
        raise


def _refuse_bytes(rows: list[bytes], path: str) -> None:
    faults = Faults(path, [row.decode("utf-8", "replace").rstrip("\r") for row in rows])
    for number, row in enumerate(rows, 1):
        try:
            row.decode("utf-8")
        except UnicodeDecodeError as error:
            column = len(row[: error.start].decode("utf-8")) + 1
            message = _("byte 0x{byte:02x} is not UTF-8; save the file as UTF-8").format(byte=row[error.start])
            faults.add(number, column, message)
    faults.stop_if_any()


def _refuse_control_characters(path: str, lines: tuple[str, ...]) -> None:
    odd = [(number, line) for number, line in enumerate(lines, 1) if not line.isprintable()]
    bad = [(number, line, _first_control(line)) for number, line in odd]
    if all(index is None for *_line, index in bad):
        return
    faults = Faults(path, [printable(line, keep="\t") for line in lines])
    for number, line, index in bad:
        if index is not None:
            message = _("control character U+{code:04X}; take it out").format(code=ord(line[index]))
            faults.add(number, index + 1, message)
    faults.stop_if_any()


def _first_control(line: str) -> int | None:
    return next((index for index, char in enumerate(line) if _is_control(char)), None)


def _is_control(char: str) -> bool:
    return char != "\t" and unicodedata.category(char) in ("Cc", "Cs")
