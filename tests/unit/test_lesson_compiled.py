"""The lessons that were parsed when nstutor was built: the same as parsing them, and never anything older."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nstutor.lesson import catalog, compiled
from nstutor.lesson.model import Lesson
from nstutor.lesson.parse import load_source
from nstutor.lesson.source import from_file
from nstutor.text.i18n import LANGUAGES

DATA = Path(__file__).parent.parent / "data" / "lessons"
COURSE = catalog.course()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course that a test may change, with the lessons of the real one and those of the tests, compiled."""
    for path in (*COURSE, *(path.with_suffix(".zh.md") for path in COURSE)):
        shutil.copy(path, tmp_path)
    for number, path in enumerate(sorted(DATA.glob("*.md")), 10):
        shutil.copy(path, tmp_path / f"{number}-{path.name}")
    for path in DATA.glob("*.zh.md"):
        (primary,) = tmp_path.glob(f"??-{path.name.removesuffix('.zh.md')}.md")
        shutil.copy(path, primary.with_suffix(".zh.md"))
    (tmp_path / "_compiled").mkdir()
    compiled.compile_course(tmp_path, tmp_path / "_compiled")
    return tmp_path


def found(path: Path, language: str = "en") -> Lesson | None:
    """The lesson as it was compiled."""
    return compiled.find(from_file(path), language, path.parent / "_compiled")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_compiled_lesson_is_what_parsing_gives(folder: Path, language: str) -> None:
    """Of the course and of the tests' lessons; the one with variables is another one for each learner, and parsed."""
    lessons = {path: found(path, language) for path in folder.glob("??-*.md") if not path.name.endswith(".zh.md")}
    assert {path.name[3:] for path, lesson in lessons.items() if lesson is None} == {"variants.md"}
    for path, lesson in lessons.items():
        assert lesson in (None, load_source(from_file(path), language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_what_was_compiled_here_is_up_to_date(path: Path, language: str) -> None:
    """`make` compiles the course anew where the parsers have changed."""
    lesson = compiled.find(from_file(path), language)
    assert lesson in (None, load_source(from_file(path), language)), "run `make`, or raise compiled.VERSION"


def test_a_lesson_that_was_changed_is_parsed(folder: Path) -> None:
    """Neither the lesson nor its translation may differ from what was compiled."""
    lesson, translation = folder / "03-bridge.md", folder / "03-bridge.zh.md"
    assert found(lesson, "zh")
    translation.write_text(translation.read_text().replace("##", "\n##", 1))
    assert found(lesson, "zh") is None
    assert found(lesson, "en")
    lesson.write_text(lesson.read_text().replace("\ntitle: ", "\ntitle: Another ", 1))
    assert found(lesson, "en") is None
    translation.unlink()
    assert found(lesson, "zh") is None


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: json.dumps(kept | {"version": compiled.VERSION + 1}),
        lambda kept: json.dumps(kept | {"version": compiled.VERSION - 1}),
        lambda kept: json.dumps(kept | {"lesson": {}}),
        lambda kept: json.dumps(kept | {"lesson": kept["lesson"] | {"unknown": 1}}),
        lambda kept: json.dumps([kept]),
        lambda kept: json.dumps(kept)[:1000],
        lambda _: "\0",
    ],
)
def test_what_another_nstutor_compiled_is_not_used(folder: Path, change: Callable[[Any], str]) -> None:
    """Of another version, or damaged: then the file is parsed."""
    place = folder / "_compiled" / "03-bridge.json"
    place.write_text(change(json.loads(place.read_text())))
    assert found(folder / "03-bridge.md") is None


@pytest.mark.parametrize(("path", "parsed"), [(COURSE[-1], False), ("own/03-bridge.md", True)])
def test_a_lesson_outside_of_the_course_is_parsed(folder: Path, path: Path | str, parsed: object) -> None:
    """An author's own file may be called, and be, as one of the course."""
    (folder / "own").mkdir()
    shutil.copy(COURSE[-1], folder / "own" / "03-bridge.md")
    script = (
        "import sys; from nstutor.lesson.parse import load; load(sys.argv[1])\n"
        "print('nstutor.lesson.build' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script, path], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == f"{parsed}\n"


def test_a_lesson_with_faults_is_left_to_who_reads_it(folder: Path) -> None:
    """Its faults are told then; the others are compiled."""
    broken = folder / "03-bridge.md"
    broken.write_text(broken.read_text().replace("format: 1", "format: 99", 1))
    again = folder / "again"
    again.mkdir()
    compiled.compile_course(folder, again)
    assert "02-veth.json" in {path.name for path in again.iterdir()}
    assert "03-bridge.json" not in {path.name for path in again.iterdir()}
