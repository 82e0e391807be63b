"""What a learner did at the prompt besides typing lines, as it is kept and done again: an interrupt, an end of file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from nstutor.conductor import Conductor
from nstutor.shell.bash import PACE, Bash
from nstutor.shell.turn import Show, Terms, Turn

INTERRUPT, END_OF_FILE = b"\x03", b"\x04"
MOST_LOOKS = 50
KEYS: Mapping[bytes, Callable[[Bash], None]] = {INTERRUPT: Bash.interrupt, END_OF_FILE: Bash.end_of_file}
"""A record without a line and with one of these as its keyboard is that key at the prompt."""


async def press(conductor: Conductor, key: bytes, show: Show, terms: Terms | None = None,
                bash: Bash | None = None) -> Turn:  # fmt: skip
    """Press a key at the prompt and wait for the shell; the turn has it as what was typed."""
    shell = bash or conductor.bash
    await _until_it_reads(shell)
    KEYS[key](shell)
    turn = await shell.wait(show, terms)
    if shell is conductor.bash:
        conductor.in_compound = False
    return replace(turn, keyboard=key)


async def _until_it_reads(bash: Bash) -> None:
    """A shell that has shown its prompt may still be setting up the terminal, and that drops an end of file."""
    looks = 0
    for _look in range(MOST_LOOKS):
        looks = looks + 1 if bash.waits_for_line() else 0
        if looks == 2:
            return
        await asyncio.sleep(PACE)


async def retype(conductor: Conductor, line: str, show: Show, terms: Terms) -> Turn:
    """Type a recorded line again, with what was typed to its programs; or press the key that was pressed."""
    if not line and terms.keyboard in KEYS:
        return await press(conductor, terms.keyboard, show, replace(terms, keyboard=b""))
    return await conductor.run(line, show, terms)
