"""Hands keys to the program that runs in the lab's shell, when it asks for them; what nobody asked for stays typed."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from collections.abc import Callable, Iterator

from nstutor.kernel.process import program_of
from nstutor.kernel.waiting import Blocked, reads_without_waiting, sleeps
from nstutor.shell.bash import Bash
from nstutor.shell.line_discipline import Discipline
from nstutor.text.i18n import _
from nstutor.ui.keyboard import PASTE, PASTE_END, SEQUENCE, KeyQueue

SOON, LATER = 0.003, 0.02
"""Seconds between two looks whether the program asks: at first, and after BRISK."""
BRISK = 0.3
POLLING, WAKEUPS = 0.5, 3
"""Seconds, and wake-ups from a plain sleep in that time, from which a program is taken to poll its terminal."""
FEW = 64
"""Bytes in the queue up to which a program that reads single keys gets them one by one, and above it by lines: what
comes behind the one that ends it is not its own."""
KEY, LINE = rb"(?s)%b|." % SEQUENCE.pattern, rb"[^\r\n]*[\r\n]"
MOST_ECHOED = 4096
"""Bytes at a time that are echoed: more is no typing."""
STUCK_AFTER = 0.7
"""Seconds without an answer, to interrupts or at all, after which a way out is named."""
INTERRUPTS = 3
WAY_OUT = b"\x1d"
"""Ctrl-]: only while it was named."""
BASH = "bash"


class Relay:
    """The queue's taker while a line runs in the shell.

    `write` shows what is echoed: the keys behind the first `before` ones that were received.
    """

    def __init__(self, keys: KeyQueue, bash: Bash, write: Callable[[bytes], None], before: int) -> None:
        self._keys, self._bash, self._write = keys, bash, write
        self._echoed = before
        """How many of the keys received need no echo any more."""
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._asked_since = self._loop.time()
        self._polls: tuple[int, int, float] | None = None
        """A program that may poll: its pid, how often it had slept, and since when it is watched."""
        self._stuck = Stuck(bash, write)

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """For the body keys are for the programs."""
        with self._keys.taken_by(self._arrived), self._stuck.watched():
            try:
                yield
            finally:
                self._cancel()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arrived(self, count: int) -> None:
        if count:
            self._asked_since = self._loop.time()
        running = bool(self._keys.typed) and self._bash.takes_keys
        discipline = self._bash.keyboard.discipline() if running else None
        if discipline is not None:
            self._signals(discipline)
            self._echo(discipline)
        self._pump()

    def _pump(self) -> None:
        self._cancel()
        while self._keys.typed and not self._keys.on_hold and self._bash.takes_keys and self._hand_over():
            self._asked_since = self._loop.time()
        if self._keys.typed:
            brisk = self._loop.time() - self._asked_since < BRISK
            self._timer = self._loop.call_later(SOON if brisk else LATER, self._arrived, 0)

    # --- at once --------------------------------------------------------------------------------------------------

    def _signals(self, discipline: Discipline) -> None:
        """Signal keys are not queued: they go to the program, and drop what was typed before them."""
        if WAY_OUT in self._keys.typed and self._stuck.named:
            self._keys.take(self._keys.typed.rfind(WAY_OUT) + 1)
            self._stuck.get_out()
            return
        keys, kept, end = discipline.signals(bytes(self._keys.typed))
        if not keys or self._at_prompt():
            return
        self._keys.replace(end, kept)
        self._keys.pasting = False
        self._bash.send(keys)
        self._stuck.signalled(keys)

    def _at_prompt(self) -> bool:
        """Whether the program has ended and only the shell's word for it is on its way."""
        blocked = self._bash.front.blocked()
        return blocked is not None and self._bash.front.at_prompt(blocked)

    def _echo(self, discipline: Discipline) -> None:
        """Show what was typed since the line began to run, as the terminal would."""
        keys = self._keys
        start = max(0, self._echoed - keys.taken)
        self._echoed = keys.received
        fresh = len(keys.typed) - start
        if 0 < fresh <= MOST_ECHOED and discipline.echoes and not keys.pasting:
            self._write(discipline.echo(bytes(keys.typed[:start]), bytes(keys.typed[start:])))
            keys.shown[start:] = b"\1" * fresh

    # --- on demand ------------------------------------------------------------------------------------------------

    def _hand_over(self) -> bool:
        """Give the program what it asks for; whether there was something to give."""
        discipline = self._bash.keyboard.discipline()
        if discipline is None:
            return False
        blocked = self._bash.front.blocked()
        if blocked is not None and self._bash.front.at_prompt(blocked):
            return False
        if blocked is None and not self._polling():
            return False
        # What it printed before it asked may be that it is none to ask any more.
        if not self._bash.takes_keys:
            return False
        count = self._line(discipline) if discipline.canonical else self._some_keys(blocked)
        if count:
            self._give(discipline, count, blocked)
        return bool(count)

    def _give(self, discipline: Discipline, count: int, blocked: Blocked | None) -> None:
        shown = all(self._keys.shown[:count])
        data = self._keys.take(count)
        if discipline.canonical:
            self._bash.send(data, echoed=discipline.echo(b"", data) if shown else b"", unseen=discipline.hides)
        else:
            # An editor shows the keys itself, on a terminal that does not; `read -sn 4` does not.
            self._bash.send(data, raw=True, unseen=discipline.hides and _is_read_builtin(blocked))

    def _line(self, discipline: Discipline) -> int:
        """How many bytes the next line has; what a terminal puts around a paste is none of the program's."""
        keys = self._keys
        if not keys.pasting and keys.typed.startswith(PASTE):
            keys.take(len(PASTE))
            keys.pasting = True
        end = keys.typed.find(PASTE_END) if keys.pasting else -1
        count = discipline.line(bytes(keys.typed if end < 0 else keys.typed[:end]))
        if count or end < 0:
            return count
        del keys.typed[end : end + len(PASTE_END)], keys.shown[end : end + len(PASTE_END)]
        keys.pasting = False
        return discipline.line(bytes(keys.typed))

    def _some_keys(self, blocked: Blocked | None) -> int:
        """How many bytes a program gets that reads keys as they come."""
        typed = self._keys.typed
        if _is_read_builtin(blocked):
            return 1  # read -n: what it leaves would be the next command
        if self._keys.pasting and (end := typed.find(PASTE_END)) >= 0:
            if end == 0:
                self._keys.take(len(PASTE_END))
                self._keys.pasting = False
                return 0
            return end
        match = re.match(LINE if len(typed) > FEW else KEY, typed)
        return match.end() if match else len(typed)

    def _polling(self) -> bool:
        """Whether the program looks for keys without waiting for them, as far as can be told from outside.

        It reads in a mode that never waits, or wakes up from one sleep after the other, as what does nothing but
        wait for a time does not.
        """
        group = self._bash.front.group
        if group is None or not self._bash.keyboard.all_read():
            return False
        if reads_without_waiting(group):
            return True
        slept, now = sleeps(group), self._loop.time()
        if slept is None:
            return False
        if self._polls is None or self._polls[0] != group:
            self._polls = group, slept, now
        _pid, before, since = self._polls
        return now - since > POLLING and slept - before >= WAKEUPS


