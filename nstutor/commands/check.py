"""`nstutor check LESSON SUBMISSION…`: grade scripts, each in a fresh lab."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from nstutor.commands import import_asyncio, limits
from nstutor.errors import PASSED, CannotRunHereError, UsageError, reason
from nstutor.report.output import words_for_failure
from nstutor.text.i18n import _, in_use, n_
from nstutor.text.streams import tell

if TYPE_CHECKING:
    from nstutor.grading.many import Graders, Run, Waiting
    from nstutor.grading.result import Result
    from nstutor.grading.submission import Submission
    from nstutor.grading.task import Task
    from nstutor.lesson.model import Lesson
    from nstutor.report.bar import Bar
    from nstutor.report.formats import Report
    from nstutor.session.steps import Plan

FORMATS = ("text", "json", "junit", "gradescope", "csv", "html")
MOST_ERRORS = 20
"""On standard error."""
JOBS = 3
"""For each processor: most of a submission is waiting, for a ping above all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("lesson", metavar=_("LESSON"), help=_("a lesson's name (bridge), number (03) or file"))
    parser.add_argument(
        "submissions",
        metavar=_("SUBMISSION"),
        nargs="*",
        default=[],
        help=_("scripts of the student's commands, folders of them; without any, your own work"),
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help=_("how to report (default: text)"))
    parser.add_argument(
        "--output", metavar=_("FILE"), help=_("write the report to FILE; FOLDER/ for a file of each submission")
    )
    parser.add_argument(
        "--jobs",
        type=_at_least_one,
        metavar="N",
        default=JOBS * len(os.sched_getaffinity(0)),
        help=_("grade so many at a time (default: three for each processor)"),
    )
    parser.add_argument("--dask", metavar=_("ADDRESS"), help=_("grade on the Dask cluster with this scheduler"))
    limits.add_arguments(parser)
    parser.add_argument(
        "--here",
        action="store_true",
        help=_("judge the network that nstutor is started in; nothing is sent or changed"),
    )
    parser.add_argument(
        "--at", metavar=_("STEP"), help=_("show one submission's network as it was when this step was judged")
    )
    parser.add_argument("--shell", action="store_true", help=_("with --at: stand in it, with a shell of your own"))
    parser.add_argument(
        "--seed",
        metavar=_("TEXT"),
        help=_("what a lesson's variables are drawn from (default: each file's name without its ending)"),
    )


def _at_least_one(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 1000):
        raise argparse.ArgumentTypeError(_("must be a number from 1 to 1000"))
    return int(text)


def main(arguments: argparse.Namespace) -> int:
    """Grade; the worst exit code of all submissions."""
    if arguments.dask is None:
        import_asyncio()  # a scheduler may be reached by TLS
    from nstutor.commands.lacking import tell_lacking
    from nstutor.lesson.catalog import find
    from nstutor.lesson.parse import load
    from nstutor.report.formats import refuse_impossible

    if arguments.here or arguments.at is not None or arguments.shell:
        return _look(arguments)
    plan = _plan(load(find(arguments.lesson)))
    files = _files(arguments.submissions)
    alone = len(files) < 2 and not any(map(os.path.isdir, arguments.submissions))
    refuse_impossible(arguments.format, arguments.output, alone)
    if arguments.dask is None:
        tell_lacking(plan.lesson, files)
    waiting = _waiting(plan, files, arguments) if arguments.submissions else [_own_work(plan, arguments)]
    return _grade(waiting, arguments, alone=alone)


def _look(arguments: argparse.Namespace) -> int:
    """See a network instead of grading files: the one that is here, or that of a step."""
    if arguments.here:
        from nstutor.commands.here import judge

        return judge(arguments, _plan)
    from nstutor.commands.at import stand

    return stand(arguments, _plan)


def _plan(lesson: Lesson) -> Plan:
    from nstutor.checks.registry import compile_lesson
    from nstutor.lesson.languages import notice
    from nstutor.session.steps import Plan

    if told := notice(lesson):
        tell(told)
    return Plan(lesson, compile_lesson(lesson))


def _grade(waiting: Sequence[Waiting], arguments: argparse.Namespace, *, alone: bool) -> int:
    """Grade on whatever there is, and report; the worst exit code."""
    from nstutor.grading.ending import held_back
    from nstutor.grading.many import Run, refused
    from nstutor.report.bar import Bar
    from nstutor.report.formats import reporting
    from nstutor.report.output import is_folder

    count = len(waiting)
    with held_back(), ExitStack() as stack:
        try:
            graders = stack.enter_context(_graders(arguments, count))
        except CannotRunHereError as error:
            graders = refused(error)
        with Bar(_("grading")) as bar:
            # Files of their own come as they are finished: one that takes long keeps no other from being safe.
            run = Run(graders, waiting, lambda done: bar.told(done, count), in_order=not is_folder(arguments.output))
            with reporting(arguments.format, arguments.output, alone) as report:
                told = Reporter(report, bar, arguments.output)
                # Whoever presses Ctrl-C at a terminal has seen what was finished.
                ended = told.tell(run, rest=arguments.format != "text" or arguments.output is not None)
    if ended is not None:
        raise ended
    told.complain()
    return told.worst


