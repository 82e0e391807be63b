"""Void verdicts are tried again, alone; and no more than twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nstutor.grading.repeats import Gate, graded_calmly
from nstutor.grading.result import Result, voided

RESULT = Result("short", "A short lesson", "/short.md", "abc", "work.sh", (), 3, 12)
VOID = voided(RESULT, "frames were lost", again=True)


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A place of our own for the locks."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return Gate.here()


class Room:
    """Who is at work, and what was seen of them."""

    def __init__(self) -> None:
        self.inside: set[str] = set()
        self.seen: list[tuple[str, int]] = []
        """Who came in, and how many were there then."""

    @contextmanager
    def entered(self, name: str) -> Iterator[None]:
        """Be at work."""
        self.inside.add(name)
        self.seen.append((name, len(self.inside)))
        yield
        self.inside.remove(name)


def test_a_repeat_is_alone_and_is_not_passed_by(gate: Gate) -> None:
    """It waits until the others have finished; those that come later wait for it."""
    room, together, finish = Room(), asyncio.Event(), asyncio.Event()

    async def grade(name: str) -> None:
        async with gate.entered(alone=False):
            with room.entered(name):
                if len(room.inside) == 2:
                    together.set()
                await finish.wait()

    async def repeat() -> None:
        async with gate.entered(alone=True):
            with room.entered("repeat"):
                await asyncio.sleep(0)

    async def play() -> None:
        first = [asyncio.create_task(grade(name)) for name in "ab"]
        await together.wait()
        second = asyncio.create_task(repeat())
        await asyncio.sleep(0)  # it holds the door now
        third = asyncio.create_task(grade("c"))
        await asyncio.sleep(0)
        finish.set()
        await asyncio.gather(*first, second, third)

    asyncio.run(play())
    assert room.seen[2:] == [("repeat", 1), ("c", 1)]
    assert {name for name, _ in room.seen[:2]} == {"a", "b"}


@pytest.mark.parametrize("voids", [0, 1, 2, 3])
def test_at_most_two_repeats(gate: Gate, voids: int) -> None:
    """The first verdict that is not void counts, with a note; a third void one stays."""
    left = [VOID] * voids + [RESULT] * 3

    async def grade() -> Result:
        return left.pop(0)

    result = asyncio.run(graded_calmly(grade, gate))
    assert len(left) == 6 + voids - 3 - min(voids, 2) - 1
    assert result.void == (voids == 3)
    assert len(result.notes) == bool(voids)
    assert all("void: frames were lost" in note for note in result.notes)


def test_what_the_machine_lacks_is_not_tried_again(gate: Gate) -> None:
    """It would lack it the next time."""
    left = [voided(RESULT, "no brctl"), RESULT]

    async def grade() -> Result:
        return left.pop(0)

    assert asyncio.run(graded_calmly(grade, gate)).void
    assert left == [RESULT]


def test_a_file_of_somebody_else_is_no_lock(gate: Gate) -> None:
    """What others could hold would hold up everybody: then there are no locks, and the grading goes on."""
    assert gate.door is not None
    Path(gate.door).write_text("")
    Path(gate.door).chmod(0o666)

    async def both() -> int:
        async with gate.entered(alone=True), gate.entered(alone=True):
            return 2

    assert asyncio.run(asyncio.wait_for(both(), 30)) == 2
