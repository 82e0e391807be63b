"""Arguments to one command."""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import pwd
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from nstutor import __version__, language
from nstutor.errors import INTERRUPTED, run_guarded
from nstutor.streams import make_usable

# Verb to its one line of help. Each is a module of nstutor.commands with `add_arguments` and `main`, imported only when
# it is asked for: `doctor` must run before any dependency is installed.
VERBS = {
    "learn": "work through a lesson at a prompt of your own",
    "list": "show the lessons and how far you are",
    "check": "grade scripts of commands against a lesson",
    "lesson": "write a lesson of your own, and have it proved",
    "attach": "open a second terminal in the running lab",
    "doctor": "say what this machine can do, and install what is missing",
}
COURSE = "course"


def parse(argv: Sequence[str]) -> tuple[str, argparse.Namespace]:
    """The verb and its arguments; exits with 2 and a usage line for arguments that make no sense."""
    parser = argparse.ArgumentParser(
        prog="nstutor",
        usage="nstutor [-h] [--version] [COMMAND ...]",
        description="Learn Linux network namespaces by typing real commands in a lab that cannot harm the machine.",
        epilog="Without a command: the course, and where you are in it.\n\ncommands:\n" + "\n".join(
            f"  {verb:<8}{summary}" for verb, summary in VERBS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--lang", choices=language.LANGUAGES, help="speak this language (default: that of LANG)")
    parser.add_argument("--version", action="version", version=f"nstutor {__version__}")
    if not argv or argv[0].startswith("-"):
        return COURSE, parser.parse_args(argv)
    verb = argv[0]
    if verb not in VERBS:
        near = difflib.get_close_matches(verb, VERBS, 1)
        meant = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(VERBS)}"
        parser.error(f"there is no command {verb!r}; {meant}")
    summary = VERBS[verb]
    of_verb = argparse.ArgumentParser(prog=f"nstutor {verb}", description=f"{summary[0].upper()}{summary[1:]}.")
    importlib.import_module(f"nstutor.commands.{verb}").add_arguments(of_verb)
    of_verb.add_argument("--lang", choices=language.LANGUAGES, help="speak this language (default: that of LANG)")
    # Intermixed: `check bridge --format json FILE` is as good as any other order.
    return verb, of_verb.parse_intermixed_args(argv[1:])


def _settle_home() -> None:
    """Set $HOME from the list of users where the environment has none: later, in a lab of their own, everybody is root.

    Who has no home there either does without; most commands need none.
    """
    if not os.path.isabs(os.environ.get("HOME", "")):
        with suppress(KeyError):
            os.environ["HOME"] = pwd.getpwuid(os.getuid()).pw_dir


def _end_in_order() -> None:
    """Have SIGTERM and SIGHUP end us as Ctrl-C does: what is open is closed, and the terminal gets its mode back.

    Not as a KeyboardInterrupt, for that is a key to the prompt. A signal that is ignored stays so, as under nohup(1).
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(*_: object) -> None:
    raise SystemExit(INTERRUPTED)


def say(message: str) -> None:
    """Tell the person at the terminal."""
    print(message, file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    words = sys.argv[1:] if argv is None else argv

    def command() -> int:
        verb, arguments = parse(words)
        result = importlib.import_module(f"nstutor.commands.{verb}").main(arguments)
        assert isinstance(result, int)
        return result

    make_usable()
    language.use(language.chosen(words, os.environ))
    _settle_home()
    _end_in_order()
    return run_guarded(command, say)
