"""The languages of a lesson: which files are translations of it, and what is told of one that is not used."""

from __future__ import annotations

import os
import re
from pathlib import Path

from nstutor.errors import UsageError
from nstutor.lesson.model import Lesson
from nstutor.text.i18n import _

NAME_RE = re.compile(r"(?P<lesson>.+)\.(?P<language>[a-z]{2})\.md\Z")


def path_of(path: str, language: str) -> str:
    """The name of a lesson's translation."""
    return f"{path.removesuffix('.md')}.{language}.md"


def beside(path: str) -> dict[str, str]:
    """The translations that there are of a lesson file: language to path."""
    folder, name = os.path.split(path)
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        return {}
    found = [(match["language"], entry) for entry in names if (match := NAME_RE.match(entry))]
    return {language: os.path.join(folder, entry) for language, entry in found if path_of(name, language) == entry}


def refuse_translation(path: str | Path) -> None:
    """Raise UsageError for a file that is no lesson of its own: its name says that it translates one beside it."""
    match = NAME_RE.match(str(path))
    if match and os.path.exists(lesson := f"{match['lesson']}.md"):
        raise UsageError(
            _("{path} is a translation; name the lesson itself: {lesson}").format(path=path, lesson=lesson)
        )


def notice(lesson: Lesson) -> str:
    """What to tell somebody who asked for a translation that has faults; nothing where there is nothing to tell."""
    if not lesson.translation_faults:
        return ""
    message = _(
        "{translation} has faults, so the lesson stands as it was written; `nstutor lesson test {path}` shows them."
    )
    return message.format(translation=os.path.basename(lesson.translation_faults[0].path), path=lesson.path)
