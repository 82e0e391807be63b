"""`nstutor check LESSON SUBMISSION…`: grade scripts, each in a fresh lab."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from nstutor.commands import limits
from nstutor.commands.output import output, refuse_unwritable, words_for_a_full_disk
from nstutor.errors import BUG, NOT_PASSED, PASSED, UsageError, reason
from nstutor.lab.judge import become_judge
from nstutor.lab.world import Maker
from nstutor.language import _
from nstutor.streams import is_utf8

if TYPE_CHECKING:
    from nstutor.report.result import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("lesson", metavar=_("LESSON"), help=_("a lesson's name (bridge), number (03) or file"))
    parser.add_argument("submissions", metavar=_("SUBMISSION"), nargs="*",
                        help=_("scripts of the student's commands; without any, your own recorded work"))
    parser.add_argument("--format", choices=("text", "json"), default="text", help=_("how to report (default: text)"))
    parser.add_argument("--output", metavar=_("FILE"), help=_("write the report to FILE"))
    limits.add_arguments(parser)


def main(arguments: argparse.Namespace) -> int:
    """Grade; the worst exit code of all submissions."""
    # The maker of worlds is forked before anything large is imported: its forks stay cheap.
    become_judge()
    with Maker() as maker:
        import asyncio

        from nstutor.checks.registry import compile_lesson
        from nstutor.grading.grade import grade
        from nstutor.grading.submission import Submission, read_submission
        from nstutor.lesson.catalog import find
        from nstutor.lesson.parse import load
        from nstutor.lesson.translation import notice
        from nstutor.session import Plan

        lesson = load(find(arguments.lesson))
        if told := notice(lesson):
            print(told, file=sys.stderr)
        plan = Plan(lesson, compile_lesson(lesson))
        bounds = limits.limits_of(arguments)
        if arguments.submissions:
            submissions = [read_submission(path) for path in _files(arguments.submissions)]
        else:
            submissions = [Submission(_("your own work"), _own_lines(lesson.id))]
        refuse_unwritable(arguments.output)
        results = [asyncio.run(grade(plan, submission, maker, bounds)) for submission in submissions]
        with output(arguments.output) as file:
            write = _write_json if arguments.format == "json" else _write_text
            with words_for_a_full_disk(arguments.output):
                write(results, file)
                file.flush()
    return max(BUG if result.error else PASSED if result.passed else NOT_PASSED for result in results)


def _files(paths: Sequence[str]) -> list[str]:
    """The submissions named; a folder stands for the files in it, in the order of their names."""
    files: list[str] = []
    for path in paths:
        if os.path.isdir(path):
            files += _files_in(path)
        else:
            files.append(path)
    return files


def _files_in(folder: str) -> list[str]:
    try:
        found = [entry.path for entry in os.scandir(folder) if entry.is_file() and not entry.name.startswith(".")]
    except OSError as error:
        raise UsageError(_("cannot read {path}: {why}").format(path=folder, why=reason(error))) from None
    if not found:
        raise UsageError(_("{path} has no files").format(path=folder))
    return sorted(found)


def _own_lines(lesson_id: str) -> tuple[str, ...]:
    from nstutor.progress import Progress

    with Progress.open() as progress:
        run = progress.latest_run(lesson_id)
        lines = tuple(command.line for command in progress.commands(run)) if run is not None else ()
    if not lines:
        raise UsageError(_("nothing is recorded for {lesson} yet").format(lesson=lesson_id),
                         _("Name a script: nstutor check {lesson} FILE").format(lesson=lesson_id))
    return lines


def _write_json(results: Sequence[Result], file: TextIO) -> None:
    from nstutor.report.result import VERSION, as_json

    if len(results) == 1:
        document = as_json(results[0])
    else:
        document = {"version": VERSION, "submissions": [dict(as_json(result)) for result in results]}
    # A file name may hold bytes that are no text; they must not keep the others' results from being written.
    text = json.dumps(document, ensure_ascii=not is_utf8(file), indent=2)
    file.write(text.encode("utf-8", "backslashreplace").decode() + "\n")


def _write_text(results: Sequence[Result], file: TextIO) -> None:
    from rich.console import Console

    from nstutor.report.text import show

    console = Console(file=file, highlight=False)
    for index, result in enumerate(results):
        if index:
            console.print()
        show(result, console)
