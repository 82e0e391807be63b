"""What a learner did at their terminals, done again: lines, the keys that programs got, interrupts, ends of file.

Several shells are typed into as they were then: what had ended before a line was typed has ended when it is typed
again, and what ran at the same time runs at the same time again.
"""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from nstutor import NamedTuple
from nstutor.errors import UsageError
from nstutor.kernel.process import foreground, standstill
from nstutor.session.live import LiveSession
from nstutor.shell.bash import PACE, Bash
from nstutor.shell.pty import State
from nstutor.shell.turn import FEED_PATIENCE, Ended, LineResult, OutputCallback, RunOptions
from nstutor.shell.turn import KEYS as PIECES
from nstutor.text.names import HOST

INTERRUPT, END_OF_FILE = b"\x03", b"\x04"
MOST_LOOKS = 50
KEYS: Mapping[bytes, Callable[[Bash], None]] = {INTERRUPT: Bash.interrupt, END_OF_FILE: Bash.end_of_file}
"""A record without a line and with one of these as its keyboard is that key at the prompt."""
STANDING_LOOKS = 3
"""Looks in a row at which a program stands still until it is taken to have done what it does by itself."""
LONGEST_START = 10.0
"""Seconds after which a program that never stands still is left to run; a busy machine takes its time to start one."""
LONGEST_GAP = 1.0
"""Seconds that are at most left between a program's start and the next line, as there were then."""


async def press(
    live: LiveSession, key: bytes, show: OutputCallback, terms: RunOptions | None = None, bash: Bash | None = None
) -> LineResult:
    """Press a key at the prompt and wait for the shell; the turn has it as what was typed."""
    shell = bash or live.bash
    await _until_it_reads(shell, MOST_LOOKS)
    KEYS[key](shell)
    turn = await shell.wait(show, terms)
    return turn._replace(keyboard=key)


async def _until_it_reads(bash: Bash, most: int) -> None:
    """A shell that has shown its prompt may still be setting up the terminal, and that drops an end of file."""
    looks = 0
    for _look in range(most):
        looks = looks + 1 if bash.front.blocked() is not None else 0
        if looks == 2:
            return
        await asyncio.sleep(PACE)


async def retype(
    live: LiveSession, line: str, show: OutputCallback, terms: RunOptions, bash: Bash | None = None
) -> LineResult:
    """Type a recorded line again, with what was typed to its programs; or press the key that was pressed."""
    if not line and terms.keyboard in KEYS:
        return await press(live, terms.keyboard, show, terms._replace(keyboard=b""), bash)
    return await live.run(line, show, terms, bash)


# --- several shells ---------------------------------------------------------------------------------------------------


class RecordedLine(NamedTuple):
    """A line of a record, to be typed again."""

    number: int
    """Of the command in its run: in the order in which they ended."""
    line: str
    keyboard: bytes = b""
    shell: int = 0
    """0: the lesson's own; n: the n-th one that was attached."""
    netns: str = HOST
    """Where its shell stood."""
    began: float = 0.0
    ended: float = 0.0
    """Infinite where it still runs at the end of the record."""
    hung_up: bool = False
    """Nothing was typed: the shell's terminal was closed."""
    skipped: bool = False
    """It is not typed again."""
    effect: bytes | None = None
    """What keys in it changed in the home (home.changed_since)."""
    unseen: bool = False
    """Its programs were given what was not shown and is not known any more: it cannot be typed again."""

    def overlaps(self, other: RecordedLine) -> bool:
        """Whether both ran at the same time, in two shells."""
        typed = not (self.hung_up or self.skipped or other.hung_up or other.skipped)
        return typed and self.shell != other.shell and self.began < other.ended and other.began < self.ended


def in_order(lines: Iterable[RecordedLine]) -> tuple[RecordedLine, ...]:
    """The lines as they were typed; those of one shell one after another, whatever its clock said."""
    newest: dict[int, RecordedLine] = {}
    found: dict[int, RecordedLine] = {}
    for recorded in sorted(lines, key=lambda line: line.number):
        line, before = recorded, newest.get(recorded.shell)
        if before is not None:
            line = line._replace(began=max(line.began, before.began))
            if before.ended > line.began and not line.hung_up:
                found[before.number] = before._replace(ended=line.began)
        newest[line.shell] = found[line.number] = line
    return tuple(sorted(found.values(), key=lambda line: (line.began, line.number)))


@dataclass(eq=False, repr=False)
class _Running:
    """A line that was typed beside others."""

    line: RecordedLine
    task: asyncio.Task[LineResult]
    may_end: asyncio.Event
    """Its keys of control may be pressed: all is over that was over before it ended."""
    turn: LineResult | None = None
    """What became of it, once it has ended."""


