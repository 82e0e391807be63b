"""The formats of a report. Each takes one result after another and writes what can be written at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol, TextIO

from nstutor.errors import UsageError
from nstutor.grading.result import Result
from nstutor.report.output import is_folder, opened, refuse_unwritable
from nstutor.text.i18n import _
from nstutor.text.width import printable


class Report(Protocol):
    """A report that is being written."""

    def add(self, result: Result) -> None:
        """The next submission."""

    def end(self) -> None:
        """There are no more."""


Make = Callable[[TextIO, bool], Report]
"""From the open file, and whether the report is about one submission that was named by itself."""

LONGEST_NAME = 200
"""Bytes; with an ending, and what a file is called until it is whole, they are a name still (NAME_MAX)."""
DIGITS = 32
"""Of the SHA-256 that tells longer names apart."""


def _text() -> Make:
    from nstutor.report.text import TextReport

    return TextReport


def _json() -> Make:
    from nstutor.report.document import JsonReport

    return JsonReport


def _junit() -> Make:
    from nstutor.report.junit import JunitReport

    return JunitReport


def _gradescope() -> Make:
    from nstutor.report.gradescope import GradescopeReport

    return GradescopeReport


def _csv() -> Make:
    from nstutor.report.table import CsvReport

    return CsvReport


def _html() -> Make:
    from nstutor.report.classroom import ClassReport

    return ClassReport


FORMATS: Mapping[str, tuple[str, Callable[[], Make]]] = {
    "text": (".txt", _text),
    "json": (".json", _json),
    "junit": (".xml", _junit),
    "gradescope": (".json", _gradescope),
    "csv": (".csv", _csv),
    "html": (".html", _html),
}
"""Each with the ending of its files, and what imports it: only the one that is asked for is."""


def refuse_impossible(name: str, output: str | None, alone: bool) -> None:
    """Tell before hours of grading what would keep the report from being written. Raises UsageError."""
    if name == "gradescope" and not (alone or is_folder(output)):
        raise UsageError(
            _("a Gradescope file is about one submission"), _("Name a folder for a file of each: --output FOLDER/")
        )
    refuse_unwritable(output)


@contextmanager
def reporting(name: str, output: str | None, alone: bool) -> Iterator[Report]:
    """A report of this format, to where --output says. Raises UsageError where it cannot be written."""
    ending, import_format = FORMATS[name]
    make = import_format()
    if output is not None and is_folder(output):
        yield FolderReport(output, ending, make)
        return
    with opened(output) as file:
        yield make(file, alone)


class FolderReport:
    """A report of its own for each submission, there as soon as it is finished."""

    def __init__(self, folder: str, ending: str, make: Make) -> None:
        self._folder, self._ending, self._make = folder, ending, make
        self._taken: set[str] = set()

    def add(self, result: Result) -> None:
        """See Report."""
        with opened(os.path.join(self._folder, self._name(result.submission))) as file:
            report = self._make(file, True)
            report.add(result)
            report.end()

    def end(self) -> None:
        """See Report."""

    def _name(self, submission: str) -> str:
        """The file's name; of the same submission that is named again, with its number."""
        stem, number = file_name(submission), 1
        while (name := f"{stem}{f'~{number}' if number > 1 else ''}{self._ending}") in self._taken:
            number += 1
        self._taken.add(name)
        return name


def file_name(submission: str) -> str:
    """What the report of a submission is called, but for the ending: never as that of another one, in any run.

    What a name cannot or should not hold is written as in a URL, `%2F`: slashes, a dot in front, whatever steers a
    terminal, bytes that are no text, and the two characters that then have a meaning, `%` and `~`.
    """
    text = "".join(char if char not in "/%~" and printable(char) == char else _percent(char) for char in submission)
    text = f"%2E{text[1:]}" if text.startswith(".") else text
    whole = os.fsencode(text)
    if len(whole) <= LONGEST_NAME:
        return text
    import hashlib

    digest = hashlib.sha256(os.fsencode(submission)).hexdigest()[:DIGITS]
    return f"{whole[: LONGEST_NAME - DIGITS].decode(errors='ignore')}~{digest}"


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in os.fsencode(char))
