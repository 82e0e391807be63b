"""The command line's words: argparse says its own in the language in use, and wraps them by their width."""

from __future__ import annotations

import argparse
import gettext
import os

from nstutor import language
from nstutor.cells import wrapped
from nstutor.language import N_, n_

UNDER = 6
"""Where help stands under its option and not beside it: argparse counts characters there, not columns."""

ARGPARSE = (
    N_("usage: "),
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
    N_("%(prog)s: error: %(message)s\n"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("the following arguments are required: %s"),
    N_("one of the arguments %s is required"),
    N_("unrecognized arguments: %s"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("expected one argument"),
    n_("expected %s argument", "expected %s arguments", 2),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("not allowed with argument %s"),
    N_("ignored explicit argument %r"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
)
"""What argparse looks up in the catalogue of gettext's text domain (Lib/argparse.py, Python 3.11 to 3.14)."""


def speak(name: str) -> None:
    """Speak this language from now on; so do the parts of the standard library that ask gettext, and our children."""
    language.use(name)
    gettext.bindtextdomain(language.DOMAIN, language.FOLDER)
    gettext.textdomain(language.DOMAIN)
    # gettext(3): the variable that decides before all others.
    os.environ["LANGUAGE"] = name


class Formatter(argparse.HelpFormatter):
    """Help whose lines break by their width, also in a language that has no blanks between words."""

    def __init__(self, prog: str) -> None:
        if language.in_use() == language.PRIMARY:
            super().__init__(prog)
        else:
            super().__init__(prog, max_help_position=UNDER)

    def _split_lines(self, text: str, width: int) -> list[str]:
        if language.in_use() == language.PRIMARY:
            return super()._split_lines(text, width)
        return wrapped(text, width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if language.in_use() == language.PRIMARY:
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in wrapped(text, width))


class RawFormatter(Formatter):
    """The same, for a description whose lines are broken already."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:  # noqa: ARG002  # argparse's interface
        return "".join(indent + line for line in text.splitlines(keepends=True))


def usage_of(parser: argparse.ArgumentParser) -> str:
    """A parser's usage without the word in front.

    parse_intermixed_args() would cut off the seven characters of the English one (Lib/argparse.py).
    """
    return parser.prog + parser.format_usage().partition(parser.prog)[2].strip("\n").replace("%", "%%")
