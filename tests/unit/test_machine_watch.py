"""Whose storm it was that made frames go: somebody else's makes a verdict void, one's own never does."""

from __future__ import annotations

import pytest

from nstutor.grading.machine_watch import suffers
from nstutor.kernel.shared import Backlog, Frames, Shared


@pytest.mark.parametrize(
    ("passed", "own", "void"),
    [
        (Backlog(900_000, 400_000), Frames(12, 3), True),
        (Backlog(900_000, 400_000), Frames(12, 0), False),
        (Backlog(30, 20), Frames(12, 18), True),
        (Backlog(900_000, 400_000), Frames(800_000, 390_000), False),
        (Backlog(900_000, 400_000), Frames(40_000, 20_000), True),
        (Backlog(900_000, 400_000), Frames(-5, -1), True),
    ],
    ids=["lost-in-it", "lost-none", "small", "its-own", "busy-beside-it", "namespace-gone"],
)
def test_whose_storm_it_was(passed: Backlog, own: Frames, void: bool) -> None:
    """By the frames that were lost, and by the world's part in all that came and went meanwhile."""
    before, known = Shared(Backlog(5000, 100), ()), Frames(700, 2)
    now = Shared(Backlog(*(one + more for one, more in zip(before.backlog, passed, strict=True))), ())
    assert suffers(before, now, known, Frames(known.received + own.received, known.dropped + own.dropped)) == void
