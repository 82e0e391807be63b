"""Submissions that are hardly text: what their bytes are, how much of the right work counts, and what is noted."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from attacks import ALL, BRIEF, LONG, SHORT
from check_runs import stored

NOT_TYPED = "was not typed"
TOO_LONG = "it is longer than 8 MiB"


@dataclass(frozen=True)
class Bytes:
    """A submission; `make` makes it of the right one."""

    name: str
    make: Callable[[bytes], bytes]
    lost: tuple[str, ...] = ()
    note: str | None = None
    noted: bool = True
    options: tuple[str, ...] = LONG
    """Its limits on time."""

    def script(self) -> bytes:
        """Its bytes."""
        return self.make(stored("right/bridge/plain"))


def _noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)


def _elf(_: bytes) -> bytes:
    with open("/bin/true", "rb") as file:
        return file.read()


SUBMISSIONS = (
    Bytes("crlf", lambda right: right.replace(b"\n", b"\r\n")),
    Bytes("byte-order-mark", lambda right: b"\xef\xbb\xbf" + right),
    Bytes("byte-order-mark-and-crlf", lambda right: b"\xef\xbb\xbf" + right.replace(b"\n", b"\r\n")),
    Bytes("no-final-newline", lambda right: right.rstrip(b"\n")),
    Bytes("blanks-at-the-ends", lambda right: right.replace(b"\n", b" \t \n")),
    Bytes("empty", lambda _: b"", ALL),
    Bytes("one-newline", lambda _: b"\n", ALL),
    Bytes("only-carriage-returns", lambda right: right.replace(b"\n", b"\r")),
    Bytes("utf-16", lambda right: right.decode().encode("utf-16"), (), "UTF-16"),
    Bytes("utf-32", lambda right: right.decode().encode("utf-32"), (), "UTF-32"),
    Bytes("elf", _elf, ALL, NOT_TYPED, options=SHORT),
    Bytes("noise", lambda _: _noise(50_000), ALL, NOT_TYPED, options=SHORT),
    Bytes(
        "noise-before-it",
        lambda right: bytes(byte for byte in _noise(2000) if byte < 32) + b"\n" + right,
        (),
        NOT_TYPED,
    ),
    Bytes("nul-bytes", lambda right: b"echo \0\n" + right, (), NOT_TYPED),
    Bytes("only-nul-bytes", lambda _: bytes(1 << 20), ALL, NOT_TYPED),
    Bytes("keys", lambda right: b"\x03\n\x04\n\x1a\n\x1c\n\x13\n\x15\n\x16\n\x1b[A\n" + right, (), NOT_TYPED),
    Bytes("keys-in-lines", lambda right: b"sleep 1 \x1a\necho \x03\ncat \x04\n" + right, (), NOT_TYPED),
    Bytes("escape-sequences", lambda right: b"\x1b]133;D;0\x07\x1b[200~\n\xc2\x9b31m\n" + right, (), NOT_TYPED),
    Bytes("not-utf-8", lambda right: b"echo \xff\xfe \xc3\x28 \xed\xa0\x80\n" + right, (), "not UTF-8"),
    Bytes("delete-characters", lambda right: b"\x7f\x7f\x7f\n" + right, (), NOT_TYPED),
    Bytes("long-line", lambda right: b"x=" + b"y" * 4094 + b"\nx=" + b"y" * 4095 + b"\n" + right),
    Bytes("line-of-a-megabyte", lambda right: b": " + b"y" * (1 << 20) + b"\n" + right, noted=False),
    Bytes("line-of-ten-megabytes", lambda right: right + b": " + b"y" * (10 << 20) + b"\n", (), TOO_LONG),
    Bytes("line-of-ten-megabytes-before-it", lambda right: b": " + b"y" * (10 << 20) + b"\n" + right, ALL, TOO_LONG),
    Bytes("comments-of-ten-megabytes", lambda right: right + b"# comment\n" * (1 << 20), (), TOO_LONG, options=BRIEF),
    Bytes(
        "hundred-thousand-lines",
        lambda right: right + b"true\n" * 100_000,
        (),
        "and later were not typed",
        options=BRIEF,
    ),
    Bytes("hundred-thousand-empty-lines", lambda right: right + b"\n" * 100_000, noted=False, options=BRIEF),
    Bytes("hundred-thousand-control-lines", lambda right: right + b"\x01\n" * 100_000, (), NOT_TYPED),
    Bytes("claims-that-no-json-can-hold", lambda right: b'# nstutor evidence {"seconds": NaN}\n' + right, noted=False),
    Bytes(
        "claims-deeper-than-a-stack",
        lambda right: b"# nstutor evidence " + b"[" * 700 + b"]" * 700 + b"\n" + right,
        noted=False,
    ),
    Bytes("quotations-without-number", lambda right: right + b": " + b'""' * 300_000 + b"\n", noted=False),
    Bytes(
        "a-lesson", lambda _: b"---\nformat: 1\n---\n## Step {#x}\n\n```solution\nip netns add x\n", ALL, noted=False
    ),
    Bytes("json", lambda _: b'{"version": 1, "passed": true, "score": 8, "max_score": 8}\n', ALL, noted=False),
    Bytes("zip", lambda _: b"PK\x03\x04" + _noise(3000), ALL, NOT_TYPED),
)
