"""Arguments to one command."""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import pwd
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from nstutor import __version__
from nstutor.errors import INTERRUPTED, UsageError, reason, run_guarded
from nstutor.lesson.faults import there_are
from nstutor.text import i18n as language
from nstutor.text.argparse_help import Action, RawFormatter, VerbParser, speak
from nstutor.text.i18n import N_, _
from nstutor.text.streams import make_usable, tell
from nstutor.text.typo import nearest

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

PATIENCE = 1.0
"""Seconds after which a signal to end ends us wherever we are: a loop may be busy with something else."""
CLOSING = 10.0
"""Seconds in which everything is closed, whoever else tells us to end."""

# Verb to its one line of help. Each is a module of nstutor.commands with `add_arguments` and `main`, imported only when
# it is asked for: `doctor` must run before any dependency is installed.
VERBS = {
    "learn": N_("work through a lesson at a prompt of your own"),
    "list": N_("show the lessons and how far you are"),
    "check": N_("grade scripts of commands against a lesson"),
    "export": N_("write your own work as a script that can be handed in"),
    "lesson": N_("write a lesson of your own, and have it proved"),
    "attach": N_("open a second terminal in the running lab"),
    "doctor": N_("say what this machine can do, and install what is missing"),
}
COURSE = "course"
GARBAGE = 100_000
"""New objects before they are looked through for cycles; a start makes 60 000 that stay, a snapshot some hundred."""


def parse(argv: Sequence[str]) -> tuple[str, argparse.Namespace]:
    """The verb and its arguments; exits with 2 and a usage line for arguments that make no sense."""
    words = _behind_language(argv)
    if not words or words[0].startswith("-"):
        return COURSE, _whole_parser().parse_args(argv)
    verb = _one_of(VERBS, words[0], _whole_parser, _lesson_meant)
    module = importlib.import_module(f"nstutor.commands.{verb}")
    actions: Mapping[str, Action] = getattr(module, "ACTIONS", {})
    if not actions:
        return verb, _arguments(f"nstutor {verb}", VERBS[verb], module.add_arguments, words[1:])
    return verb, _of_action(f"nstutor {verb}", VERBS[verb], actions, words[1:])


def _whole_parser() -> argparse.ArgumentParser:
    """For what stands before, or instead of, a command."""
    parser = argparse.ArgumentParser(
        prog="nstutor",
        usage=_("nstutor [-h] [--version] [COMMAND ...]"),
        description=_("Learn Linux network namespaces by typing real commands in a lab that cannot harm the machine."),
        epilog=_("Without a command: the course, and where you are in it.\n\ncommands:\n")
        + "\n".join(f"  {verb:<8}{_(summary)}" for verb, summary in VERBS.items()),
        formatter_class=RawFormatter,
    )
    parser.add_argument("--lang", choices=language.LANGUAGES, help=_("speak this language (default: that of LANG)"))
    parser.add_argument(
        "--version",
        action="version",
        version=f"nstutor {__version__}",
        help=_("show program's version number and exit"),
    )
    return parser


def _one_of(
    names: Iterable[str],
    word: str,
    parser: Callable[[], argparse.ArgumentParser],
    else_meant: Callable[[str], str] = lambda _: "",
) -> str:
    """The word, if it is one of the names; else the parser ends the program, with the nearest of them."""
    if word not in names:
        near = nearest(word, names) or else_meant(word)
        meant = _("; did you mean `{near}`?").format(near=near) if near else there_are(names)
        parser().error(_("there is no command {verb!r}{meant}").format(verb=word, meant=meant))
    return word


def _of_action(prog: str, summary: str, actions: Mapping[str, Action], words: Sequence[str]) -> argparse.Namespace:
    """The arguments of one action of a verb, which is among them as `action`."""
    parser = argparse.ArgumentParser(
        prog=prog,
        usage=f"{prog} [-h] {{{','.join(actions)}}} ...",
        description=_sentence(summary),
        epilog=_("commands:\n") + "\n".join(f"  {name:<8}{_(action.summary)}" for name, action in actions.items()),
        formatter_class=RawFormatter,
    )
    if not words or words[0].startswith("-"):
        parser.parse_args(words)
        parser.error(_("the following arguments are required: %s") % "|".join(actions))
    action = _one_of(actions, words[0], lambda: parser)
    arguments = _arguments(f"{prog} {action}", actions[action].summary, actions[action].add_arguments, words[1:])
    arguments.action = action
    return arguments


