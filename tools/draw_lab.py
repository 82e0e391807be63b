"""Draw the lab of the course's lessons: `ladder.svg`, `wangpo-ports.svg`, `wangpo.svg`.

usage: make pictures, or python tools/draw_lab.py [FOLDER]

The shipped lessons' solutions are played in a lab, and what is there after a step is drawn. Nothing in a drawing
differs from run to run, so that a file changes only if the lesson, or the manner of drawing, does.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

from nstutor.checks.registry import compile_lesson
from nstutor.kernel.model import Snapshot
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.world_factory import WorldFactory
from nstutor.lesson.catalog import find
from nstutor.lesson.parse import load
from nstutor.picture.svg import draw
from nstutor.proof.step_pictures import states
from nstutor.session.steps import Plan

CHECKOUT = Path(__file__).parents[1]

PICTURES = {
    "ladder.svg": ("veth", "both", "The two houses, joined by a ladder"),
    "wangpo-ports.svg": ("bridge", "plug", "From each house a ladder to Wang Po; nothing is up yet"),
    "wangpo.svg": ("bridge", "up", "The two houses, joined by way of Wang Po"),
}
"""File: the lesson, the step after which its lab is drawn, and the name of the picture for who does not see it."""


async def after_steps(lesson: str, steps: set[str], factory: WorldFactory) -> dict[str, Snapshot]:
    """The lab after these steps of a lesson of the course; it is played no farther."""
    read = load(find(lesson))
    found: dict[str, Snapshot] = {}
    async with aclosing(states(Plan(read, compile_lesson(read)), factory)) as played:
        async for step, snapshot in played:
            if step in steps:
                found[step] = snapshot
            if len(found) == len(steps):
                return found
    raise SystemExit(f"{lesson} has no step {', '.join(steps - found.keys())}: PICTURES names steps of the lessons")


def pictures() -> Iterator[tuple[str, str]]:
    """Each file and its text."""
    steps: dict[str, set[str]] = {}
    for lesson, step, _name in PICTURES.values():
        steps.setdefault(lesson, set()).add(step)
    with WorldFactory() as factory:
        labs = {lesson: asyncio.run(after_steps(lesson, wanted, factory)) for lesson, wanted in steps.items()}
    for file, (lesson, step, name) in PICTURES.items():
        yield file, draw(labs[lesson][step], name=name)


def main() -> None:
    """Draw into the folder, or beside this program."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else CHECKOUT / "assets"
    become_supervisor()
    for file, text in pictures():
        (folder / file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