def _graders(arguments: argparse.Namespace, count: int) -> AbstractContextManager[Graders]:
    if arguments.dask is not None:
        from nstutor.grading.cluster import on_cluster

        return on_cluster(arguments.dask)
    from nstutor.grading.many import here

    return here(min(arguments.jobs, count), count, _hidden(arguments))


@dataclass(eq=False, repr=False)
class Reporter:
    """What was reported, and how it went."""

    report: Report
    bar: Bar
    output: str | None
    worst: int = PASSED
    errors: list[str] = field(default_factory=list)
    """Why submissions could not be graded, each reason once."""

    def tell(self, run: Run, *, rest: bool) -> BaseException | None:
        """Report the results as they come; what ended us before the last of them, if anything did.

        With `rest` the submissions that are left over then are reported, too.
        """
        ended: BaseException | None = None
        try:
            for result in run.results():
                self._add(result)
        except (KeyboardInterrupt, SystemExit) as signalled:
            ended = signalled
            for result in run.rest(_("interrupted before it was graded") if rest else None):
                self._add(result)
        with words_for_failure(self.output):
            self.report.end()
        return ended

    def _add(self, result: Result) -> None:
        self.bar.hide()
        with words_for_failure(self.output):
            self.report.add(result)
        self.worst = max(self.worst, result.exit_code)
        if result.error is not None and result.error not in self.errors and len(self.errors) < MOST_ERRORS:
            self.errors.append(result.error)

    def complain(self) -> None:
        """Say on standard error why submissions could not be graded: the report may be in a file that nobody reads."""
        for error in self.errors:
            tell(f"nstutor: {error}")


# --- what is graded ---------------------------------------------------------------------------------------------------


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
        entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    except OSError as error:
        raise UsageError(_("cannot read {path}: {why}").format(path=folder, why=reason(error))) from None
    # A link that leads nowhere was handed in, too, and gets its result.
    found = sorted(entry.path for entry in entries if not entry.is_dir())
    folders = len(entries) - len(found)
    advice = _("Name the folders in it: {example}").format(example=os.path.join(folder, "*/")) if folders else ""
    if not found:
        raise UsageError(_("{path} has no files").format(path=folder), advice)
    if folders:
        told = n_("{path}: {n} folder in it is not graded", "{path}: {n} folders in it are not graded", folders)
        tell(f"{told.format(path=folder, n=folders)}\n{advice}")
    return found


def _waiting(plan: Plan, files: Sequence[str], arguments: argparse.Namespace) -> list[Waiting]:
    """Each file, to be read when its turn comes."""
    from nstutor.grading.many import Waiting

    names = Counter(map(os.path.basename, files))
    # work.sh of this folder and of that one are told apart by their paths.
    named = [(path, os.path.basename(path) if names[os.path.basename(path)] == 1 else path) for path in files]
    return [Waiting(plan, name, partial(_read, plan, path, name, arguments)) for path, name in named]


def _read(plan: Plan, path: str, name: str, arguments: argparse.Namespace) -> Task | Result:
    """The task; for a file that cannot be read, the result that says so."""
    from nstutor.grading.result import ungraded
    from nstutor.grading.submission import read_submission

    try:
        submission = read_submission(path)
    except UsageError as error:
        return ungraded(plan, name, str(error), error.exit_code)
    return _task(plan, submission._replace(name=name), arguments)


def _own_work(plan: Plan, arguments: argparse.Namespace) -> Waiting:
    from nstutor.grading.many import Waiting
    from nstutor.progress.own_work import own_submission

    submission = own_submission(plan.lesson.path)
    return Waiting(plan, submission.name, partial(_task, plan, submission, arguments))


def _task(plan: Plan, submission: Submission, arguments: argparse.Namespace) -> Task:
    from nstutor.grading.task import Task
    from nstutor.grading.variant import for_submission

    plan, submission = for_submission(plan, submission, arguments.seed)
    return Task(plan, submission, limits.limits_of(arguments), in_use(), arguments.format == "html", _hidden(arguments))


def _hidden(arguments: argparse.Namespace) -> tuple[str, ...]:
    """What no submission may see, wherever it is: the lesson, each submission, and where the reports go."""
    from nstutor.lesson.catalog import find

    paths = [find(arguments.lesson), *arguments.submissions, *([arguments.output] if arguments.output else [])]
    return tuple(map(os.path.abspath, paths))
