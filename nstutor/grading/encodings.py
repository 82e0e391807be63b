"""The bytes of a script as text, whatever editor wrote them."""

from __future__ import annotations

import codecs

from nstutor.text.i18n import _

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks; UTF-32's first, for UTF-16's begins as it does."""
SAMPLE = 4096


def decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, and notes on what was made of it. Bytes that are no text stay bytes, as surrogates."""
    encoding, rest = _encoding(data)
    if encoding != "utf-8":
        text = rest.decode(encoding, errors="replace")
        return _with_line_ends(text), (
            _("the file is {encoding} and was read as such").format(
                encoding=encoding.upper().removesuffix("-LE").removesuffix("-BE")
            ),
        )
    text = rest.decode("utf-8", errors="surrogateescape")
    return _with_line_ends(text), _foreign(text, rest)


def _encoding(data: bytes) -> tuple[str, bytes]:
    """The encoding that the file says or shows it has, and its bytes without the mark."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding, data[len(mark) :]
    # Commands are ASCII: in UTF-16 every second of their bytes is zero.
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = data[first:SAMPLE:2], data[1 - first : SAMPLE : 2]
        letters = sum(chr(byte).isalnum() for byte in others if byte < 0x80)
        if 2 * zeros.count(0) > len(zeros) and 2 * letters > len(others) and 0 not in others:
            return encoding, data
    return "utf-8", data


def _with_line_ends(text: str) -> str:
    """The text with line feeds, also where an old editor wrote carriage returns alone."""
    return text if "\n" in text else text.replace("\r", "\n")


def _foreign(text: str, data: bytes) -> tuple[str, ...]:
    """A note if there are bytes that are not UTF-8."""
    number = next(
        (
            number
            for number, line in enumerate(text.split("\n"), 1)
            if any("\udc80" <= char <= "\udcff" for char in line)
        ),
        None,
    )
    if number is None:
        return ()
    try:
        data.decode("gb18030")
        guess = _(
            "line {line} has bytes that are not UTF-8, of {encoding} perhaps, and was typed with them; save the "
            "file as UTF-8"
        )
    except UnicodeDecodeError:
        guess = _("line {line} has bytes that are not UTF-8, and was typed with them; save the file as UTF-8")
    return (guess.format(line=number, encoding="GBK"),)
