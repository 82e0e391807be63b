"""Keeps in the learner's record what is typed in an attached shell."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from nstutor.errors import UsageError
from nstutor.progress.run_log import Journal
from nstutor.session.live import LiveSession
from nstutor.shell.turn import Ended, LineResult
from nstutor.ui.shell_console import Recorder

if TYPE_CHECKING:
    from nstutor.kernel.model import Snapshot


class JournalRecorder(Recorder):
    """One attached shell's part of the run."""

    def __init__(self, journal: Journal, live: LiveSession) -> None:
        self._journal, self._live = journal, live
        self._shell = journal.new_shell()
        self._started = 0.0
        self._before: Snapshot | None = None
        self._is_gone = False

    def begins(self, line: str, netns: str) -> None:
        """See Recorder."""
        self._started, self._before = time.time(), self._live.snapshot
        if line:
            # What the disk has no room for is tried again, and told, when the line has ended.
            with contextlib.suppress(UsageError):
                self._journal.begin(line, netns, shell=self._shell, started=self._started)

    def ended(self, turn: LineResult, netns: str) -> None:
        """See Recorder."""
        if self._live.closed or self._live.world.ended:
            return  # the lab was left, or died: the line still runs, as far as the record goes
        self._is_gone = turn.ended is Ended.GONE
        if not turn.taken:
            turn = turn._replace(line="", keyboard=b"")
        if turn.line or turn.keyboard or turn.ended in {Ended.INCOMPLETE, Ended.GONE}:
            started = self._started if turn.line else None
            self._journal.record(turn, netns, changed=self._changed(), shell=self._shell, started=started)

    def left(self) -> None:
        """See Recorder."""
        if not self._is_gone:
            with contextlib.suppress(UsageError):
                self._journal.record_end(self._shell)

    def _changed(self) -> bool:
        if self._before is None:
            return True
        from nstutor.kernel.diff import changes

        after = self._live.look()
        # The event that would have told the lesson of it may be used up by this look.
        self._live.noticed()
        return bool(changes(self._before, after))
