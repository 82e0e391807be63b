"""Which lessons there are: the course, and files that somebody names."""

from __future__ import annotations

import re
from pathlib import Path

import nstutor
from nstutor.errors import UsageError
from nstutor.lesson.faults import there_are
from nstutor.text.i18n import _
from nstutor.text.typo import nearest

NAME_RE = re.compile(r"(?P<number>[0-9]{2})-(?P<id>[a-z0-9-]+)\.md\Z")
"""`03-bridge.md`; `03-bridge.zh.md` is a translation, and no lesson of its own."""


def course() -> tuple[Path, ...]:
    """The lessons that are shipped with nstutor, in the order of the course."""
    folder = course_folder()
    if not folder.is_dir():
        return ()
    return tuple(sorted(path for path in folder.iterdir() if NAME_RE.match(path.name)))


def find(name_or_path: str) -> Path:
    """Return the file of a lesson of the course (`bridge`, `03`, `03-bridge.md`), or the named file itself.

    Raises UsageError for a name that nothing answers to.
    """
    path = Path(name_or_path)
    if "/" in name_or_path or (path.suffix == ".md" and path.exists()):
        return path
    lessons = {path: _names(path) for path in course()}
    found = next((path for path, names in lessons.items() if name_or_path in names), None)
    if found is None:
        raise _unknown(name_or_path, [NAME_RE.sub(r"\g<id>", path.name) for path in lessons])
    return found


def course_folder() -> Path:
    """Where the course is: in the built package, or beside it in a checkout."""
    package = Path(nstutor.__file__).parent
    packed = package / "_lessons"
    return packed if packed.is_dir() else package.parent / "lessons"


def _names(path: Path) -> tuple[str, ...]:
    match = NAME_RE.match(path.name)
    number, identity = (match["number"], match["id"]) if match else ("", path.stem)
    return (identity, number, str(int(number or 0)), path.stem, path.name)


def _unknown(name: str, ids: list[str]) -> UsageError:
    near = nearest(name, ids)
    meant = _("; did you mean `{near}`?").format(near=near) if near else there_are(ids or [_("none")])
    if name.endswith(".md"):
        message = _("there is no file {name!r}, and no lesson of the course is called that{meant}")
        return UsageError(message.format(name=name, meant=meant))
    hint = _("A lesson of your own is named by its file: ./my-lesson.md")
    return UsageError(_("there is no lesson {name!r}{meant}").format(name=name, meant=meant), hint)