def _is_read_builtin(blocked: Blocked | None) -> bool:
    return blocked is not None and bool(blocked.buffer) and program_of(blocked.pid) == BASH


class Stuck:
    """Names a way out where nothing answers the keyboard: the program was stopped, or ignores interrupts."""

    def __init__(self, bash: Bash, write: Callable[[bytes], None]) -> None:
        self._bash, self._write = bash, write
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._interrupts = 0
        self._was_stopped = False
        self.named = False
        """The key that leads out was named, and does it."""

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Look for the body whether the program in front is stopped."""
        self._look_later()
        try:
            yield
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def signalled(self, keys: bytes) -> None:
        """Signal keys were given to the program."""
        self._interrupts += len(keys)
        if self._interrupts >= INTERRUPTS:
            self._look_later()

    def get_out(self) -> None:
        """Wake up what was stopped; end what does not listen."""
        self.named, self._interrupts = False, 0
        self._bash.front.signal(signal.SIGCONT if self._bash.front.stopped() else signal.SIGKILL)
        self._look_later()

    def _look_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(STUCK_AFTER, self._look)

    def _look(self) -> None:
        stopped = self._bash.front.stopped()
        if not self.named and self._bash.takes_keys:
            if stopped and self._was_stopped:
                self._name(_("Nothing answers: it was stopped. Ctrl-] wakes it up."))
            elif self._interrupts >= INTERRUPTS and self._bash.front.blocked() is None:
                self._name(_("It goes on after Ctrl-C. Ctrl-] ends it (SIGKILL)."))
        self._was_stopped = stopped
        self._look_later()

    def _name(self, text: str) -> None:
        self.named = True
        self._write(f"\r\n  \x1b[2mⓘ {text}\x1b[0m\r\n".encode())
