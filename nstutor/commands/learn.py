"""`nstutor learn LESSON`: work through a lesson at a prompt."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import pwd
import sys
from functools import partial
from typing import TYPE_CHECKING

from nstutor import NamedTuple
from nstutor.commands import import_asyncio
from nstutor.errors import PASSED, UsageError, reason
from nstutor.lab.limits import Limits
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.world_factory import WorldFactory
from nstutor.lesson.catalog import find
from nstutor.text.i18n import _
from nstutor.ui.late import Late

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nstutor.lab.world_factory import PendingWorld
    from nstutor.lesson.model import Lesson
    from nstutor.progress.record import Progress
    from nstutor.progress.run_log import Journal
    from nstutor.ui.lesson_run import LessonRun
    from nstutor.ui.terminal import Terminal


class Seed(NamedTuple):
    """What a lesson's variables are drawn from: the one that was asked for, else that of the run, else a name."""

    asked: str | None
    student: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("lesson", metavar=_("LESSON"), help=_("a lesson's name (bridge), number (03) or file"))
    parser.add_argument("--step", metavar=_("ID"), help=_("begin at this step, by id or number, in a fresh lab"))
    parser.add_argument(
        "--watch",
        action="store_true",
        help=_("take over the lesson's file whenever it is saved, and stay in the lab: for its author"),
    )
    parser.add_argument("--fresh", action="store_true", help=_("begin anew; what you did before stays in your record"))
    parser.add_argument(
        "--seed",
        metavar=_("TEXT"),
        help=_("what the lesson's variables are drawn from (default: your name); another one begins anew"),
    )


def main(arguments: argparse.Namespace, terminal: Terminal | None = None) -> int:
    """Teach one lesson, and the ones after it as long as the learner goes on.

    `terminal` is the learner's if it is in use already.
    """
    Late.begin()
    import_asyncio()
    require_terminal(
        _("a lesson needs a terminal for its input and output"),
        _("To judge a script instead: nstutor check LESSON FILE"),
    )
    lesson: str | None = arguments.lesson
    seed = Seed(arguments.seed, default_seed_name())
    hidden = () if lesson is None else (find(lesson),)
    become_supervisor()
    with WorldFactory(hidden=hidden) as factory, contextlib.ExitStack() as stack:
        while lesson is not None:
            pending = _begin(factory)
            if terminal is None:
                from nstutor.ui.terminal import own_terminal

                terminal = stack.enter_context(own_terminal())
            arguments.lesson = lesson
            lesson = _teach(arguments, factory, pending, seed, terminal)
            arguments.step, arguments.fresh = None, False
    return PASSED


def _begin(factory: WorldFactory) -> PendingWorld:
    """Begin the lesson's world: it is made while everything below is imported."""
    from nstutor.lab.home_archive import restore_saved
    from nstutor.progress.data_folder import data_folder

    home = data_folder() / "home"
    _make_home(home)
    restore_saved(home)
    return factory.request(Limits.learning(), home)


