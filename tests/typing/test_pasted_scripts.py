"""A script of 200 lines that is pasted runs as it does in plain bash."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from places import AT, ATTACH, LEARN, NESTED, PLAIN, Desk, Place
from scripts import script
from series import SEED, seed_given
from tags import Tags, faults, seen
from typist import PASTE, PASTE_END, Typist

pytestmark = pytest.mark.terminal

LINES = 200


def outcome(place: Place, folder: Path, keys: bytes, wanted: list[int]) -> list[int]:
    """The tags that the keys come to there."""
    folder.mkdir()
    rng = random.Random(seed_given())
    with place.open(Desk(folder, rng, cursor_ms=40)) as terminal:
        since = terminal.mark()
        terminal.type(keys)
        typist = Typist(terminal, rng, words=False)
        typist.expect(wanted, since)
        return seen(terminal.text[since:])


@pytest.mark.parametrize(
    ("place", "way"),
    [
        (LEARN, "typed"),
        (LEARN, "pasted"),
        (NESTED, "typed"),
        (ATTACH, "pasted"),
        (AT, "typed"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_pasted_script_runs_as_in_plain_bash(place: Place, way: str, tmp_path: Path) -> None:
    """Here-documents, loops, functions, case statements, commands that read the lines after them."""
    tags, rng = Tags(), random.Random(f"{place.name} {way} {seed_given()}")
    # readline takes a whole paste as one command: there the lines are no input of its commands.
    lines = script(tags, rng, LINES, reading=(place, way) != (ATTACH, "pasted"))
    text = "\r".join(lines).encode()
    plain = outcome(PLAIN, tmp_path / "plain", text + b"\r", tags.given)
    keys = PASTE + text + PASTE_END + b"\r" if way == "pasted" else text + b"\r"
    got = outcome(place, tmp_path / place.name, keys, tags.given)
    assert not faults(plain, got), f"{SEED}={seed_given()}: {faults(plain, got)}"
