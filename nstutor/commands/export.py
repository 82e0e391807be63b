"""`nstutor export LESSON`: your own work as a script that can be handed in."""

from __future__ import annotations

import argparse

from nstutor.errors import PASSED
from nstutor.report.output import opened, words_for_failure
from nstutor.text.i18n import _
from nstutor.text.streams import tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("lesson", metavar=_("LESSON"), help=_("a lesson's name (bridge), number (03) or file"))
    parser.add_argument("--output", metavar=_("FILE"), help=_("write the script to FILE"))


def main(arguments: argparse.Namespace) -> int:
    """Write the script; what it could not say is told on standard error."""
    from nstutor.lesson.catalog import find
    from nstutor.progress.own_work import own_work
    from nstutor.progress.record import Progress

    with Progress.open() as progress:
        script = own_work(progress, find(arguments.lesson)).script()
    with opened(arguments.output) as file, words_for_failure(arguments.output):
        file.write(script.text)
    if script.told:
        tell(script.told)
    return PASSED
