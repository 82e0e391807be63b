"""Results as a table: CSV (RFC 4180), to be opened in a spreadsheet."""

from __future__ import annotations

import csv
import re
from typing import TextIO

from nstutor.grading.result import Result
from nstutor.text.width import printable

FORMULA = re.compile(
    r"""(?:^|(?<=[,;|\n\t]))        # the cell, or what another locale takes for one: it may be cut at any of these
        (?=(?:[^\S\n]|["'\ufffd])*       # blanks and quotation marks, which are passed over; a BOM has become U+FFFD
           [=+@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b-])  # also the wide and the small ones, and U+2212
    """,
    re.VERBOSE,
)
"""Where a spreadsheet may take what follows for a formula."""


class CsvReport:
    """A row for each submission, a column for each step."""

    def __init__(self, file: TextIO, alone: bool) -> None:  # noqa: ARG002  # one row is a table, too
        self._file = file
        self._writer = csv.writer(file, lineterminator="\r\n")
        self._begun = False

    def add(self, result: Result) -> None:
        """See Report."""
        if not self._begun:
            steps = [step.id for step in result.steps]
            self._row(
                "submission",
                "passed",
                "score",
                "max_score",
                *steps,
                "commands",
                "started",
                "duration_ms",
                "notes",
                "error",
            )
        passed = "void" if result.void else str(result.passed).lower()
        self._row(
            result.submission,
            passed,
            result.score,
            result.max_score,
            *(step.status.value for step in result.steps),
            result.commands,
            result.started,
            result.duration_ms,
            "\n".join(result.notes),
            result.error or "",
        )
        self._begun = True
        self._file.flush()

    def end(self) -> None:
        """See Report."""

    def _row(self, *cells: str | int) -> None:
        self._writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])


def harmless(cell: str) -> str:
    """A cell of which no spreadsheet runs any part as a formula: an apostrophe makes a text (OWASP, CSV Injection)."""
    return FORMULA.sub("'", printable(cell, keep="\n"))
