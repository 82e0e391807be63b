"""JUnit, Gradescope, CSV, HTML and the JSON of many: valid whatever a submission is called or says."""

from __future__ import annotations

import csv
import io
import json
import pickle
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from nstutor.checks.base import Status, Verdict
from nstutor.errors import BUG, CANNOT_RUN, NOT_PASSED, PASSED, UsageError
from nstutor.grading.result import CheckResult, Result, StepResult, as_json, voided
from nstutor.report.formats import FORMATS, file_name, refuse_impossible, reporting
from nstutor.report.table import harmless

SCHEMA = Path(__file__).parents[1] / "data" / "junit.xsd"
NASTY = "</td><script>alert(1)</script>\x1b[2J\x00&\"'\udcff"
DOWN = CheckResult("link a up", "a up", 12, Verdict(Status.FAILED, f"a is down {NASTY}", "up", "down", "Raise it."))
UP = CheckResult("link b up", "b up", 13, Verdict(Status.PASSED))
STEPS = (
    StepResult("build", "Build & paint", Status.PASSED, True, True, 1, (UP,), 12),
    StepResult("up", "Raise <everything>", Status.FAILED, False, False, 2, (DOWN, UP)),
    StepResult(
        "look",
        "Look",
        Status.NOT_CHECKED,
        False,
        False,
        0,
        (DOWN._replace(verdict=Verdict(Status.NOT_CHECKED, "not seen")),),
    ),
)
RESULT = Result(
    "short",
    "A <short> lesson",
    "/lessons/short.md",
    "abc123",
    "work.sh",
    STEPS,
    3,
    1234,
    notes=(f"line 2 was ended after 30 s: {NASTY}",),
    started="2026-01-02T03:04:05Z",
)
RIGHT = RESULT._replace(
    submission="right.sh",
    notes=(),
    steps=(
        STEPS[0],
        STEPS[1]._replace(status=Status.PASSED, reached=True, holds=True, reached_ms=20, checks=(UP,)),
        STEPS[2],
    ),
)
BROKEN = RESULT._replace(
    submission=f"=cmd|' /C calc'!A0 {NASTY}", error="the world ended\nfor a reason", broke=CANNOT_RUN
)
FULL = "the table of neighbours was full"
VOID = voided(RESULT._replace(submission="void.sh"), FULL)
ALL = (RESULT, RIGHT, BROKEN, VOID)


class File(io.StringIO):
    """A text file in memory that has the encoding of a real one."""

    encoding = "utf-8"


def written(name: str, *results: Result, alone: bool = False) -> str:
    """The report of these results."""
    file = File()
    report = FORMATS[name][1]()(file, alone)
    for result in results:
        report.add(result)
    report.end()
    return file.getvalue()


def test_exit_codes() -> None:
    """A result knows how it makes nstutor end."""
    codes = [result.exit_code for result in (RIGHT, RESULT, BROKEN, BROKEN._replace(broke=BUG), VOID)]
    assert codes == [PASSED, NOT_PASSED, CANNOT_RUN, BUG, CANNOT_RUN]


def test_a_void_verdict_is_an_error_with_what_was_judged() -> None:
    """It has not passed; its steps and score stay; it travels from one process to another."""
    found = json.loads(written("json", VOID, alone=True))
    assert (found["void"], found["void_reason"]) == (True, FULL)
    assert (found["passed"], found["score"], found["error"]) == (False, 1, f"the verdict is void: {FULL}")
    assert [step["status"] for step in found["steps"]] == ["passed", "failed", "not_checked"]
    other = json.loads(written("json", BROKEN, alone=True))
    assert (other["void"], other["void_reason"]) == (False, None)
    assert pickle.loads(pickle.dumps(VOID)) == VOID


def test_text_says_what_void_means() -> None:
    """In plain words, with its reason."""
    text = written("text", VOID, alone=True)
    assert "1 of 3   void" in text
    assert f"the verdict is void: {FULL}" in text
    assert "neither passed nor failed" in text
    assert "not passed\n" not in text


@pytest.mark.parametrize("results", [ALL, ALL[:1]])
def test_json_of_many_is_written_piece_by_piece(results: tuple[Result, ...]) -> None:
    """What is written one after another is what would be written at once."""
    whole = {"version": 1, "submissions": [dict(as_json(result)) for result in results]}
    assert written("json", *results).encode("utf-8", "backslashreplace") == (
        json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
    ).encode("utf-8", "backslashreplace")
    assert json.loads(written("json", results[0], alone=True))["submission"] == "work.sh"


