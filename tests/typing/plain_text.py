"""The text in a terminal's stream: control sequences left out, as the bytes come in."""

from __future__ import annotations

import codecs
import re

SEQUENCE = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-Z]|\x1b[=>78cM]")
UNFINISHED = re.compile(rb"\x1b(?:\[[0-9;?]*[ -/]*|[()]|\][^\x07\x1b]*\x1b?)?\Z")


class PlainText:
    """Collects the text."""

    def __init__(self) -> None:
        self.text = ""
        self._held = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def add(self, data: bytes) -> None:
        """Take the next bytes of the stream; an unfinished sequence waits for its rest."""
        data = self._held + data
        found = UNFINISHED.search(data)
        self._held = data[found.start() :] if found else b""
        complete = data[: found.start()] if found else data
        self.text += self._decoder.decode(SEQUENCE.sub(b"", complete))
