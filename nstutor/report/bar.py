"""A progress bar on the terminal that standard error is; nothing elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Bar:
    """It draws when it is told something, for a thread of its own must not stand before a fork."""

    def __init__(self, words: str) -> None:
        columns = (TextColumn(f"  {words}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._shown = sys.stderr.isatty()
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False,
                             redirect_stdout=False, redirect_stderr=False)  # fmt: skip
        self._task = self._bar.add_task(words, total=None)

    def told(self, done: int, known: int) -> None:
        """So many are done, of so many that are known of."""
        if self._shown:
            self._bar.start()
            self._bar.update(self._task, completed=done, total=known, refresh=True)

    def hide(self) -> None:
        """Make room for what is printed; it comes back with the next news."""
        if self._shown:
            self._bar.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()
