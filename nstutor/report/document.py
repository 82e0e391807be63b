"""Results as JSON (docs/json.md)."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from typing import TextIO

from nstutor.grading.result import VERSION, Json, Result, as_json
from nstutor.text.streams import is_utf8
from nstutor.text.width import printable

_UNPRINTABLE = re.compile(r"[^\n -~]")


def dumped(document: Mapping[str, Json], file: TextIO) -> str:
    """The JSON of a document, in characters that the file can take."""
    # A file name may hold bytes that are no text, and what steers a terminal; JSON has an escape for each.
    text = json.dumps(document, ensure_ascii=not is_utf8(file), indent=2)
    return text if printable(text, keep="\n") == text else _UNPRINTABLE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return match[0] if match[0].isprintable() else json.dumps(match[0])[1:-1]


class JsonReport:
    """One object for one submission; else an object with a list, each result written as it comes."""

    def __init__(self, file: TextIO, alone: bool) -> None:
        self._file, self._alone, self._count = file, alone, 0
        if not alone:
            file.write(f'{{\n  "version": {VERSION},\n  "submissions": [')

    def add(self, result: Result) -> None:
        """See Report."""
        text = dumped(as_json(result), self._file)
        if not self._alone:
            text = f"{',' if self._count else ''}\n{textwrap.indent(text, '    ')}"
        self._file.write(text)
        self._file.flush()
        self._count += 1

    def end(self) -> None:
        """See Report."""
        self._file.write("\n" if self._alone else "\n  ]\n}\n" if self._count else "]\n}\n")
