"""Results as JUnit XML, as Ant's, Jenkins's and GitLab's readers take it: a suite for each submission."""

from __future__ import annotations

from typing import TextIO
from xml.etree import ElementTree as ET

from nstutor.checks.base import Status
from nstutor.grading.result import Result, StepResult
from nstutor.report.gradescope import said_about
from nstutor.text.i18n import _
from nstutor.text.width import printable


class JunitReport:
    """Each suite is written as its result comes."""

    def __init__(self, file: TextIO, alone: bool) -> None:  # noqa: ARG002  # one suite is a list, too
        self._file, self._count = file, 0
        file.write(f'<?xml version="1.0" encoding="{file.encoding or "UTF-8"}"?>\n<testsuites>\n')

    def add(self, result: Result) -> None:
        """See Report."""
        suite = _suite(result, self._count)
        ET.indent(suite, level=1)
        encoding = self._file.encoding or "utf-8"
        # A character that the file cannot take becomes a reference.
        text = ET.tostring(suite, encoding="unicode").encode(encoding, "xmlcharrefreplace").decode(encoding)
        self._file.write(f"  {text}\n")
        self._file.flush()
        self._count += 1

    def end(self) -> None:
        """See Report."""
        self._file.write("</testsuites>\n")


def _suite(result: Result, number: int) -> ET.Element:
    failed = sum(step.status is Status.FAILED for step in result.steps)
    skipped = sum(step.status is Status.NOT_CHECKED for step in result.steps)
    broken = result.error is not None
    void, failed = (failed, 0) if result.void else (0, failed)
    suite = ET.Element(
        "testsuite",
        name=xml_text(result.submission),
        id=str(number),
        package=result.lesson,
        hostname="localhost",
        timestamp=result.started.removesuffix("Z"),
        time=f"{result.duration_ms / 1000:.3f}",
        tests=str(len(result.steps) + broken),
        failures=str(failed),
        errors=str(void + broken),
        skipped=str(skipped),
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (("lesson.sha256", result.sha256), ("score", result.score), ("max_score", result.max_score)):
        ET.SubElement(properties, "property", name=name, value=str(value))
    for step in result.steps:
        _case(suite, result, step)
    if result.error is not None:
        case = ET.SubElement(suite, "testcase", classname=result.lesson, name="nstutor", time="0")
        error = ET.SubElement(case, "error", message=xml_text(result.error.split("\n")[0]), type="nstutor")
        error.text = xml_text(result.error)
    ET.SubElement(suite, "system-out").text = xml_text("\n".join(result.notes))
    ET.SubElement(suite, "system-err")
    return suite


def _case(suite: ET.Element, result: Result, step: StepResult) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=f"{result.lesson}.{step.id}",
        name=xml_text(step.title),
        time=f"{(step.reached_ms or 0) / 1000:.3f}",
    )
    said = xml_text(said_about(step)) or _("not reached")
    if step.status is Status.FAILED:
        kind, word = ("error", "void") if result.void else ("failure", "failed")
        ET.SubElement(case, kind, message=said.split("\n")[0], type=word).text = said
    elif step.status is Status.NOT_CHECKED:
        ET.SubElement(case, "skipped", message=said.split("\n")[0])


def xml_text(text: str) -> str:
    """The text as XML 1.0 can hold it, and as whoever reads the file on a terminal may see it."""
    return printable(text, keep="\n")