def test_junit_passes_its_schema() -> None:
    """Suites, cases, failures and errors are where readers look for them, and counted right."""
    text = written("junit", *ALL)
    xmlschema.XMLSchema(str(SCHEMA)).validate(text)
    suites = ET.fromstring(text.encode()).findall("testsuite")
    for suite, result in zip(suites, ALL, strict=True):
        for kind, word in (
            ("testcase", "tests"),
            ("testcase/failure", "failures"),
            ("testcase/error", "errors"),
            ("testcase/skipped", "skipped"),
        ):
            assert len(suite.findall(kind)) == int(suite.attrib[word])
        assert {found.attrib["name"]: found.attrib["value"] for found in suite.iter("property")} == {
            "lesson.sha256": "abc123",
            "score": str(result.score),
            "max_score": "3",
        }
    failure = suites[0].find("testcase/failure")
    assert failure is not None
    assert (failure.text or "").endswith("\nRaise it.")
    error = suites[2].find("testcase/error")
    assert error is not None
    assert error.text == "the world ended\nfor a reason"


def test_junit_has_no_failure_for_a_void_verdict() -> None:
    """A step that may have suffered is an error, as is the whole."""
    suite = ET.fromstring(written("junit", VOID).encode()).find("testsuite")
    assert suite is not None
    assert (suite.attrib["failures"], suite.attrib["errors"]) == ("0", "2")
    assert suite.find("testcase/failure") is None
    step, whole = suite.findall("testcase/error")
    assert (step.text or "").startswith("a is down")
    assert whole.text == f"the verdict is void: {FULL}"


def test_gradescope_has_a_test_for_each_step() -> None:
    """Scores, visibility, numbers and the lesson's hash; nothing that Gradescope has no field for."""
    found = json.loads(written("gradescope", RESULT, alone=True))
    assert set(found) == {
        "score",
        "execution_time",
        "output",
        "output_format",
        "test_output_format",
        "test_name_format",
        "visibility",
        "stdout_visibility",
        "tests",
        "extra_data",
    }
    assert (found["score"], found["execution_time"], found["visibility"]) == (1, 1.234, "visible")
    assert found["extra_data"]["lesson"] == {"id": "short", "sha256": "abc123"}
    tests = found["tests"]
    assert [(test["number"], test["score"], test["max_score"], test.get("status")) for test in tests] == [
        ("1", 1, 1, "passed"),
        ("2", 0, 2, "failed"),
        ("3", 0, 0, None),
    ]
    assert all(test["visibility"] == "visible" and isinstance(test["name"], str) for test in tests)
    assert tests[1]["output"].startswith("a is down")
    assert tests[1]["output"].endswith("Raise it.")
    assert sum(test["score"] for test in tests) == found["score"]
    broken = json.loads(written("gradescope", BROKEN, alone=True))
    assert broken["output"].startswith("the world ended\nfor a reason")
    assert broken["extra_data"]["error"] == "the world ended\nfor a reason"


def test_gradescope_gets_no_score_of_a_void_verdict() -> None:
    """Neither for the whole nor for a test, and no test has failed."""
    found = json.loads(written("gradescope", VOID, alone=True))
    assert "score" not in found
    assert all({"score", "status"}.isdisjoint(test) for test in found["tests"])
    assert found["output"].startswith(f"the verdict is void: {FULL}")
    assert found["extra_data"]["void"] is True


def test_csv_has_a_row_for_each_submission() -> None:
    """A column for each step; quotes, commas and line ends survive; no cell is a formula."""
    text = written("csv", *ALL)
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    assert head == [
        "submission",
        "passed",
        "score",
        "max_score",
        "build",
        "up",
        "look",
        "commands",
        "started",
        "duration_ms",
        "notes",
        "error",
    ]
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["passed"] for row in found] == ["false", "true", "false", "void"]
    assert [row["up"] for row in found] == ["failed", "passed", "failed", "failed"]
    assert found[3]["error"] == f"the verdict is void: {FULL}"
    assert found[2]["error"] == "the world ended\nfor a reason"
    assert found[2]["submission"].startswith("'=cmd|' /C calc'!A0 </td>")
    assert text.endswith("\r\n")


STARTS = ("=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20A", "\u22121")
BLANK = ("", " ", "\u00a0", "\u3000", '"', "' ")
CUTS = (",", ";", "|", "\n", "a;", "a\n ;")


@pytest.mark.parametrize("start", STARTS)
def test_no_cell_begins_a_formula(start: str) -> None:
    """Nor does what another locale takes for a cell; an apostrophe makes it a text, and what is none stays."""
    for blank in BLANK:
        assert harmless(f"{blank}{start}") == f"'{blank}{start}"
        for cut in CUTS:
            assert harmless(f"{cut}{blank}{start}").endswith(f"{cut[-1]}'{blank}{start}")
    for hidden in ("\ufeff", "\u200b", "\t", "\r", "\x1b"):
        assert harmless(f"{hidden}{start}") == f"'\ufffd{start}"
    assert harmless(f"a{start}") == f"a{start}"


