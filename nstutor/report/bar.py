"""A progress bar on the terminal that standard error is; nothing elsewhere."""

from __future__ import annotations

import sys
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bar:
    """It draws when it is told something, for a thread of its own must not stand before a fork."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._shown = sys.stderr.isatty()

    @cached_property
    def _drawn(self) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn(f"  {self._words}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        bar = Progress(
            *columns,
            console=Console(stderr=True),
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        return bar, bar.add_task(self._words, total=None)

    def told(self, done: int, known: int) -> None:
        """So many are done, of so many that are known of."""
        if self._shown:
            bar, task = self._drawn
            bar.start()
            bar.update(task, completed=done, total=known, refresh=True)

    def hide(self) -> None:
        """Make room for what is printed; it comes back with the next news."""
        if self._shown:
            bar, _task = self._drawn
            bar.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()
