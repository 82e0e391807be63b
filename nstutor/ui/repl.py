"""The learner's loop: read a line, type it into bash, look at the kernel, show what it came to."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from prompt_toolkit.formatted_text import AnyFormattedText

from nstutor.conductor import Observed
from nstutor.errors import INTERRUPTED
from nstutor.kernel.model import Snapshot
from nstutor.language import _
from nstutor.progress import data_folder
from nstutor.retyping import END_OF_FILE, INTERRUPT, press
from nstutor.shell.keyboard import refuse_control_characters
from nstutor.shell.turn import Ended, Terms, Turn
from nstutor.ui.coaching import advise, hint_at_running
from nstutor.ui.editing import make_completer, make_lexer
from nstutor.ui.passthrough import no_echo, passthrough, terminal_is_gone, write_all
from nstutor.ui.prompt import CONTINUATION, LateCompleter, LateLexer, LineEditor, open_history, prompt_text
from nstutor.ui.room import Room
from nstutor.ui.tasks import Tasks
from nstutor.ui.teller import Teller
from nstutor.ui.toolbar import toolbar
from nstutor.ui.tutor import Leave, Tutor
from nstutor.ui.watch import Watch

if TYPE_CHECKING:
    from nstutor.ui.reload import Reload

PROBE_PATIENCE = 0.15
"""Seconds that a prompt may wait for an echo; a slower one reports above the prompt."""
RUNNING_HINT_AFTER = 5.0


class Repl:
    """One lesson at the terminal."""

    def __init__(self, room: Room, following: Callable[[], str | None], *, reloads: bool = False) -> None:
        self.room = room
        self.wants_following = False
        """The learner pressed Enter after the last step: on to the next lesson."""
        self._following, self._reloads = following, reloads
        self._teller = Teller(room, following)
        self._tasks = Tasks()
        self._watch = Watch(room, lambda: self._tasks.start(self._on_events()))
        self._tutor = Tutor(room, self._teller)
        self._unlooked = False
        """Something happened while no prompt was there to tell it at."""
        self._settling: asyncio.Task[None] | None = None
        self._editor = self._make_editor()
        self._warm = False
        """What the kernel's view needs is imported."""
        room.on_new_world = self._on_new_world
        room.on_leaving = self._on_leaving

    def _make_editor(self) -> LineEditor:
        room = self.room
        words = {f":{name}": _(word.meaning) for name, word in self._tutor.words.items()}
        completer = LateCompleter(lambda: make_completer(room, words))
        lexer = LateLexer(lambda: make_lexer(room, words))
        keys = {word.key: self._key(word.act) for word in self._tutor.words.values() if word.key}
        return LineEditor(open_history(data_folder()), completer, lexer, lambda: toolbar(self.room), keys)

    def _key(self, act: Callable[[str], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def pressed() -> None:
            await self._above(lambda: act(""))

        return pressed

    # --- the loop -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until the learner leaves. Raises what went wrong beside the prompt."""
        self.room.show_step()
        self._tasks.start(self._warm_up())
        if self._reloads:
            self._tasks.start(self._saves().run())
        try:
            with contextlib.suppress(Leave), no_echo():
                await self._ask_and_enter()
        except asyncio.CancelledError:
            self._tasks.raise_fault()
            raise
        finally:
            self._tasks.stop()
            self._watch.stop()

    async def _ask_and_enter(self) -> None:
        more, ahead = False, ""
        while True:
            line = await self._ask(more=more, ahead=ahead)
            more, ahead = False, ""
            if line is not None:
                more, ahead = await self._enter(line)

    async def _ask(self, *, more: bool, ahead: str) -> str | None:
        """One line of the learner's; None when there is none to run."""
        try:
            return await self._editor.ask(self._message(more=more), self._on_open, ahead=ahead, more=more)
        except KeyboardInterrupt:
            if more:
                await self._finish_turn(await press(self.room.conductor, INTERRUPT, write_all))
        except EOFError:
            await self._end_of_file()
        return None

    def _message(self, *, more: bool) -> AnyFormattedText:
        if more:
            return CONTINUATION
        conductor = self.room.conductor
        return prompt_text(conductor.standing(), conductor.bash.prompt)

    async def _end_of_file(self) -> None:
        if terminal_is_gone():
            # Nobody is left to ask; SIGHUP says the same, where it is not ignored.
            raise SystemExit(INTERRUPTED)
        conductor = self.room.conductor
        if conductor.nested():
            await self._finish_turn(await press(conductor, END_OF_FILE, write_all))
        elif await self._editor.confirm(_("You are in host, the outermost shell. Leave nstutor?")):
            raise Leave

    async def _enter(self, line: str) -> tuple[bool, str]:
        """Run one line; whether bash wants more, and what was typed ahead."""
        if not line.strip() and self.room.arrived.is_set():
            await self._next()
            return False, ""
        if not self.room.conductor.in_compound and (found := self._tutor.parse(line)):
            word, argument = found
            with self.room.screen.told():
                await word.act(argument)
            return False, ""
        with self.room.screen.told():
            refuse_control_characters(line)
            return await self._run(line)
        return False, ""

    async def _next(self) -> None:
        if self.room.step is None:
            self.wants_following = self._following() is not None
            raise Leave
        self._teller.show_again()

    # --- one line -------------------------------------------------------------------------------------------------

    async def _run(self, line: str) -> tuple[bool, str]:
        conductor = self.room.conductor
        before = conductor.snapshot or conductor.look()
        where = conductor.standing()[-1]
        with passthrough(conductor.bash, self._closed):
            hints = asyncio.get_running_loop().call_later(RUNNING_HINT_AFTER, hint_at_running, conductor)
            try:
                turn = await conductor.run(line, write_all, Terms())
            finally:
                hints.cancel()
        # What comes back into the editor was not for the program: a rebuilt lab must not get it.
        turn = replace(turn, keyboard=turn.keyboard.removesuffix(conductor.bash.keyboard.unread))
        ahead = conductor.bash.keyboard.take_back()
        if turn.ended is Ended.MORE:
            self._record(turn, where, changed=True)
            return True, ahead
        await self._finish_turn(turn, before, where)
        return False, ahead

    async def _finish_turn(self, turn: Turn, before: Snapshot | None = None, where: str = "") -> None:
        room = self.room
        self._end_output_line(turn)
        observed = room.conductor.observe()
        room.changes = observed.changes
        if turn.line or turn.keyboard:
            self._record(turn, where, changed=bool(observed.changes))
        self._teller.note(observed.passed)
        room.screen.changes(observed.changes)
        if before is not None and (advice := advise(room.conductor, turn, before, where)):
            room.screen.advice(advice)
        if turn.ended is Ended.GONE:
            await self._shell_gone()
        await self._verify(observed)
        await self._teller.announce()

    def _record(self, turn: Turn, where: str, *, changed: bool) -> None:
        with self.room.screen.told():
            self.room.journal.record(turn, where, changed=changed, fatal=self.room.world.ended)

    def _end_output_line(self, turn: Turn) -> None:
        if turn.output and not turn.output.endswith(b"\n"):
            write_all(b"\r\n")

    async def _shell_gone(self) -> None:
        if self.room.world.ended:
            why = self.room.conductor.watchdog.bitten
            text = _("The lab ended: {why}. It is built again as it was before.").format(why=why) if why else (
                _("The lab ended under your command. It is built again as it was before."))  # fmt: skip
            self.room.screen.say(text, "yellow")
            await self.room.renew(self.room.journal)
            return
        self.room.screen.say(_("That was the outermost shell. A new one starts in the same lab; :quit leaves nstutor."))
        await self.room.reopen_shell()

    def _closed(self) -> None:
        """The terminal went away: end as if by SIGHUP; what was done is kept."""
        os._exit(129)

    # --- verdicts -------------------------------------------------------------------------------------------------

    async def _verify(self, observed: Observed) -> None:
        """Run the probes that are wanted; a prompt does not wait long for them."""
        if not observed.probing:
            return
        task = self._settle()
        await asyncio.wait({task}, timeout=PROBE_PATIENCE)

    def _settle(self) -> asyncio.Task[None]:
        if self._settling is None or self._settling.done():
            self._settling = self._tasks.start(self._settle_and_tell())
        return self._settling

    async def _settle_and_tell(self) -> None:
        self._teller.note(await self.room.conductor.settle())
        if self._editor.open:
            await self._above(self._teller.announce)

    async def _above(self, act: Callable[[], Awaitable[None]]) -> None:
        """Let something print above the prompt; what it says of bad input is told there too."""
        async with self._editor.above():
            with self.room.screen.told():
                await act()

    def _saves(self) -> Reload:
        from nstutor.ui.reload import Reload

        def ready() -> bool:
            return self._warm and self._editor.open and (self._settling is None or self._settling.done())

        return Reload(self.room, self._teller, ready, self._above, self._settle)

    # --- the kernel's events --------------------------------------------------------------------------------------

    async def _warm_up(self) -> None:
        """After the first prompt is on the screen: import what the kernel's view needs, and take the first look."""
        from nstutor.kernel.observer import preload

        await asyncio.get_running_loop().run_in_executor(None, preload)
        self._warm = True
        if self.room.conductor.snapshot is None:
            self.room.conductor.look()
        self._watch.start()
        await self._on_events()

    def _on_leaving(self) -> None:
        """What still waits for the old world's answers would ask descriptors that are somebody else's by then."""
        self._watch.stop()
        if self._settling is not None:
            self._settling.cancel()

    def _on_new_world(self) -> None:
        self.room.conductor.background = self._on_background
        if self._warm or self.room.conductor.snapshot is not None:
            # What rebuilt the world is none of the learner's changes.
            self.room.changes = ()
            self._teller.note(self.room.conductor.observe().passed)
            self._watch.start()

    async def _on_events(self) -> None:
        # While a command runs its end will bring the look; only the prompt needs to be told.
        self._unlooked = not self._editor.open
        if not self._unlooked:
            await self._judge_now()

    def _on_open(self) -> None:
        """The prompt is there: what happened between the command's end and now is still to be looked at."""
        if self._unlooked:
            self._watch.soon()

    async def _judge_now(self) -> None:
        observed = self.room.conductor.observe()
        self._teller.note(observed.passed)
        self._editor.refresh()
        if self._teller.waiting:
            await self._above(self._teller.announce)
        if observed.probing:
            self._settle()

    def _on_background(self, data: bytes) -> None:
        """What a background job prints while the learner edits a line."""

        async def write() -> None:
            write_all(data if data.endswith(b"\n") else data + b"\r\n")

        self._tasks.start(self._above(write))
