"""What a program that is not trusted may do to a terminal: write, colour, move the cursor, and no more."""

from __future__ import annotations

import codecs
import re

from nstutor.text.width import printable

_PLAIN = "\a\b\t\n\r"
_MODES = frozenset(("1", "7", "12", "25", "47", "1047", "1048", "1049", "2004"))
"""Private modes (xterm's ctlseqs): keys, wrapping, the cursor, the other screen. No mouse, no reports of focus."""
_SEQUENCE = re.compile(
    r"\x1b(?:\[(?P<parameters>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])"  # CSI
    r"|[\]PX^_](?:[^\x07\x1b\x9c]|\x1b(?!\\))*?(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM and APC, to their end
    r"|[ -/]+[0-~]|[0-OQ-WYZ\\`-~]"  # a shorter one
    r"|\[[0-?]*+[ -/]*+(?=[^ -/@-~])|(?=[^ -~]))"  # one that is broken off
    r"|(?P<other>[^\x1b])",
    re.DOTALL,
)
_FINALS = frozenset("@ABCDEFGHIJKLMPSTXZ`adefhlmrsu")
"""Of control sequences that draw (ECMA-48, 8.3). No requests, which the terminal would answer as if it were typed."""
_SHORT = frozenset(("\x1b7", "\x1b8", "\x1bD", "\x1bE", "\x1bM", "\x1b=", "\x1b>", "\x1b(B", "\x1b(0", "\x1b)B"))
_LONGEST = 4096
"""Characters of a sequence that has no end."""


class OutputFilter:
    """Takes a program's output piece by piece; what it gives may be written to a terminal."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        """The beginning of a sequence whose end has not come."""

    def __call__(self, data: bytes) -> bytes:
        """The harmless part of this piece, and of what stood back before it."""
        text, out, at = self._rest + self._decoder.decode(data), [], 0
        while at < len(text) and (match := _SEQUENCE.match(text, at)):
            out.append(_allowed(match))
            at = match.end()
        rest = text[at:]
        # What has begun and does not end is no sequence: it goes without the character that would begin one.
        self._rest = rest if len(rest) < _LONGEST else rest[1:]
        return "".join(out).encode()


def _allowed(match: re.Match[str]) -> str:
    sequence = match[0]
    if match["other"]:
        return printable(sequence, keep=_PLAIN)
    if match["final"]:
        return sequence if _draws(match["parameters"], match["between"], match["final"]) else ""
    return sequence if sequence in _SHORT else ""


def _draws(parameters: str, between: str, final: str) -> bool:
    if between or final not in _FINALS:
        return False
    if parameters[:1] not in {"<", "=", ">", "?"}:
        return True
    modes = parameters[1:].split(";")
    return parameters[0] == "?" and final in "hl" and all(mode in _MODES for mode in modes)
