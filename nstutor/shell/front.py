"""Who is in front of a terminal, and what it waits for, as the kernel says: of that no mark can lie."""

from __future__ import annotations

import contextlib
import os
import signal

from nstutor.kernel import process
from nstutor.kernel.waiting import Blocked, blocked_on_terminal
from nstutor.shell.keyboard import Keyboard


class Front:
    """The foreground of the terminal with this pty master; `outermost` is the shell that was started on it."""

    def __init__(self, master: int, slave: int, outermost: int, keyboard: Keyboard) -> None:
        self._master, self._slave, self._outermost, self._keyboard = master, slave, outermost, keyboard
        self._prompt_buffer = 0
        """Where the outermost shell reads its lines to: at that address it waits at its prompt, else in `read`."""
        self._marked: set[int] = set()
        """Processes that have marked a prompt."""

    @property
    def group(self) -> int | None:
        """The foreground process group."""
        return process.foreground(self._master)

    @property
    def is_outermost(self) -> bool:
        """Whether the outermost shell itself is in front."""
        return self.group == self._outermost

    @property
    def nested(self) -> bool:
        """Whether another shell stands in front of the outermost one."""
        return self.group not in (None, self._outermost)

    @property
    def cwd(self) -> str | None:
        """The directory of the shell in front, as a path of ours."""
        front = self.group
        return f"/proc/{front}/cwd" if front is not None else None

    def blocked(self) -> Blocked | None:
        """The process in front that has read all that was typed, and waits for more."""
        group = self.group
        if group is None or not self._keyboard.all_read():
            return None
        return blocked_on_terminal(group, os.stat(self._slave).st_rdev)

    def at_prompt(self, blocked: Blocked) -> bool:
        """Whether that is a shell at its prompt, and one that has marked its prompts.

        The outermost one reads its lines to a place of their own; one with readline waits in pselect(2) for a key.
        """
        if blocked.pid != self._outermost and blocked.pid not in self._marked:
            return False
        if blocked.buffer:
            return blocked.buffer == self._prompt_buffer
        return not self._keyboard.line_mode()

    def has_marked(self) -> None:
        """The process in front has marked a prompt."""
        if (group := self.group) is not None:
            self._marked.add(group)

    def learn_prompt(self) -> None:
        """The shell in front is at its prompt: remember what that looks like."""
        if (blocked := self.blocked()) and blocked.pid == self._outermost and blocked.buffer:
            self._prompt_buffer = blocked.buffer

    def stopped(self) -> bool:
        """Whether the process in front was stopped by a signal, so that it answers no key."""
        found = process.stat_of(group) if (group := self.group) is not None else None
        return found is not None and found.state == "T"

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process group in front."""
        if (group := self.group) is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)
