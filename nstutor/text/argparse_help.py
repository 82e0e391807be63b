"""The command line's words: argparse says its own in the language in use, and wraps them by their width."""

from __future__ import annotations

import argparse
import gettext
import os
from collections.abc import Callable
from typing import NamedTuple

from nstutor.text import i18n as language
from nstutor.text.i18n import N_, n_
from nstutor.text.width import terminal_size, wrapped

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


class Action(NamedTuple):
    """One action of a verb that has several: `new` of `nstutor lesson new`."""

    summary: str
    """One line of help, for gettext."""
    add_arguments: Callable[[argparse.ArgumentParser], None]
    perform: Callable[[argparse.Namespace], int]
    """Gives the exit code."""


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
        width = terminal_size()[1] - 2
        if language.in_use() == language.PRIMARY:
            super().__init__(prog, width=width)
        else:
            super().__init__(prog, max_help_position=UNDER, width=width)

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


class VerbParser(argparse.ArgumentParser):
    """The arguments of one command, for parse_intermixed_args(). Its usage is worked out when it is to be shown.

    parse_intermixed_args() would do that each time, with arguments that it has changed, and cut off the seven letters
    of the English word in front (Lib/argparse.py).
    """

    def __init__(self, prog: str, description: str, declare: Callable[[argparse.ArgumentParser], None]) -> None:
        super().__init__(prog=prog, description=description, formatter_class=Formatter, usage="")
        self._declare = declare
        declare(self)

    def format_usage(self) -> str:
        """See argparse; so is format_help()."""
        self.usage = self._worked_out()
        return super().format_usage()

    def format_help(self) -> str:  # noqa: D102
        self.usage = self._worked_out()
        return super().format_help()

    def _worked_out(self) -> str:
        """The usage without the word in front."""
        untouched = argparse.ArgumentParser(prog=self.prog, formatter_class=Formatter)
        self._declare(untouched)
        return self.prog + untouched.format_usage().partition(self.prog)[2].strip("\n").replace("%", "%%")