STEERING = "\x9b31m\x1b]52;c;eA\x07\u202e\u2066\u200f\ufeff\u2028\x00\x7f\x85\udc9b\U000e0041"


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_steers_who_reads_a_report(name: str) -> None:
    """Whatever a submission is called, holds or came to: no control character, no mark that turns the direction."""
    nasty = RESULT._replace(
        submission=f"a{STEERING}\nb",
        notes=(f"a {STEERING}",),
        error=f"a {STEERING}\nb",
        steps=(
            STEPS[0]._replace(title=f"t{STEERING}"),
            STEPS[1]._replace(
                checks=(DOWN._replace(verdict=Verdict(Status.FAILED, f"a {STEERING}", advice=f"a {STEERING}")),)
            ),
        ),
    )
    text = written(name, nasty, alone=True)
    assert not [char for char in text if not char.isprintable() and char not in "\r\n"]
    if name == "json":
        read = json.loads(text)
        assert (read["submission"], read["notes"]) == (nasty.submission, list(nasty.notes))
    if name == "text":
        assert not [line for line in text.splitlines() if line.startswith("b")]


class Page(HTMLParser):
    """The elements of a page, all closed again."""

    VOID = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It must be the one that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep it."""
        self.text += data


def test_html_is_one_page_that_needs_nothing() -> None:
    """No script, nothing from elsewhere, and whatever is handed in is text."""
    drawn = RIGHT._replace(picture="<svg xmlns='http://www.w3.org/2000/svg'><title>the lab</title></svg>")
    page = Page(written("html", RESULT, drawn, BROKEN))
    tags = [tag for tag, _ in page.seen]
    assert not {"script", "link", "img", "iframe", "object"} & set(tags)
    assert not {"href", "src"} & {name for _, attributes in page.seen for name in attributes}
    assert (tags.count("details"), tags.count("svg")) == (3, 1)
    assert page.text.count("<script>alert(1)</script>") >= 3
    assert "\x1b" not in page.text


def test_html_counts_over_the_class() -> None:
    """How many passed each step, and which wrong turn was taken how often."""
    page = Page(written("html", RESULT, RIGHT, RESULT, RESULT, VOID))
    bars = [attributes["style"] for _, attributes in page.seen if (attributes.get("style") or "").startswith("width")]
    assert bars == ["width:100%", "width:25%", "width:0%"]
    assert "3 ×a is down" in page.text
    assert "1.5 / 3mean score" in page.text
    assert "5submissions1passed1.5 / 3mean score1void" in page.text
    assert f"the verdict is void: {FULL}" in page.text


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_for_each_submission(name: str, tmp_path: Path) -> None:
    """A folder gets a report of each, under names that none of them can choose freely."""
    names = (
        "work.sh",
        "a/work.sh",
        "../../work.sh",
        "a_work.sh",
        "a%2Fwork.sh",
        "work.sh.",
        "work.sh~2",
        ".",
        "..",
        ".work.sh",
        " ",
        "work.sh\n",
        "work.sh\x9b",
        "work\u202ehs.",
        "\udcff",
        "\u00ff",
        "x" * 255,
        "x" * 256,
        "é" * 300,
        "work.sh",
    )
    folder = f"{tmp_path}/reports/"
    refuse_impossible(name, folder, alone=False)
    with reporting(name, folder, alone=False) as report:
        for submission in names:
            report.add(RESULT._replace(submission=submission))
        report.end()
    found = {path.name.removesuffix(FORMATS[name][0]) for path in tmp_path.glob("reports/*")}
    found |= {path.name.removesuffix(FORMATS[name][0]) for path in tmp_path.glob("reports/.*")}
    assert len(found) == len(names)
    assert found >= {
        "work.sh",
        "a%2Fwork.sh",
        "%2E.%2F..%2Fwork.sh",
        "a_work.sh",
        "a%252Fwork.sh",
        "work.sh.",
        "work.sh%7E2",
        "%2E",
        "%2E.",
        "%2Ework.sh",
        "work.sh%0A",
        "%FF",
        "ÿ",
        "work.sh~2",
    }
    assert all(stem.isprintable() and not stem.startswith(".") for stem in found)


def test_the_name_of_a_report_is_of_one_submission() -> None:
    """In every run: what is not written as it stands is written as nothing else is."""
    parts = ("a", ".", "/", "%", "~", "%2E", "%2F", "~1", "\x01", "\u202e", "\udcff", "x" * 200)
    names = {first + second + third for first in parts for second in parts for third in ("", *parts)}
    assert len({file_name(name) for name in names}) == len(names)
    assert max(len(file_name(name).encode()) for name in names) < 240


def test_gradescope_of_many_wants_a_folder() -> None:
    """Its format has no place for a second submission."""
    with pytest.raises(UsageError, match="about one submission"):
        refuse_impossible("gradescope", None, alone=False)


def test_a_report_replaces_the_one_before_it_whole(tmp_path: Path) -> None:
    """Until the new report is whole the old one is there, and nothing beside it."""
    path = tmp_path / "report.txt"
    path.write_text("old")
    with reporting("text", str(path), alone=True) as report:
        report.add(RIGHT)
        assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("report.txt", "old")]
        report.end()
    assert "right.sh" in path.read_text()
    assert len(list(tmp_path.iterdir())) == 1
