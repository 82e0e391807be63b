"""The learner's run of a lesson: what was typed is kept, and typed again when the world must be rebuilt."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from functools import partial

from nstutor.conductor import Conductor
from nstutor.errors import WorldDiedError
from nstutor.language import _
from nstutor.lesson.model import Lesson, Step
from nstutor.progress import Command, Pass, Progress, Run
from nstutor.retyping import retype
from nstutor.shell.turn import Ended, Terms, Turn

SLOW = 0.3
"""Seconds from which leaving a looking command out of a rebuild is worth it."""
LATE = 0.3
"""Seconds after a command from which a pass is not its own, but that of what it left running."""
REPLAY_LIMIT = 10.0
"""Seconds for one replayed command."""
# Programs that only look: they change neither the network nor a file, unless the shell redirects them.
LOOKERS = frozenset({"ping", "traceroute", "tracepath", "mtr", "tcpdump", "watch", "top", "less", "man", "sleep"})
SHELL_CHARACTERS = frozenset(";|&<>()$`{}\\\n!")


class Journal:
    """One run: its commands are numbered from 1."""

    def __init__(self, progress: Progress, lesson: Lesson, run: Run) -> None:
        self.progress = progress
        self.lesson = lesson
        self.run = run
        self._unsaved: list[Callable[[], None]] = []
        """What the disk had no room for: it is tried again with the next command."""
        commands = progress.commands(run)
        self.number = commands[-1].number if commands else 0

    @classmethod
    def latest(cls, progress: Progress, lesson: Lesson) -> Journal | None:
        """The newest run of the lesson."""
        run = progress.latest_run(lesson.id)
        return cls(progress, lesson, run) if run else None

    @classmethod
    def fresh(cls, progress: Progress, lesson: Lesson, home: bytes | None) -> Journal:
        """A new run in an empty world."""
        seed = lesson.variant.seed if lesson.variant else None
        return cls(progress, lesson, progress.start_run(lesson.id, lesson.sha256, home, seed))

    def record(self, turn: Turn, netns: str, *, changed: bool, fatal: bool = False) -> None:
        """Keep a line and what came of it; one that was `fatal` to the world is not typed again.

        Raises UsageError when the disk has no room for it, or for what waits.
        """
        self.number += 1
        only_looked = fatal or (not changed and turn.seconds > SLOW and only_looks(turn.line))
        command = Command(
            self.number, turn.line, turn.keyboard, turn.ended.value, turn.status, netns, turn.seconds, only_looked
        )
        self._keep(lambda: self.progress.add_command(self.run, command))

    def record_passes(self, steps: Sequence[Step]) -> None:
        """Keep passes, as of the newest command."""
        for step in steps:
            add = partial(self.progress.add_pass, self.run, step.id, self.number)
            if self._unsaved:
                # Already told; the next command tries again.
                self._unsaved.append(add)
            else:
                self._keep(add)

    def _keep(self, write: Callable[[], None]) -> None:
        self._unsaved.append(write)
        while self._unsaved:
            self._unsaved[0]()
            del self._unsaved[0]

    def commands(self) -> tuple[Command, ...]:
        """What was typed, in order."""
        return self.progress.commands(self.run)

    def passes(self) -> tuple[Pass, ...]:
        """The passes of steps that the lesson still has."""
        return tuple(passed for passed in self.progress.passes(self.run) if self.lesson.step(passed.step))

    def position(self) -> int:
        """Index of the first step that is not passed."""
        passed = {entry.step for entry in self.passes()}
        steps = self.lesson.steps
        return next((index for index, step in enumerate(steps) if step.id not in passed), len(steps))

    def step_start(self) -> int:
        """Number of the last command before the step at hand began."""
        return max((entry.number for entry in self.passes()), default=0)

    def back_to_step_start(self) -> Journal:
        """A new run that ends where the step at hand began."""
        return Journal(self.progress, self.lesson, self.progress.branch(self.run, self.step_start()))


def awaited(command: Command, passes: Sequence[Pass]) -> tuple[tuple[str, ...], float]:
    """The steps that were passed after a command by what it left running, and how long that took."""
    late = [entry for entry in passes if entry.number == command.number and entry.at - command.at > LATE]
    return tuple(entry.step for entry in late), max((entry.at - command.at for entry in late), default=0.0)


def only_looks(line: str) -> bool:
    """Whether a line is one plain command of a program that changes nothing."""
    if SHELL_CHARACTERS & set(line):
        return False
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return False
    while words and words[0] in {"sudo", "ip"}:
        if words[0] == "ip" and words[1:3] != ["netns", "exec"]:
            return False
        words = words[1:] if words[0] == "sudo" else words[4:]
    return bool(words) and os.path.basename(words[0]) in LOOKERS


def _silent(_data: bytes) -> None:
    """A rebuild is not shown."""


async def rebuild(conductor: Conductor, journal: Journal, tell: Callable[[int, int], None]) -> None:
    """Type the run's commands again into a fresh world, and take over its passes where they came.

    `tell` is called with how many commands are typed, of how many. Raises WorldDiedError when one ends the world.
    """
    conductor.begin()
    conductor.judging = False
    commands = journal.commands()
    passes = journal.passes()
    index_of = {step.id: index for index, step in enumerate(journal.lesson.steps)}
    for count, command in enumerate(commands, 1):
        tell(count, len(commands))
        if not command.only_looked:
            await _retype(conductor, command)
        for entry in passes:
            if entry.number == command.number:
                conductor.session.restore(index_of[entry.step], conductor.executions.last)
    conductor.session.skip_to(journal.position())
    conductor.judging = True
    conductor.take_for_granted()


async def _retype(conductor: Conductor, command: Command) -> None:
    turn = await retype(conductor, command.line, _silent, Terms(REPLAY_LIMIT, pace=True, keyboard=command.keyboard))
    if conductor.world.ended:
        raise WorldDiedError(_("the lab ended when `{command}` was typed again").format(command=command.line),
                             _("To begin anew: nstutor learn LESSON --fresh"))
    if turn.ended is Ended.GONE:
        await conductor.reopen(_silent)
