"""`nstutor list`: the lessons and how far the learner is."""

from __future__ import annotations

import argparse
import json
import os
import sys

from rich.console import Console

from nstutor.errors import PASSED
from nstutor.lesson.languages import notice
from nstutor.progress.course import Entry, overview
from nstutor.text.i18n import _
from nstutor.text.streams import is_utf8, tell
from nstutor.ui.course_row import row


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help=_("how to show it (default: text)"))


def main(arguments: argparse.Namespace) -> int:
    """Print the course."""
    entries = overview()
    if arguments.format == "json":
        document = {"version": 1, "lessons": [_json(entry) for entry in entries]}
        print(json.dumps(document, ensure_ascii=not is_utf8(sys.stdout), indent=2))
    else:
        console = Console(highlight=False)
        for entry in entries:
            if told := notice(entry.lesson):
                tell(told)
            console.print(row(entry).append(f"   {entry.lesson.id}", "dim"), soft_wrap=True)
    return PASSED


def _json(entry: Entry) -> dict[str, object]:
    lesson = entry.lesson
    return {
        "id": lesson.id,
        "number": entry.number,
        "title": lesson.title,
        "requires": list(lesson.requires),
        "tools": list(lesson.tools),
        "minutes": lesson.minutes,
        "steps": len(lesson.steps),
        "passed": entry.passed,
        "path": os.fspath(lesson.path),
    }
