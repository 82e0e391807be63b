"""The lessons of the course as they were parsed when nstutor was built: JSON, for which nobody waits.

`nstutor/_compiled/03-bridge.json` is the lesson 03-bridge.md, `03-bridge.zh.json` the same with the texts of its
translation. One counts for the very files that it was made of, told by their digests, and for this version of it;
otherwise the files are parsed, as are all lessons that are no part of the course.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nstutor
from nstutor.errors import LessonError
from nstutor.lesson.catalog import NAME_RE
from nstutor.lesson.languages import path_of
from nstutor.lesson.model import Lesson, Line, Question, Script, Step, Wrong
from nstutor.lesson.source import Source, digest_of, from_file
from nstutor.text.i18n import LANGUAGES

if TYPE_CHECKING:
    from nstutor.lesson.points import PassMark

VERSION = 1
"""To be raised with every change of `Lesson`, or of what the parsers make of a file."""
FOLDER = Path(nstutor.__file__).parent / "_compiled"
NOT_KEPT = ("path", "sha256", "source", "translation_faults", "variant")
"""Fields that the file gives, or that a lesson which is kept does not have."""

Json = Any


def find(source: Source, language: str, folder: Path = FOLDER) -> Lesson | None:
    """The lesson of this file of the course with its texts in this language, if it was parsed as it is now."""
    texts = _texts(source, language)
    try:
        kept = json.loads(_place(folder, texts).read_bytes())
        if (kept["version"], kept["sha256"]) == (VERSION, _digests(source, texts)):
            return _lesson(source, kept["lesson"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none, or one of another nstutor's
    return None


def compile_course(lessons: Path, folder: Path) -> None:
    """Parse the lessons in a folder, and write them into another, each in each of its languages.

    One with faults is left to who reads it, as is one that is another one for each learner.
    """
    for path in sorted(lessons.glob("[0-9][0-9]-*.md")):
        for language in LANGUAGES if NAME_RE.match(path.name) else ():
            _compile(from_file(path), language, folder)


def _compile(source: Source, language: str, folder: Path) -> None:
    from nstutor.lesson.parse import load_source

    try:
        lesson = load_source(source, language)
    except LessonError:
        return
    if lesson.variant is None and not lesson.translation_faults:
        texts = _texts(source, language)
        mark = lesson.pass_mark and asdict(lesson.pass_mark)
        whole = lesson._asdict() | {"steps": [step._asdict() for step in lesson.steps], "pass_mark": mark}
        plain = {key: value for key, value in whole.items() if key not in NOT_KEPT}
        kept = {"version": VERSION, "sha256": _digests(source, texts), "lesson": plain}
        _place(folder, texts).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")


def _texts(source: Source, language: str) -> str:
    """The file that gives the lesson's texts."""
    path = path_of(source.path, language)
    return path if os.path.exists(path) else source.path


def _place(folder: Path, texts: str) -> Path:
    return folder / f"{os.path.basename(texts).removesuffix('.md')}.json"


def _digests(source: Source, texts: str) -> list[str]:
    """Of the lesson's file, and of its translation if that gives the texts."""
    if texts == source.path:
        return [source.sha256]
    return [source.sha256, digest_of(Path(texts).read_bytes())]


# --- from JSON --------------------------------------------------------------------------------------------------------


def _lesson(source: Source, kept: Json) -> Lesson:
    typed = {
        "requires": tuple(kept["requires"]),
        "tools": tuple(kept["tools"]),
        "setup": kept["setup"] and _script(kept["setup"]),
        "solutions_all": tuple(map(_script, kept["solutions_all"])),
        "steps": tuple(map(_step, kept["steps"])),
        "pass_mark": kept["pass_mark"] and _pass_mark(kept["pass_mark"]),
    }
    return Lesson(path=source.path, sha256=source.sha256, source=source.lines, **{**kept, **typed})


def _step(kept: Json) -> Step:
    typed = {
        "checks": _lines(kept["checks"]),
        "solutions": tuple(map(_script, kept["solutions"])),
        "hints": tuple(kept["hints"]),
        "questions": tuple(map(_question, kept["questions"])),
        "wrongs": tuple(map(_wrong, kept["wrongs"])),
    }
    return Step(**{**kept, **typed})


def _question(kept: Json) -> Question:
    text, choices, answer, fixed, line, others = kept
    return Question(text, tuple(choices), answer and Line(*answer), fixed, line, tuple(others))


def _wrong(kept: Json) -> Wrong:
    name, script, *rest = kept
    return Wrong(name, _script(script), *rest)


def _script(kept: Json) -> Script:
    [lines] = kept
    return Script(_lines(lines))


def _lines(kept: Json) -> tuple[Line, ...]:
    return tuple(Line(*line) for line in kept)


def _pass_mark(kept: Json) -> PassMark:
    from nstutor.lesson.points import PassMark

    return PassMark(**kept)
