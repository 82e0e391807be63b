"""What the loop and the tutor's commands share: one lesson, one learner, one world at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nstutor.errors import UsageError, reason
from nstutor.lab.home_archive import as_it_was, changed_since, put_changes, take
from nstutor.lab.limits import Limits
from nstutor.lab.world import World
from nstutor.lab.world_factory import WorldFactory
from nstutor.lesson.model import Question, Step
from nstutor.progress.rows import PLAYED, Command
from nstutor.progress.run_log import Journal, rebuild
from nstutor.session.live import LiveSession
from nstutor.session.replay import RecordedLine
from nstutor.session.setup import play_setup
from nstutor.session.steps import Order, Plan, StepMachine
from nstutor.shell.turn import Ended
from nstutor.text.i18n import _, in_row
from nstutor.text.width import terminal_size
from nstutor.ui.screen import Screen
from nstutor.ui.terminal import write_all

if TYPE_CHECKING:
    from nstutor.kernel.diff import Change


class LessonRun:
    """Holds the world that the learner is in, and exchanges it for a fresh one when asked."""

    def __init__(self, plan: Plan, journal: Journal, factory: WorldFactory, home: Path, screen: Screen) -> None:
        self.plan = plan
        self.journal = journal
        self.screen = screen
        self.changes: tuple[Change, ...] = ()
        """What the last command changed."""
        self.arrived = asyncio.Event()
        """A step was passed and its successor waits for Enter."""
        self._maker, self._home = factory, home
        self._terminal = os.environ.get("TERM", "dumb")
        self._world: World | None = None
        self._live: LiveSession | None = None
        self._left_out: tuple[RecordedLine, ...] = ()
        self.on_new_world: Callable[[], None] = lambda: None
        self.on_leaving: Callable[[], None] = lambda: None
        """Called while the world still stands."""
        self.building: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext
        """Entered while a world is built, which takes a while and nobody types to."""

    @property
    def live(self) -> LiveSession:
        """The live session of the world at hand."""
        assert self._live is not None, "the room has no world yet"
        return self._live

    @property
    def world(self) -> World:
        """The world at hand."""
        return self.live.world

    @property
    def session(self) -> StepMachine:
        """The session in the world at hand."""
        return self.live.session

    @property
    def step(self) -> Step | None:
        """The step at hand; None when the lesson is done."""
        state = self.session.current
        return state.step if state else None

    @property
    def number(self) -> int:
        """The number of the step at hand, from 1."""
        return self.session.position + 1

    # --- worlds ---------------------------------------------------------------------------------------------------

    async def enter(self, world: World) -> None:
        """Start the shell in a world and bring it to where the learner was, if they come back; tell what it came to."""
        self._world = world
        with self.building():
            await self._build(world)
            if self.journal.number:
                from nstutor.ui.resumed import tell_rebuilt

                await tell_rebuilt(self.screen, self.live, self.journal, self._left_out)

    async def _build(self, world: World) -> None:
        self._live = LiveSession(world, StepMachine(self.plan, Order.IN_TURN), self._terminal, terminal_size())
        await self._live.open(write_all)
        if self.plan.lesson.setup:
            await play_setup(self._live)
            self._live.begin()
        if self.journal.number:
            at_start = self.journal.progress.home_at_start(self.journal.run)
            with as_it_was(self._home, at_start, world) as restored, _progress_line():
                put = partial(put_changes, world) if restored else None
                self._left_out = await rebuild(self._live, self.journal, _tell_rebuild, put)
            self._restore_answers()
        self.journal.effect_since = partial(changed_since, world)
        self.on_new_world()

    def _restore_answers(self) -> None:
        state = self.session.current
        if state is not None:
            state.answered = self.journal.progress.answered(self.journal.run, state.step.id)

    async def renew(self, journal: Journal) -> None:
        """Leave this world for a fresh one, in which the journal's commands are typed again."""
        self.leave()
        self.journal = journal
        self._world = self._maker.world(Limits.learning(), self._home)
        with self.building():
            await self._build(self._world)

    def leave(self) -> None:
        """Undo the world."""
        if self._live is not None:
            if self._live.world.ended:
                with self.screen.told():
                    self.journal.lab_died()
            self.on_leaving()
            self._live.close()
            self._live = None
        if self._world is not None:
            self._world.close()
            self._world = None

    def adopt(self, plan: Plan) -> None:
        """Go on in the same world with a lesson that was changed; nothing that was passed may wait to be told."""
        self.plan, self.journal.lesson = plan, plan.lesson
        self.live.session = self.session.renewed(plan)
        self.live.forget_probes()

    # --- moving ---------------------------------------------------------------------------------------------------

    async def reset(self) -> None:
        """Back to where the step at hand began."""
        await self.renew(self.journal.back_to_step_start())

    async def go_to(self, index: int) -> None:
        """The start of a step, in a fresh world where the solutions before it were played."""
        journal = Journal.fresh(self.journal.progress, self.plan.lesson, take(self._home))
        for step in self.plan.lesson.steps[:index]:
            for line in step.solutions[0].lines:
                journal.number += 1
                played = Command(journal.number, line.text, b"", Ended.READY.value, 0, "", 0.0)
                journal.progress.add_command(journal.run, played)
            journal.record_passes([step])
            journal.progress.add_help(journal.run, step.id, PLAYED)
        await self.renew(journal)

    def find_step(self, word: str) -> int:
        """Index of a step by number or id. Raises UsageError with the choices."""
        steps = self.plan.lesson.steps
        if word.isdigit() and 1 <= int(word) <= len(steps):
            return int(word) - 1
        for index, step in enumerate(steps):
            if step.id == word:
                return index
        # A no-break space: a line must not end between a number and what it is the number of.
        choices = in_row(f"{number}\N{NO-BREAK SPACE}{step.id}" for number, step in enumerate(steps, 1))
        message = _("there is no step {word!r}").format(word=word) if word else _("name a step")
        raise UsageError(message, _("Steps: {steps}").format(steps=choices))

    def save(self, path: str) -> tuple[int, str]:
        """Write the commands so far as a submission; how many there are, and what to tell about it.

        Raises UsageError when the file cannot be written.
        """
        # What is handed in is made by the room that grades; a learner's first prompt does not wait for it.
        from nstutor.progress.own_work import OwnWork

        script = OwnWork(self.plan.lesson, self.journal.run, self.journal.progress).script()
        write_new(path, script.text)
        return len(self.journal.commands()), script.told

    def note_what_holds(self) -> None:
        """Keep which passed steps hold as the lesson is left: of these it is told if they do not when it goes on."""
        from nstutor.ui.resumed import holding

        with contextlib.suppress(UsageError):
            self.journal.record_held(holding(self.live, self.journal))

    def note_passes(self, steps: Sequence[Step]) -> None:
        """Keep passes for good."""
        if steps:
            self.journal.record_passes(steps)

    def show_step(self, question: Question | None = None) -> None:
        """The step at hand, whole; with a question that was put, or with the first one if it is all that there is."""
        self.arrived.clear()
        step = self.step
        if step is not None:
            if step.questions and not step.checks:
                question = question or step.questions[0]
            self.screen.step(self.plan.lesson, self.number, step, question)

    async def reopen_shell(self) -> None:
        """A new outermost shell in the same world."""
        await self.live.reopen(write_all)


def _tell_rebuild(count: int, of: int) -> None:
    text = _("building your lab again: {n} of {all}").format(n=count, all=of)
    write_all(f"\r  {text}\x1b[K".encode())


@contextlib.contextmanager
def _progress_line() -> Iterator[None]:
    """Leave nothing behind of what was told in one line."""
    try:
        yield
    finally:
        write_all(b"\r\x1b[K")


def write_new(path: str, text: str) -> None:
    """Write a file that is not there yet. Raises UsageError when that cannot be."""
    try:
        with open(path, "x", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(_("{path} exists already; name another file").format(path=path)) from None
    except OSError as error:
        raise UsageError(_("cannot write {path}: {why}").format(path=path, why=reason(error))) from None
