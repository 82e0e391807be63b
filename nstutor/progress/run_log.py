"""The learner's run of a lesson: what was typed is kept, and typed again when the world must be rebuilt."""

from __future__ import annotations

import math
import os
import re
import shlex
import time
from collections.abc import Callable, Sequence
from functools import partial

from nstutor.errors import WorldDiedError
from nstutor.lesson.model import Lesson, Step
from nstutor.progress.record import Progress
from nstutor.progress.rows import OPEN, Command, Pass, Run
from nstutor.session.live import LiveSession
from nstutor.session.replay import RecordedLine, Replay, in_order
from nstutor.shell.turn import Ended, LineResult, RunOptions
from nstutor.text.i18n import _

SLOW = 0.3
"""Seconds from which leaving a looking command out of a rebuild is worth it."""
LATE = 0.3
"""Seconds after a command from which a pass is not its own, but that of what it left running."""
REPLAY_LIMIT = 10.0
"""Seconds for one replayed command."""
# Programs that only look: they change neither the network nor a file, unless the shell redirects them.
LOOKERS = frozenset({"ping", "traceroute", "tracepath", "mtr", "tcpdump", "watch", "top", "less", "man", "sleep"})
SHELL_CHARACTERS = frozenset(";|&<>()$`{}\\\n!")
FULL_SCREEN = rb"\x1b\[(?:\?(?:1049|1047|47)h|\d+;\d+H)"
"""The alternate screen, or the cursor put somewhere: what a program does that reads keys to edit a text."""


class Journal:
    """One run: its commands are numbered from 1."""

    def __init__(self, progress: Progress, lesson: Lesson, run: Run) -> None:
        self.progress = progress
        self.lesson = lesson
        self.run = run
        self._unsaved: list[Callable[[], None]] = []
        """What the disk had no room for: it is tried again with the next command."""
        self.effect_since: Callable[[float], bytes | None] = lambda _when: None
        """What was changed in the lab home since then; None where that cannot be told, or is too much."""
        commands = progress.commands(run)
        self.number = commands[-1].number if commands else 0
        self._shells = max((command.shell for command in commands), default=0)
        self._begun: dict[int, Command] = {}
        """What runs in the attached shells."""
        self._earliest = max((command.started + command.seconds for command in commands), default=0.0)
        """The clock may have been set back since."""

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

    def new_shell(self) -> int:
        """The number of a shell that is attached now."""
        self._shells += 1
        return self._shells

    def begin(self, line: str, netns: str, *, shell: int, started: float | None = None) -> None:
        """Keep a line that was just typed in an attached shell: it may run until the lesson is left.

        Raises UsageError as record() does.
        """
        self.number += 1
        self._begun[shell] = Command(
            self.number, line, b"", OPEN, None, netns, 0.0, shell=shell, started=self._at(started, 0.0)
        )
        self._add(self._begun[shell])

    def record(
        self,
        turn: LineResult,
        netns: str,
        *,
        changed: bool,
        fatal: bool = False,
        shell: int = 0,
        started: float | None = None,
    ) -> None:
        """Keep a line, typed at `started` (time.time()) where its shell stood in `netns`, and what came of it.

        One that was `fatal` to the world is not typed again. Raises UsageError when the disk has no room for it, or for
        what waits.
        """
        if fatal:
            self._begun.clear()
        began = self._at(started, turn.seconds)
        effect = self.effect_since(began) if turn.raw and not fatal else None
        edited = effect is not None and not changed and re.search(FULL_SCREEN, turn.output) is not None
        looked = not changed and turn.seconds > SLOW and only_looks(turn.line)
        self._add(
            Command(
                self._number_of(shell),
                turn.line,
                turn.keyboard,
                turn.ended.value,
                turn.status,
                netns,
                turn.seconds,
                fatal or edited or looked,
                0.0,
                shell,
                began,
                effect,
                turn.unseen,
            )
        )

    def lab_died(self) -> None:
        """The lab ended, and not by a line of the lesson's own shell: the newest that still runs is not typed again.

        Raises UsageError.
        """
        if self._begun:
            guilty = max(self._begun.values(), key=lambda command: command.number)
            self._begun.clear()
            self._add(guilty._replace(ended=Ended.GONE.value, only_looked=True))

    def record_end(self, shell: int) -> None:
        """Keep that the terminal of an attached shell was closed, or the shell killed. Raises UsageError."""
        self._begun.pop(shell, None)
        self._add(
            Command(
                self._number_of(shell),
                "",
                b"",
                Ended.GONE.value,
                None,
                "",
                0.0,
                shell=shell,
                started=self._at(None, 0.0),
            )
        )

    def _number_of(self, shell: int) -> int:
        if shell in self._begun:
            return self._begun.pop(shell).number
        self.number += 1
        return self.number

    def _at(self, started: float | None, seconds: float) -> float:
        return max(time.time() - seconds if started is None else started, self._earliest)

    def _add(self, command: Command) -> None:
        self._keep(partial(self.progress.add_command, self.run, command))

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

    def record_held(self, steps: Sequence[Step]) -> None:
        """Keep that these passed steps hold now, after the newest command. Raises UsageError."""
        self._keep(partial(self.progress.add_held, self.run, [step.id for step in steps], self.number))

    def commands(self) -> tuple[Command, ...]:
        """What was typed, in the order in which it ended."""
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
        at = max((entry.at for entry in self.passes()), default=math.inf)
        return Journal(self.progress, self.lesson, self.progress.branch(self.run, self.step_start(), at))


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


