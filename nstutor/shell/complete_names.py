"""The names that a shell knows: its variables, also those that are not exported, its functions and aliases.

Each bash of the lab writes them down before its prompt (`nstutor.shell.marks.prompt_hook`), so nobody has to ask it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from nstutor.shell.complete_files import Folder, read_small, resolve
from nstutor.shell.marks import COMMAND_SIGN, HOOK_VARIABLE, NAMES_FILE

_VARIABLE = re.compile(r"(?<!\\)\$(?P<brace>\{[!#]?)?(?P<name>[A-Za-z_]\w*)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Names:
    """What a shell knows by name."""

    variables: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    """Functions and aliases."""


@dataclass(frozen=True, slots=True)
class TypedVariable:
    """The variable at the end of a line: what of its name is typed, and whether its brace is open."""

    name: str
    in_brace: bool


def typed_variable(text: str) -> TypedVariable | None:
    """The variable that is typed at the end of this text, outside of single quotes; None for anything else."""
    match = _VARIABLE.search(text)
    return TypedVariable(match["name"] or "", bool(match["brace"])) if match else None


def read_names(root: Folder, pid: Callable[[], int | None]) -> Names:
    """What the shell with that number in the world knew at its last prompt. Nothing if it wrote nothing down."""
    world, number = root(), pid()
    path = resolve(world, f"{NAMES_FILE}{number}") if world is not None and number is not None else None
    lines = (read_small(path) or b"" if path is not None else b"").decode(errors="replace").split("\n")
    commands = tuple(sorted({line[1:] for line in lines if line.startswith(COMMAND_SIGN) and len(line) > 1}))
    variables = (line for line in lines if line.isidentifier() and line != HOOK_VARIABLE)
    return Names(tuple(sorted(variables)), commands)
