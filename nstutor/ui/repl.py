"""The learner's loop: read a line, type it into bash, look at the kernel, show what it came to."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from nstutor.lesson.model import Step
from nstutor.session.replay import END_OF_FILE, INTERRUPT
from nstutor.shell.pty import State
from nstutor.shell.turn import Ended, LineResult
from nstutor.text.i18n import _
from nstutor.ui import editing
from nstutor.ui.announcer import Announcer
from nstutor.ui.coaching import hint_at_running
from nstutor.ui.colon_commands import ColonCommands, Leave
from nstutor.ui.editing import make_editor
from nstutor.ui.late import Late
from nstutor.ui.lesson_run import LessonRun
from nstutor.ui.probing import Probing
from nstutor.ui.prompt import LineEditor
from nstutor.ui.shell_console import ShellConsole, repaired
from nstutor.ui.shell_gone import replace_shell
from nstutor.ui.tasks import Tasks
from nstutor.ui.terminal import Terminal
from nstutor.ui.toolbar import toolbar
from nstutor.ui.watch import Watch

if TYPE_CHECKING:
    from nstutor.kernel.model import Snapshot
    from nstutor.ui.reload import Reload

RUNNING_HINT_AFTER = 5.0


class Repl:
    """One lesson at the terminal."""

    def __init__(
        self, room: LessonRun, terminal: Terminal, following: Callable[[], str | None], *, reloads: bool = False
    ) -> None:
        self.room = room
        self._terminal = terminal
        self.wants_following = False
        """The learner pressed Enter after the last step: on to the next lesson."""
        self._following, self._reloads = following, reloads
        self._teller = Announcer(room, following, self._on_announced)
        self._announced = 0
        """How many keys had been typed when something that Enter goes on from was announced."""
        self._tasks = Tasks()
        self._watch = Watch(room, lambda: self._tasks.start(self._on_events()))
        self._tutor = ColonCommands(room, self._teller)
        self._unlooked = False
        """Something happened while no prompt was there to tell it at."""
        self._probing = Probing(room, self._teller, self._tasks, self._tell_probed)
        self._editor = self._make_editor()
        self._console = ShellConsole(terminal, self._editor, lambda: room.live, lambda: room.live.bash)
        self._warming: asyncio.Task[None] | None = None
        self._warm = False
        """What the kernel's view needs is imported."""
        room.on_new_world = self._on_new_world
        room.on_leaving = self._on_leaving

    def _make_editor(self) -> LineEditor:
        room = self.room
        words = {f":{name}": _(word.meaning) for name, word in self._tutor.words.items()}
        keys = {word.key: self._key(word.act) for word in self._tutor.words.values() if word.key}
        return make_editor(
            self._terminal,
            lambda: room.live,
            lambda: room.live.bash,
            words=words,
            toolbar=lambda: toolbar(room),
            keys=keys,
        )

    def _key(self, act: Callable[[str], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def pressed() -> None:
            await self._above(lambda: act(""))

        return pressed

    # --- the loop -------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until the learner leaves. Raises what went wrong beside the prompt."""
        self.room.show_step()
        if self._reloads:
            self._tasks.start(self._saves().run())
        asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._console.fit)
        try:
            with contextlib.suppress(Leave):
                await self._ask_and_enter()
        except asyncio.CancelledError:
            self._tasks.raise_fault()
            raise
        finally:
            self._tasks.stop()
            self._watch.stop()

    async def _ask_and_enter(self) -> None:
        while True:
            try:
                await self._enter(await self._console.ask(self._on_open))
            except KeyboardInterrupt:
                if self._console.more:
                    await self._finish_turn(await self._console.press(INTERRUPT))
            except EOFError:
                await self._end_of_file()

    async def _end_of_file(self) -> None:
        if self._terminal.keys.closed:
            raise Leave  # nobody is there to be asked
        if self._console.more or self.room.live.bash.front.nested:
            await self._finish_turn(await self._console.press(END_OF_FILE))
        elif await self._editor.confirm(_("You are in host, the outermost shell. Leave nstutor?")):
            raise Leave

    async def _enter(self, line: str) -> None:
        """Run one line."""
        if not line.strip() and self._goes_on():
            await self._next()
        elif not self._console.more and (found := self._tutor.parse(line)):
            word, argument = found
            with self.room.screen.told():
                await word.act(argument)
        else:
            with self.room.screen.told():
                await self._run(line)

    def _goes_on(self) -> bool:
        """Whether an Enter alone means "go on": it was typed behind what announced that."""
        return self.room.arrived.is_set() and self._terminal.keys.taken > self._announced

    def _on_announced(self) -> None:
        self._announced = self._terminal.keys.received

    async def _next(self) -> None:
        if self.room.step is not None:
            self._teller.show_again()
        elif self._following() is not None:
            self.wants_following = True
            raise Leave
        else:
            self.room.screen.after_the_last()

    # --- one line -------------------------------------------------------------------------------------------------

    async def _run(self, line: str) -> None:
        live = self.room.live
        if live.bash.state is State.GONE:
            # It ended behind the prompt, this very moment.
            await replace_shell(self.room)
            live = self.room.live
        self._probing.give_up()
        before = live.snapshot or live.look()
        where = live.namespace_stack()[-1]
        hints = asyncio.get_running_loop().call_later(RUNNING_HINT_AFTER, hint_at_running, live)
        try:
            turn = await self._console.run(line)
        finally:
            hints.cancel()
        if turn.ended is Ended.INCOMPLETE:
            self._record(turn, where, changed=True)
            return
        await self._finish_turn(turn, before, where)
        if not turn.taken and not self.room.world.ended:
            await self._run(line)

    async def _finish_turn(self, turn: LineResult, before: Snapshot | None = None, where: str = "") -> None:
        room = self.room
        if self._console.took_repair():
            room.screen.say(repaired())
        observed = room.live.observe()
        room.changes = observed.changes
        if (turn.line or turn.keyboard) and turn.taken:
            self._record(turn, where, changed=bool(room.changes))
        self._teller.note(observed.passed)
        room.screen.changes(room.changes)
        if before is not None:
            from nstutor.grading.advice import advise

            room.screen.advice(advise(room.live, turn, before, where))
        if turn.ended is Ended.GONE:
            await replace_shell(self.room)
        if observed.passed:
            await self._teller.announce()
            self._probing.begin(observed)
        else:
            await self._probing.verify(observed)
            await self._teller.announce()

    def _record(self, turn: LineResult, where: str, *, changed: bool) -> None:
        with self.room.screen.told():
            self.room.journal.record(turn, where, changed=changed, fatal=self.room.world.ended)

    def _on_shell_gone(self) -> None:
        """The shell has ended behind the prompt."""
        if self._editor.open:
            self._tasks.start(self._above(self._revive))

    async def _revive(self) -> None:
        if self.room.live.bash.state is State.GONE:
            self._console.more = False
            await replace_shell(self.room)
            self._editor.show_prompt(self._console.message())

    # --- verdicts -------------------------------------------------------------------------------------------------

    async def _tell_probed(self, passed: Sequence[Step]) -> None:
        if self._editor.open:
            await self._above(self._teller.announce)
        elif passed:
            self._unlooked = True

    async def _above(self, act: Callable[[], Awaitable[None]]) -> None:
        """Let something print above the prompt; what it says of bad input is told there too."""
        async with self._editor.above():
            with self.room.screen.told():
                await act()

    def _saves(self) -> Reload:
        from nstutor.ui.reload import Reload

        def ready() -> bool:
            return self._warm and self._editor.open and not self._probing.busy

        return Reload(self.room, self._teller, ready, self._above, self._probing.settle)

    # --- the kernel's events --------------------------------------------------------------------------------------

    async def _warm_up(self) -> None:
        """After the first prompt is on the screen: import what Tab and the kernel's view need; take the first look."""
        from nstutor.kernel import observer

        Late.end()
        for preload in (editing.preload, observer.preload):
            await asyncio.get_running_loop().run_in_executor(None, preload)
        self._warm = True
        if self.room.live.snapshot is None:
            self.room.live.look()
        self._watch.start()
        await self._on_events()

    def _on_leaving(self) -> None:
        """What still waits for the old world's answers would ask descriptors that are somebody else's by then."""
        self._watch.stop()
        self._probing.give_up()

    def _on_new_world(self) -> None:
        live = self.room.live
        live.background, live.shell_gone = self._on_background, self._on_shell_gone
        live.monitor.tell = self._console.remark
        if self._warm or live.snapshot is not None:
            self.room.changes = ()  # what rebuilt the world is none of the learner's
            self._teller.note(live.observe().passed)
            self._watch.start()

    async def _on_events(self) -> None:
        # While a command runs its end will bring the look; only the prompt needs to be told.
        self._unlooked = not self._editor.open
        if not self._unlooked:
            await self._judge_now()

    def _on_open(self) -> None:
        """The prompt is there: what happened between the command's end and now is still to be looked at."""
        if self._warming is None:
            self._warming = self._tasks.start(self._warm_up())
        if self._unlooked:
            self._watch.soon()

    async def _judge_now(self) -> None:
        observed = self.room.live.observe()
        self._teller.note(observed.passed)
        self._editor.refresh()
        if self._teller.waiting:
            await self._above(self._teller.announce)
        self._probing.begin(observed)

    def _on_background(self, data: bytes) -> None:
        """What a background job prints while the learner edits a line."""

        async def write() -> None:
            self._terminal.write(data if data.endswith(b"\n") else data + b"\r\n")

        self._tasks.start(self._above(write))
