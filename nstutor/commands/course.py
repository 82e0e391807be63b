"""`nstutor` alone: the course, and Enter goes on."""

from __future__ import annotations

import argparse
import sys

from nstutor.commands import learn
from nstutor.commands import list as list_command
from nstutor.errors import PASSED


def main(arguments: argparse.Namespace) -> int:  # noqa: ARG001
    """Let the learner choose; without a terminal, only show the course."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return list_command.main(argparse.Namespace(format="text"))
    from nstutor.ui.course import choose
    from nstutor.ui.terminal import own_terminal

    with own_terminal() as terminal:
        chosen = choose(terminal)
        if chosen is None:
            return PASSED
        wanted = argparse.Namespace(lesson=chosen, step=None, fresh=False, watch=False, seed=None)
        return learn.main(wanted, terminal)
