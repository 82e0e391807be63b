"""Before a grading begins: what the lesson's and the submissions' tools lack on this machine."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence

from nstutor.errors import UsageError
from nstutor.lab.lacks import is_there, lacks
from nstutor.lesson.bounded_read import read_regular
from nstutor.lesson.model import Lesson
from nstutor.text.i18n import _, in_row
from nstutor.text.width import printable

MOST_NAMED = 3
"""Submissions."""
SCANNED = 1 << 20
"""Bytes of each."""
_BEFORE = rb"(?:^|[;&|({!`]|\b(?:sudo|do|then|else|time|env|nohup)[ \t]|\bexec[ \t]+\S+[ \t])[ \t]*(?:/\S*/)?"


def tell_lacking(lesson: Lesson, paths: Sequence[str]) -> None:
    """Say it on standard error, a line for each program."""
    known = {lack.name: str(lack) for lack in lacks()}
    for name in lesson.tools:
        if not is_there(name):
            _say(_("this machine lacks {program}, which the lesson needs").format(program=known.get(name, name)))
    for name, files in _named_in(paths).items():
        if name not in lesson.tools:
            named = in_row([*files[:MOST_NAMED], *(["…"] if files[MOST_NAMED:] else [])])
            _say(_("this machine lacks {program}, a command in {files}").format(program=known[name], files=named))


def _named_in(paths: Sequence[str]) -> Mapping[str, list[str]]:
    """The expected programs that are not there, and the submissions in which they stand where a command may."""
    found: dict[str, list[str]] = {}
    names = [lack.name.encode() for lack in lacks() if lack.expected]
    if not names:
        return found
    command = re.compile(_BEFORE + rb"(" + b"|".join(map(re.escape, names)) + rb")(?=[\s;&|)]|$)", re.MULTILINE)
    for path in filter(os.path.isfile, paths):
        try:
            text = read_regular(path, SCANNED)
        except (OSError, UsageError):
            continue  # it is told when its turn comes
        for name in dict.fromkeys(command.findall(text)):
            found.setdefault(name.decode(), []).append(os.path.basename(path))
    return found


def _say(text: str) -> None:
    print(f"nstutor: {printable(text)}", file=sys.stderr)
