"""A lesson file into a Lesson, or into all of its faults.

The parsers are imported when there is something to parse: the course has been parsed already (compiled.py).
"""

from __future__ import annotations

from pathlib import Path

from nstutor.lesson import compiled
from nstutor.lesson.catalog import course_folder
from nstutor.lesson.faults import Faults
from nstutor.lesson.languages import refuse_translation
from nstutor.lesson.model import Lesson
from nstutor.lesson.source import Source, from_file, from_text
from nstutor.text.i18n import in_use


def load(path: str | Path, lang: str | None = None, seed: str = "") -> Lesson:
    """Read a lesson file, its texts in this language (the one in use) where a translation stands beside it.

    Where it declares variables, they have the values that the seed draws.

    Raises UsageError for a file that cannot be read, LessonError with all faults of one that can. Faults of the
    translation are only noted in the lesson: its texts are then its own.
    """
    refuse_translation(path)
    source, language = from_file(path), lang or in_use()
    known = compiled.find(source, language) if Path(path).parent == course_folder() else None
    return known or load_source(source, language, seed)


def load_source(source: Source, language: str, seed: str = "") -> Lesson:
    """The same of a file whose text is known. Raises LessonError."""
    from nstutor.lesson.translation import translated

    return translated(_parse(source, seed), language)


def parse(text: str, path: str, seed: str = "") -> Lesson:
    """Read a lesson from its text; `path` stands in messages. Raises LessonError with all faults."""
    return _parse(from_text(text, path), seed)


def examine(path: str | Path, seed: str = "") -> tuple[Lesson | None, Faults]:
    """Read a lesson file as far as it can be read, with its faults, so that other faults may be found in it as well.

    Raises UsageError for a file that cannot be read, LessonError for bytes that are no text.
    """
    refuse_translation(path)
    source = from_file(path)
    return _build(source, seed)


def _parse(source: Source, seed: str) -> Lesson:
    lesson, faults = _build(source, seed)
    faults.stop_if_any()
    if lesson is None:
        raise AssertionError("front matter that cannot be read has a fault")
    return lesson


def _build(source: Source, seed: str) -> tuple[Lesson | None, Faults]:
    from nstutor.lesson.build import build

    faults = Faults(source.path, source.lines)
    return build(source, seed, faults), faults