def recorded_line(command: Command) -> RecordedLine:
    """A command as it is typed again."""
    goes_on = command.ended == OPEN
    return RecordedLine(
        number=command.number,
        line=command.line,
        keyboard=command.keyboard,
        shell=command.shell,
        netns=command.netns,
        began=command.started,
        ended=math.inf if goes_on else command.started + command.seconds,
        hung_up=command.ended == Ended.GONE.value and not command.line and not command.keyboard,
        # The lesson's own shell must come back to its prompt.
        skipped=command.only_looked or (goes_on and command.shell == 0),
        effect=command.effect,
        unseen=command.unseen,
    )


async def rebuild(
    live: LiveSession,
    journal: Journal,
    tell: Callable[[int, int], None],
    put: Callable[[bytes], None] | None = None,
) -> tuple[RecordedLine, ...]:
    """Type the run's commands again into a fresh world, and take over its passes where they came.

    `tell` is called with how many commands are typed, of how many; `put` with what keys in an editor changed in the
    home. Returns what could not be typed. Raises WorldDiedError when one ends the world.
    """
    live.begin()
    live.judging = False
    lines, waiting = in_order(map(recorded_line, journal.commands())), list(journal.passes())
    index_of = {step.id: index for index, step in enumerate(journal.lesson.steps)}

    def take_over(following: RecordedLine | None) -> None:
        for entry in tuple(waiting):
            if following is None or (entry.number < following.number and entry.at <= following.began):
                waiting.remove(entry)
                live.session.restore(index_of[entry.step], live.executions.last)

    replay = Replay(live, lines, _silent, put)
    try:
        for index, line in enumerate(lines):
            tell(index + 1, len(lines))
            take_over(line)
            await replay.type(index, RunOptions(REPLAY_LIMIT, pace=True))
            _refuse_end(live, line)
        await replay.finish()
    finally:
        replay.close()
    take_over(None)
    live.session.skip_to(journal.position())
    live.judging = True
    live.reset_baseline()
    return tuple(replay.left_out)


def _refuse_end(live: LiveSession, line: RecordedLine) -> None:
    if live.world.ended:
        raise WorldDiedError(
            _("the lab ended when `{command}` was typed again").format(command=line.line),
            _("To begin anew: nstutor learn LESSON --fresh"),
        )