def _arguments(
    prog: str, summary: str, add_arguments: Callable[[argparse.ArgumentParser], None], words: Sequence[str]
) -> argparse.Namespace:
    def declare(parser: argparse.ArgumentParser) -> None:
        add_arguments(parser)
        parser.add_argument("--lang", choices=language.LANGUAGES, help=_("speak this language (default: that of LANG)"))

    # Intermixed: `check bridge --format json FILE` is as good as any other order.
    return VerbParser(prog, _sentence(summary), declare).parse_intermixed_args(words)


def _sentence(summary: str) -> str:
    text = _(summary)
    return _("{sentence}.").format(sentence=text[0].upper() + text[1:])


def _lesson_meant(word: str) -> str:
    """The command that opens the lesson of this name; nothing where there is none."""
    catalog = importlib.import_module("nstutor.lesson.catalog")
    with suppress(UsageError):
        return f"nstutor learn {word}" if catalog.find(word).is_file() else ""
    return ""


def _behind_language(argv: Sequence[str]) -> Sequence[str]:
    """The words behind `--lang zh` where that stands before the verb; it has been heard by then."""
    if argv[:1] == ["--lang"] and argv[1:2] and argv[1] in language.LANGUAGES:
        return argv[2:]
    if argv and argv[0] in {f"--lang={name}" for name in language.LANGUAGES}:
        return argv[1:]
    return argv


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
    end = _End()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end.on_signal)


class _End:
    """What a signal that ends us does: at once, but within a loop of asyncio's only between two of its callbacks.

    Anywhere else the exception may come out of asyncio's own work. Between a future's result and the wake-up of who
    waits for it, it loses that one for good, and the task can neither go on nor be cancelled.
    """

    def __init__(self) -> None:
        self._is_asked = self._has_left = False
        self._deaf_until = 0.0

    def on_signal(self, *_: object) -> None:
        """A terminal that is closed sends it twice: the second one must not disturb what the first has begun."""
        now = time.monotonic()
        if now < self._deaf_until:
            return
        loop = _running_loop()
        if loop is None or self._is_asked:
            self._leave()
        self._is_asked, self._deaf_until = True, now + PATIENCE
        loop.call_soon_threadsafe(self._leave_once)

    def _leave_once(self) -> None:
        if not self._has_left:
            self._leave()

    def _leave(self) -> NoReturn:
        self._has_left, self._deaf_until = True, time.monotonic() + CLOSING
        raise SystemExit(INTERRUPTED)


def _running_loop() -> AbstractEventLoop | None:
    if "asyncio" not in sys.modules:
        return None
    # It may be about to be imported.
    with suppress(ImportError, RuntimeError):
        from asyncio import get_running_loop

        return get_running_loop()
    return None


def _log_to(path: str) -> None:
    """Append what happens inside to this file, if there is a path (docs/architecture.md, "A world that hangs")."""
    if not path:
        return
    import logging

    class Appended(logging.Handler):
        # Opened for each line: workers and factories close what they inherit, and the number is somebody else's then.
        def emit(self, record: logging.LogRecord) -> None:
            with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(self.format(record) + "\n")

    try:
        with open(path, "a", encoding="utf-8"):
            pass
    except OSError as error:
        raise UsageError(_("cannot write {path}: {why}").format(path=path, why=reason(error))) from None
    line = "%(relativeCreated)9.0f ms %(process)7d %(name)s: %(message)s"
    logging.basicConfig(format=line, level=logging.DEBUG, handlers=[Appended()])


def run() -> NoReturn:
    """Be the program: run the command that was asked for, and end with its exit code.

    Without the interpreter's own end, which takes everything apart that it has imported, a tenth of a short command.
    """
    code = main()
    for stream in (sys.stdout, sys.stderr):
        # What a command that succeeded has to say was written before its code was told.
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    words = sys.argv[1:] if argv is None else argv
    # What a start brings in stays: to look through it for garbage takes a tenth of it.
    gc.set_threshold(GARBAGE)

    def command() -> int:
        _log_to(os.environ.get("NSTUTOR_DEBUG", ""))
        verb, arguments = parse(words)
        result = importlib.import_module(f"nstutor.commands.{verb}").main(arguments)
        assert isinstance(result, int)
        return result

    make_usable()
    speak(language.chosen(words, os.environ))
    _settle_home()
    _end_in_order()
    return run_guarded(command, tell)
