"""`learn FILE.md --watch`: a lesson that its author saves is in force at once, in the same lab, at the same step."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

from rich.text import Text

from nstutor.checks.lazy import compile_now
from nstutor.errors import Fault, LessonError, UsageError
from nstutor.lesson.languages import path_of
from nstutor.lesson.parse import load
from nstutor.session.steps import Plan
from nstutor.text.i18n import _, in_use, n_
from nstutor.ui.announcer import Announcer
from nstutor.ui.lesson_run import LessonRun

PERIOD = 0.1
"""Seconds between two looks at the files. They are looked at by name: many an editor writes a new file and renames it,
which a watch on the file itself would not see."""
SHOWN_FAULTS = 5

Signature = tuple[tuple[int, int, int] | None, ...]
"""Of the lesson's file and of its translation: inode, size and time of the last change; None for one that is not
there."""


class Reload:
    """Waits until the lesson is saved, and puts what was saved into force.

    `ready` says whether there is a prompt to write above, which `above` does; `settle` begins the probes that
    the changed checks want.
    """

    def __init__(
        self,
        room: LessonRun,
        announcer: Announcer,
        ready: Callable[[], bool],
        above: Callable[[Callable[[], Awaitable[None]]], Awaitable[None]],
        settle: Callable[[], object],
    ) -> None:
        self._room, self._teller = room, announcer
        self._ready, self._above, self._settle = ready, above, settle
        # Here, and not when it first runs: a prompt may be there by then, and its author have saved.
        self._in_force = self._signature()

    async def run(self) -> None:
        """Until cancelled. A save counts once two looks have found the same: then the editor is done with it."""
        latest = self._in_force
        while True:
            await asyncio.sleep(PERIOD)
            before, latest = latest, self._signature()
            if before == latest != self._in_force and latest[0] is not None and self._ready():
                self._in_force = latest
                await self._above(self._take)

    def _signature(self) -> Signature:
        path = self._room.plan.lesson.path
        return tuple(map(_signature_of, (path, path_of(path, in_use()))))

    async def _take(self) -> None:
        try:
            plan = self._read()
        except LessonError as error:
            self._tell_faults(error.faults)
        except UsageError as error:
            self._room.screen.say(str(error), "yellow")
        else:
            await self._adopt(plan)

    def _read(self) -> Plan:
        """The lesson as it was saved. Raises LessonError, UsageError."""
        before = self._room.plan.lesson
        lesson = load(before.path, seed=before.variant.seed if before.variant else "")
        if lesson.translation_faults:
            raise LessonError(list(lesson.translation_faults))
        if lesson.id != before.id:
            message = _("the lesson's id is {new} now; your record is that of {old}, which stays in force")
            raise UsageError(message.format(new=lesson.id, old=before.id))
        return Plan(lesson, compile_now(lesson))

    def _tell_faults(self, faults: tuple[Fault, ...]) -> None:
        print_line = self._room.screen.console.print
        print_line()
        for fault in faults[:SHOWN_FAULTS]:
            print_line(Text(str(fault)), soft_wrap=True)
        count, path = len(faults), faults[0].path
        message = n_(
            "{path} was saved with {n} fault; what was there before stays in force.",
            "{path} was saved with {n} faults; what was there before stays in force.",
            count,
        )
        self._room.screen.say(message.format(path=os.path.basename(path), n=count), "yellow")

    async def _adopt(self, plan: Plan) -> None:
        """Tell what was passed under the old version; then the new one, and what it makes of the lab."""
        room, before = self._room, self._room.plan.lesson
        self._teller.note(room.live.observe().passed)
        await self._teller.announce()
        room.adopt(plan)
        room.screen.say(_("{path} was saved and is in force.").format(path=os.path.basename(before.path)))
        if plan.lesson.setup != before.setup:
            room.screen.say(_("Its setup is another now; `:reset` builds the lab with it."))
        self._teller.ask_again()
        room.show_step()
        observed = room.live.observe()
        self._teller.note(observed.passed)
        await self._teller.announce()
        if observed.probing:
            self._settle()


def _signature_of(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
