"""Results as a table: CSV (RFC 4180), to be opened in a spreadsheet."""

from __future__ import annotations

import csv
from typing import TextIO

from nstutor.report.result import Result

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet may take for the beginning of a formula; also in full width."""


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
            self._row("submission", "passed", "score", "max_score", *steps, "commands", "started", "duration_ms",
                      "notes", "error")  # fmt: skip
        passed = "void" if result.void else str(result.passed).lower()
        self._row(result.submission, passed, result.score, result.max_score,
                  *(step.status.value for step in result.steps),
                  result.commands, result.started, result.duration_ms, "\n".join(result.notes), result.error or "",
                  )  # fmt: skip
        self._begun = True
        self._file.flush()

    def end(self) -> None:
        """See Report."""

    def _row(self, *cells: str | int) -> None:
        self._writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])


def harmless(cell: str) -> str:
    """A cell that no spreadsheet runs as a formula: an apostrophe in front makes it a text (OWASP, CSV Injection)."""
    without = cell.replace("\0", "\ufffd").encode("utf-8", "backslashreplace").decode()
    return f"'{without}" if without.lstrip(" ").startswith(FORMULA) else without
