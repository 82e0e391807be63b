"""The marks that bash puts into its own output: when a command starts, when it wants more, when it is ready again.

A mark is an OSC 133 sequence (the "semantic prompt" convention of terminals) that ends in a nonce of this session:
`ESC ] 133 ; LETTER [; STATUS] ; NONCE BEL`. Terminals ignore those that they do not know. They are exported variables,
so every bash below inherits them; they pace the typing and never judge, since whoever owns the shell can forge them.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

LONGEST_MARK = 64


class Mark(Enum):
    """The letter of a mark."""

    START = "C"
    """PS0: the line was read and its command starts."""
    MORE = "P"
    """PS2: bash wants a continuation line."""
    READY = "D"
    """PROMPT_COMMAND: the command ended; what follows up to PROMPT is PS1, expanded."""
    PROMPT = "B"
    """End of PS1; bash prints it itself next and reads a line."""


class Marked(NamedTuple):
    """One mark out of the stream; `status` only with READY."""

    mark: Mark
    status: int | None = None


def make_nonce() -> str:
    """A nonce for one session."""
    return secrets.token_hex(8)


def environment(nonce: str) -> dict[str, str]:
    """The variables that make every bash of a session mark its output."""
    ready = rf"\e]133;{Mark.READY.value};%s;{nonce}\a"
    prompt = rf"\e]133;{Mark.PROMPT.value};{nonce}\a"
    return {
        # In a group whose stderr is closed, so that `set -x` does not trace it onto the screen.
        "PROMPT_COMMAND": f"{{ builtin printf '{ready}%s{prompt}' \"$?\" \"${{PS1:+${{PS1@P}}}}\"; }} 2>/dev/null",
        "PS0": f"\x1b]133;{Mark.START.value};{nonce}\x07",
        "PS1": "",
        "PS2": f"\x1b]133;{Mark.MORE.value};{nonce}\x07",
        # An "event not found" ends a line without any mark; a tutor's `!` is an exclamation mark.
        "histchars": "",
    }


class MarkReader:
    """Cuts a stream of terminal output into output and marks, also where a mark is cut by the end of a read."""

    def __init__(self, nonce: str) -> None:
        letters = "".join(mark.value for mark in Mark)
        self._pattern = re.compile(rb"\x1b\]133;([%b])(?:;([0-9]{1,3}))?;%b\x07" % (letters.encode(), nonce.encode()))
        self._held = b""

    def feed(self, data: bytes) -> Iterator[bytes | Marked]:
        """Output (never empty) and marks, in order. A tail that may begin a mark waits for the next call."""
        data = self._held + data
        self._held = b""
        position = 0
        if b"\x1b]133;" in data:
            for match in self._pattern.finditer(data):
                if match.start() > position:
                    yield data[position : match.start()]
                status = match[2]
                yield Marked(Mark(match[1].decode()), int(status) if status else None)
                position = match.end()
        rest = data[position:]
        cut = self._start_of_partial(rest)
        self._held = rest[cut:]
        if cut:
            yield rest[:cut]

    def flush(self) -> bytes:
        """What was held back, when no more will come."""
        held, self._held = self._held, b""
        return held

    def _start_of_partial(self, data: bytes) -> int:
        start = data.rfind(b"\x1b", max(0, len(data) - LONGEST_MARK))
        if start < 0:
            return len(data)
        tail = data[start:]
        prefix = b"\x1b]133;"
        begun = prefix.startswith(tail) or (tail.startswith(prefix) and b"\x07" not in tail)
        return start if begun else len(data)


BRACKETED_PASTE = re.compile(rb"\x1b\[\?2004(?:h|l\r?)")
NOISE = re.compile(rb"\x1b\[\?2004[hl]|\r(?!\n)|[\x01\x02]")
"""What readline says around a line besides the line."""


def without_echo(output: bytes, line: str, prompt: str) -> bytes:
    """What a shell printed after a line was typed, without the echo of that line.

    Needed where no START mark tells the two apart: a syntax error, an empty line, a shell without marks. The terminal
    and then readline may both have echoed it, the latter with its prompt in front.
    """
    typed, shown_prompt = line.encode(errors="surrogateescape").strip(), prompt.encode().strip()
    lines = NOISE.sub(b"", output).split(b"\r\n")
    # The first line may have a prompt in front that nobody told us of; a later one that ends in the line is output.
    if lines[0].strip() == typed or (typed and lines[0].strip().endswith(typed)):
        del lines[0]
    if shown_prompt and lines and _words(lines[0]) == _words(shown_prompt + typed):
        del lines[0]
    return b"\r\n".join(lines)


def without_noise(data: bytes) -> bytes:
    """What was printed beside a prompt, without readline's own sequences."""
    return BRACKETED_PASTE.sub(b"", data)


def _words(text: bytes) -> bytes:
    return b"".join(text.split())
