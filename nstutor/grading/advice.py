"""What the coach says to a line that was run, at a prompt as in a proof."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nstutor.kernel.model import Snapshot
from nstutor.session.live import LiveSession
from nstutor.shell.turn import LineResult

if TYPE_CHECKING:
    from nstutor.coach.advice import Advice

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b.|\r")


def advise(live: LiveSession, result: LineResult, before: Snapshot, netns: str) -> Advice | None:
    """An explanation of what a line came to, if there is one; it was typed in `netns` when `before` was read."""
    from nstutor.coach.advice import Attempt
    from nstutor.coach.explain import explain

    output = _ESCAPES.sub("", result.output.decode(errors="replace"))
    return explain(Attempt(result.line, output, result.status or 0, netns, before, live.snapshot or before))
