"""`nstutor lesson new|test|show`: begin a lesson; prove that it does what is meant; hand it out."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nstutor.errors import NOT_PASSED, PASSED, USAGE, UsageError
from nstutor.text.argparse_help import Action
from nstutor.text.i18n import N_, _, n_

if TYPE_CHECKING:
    from nstutor.proof.model import LessonProof

JOBS = 3
"""For each processor: most of a play is waiting for a ping."""


def _new_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar=_("FILE"), help=_("the lesson file; it must not exist"))
    parser.add_argument(
        "--from-commands",
        metavar=_("SCRIPT"),
        help=_("a step for each group of commands in SCRIPT, its checks from what they left"),
    )


def _test_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", metavar=_("FILE"), nargs="+", help=_("lesson files, and folders of them"))
    parser.add_argument(
        "--format", choices=("text", "json", "junit"), default="text", help=_("how to report (default: text)")
    )
    parser.add_argument(
        "--jobs",
        type=_at_least_one,
        default=JOBS * len(os.sched_getaffinity(0)),
        metavar=_("N"),
        help=_("play in so many labs at a time (default: three for each processor)"),
    )
    parser.add_argument(
        "--times",
        type=_at_least_one,
        default=1,
        metavar=_("N"),
        help=_("repeat it all, and say how long each check took"),
    )
    parser.add_argument(
        "--languages",
        metavar=_("LANG"),
        type=_languages,
        default=(),
        help=_("translations into these must be complete, as in `--languages zh`"),
    )
    parser.add_argument(
        "--seeds",
        type=_at_least_one,
        default=3,
        metavar=_("N"),
        help=_("prove a lesson that has variables with so many seeds (default: 3)"),
    )


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar=_("LESSON|FILE"), help=_("a lesson of the course, or a file"))
    parser.add_argument("--format", choices=("term", "html"), default="term", help=_("how to show it (default: term)"))
    parser.add_argument("--output", metavar=_("FILE"), help=_("write the handout to FILE"))
    parser.add_argument("--solutions", action="store_true", help=_("with the solutions, at the end"))
    parser.add_argument("--seed", metavar=_("TEXT"), default="", help=_("what the lesson's variables are drawn from"))


def _at_least_one(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError(_("must be a number from 1 to 1000"))
    return value


def _languages(text: str) -> tuple[str, ...]:
    found = tuple(text.split(","))
    if not all(re.fullmatch(r"[a-z]{2}", language) for language in found):
        raise argparse.ArgumentTypeError(_("must be languages of two letters, as in zh or fr,zh"))
    return found


def main(arguments: argparse.Namespace) -> int:
    """Begin a lesson, prove lessons, or show one; the exit code."""
    return ACTIONS[arguments.action].perform(arguments)


def _show(arguments: argparse.Namespace) -> int:
    from nstutor.commands.handout import show

    return show(arguments)


def _begin(arguments: argparse.Namespace) -> int:
    from nstutor.proof.begin import begin

    path = arguments.path
    steps = begin(path, arguments.from_commands)
    text = n_("{path} has {n} step. Prove it: {command}", "{path} has {n} steps. Prove it: {command}", steps)
    print(text.format(path=path, n=steps, command=f"nstutor lesson test {path}"))
    return PASSED


def _prove(arguments: argparse.Namespace) -> int:
    from nstutor.proof.machine import differences, machine_state
    from nstutor.proof.whole import prove
    from nstutor.report.bar import Bar

    paths = [path for name in arguments.paths for path in _files(name)]
    before = machine_state()
    with Bar(_("proving")) as bar:
        proofs = prove(paths, arguments.jobs, arguments.times, bar.told, arguments.languages, seeds=arguments.seeds)
    changed = differences(before, machine_state())
    {"text": _write_text, "json": _write_json, "junit": _write_junit}[arguments.format](proofs, changed)
    if not all(proof.well_formed for proof in proofs):
        return USAGE
    return PASSED if all(proof.proved for proof in proofs) and not changed else NOT_PASSED


def _files(name: str) -> list[str]:
    """The file itself, or the lessons of a folder in the order of their names."""
    if not os.path.isdir(name):
        return [name]
    from nstutor.lesson.languages import NAME_RE

    inside = [entry for entry in os.listdir(name) if entry.endswith(".md") and not entry.startswith(".")]
    found = sorted(os.path.join(name, entry) for entry in inside if not NAME_RE.match(entry))
    if not found:
        raise UsageError(_("{path} has no lesson").format(path=name), _("A lesson is a file whose name ends in .md."))
    return found


def _write_text(proofs: Sequence[LessonProof], changed: Sequence[str]) -> None:
    from rich.console import Console
    from rich.text import Text

    from nstutor.proof.text import show

    console = Console(highlight=False)
    for proof in proofs:
        show(proof, console)
    for line in changed:
        told = _("changed on this machine meanwhile: {line}").format(line=line)
        console.print(Text(f"  ! {told}", "yellow"), soft_wrap=True)


def _write_json(proofs: Sequence[LessonProof], changed: Sequence[str]) -> None:
    from nstutor.proof.record import as_json

    text = json.dumps(as_json(proofs, changed), ensure_ascii=False, indent=2)
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")


def _write_junit(proofs: Sequence[LessonProof], changed: Sequence[str]) -> None:
    from nstutor.proof.record import as_junit

    sys.stdout.write(as_junit(proofs, changed))


ACTIONS = {
    "new": Action(N_("begin a lesson"), _new_arguments, _begin),
    "test": Action(N_("prove lessons in fresh labs"), _test_arguments, _prove),
    "show": Action(N_("print a lesson as a handout"), _show_arguments, _show),
}
