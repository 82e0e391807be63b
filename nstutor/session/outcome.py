"""What one look at a live session's world came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nstutor.lesson.model import Step

if TYPE_CHECKING:
    from nstutor.kernel.diff import Change
    from nstutor.kernel.model import Snapshot


class LineOutcome(NamedTuple):
    """What an observation came to: steps passed by it, and the state before and after."""

    passed: tuple[Step, ...] = ()
    probing: bool = False
    """Probes are wanted; `settle` runs them."""
    before: Snapshot | None = None
    after: Snapshot | None = None

    @property
    def changes(self) -> tuple[Change, ...]:
        """What changed; worked out for who asks."""
        from nstutor.kernel.diff import changes

        return changes(self.before, self.after) if self.before and self.after else ()
