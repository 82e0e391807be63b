"""`nstutor lesson test` and the languages of a lesson: how much is translated, and what must be."""

from __future__ import annotations

import functools
import json
import subprocess
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from check_runs import check
from proof_runs import LessonJson, prove, run

DATA = Path(__file__).parent.parent / "data" / "lessons"
ENGLISH, CHINESE = ((DATA / name).read_text(encoding="utf-8") for name in ("cellar.md", "cellar.zh.md"))
STEP = ENGLISH[: ENGLISH.index("## Set its lo up")]
TRANSLATED = CHINESE[: CHINESE.index("## 打开它的 lo")]
"""The first step will do."""
WHY = TRANSLATED[TRANSLATED.index("```why") :]
LINE = STEP.split("\n").index("A new namespace holds `lo` and nothing else.") + 1


def written(folder: Path, old: str = "", new: str = "") -> Path:
    """The lesson and its translation, with something of that replaced; the path of the lesson."""
    assert old in TRANSLATED
    (folder / "cellar.md").write_text(STEP, encoding="utf-8")
    (folder / "cellar.zh.md").write_text(TRANSLATED.replace(old, new, 1), encoding="utf-8")
    return folder / "cellar.md"


@functools.cache
def proof(old: str, *options: str) -> tuple[int, LessonJson]:
    """The exit code and the proof with a piece of the translation left out."""
    with tempfile.TemporaryDirectory() as folder:
        code, report = prove(written(Path(folder), old), *options)
    return code, report["lessons"][0]


@functools.cache
def text(*options: str) -> subprocess.CompletedProcess[str]:
    """What a person reads when a why is missing."""
    with tempfile.TemporaryDirectory() as folder:
        return run("test", written(Path(folder), WHY), *options)


def test_the_first_line_tells_how_much_there_is_in_each_language() -> None:
    """And one line more where something is missing; that alone is no fault."""
    done = text()
    assert done.returncode == 0, done.stdout
    first, *_ = done.stdout.splitlines()
    assert first.startswith("  cellar.md  ")
    assert first.endswith("  en 100 %  zh 90 %")
    assert f"1 of 11 pieces are not translated (zh), the first in line {LINE}" in done.stdout


def test_a_language_that_is_demanded_must_be_complete() -> None:
    """Each missing piece is told with its place, and the exit code is 1."""
    done = text("--languages", "zh")
    assert done.returncode == 1, done.stdout
    assert "the `why` of step `dig` is not translated (zh)" in done.stdout
    assert f"cellar.md:{LINE}:1" in done.stdout
    assert f"{LINE} │ A new namespace holds `lo` and nothing else." in done.stdout
    assert proof("", "--languages", "en,zh")[0] == 0


def test_a_language_that_is_not_there_at_all(tmp_path: Path) -> None:
    """What is demanded and not there costs the proof."""
    path = tmp_path / "cellar.md"
    path.write_text(STEP, encoding="utf-8")
    done = run("test", path, "--languages", "zh")
    assert done.returncode == 1
    assert "en 100 %  zh 0 %" in done.stdout
    assert f"there is no {tmp_path}/cellar.zh.md" in done.stdout


def test_the_json_has_what_is_missing() -> None:
    """Numbers, and a line and a message for each piece."""
    code, lesson = proof(WHY)
    language = lesson["languages"]["zh"]
    assert (code, lesson["proved"], language["proved"]) == (0, True, True)
    assert (language["translated"], language["of"]) == (10, 11)
    (missing,) = language["missing"]
    assert (missing["line"], missing["message"]) == (LINE, "the `why` of step `dig` is not translated (zh)")
    assert Path(language["path"]).name == "cellar.zh.md"


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("{#dig}", "{#dog}", 2, "did you mean `dig`?"),
        ("127.0.0.1/8 里", "127.0.0.9/8 里", 1, "127.0.0.9/8 stands nowhere"),
    ],
)
def test_junit_has_a_case_for_each_language(tmp_path: Path, old: str, new: str, code: int, words: str) -> None:
    """It fails by the translation's faults and findings, with their places."""
    done = run("test", written(tmp_path, old, new), "--format", "junit")
    assert done.returncode == code
    cases = {case.get("name"): case.find("failure") for case in ET.fromstring(done.stdout).iter("testcase")}
    assert cases.keys() == {"lesson", "dig", "language zh"}
    failure = cases["language zh"]
    assert failure is not None
    assert words in str(failure.get("message"))
    assert "cellar.zh.md:" in str(failure.text)
    assert not any(cases[name] is not None for name in ("lesson", "dig"))


def test_a_translation_that_is_named_leads_to_its_lesson() -> None:
    """It cannot be proved by itself."""
    done = run("test", DATA / "cellar.zh.md")
    assert done.returncode == 2
    assert "is a translation; name the lesson itself" in done.stdout


def test_grading_reports_in_the_language_of_the_translation(tmp_path: Path) -> None:
    """Titles are the translation's; the lesson's digest and the verdicts are the same in both."""
    work = tmp_path / "work.sh"
    work.write_text("ip netns add cellar\n", encoding="utf-8")
    path = written(tmp_path)
    shown = check(path, work, "--lang", "zh")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "房子下面的地窖" in shown.stdout
    assert "挖一个地窖" in shown.stdout
    reports = [check(path, work, "--format", "json", "--lang", lang).stdout for lang in ("zh", "en")]
    chinese, english = map(json.loads, reports)
    assert chinese["lesson"] == english["lesson"]
    assert [step["title"] for step in chinese["steps"]] == ["挖一个地窖"]
    assert [step["status"] for step in chinese["steps"]] == [step["status"] for step in english["steps"]] == ["passed"]


def test_grading_goes_on_without_a_damaged_translation(tmp_path: Path) -> None:
    """The titles are the lesson's own, and one line on standard error says why."""
    work = tmp_path / "work.sh"
    work.write_text("ip netns add cellar\n", encoding="utf-8")
    done = check(written(tmp_path, "{#dig}", "{#dog}"), work, "--lang", "zh")
    assert done.returncode == 0
    assert "Dig a cellar" in done.stdout
    assert len(done.stderr.splitlines()) == 1
    assert "cellar.zh.md" in done.stderr
