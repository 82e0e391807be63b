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
from nstutor.text.i18n import _, n_

if TYPE_CHECKING:
    from nstutor.proof.model import LessonProof

FORMATS = {"test": ("text", "json", "junit"), "show": ("term", "html")}
"""By action, the default first."""
OPTIONS = {"from_commands": "new", "languages": "test", "output": "show", "solutions": "show", "seed": "show"}
"""The options of one action alone."""
JOBS = 3
"""For each processor: most of a play is waiting for a ping."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "action",
        choices=("new", "test", "show"),
        help=_("new: begin a lesson; test: prove lessons in fresh labs; show: a handout"),
    )
    parser.add_argument("paths", metavar=_("FILE"), nargs="+", help=_("lesson files; for `test` also folders of them"))
    parser.add_argument(
        "--from-commands",
        metavar=_("SCRIPT"),
        help=_("new: a step for each group of commands in SCRIPT, its checks from what they left"),
    )
    parser.add_argument(
        "--jobs",
        type=_at_least_one,
        default=JOBS * len(os.sched_getaffinity(0)),
        metavar=_("N"),
        help=_("play in so many labs at a time (default: three for each processor)"),
    )
    parser.add_argument(
        "--format",
        choices=[name for names in FORMATS.values() for name in names],
        help=_("test: text (the default), json or junit; show: term (the default) or html"),
    )
    parser.add_argument("--output", metavar=_("FILE"), help=_("show: write the handout to FILE"))
    parser.add_argument("--solutions", action="store_true", help=_("show: with the solutions, at the end"))
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
        help=_("test: translations into these must be complete, as in `--languages zh`"),
    )
    parser.add_argument(
        "--seeds",
        type=_at_least_one,
        default=3,
        metavar=_("N"),
        help=_("test: prove a lesson that has variables with so many seeds (default: 3)"),
    )
    parser.add_argument(
        "--seed", metavar=_("TEXT"), default="", help=_("show: what the lesson's variables are drawn from")
    )


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
    """Begin a lesson, or prove lessons; 0 only if nothing is held against any of them."""
    _settle_format(arguments)
    _refuse_others_options(arguments)
    return {"new": _begin, "test": _prove, "show": _show}[arguments.action](arguments)


def _settle_format(arguments: argparse.Namespace) -> None:
    """The action's default, or one of its own formats. Raises UsageError."""
    formats = FORMATS.get(arguments.action, ())
    if arguments.format is None and formats:
        arguments.format = formats[0]
    if arguments.format is not None and arguments.format not in formats:
        message = _("`lesson {action}` has no format {format}").format(action=arguments.action, format=arguments.format)
        raise UsageError(message, _("There are: {formats}").format(formats=", ".join(formats)) if formats else None)


def _refuse_others_options(arguments: argparse.Namespace) -> None:
    """Raises UsageError for an option of another action, which would change nothing."""
    for option, action in OPTIONS.items():
        if getattr(arguments, option) and arguments.action != action:
            name = option.replace("_", "-")
            raise UsageError(_("--{option} is for `lesson {action}`").format(option=name, action=action))


def _show(arguments: argparse.Namespace) -> int:
    from nstutor.commands.handout import show

    return show(arguments)


def _begin(arguments: argparse.Namespace) -> int:
    from nstutor.proof.begin import begin

    paths, script = arguments.paths, arguments.from_commands
    if len(paths) != 1:
        raise UsageError(_("`lesson new` makes one file"), _("nstutor lesson new FILE.md [--from-commands SCRIPT]"))
    steps = begin(paths[0], script)
    text = n_("{path} has {n} step. Prove it: {command}", "{path} has {n} steps. Prove it: {command}", steps)
    print(text.format(path=paths[0], n=steps, command=f"nstutor lesson test {paths[0]}"))
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