def require_terminal(need: str, advice: str) -> None:
    """Raise UsageError when there is nobody at a keyboard; `need` says what needs one."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(need, advice)


def _teach(
    arguments: argparse.Namespace, factory: WorldFactory, pending: PendingWorld, seed: Seed, terminal: Terminal
) -> str | None:
    """One lesson; the name of the next one if the learner asked for it."""
    from nstutor.checks.lazy import LateChecks, compile_now
    from nstutor.lesson.parse import load
    from nstutor.progress.data_folder import data_folder
    from nstutor.progress.record import Progress
    from nstutor.session.steps import Plan
    from nstutor.ui.lesson_run import LessonRun
    from nstutor.ui.screen import Screen
    from nstutor.ui.tasks import run_to_end

    home, fresh, watch = data_folder() / "home", arguments.fresh, arguments.watch
    path = find(arguments.lesson)
    lesson = load(path)
    if lesson.variant is not None:
        lesson = load(path, seed=_seed(lesson, seed, fresh=fresh))
    # The checks of the course are known to be well formed: they are read while the learner reads.
    plan = Plan(lesson, LateChecks(lesson) if _in_course(lesson) and not watch else compile_now(lesson))
    with Progress.open() as progress, _alone_in(lesson):
        room = LessonRun(plan, _journal(progress, lesson, home, fresh=fresh), factory, home, Screen())
        return run_to_end(_sit_in(room, terminal, arguments.step, pending, watch=watch))


@contextlib.contextmanager
def _alone_in(lesson: Lesson) -> Iterator[None]:
    """Nobody else is in this lesson for the body: the commands of two terminals would be mixed in one run.

    Raises UsageError. The kernel frees the lock (flock(2)) with the process, however that ends.
    """
    from nstutor.progress.data_folder import data_folder

    lock = os.open(data_folder() / f"{lesson.id}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(lock, lesson.id)
        yield
    finally:
        os.close(lock)


def _lock(descriptor: int, name: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(
            _("you are in {name} already, in another terminal").format(name=name),
            _("For a second terminal in the same lab: nstutor attach"),
        ) from None


def _make_home(home: Path) -> None:
    from nstutor.progress.database import make_private

    try:
        make_private(home.parent)
        home.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UsageError(
            _("cannot make the lab home {path}: {why}").format(path=home, why=reason(error)),
            _("Set XDG_DATA_HOME to a folder that you may write to."),
        ) from None


async def _sit_in(
    room: LessonRun, terminal: Terminal, step: str | None, pending: PendingWorld, *, watch: bool
) -> str | None:
    """Teach until the learner leaves; the id of the next lesson if they want it."""
    import asyncio

    from nstutor.ui.tasks import end, ended_by_interrupt

    def following_title() -> str | None:
        return following.title if (following := _following(room.plan.lesson)) else None

    room.building = partial(ended_by_interrupt, terminal.keys)
    terminal.keys.on_closed = end
    terminal.keys.open()
    entering = asyncio.ensure_future(room.enter(pending.wait()))
    # It begins here, and the shell starts while everything below is imported and drawn.
    await asyncio.sleep(0)
    from nstutor.lesson.languages import notice
    from nstutor.ui.attach_server import AttachServer
    from nstutor.ui.recorder import JournalRecorder
    from nstutor.ui.repl import Repl

    repl = Repl(room, terminal, following_title, reloads=watch)
    try:
        if told := notice(room.plan.lesson):
            room.screen.say(told, "yellow")
        if not room.journal.number:
            room.screen.lesson(room.plan.lesson)
        await entering
        if step is not None:
            await room.go_to(room.find_step(step))
        with contextlib.closing(AttachServer(lambda: room.live, lambda: JournalRecorder(room.journal, room.live))):
            await repl.run()
        room.note_what_holds()
    finally:
        terminal.keys.close()
        room.leave()
        if not repl.wants_following:
            room.screen.left()
    following = _following(room.plan.lesson) if repl.wants_following else None
    return following.id if following else None


def _journal(progress: Progress, lesson: Lesson, home: Path, *, fresh: bool) -> Journal:
    """The learner's run of the lesson: the newest one if it is not finished, else a new one."""
    from nstutor.lab.home_archive import take
    from nstutor.progress.run_log import Journal

    latest = None if fresh else Journal.latest(progress, lesson)
    seed = lesson.variant.seed if lesson.variant else None
    if latest is not None and latest.position() < len(lesson.steps) and progress.seed(latest.run) == seed:
        return latest
    return Journal.fresh(progress, lesson, take(home))


def _seed(lesson: Lesson, seed: Seed, *, fresh: bool) -> str:
    """What the lesson's variables are drawn from: a run that goes on keeps its values."""
    from nstutor.progress.record import Progress

    if seed.asked is not None:
        return seed.asked
    with Progress.open() as progress:
        latest = None if fresh else progress.latest_run(lesson.id)
        return (progress.seed(latest) if latest else None) or seed.student


def _in_course(lesson: Lesson) -> bool:
    from nstutor.lesson.catalog import course

    return lesson.path in map(os.fspath, course())


def _following(lesson: Lesson) -> Lesson | None:
    """The lesson of the course that comes after this one."""
    from nstutor.lesson.catalog import course
    from nstutor.lesson.parse import load

    paths = [os.fspath(path) for path in course()]
    if lesson.path not in paths:
        return None
    index = paths.index(lesson.path) + 1
    return load(paths[index]) if index < len(paths) else None


def default_seed_name() -> str:
    """The user's name; with sudo, that of whoever called it. To be asked before the process moves into a lab."""
    if os.getuid() == 0 and os.environ.get("SUDO_USER"):
        return os.environ["SUDO_USER"]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return os.environ.get("USER") or str(os.getuid())
