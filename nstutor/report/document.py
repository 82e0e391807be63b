"""Results as JSON (docs/json.md)."""

from __future__ import annotations

import codecs
import json
import textwrap
from collections.abc import Mapping
from typing import TextIO

from nstutor.report.result import VERSION, Json, Result, as_json


def dumped(document: Mapping[str, Json], file: TextIO) -> str:
    """The JSON of a document, in characters that the file can take."""
    # A file name may hold bytes that are no text; they must not keep the others' results from being written.
    utf8 = codecs.lookup(file.encoding or "ascii").name == "utf-8"
    text = json.dumps(document, ensure_ascii=not utf8, indent=2)
    return text.encode("utf-8", "backslashreplace").decode()


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