class Replay:
    """Types the lines of a record, in their order, into the shells of a lab."""

    def __init__(
        self,
        live: LiveSession,
        lines: Sequence[RecordedLine],
        show: OutputCallback,
        put: Callable[[bytes], None] | None,
    ) -> None:
        """`put` takes what a line changed in the home; without it these lines are typed like others."""
        self._live, self._lines, self._show, self._put = live, lines, show, put
        self._are_several = len({line.shell for line in lines}) > 1
        self._shells: dict[int, Bash] = {}
        self._running: list[_Running] = []
        self.left_out: list[RecordedLine] = []
        """Those whose shell could not be opened, for its namespace is not there; and those that are `unseen`."""

    async def type(self, index: int, terms: RunOptions) -> LineResult | None:
        """Type the line with this index; what became of it, None if it goes on or nothing was typed.

        In the place of the outermost shell that it ended there is another one, unless the world has ended.
        """
        line = self._lines[index]
        if line.hung_up:
            await self._hang_up(line.shell)
        await self._end_until(line.began)
        if line.hung_up or (line.skipped and not self._typed_after_all(line)):
            self._put_effect(line)
            return None
        if line.unseen:
            self._put_effect(line)
            self.left_out.append(line)
            return None
        bash = await self._shell_of(line)
        if bash is None:
            self.left_out.append(line)
            return None
        beside = sum(line.overlaps(other) for other in self._lines) if self._are_several else 0
        if line.ended < math.inf and (not beside or (line.keyboard in KEYS and not line.line)):
            terms = terms._replace(keyboard=line.keyboard)
            return await self._over(
                line,
                await self._read_by(bash, lambda shell: retype(self._live, line.line, self._show, terms, shell)),
            )
        running = self._start(line, bash, terms._replace(seconds=terms.seconds and terms.seconds * (1 + beside)))
        following = self._lines[index + 1].began if index + 1 < len(self._lines) else sys.float_info.max
        if line.ended <= following:
            await self._end_until(line.ended)
        else:
            await self._until_it_stands(running, bash, following - line.began)
        return running.turn

    async def finish(self) -> None:
        """Wait for what had an end; what had none runs on by itself."""
        await self._end_until(sys.float_info.max)
        self.close()

    def close(self) -> None:
        """Wait for nothing any more."""
        for running in self._running:
            running.task.cancel()
        self._running.clear()

    def _typed_after_all(self, line: RecordedLine) -> bool:
        return line.effect is not None and self._put is None

    def _put_effect(self, line: RecordedLine) -> None:
        if line.effect is not None and self._put is not None:
            self._put(line.effect)

    # --- shells ---------------------------------------------------------------------------------------------------

    async def _shell_of(self, line: RecordedLine) -> Bash | None:
        if line.shell == 0:
            return self._live.bash
        if line.shell in self._shells and self._shells[line.shell].state is State.GONE:
            self._close(line.shell)
        if line.shell not in self._shells:
            with suppress(UsageError):
                self._shells[line.shell] = await self._live.open_second(line.netns, self._show)
        return self._shells.get(line.shell)

    def _close(self, shell: int) -> None:
        self._live.close_second(self._shells.pop(shell))

    async def _hang_up(self, shell: int) -> None:
        for running in [one for one in self._running if one.line.shell == shell]:
            self._running.remove(running)
            running.task.cancel()
            await asyncio.gather(running.task, return_exceptions=True)
        if shell in self._shells:
            self._close(shell)

    async def _over(self, line: RecordedLine, turn: LineResult) -> LineResult:
        self._put_effect(line)
        if turn.ended is not Ended.GONE or self._live.world.ended:
            return turn
        if line.shell == 0:
            await self._live.reopen(self._show)
        else:
            self._close(line.shell)
        return turn._replace(ended=Ended.READY)

    # --- what runs at the same time -------------------------------------------------------------------------------

    def _start(self, line: RecordedLine, bash: Bash, terms: RunOptions) -> _Running:
        may_end = asyncio.Event()
        endless = line.ended == math.inf
        terms = terms._replace(pace=False, keyboard=b"", seconds=None if endless else terms.seconds)
        turn = self._read_by(bash, lambda shell: self._run(line, shell, terms, may_end))
        running = _Running(line, asyncio.create_task(turn), may_end)
        self._running.append(running)
        return running

    async def _read_by(self, bash: Bash, enter: Callable[[Bash], Awaitable[LineResult]]) -> LineResult:
        """Type into a shell; where another terminal has ended the outermost one this very moment, into the next one."""
        turn = await enter(bash)
        if turn.taken or bash is not self._live.bash or self._live.world.ended:
            return turn
        await self._live.reopen(self._show)
        return await enter(self._live.bash)

    async def _run(self, line: RecordedLine, bash: Bash, terms: RunOptions, may_end: asyncio.Event) -> LineResult:
        keys = asyncio.create_task(_give(bash, line.keyboard, may_end))
        try:
            return await self._live.run(line.line, self._show, terms, bash)
        finally:
            keys.cancel()

    async def _end_until(self, when: float) -> None:
        """Wait for what had ended by then, in that order: the end of one may be what ends another."""
        for running in sorted(self._running, key=lambda one: one.line.ended):
            if running.line.ended <= when:
                running.may_end.set()
                turn = await running.task
                self._running.remove(running)
                running.turn = await self._over(running.line, turn)

    async def _until_it_stands(self, running: _Running, bash: Bash, gap: float) -> None:
        """Wait until a program has begun and waits for something; and a little, as there was time until the next line.

        Without that a client would be there before its server.
        """
        loop = asyncio.get_running_loop()
        began, looks, before = loop.time(), 0, None
        while not running.task.done() and (passed := loop.time() - began) < LONGEST_START:
            now = _standstill(bash)
            looks = looks + 1 if now is not None and now == before else 0
            if looks >= STANDING_LOOKS and passed >= min(gap, LONGEST_GAP):
                return
            before = now
            await asyncio.sleep(PACE)


def _standstill(bash: Bash) -> tuple[bytes, ...] | None:
    group = foreground(bash.pty.master)
    return standstill(group) if bash.state is State.RUNNING and group is not None else None


async def _give(bash: Bash, keyboard: bytes, may_end: asyncio.Event) -> None:
    """Give a program its keys as it reads them; those of control, which may end it, at their time."""
    for keys in PIECES.findall(keyboard):
        await _until_it_reads(bash, math.ceil(FEED_PATIENCE / PACE))
        if len(keys) == 1 and keys < b"\x20":
            await may_end.wait()
        bash.send(keys)
