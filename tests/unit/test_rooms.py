"""The rooms of the package and what each may import, as CONTRIBUTING.md prints them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PACKAGE = CHECKOUT / "nstutor"
OUTSIDE = {"__init__.py", "__main__.py", "cli.py", "errors.py"}
"""The files that stand in no room."""
TABLE_ROW = re.compile(r"^\| `(?P<room>\w+)/` \| [^|]+ \| (?P<may>[^|]+) \|$", re.MULTILINE)


def printed_table() -> dict[str, frozenset[str] | None]:
    """Each room and the rooms that it may import; None where that is every room but `commands`."""
    text = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = {row["room"]: row["may"].strip() for row in TABLE_ROW.finditer(text)}
    return {room: _rooms(may) for room, may in rows.items()}


def _rooms(may: str) -> frozenset[str] | None:
    if may.startswith("all"):
        return None
    return frozenset() if may == "nothing of ours" else frozenset(may.split(", "))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Each import of ours in a file: its line and the room."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "nstutor":
            modules = [node.module] if node.module != "nstutor" else [f"nstutor.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names if alias.name.startswith("nstutor.")]
        else:
            continue
        for module in modules:
            yield node.lineno, module.split(".")[1]


def against(table: dict[str, frozenset[str] | None]) -> Iterator[str]:
    """Each import that the table does not allow."""
    for path in sorted(PACKAGE.rglob("*.py")):
        room, *inner = path.relative_to(PACKAGE).parts
        if not inner:
            continue
        allowed = table[room]
        for line, other in imports(path):
            if other in (room, "__version__", "NamedTuple"):
                continue
            if other == "commands" or (allowed is not None and other not in allowed):
                yield f"{path.relative_to(CHECKOUT)}:{line}: {room} imports {other}"


def test_each_file_stands_in_a_room_of_the_table() -> None:
    """A file at the top level is the entrance or the errors, and each folder is a row."""
    found = {path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py")}
    assert found == OUTSIDE | set(printed_table())


def test_arrows_go_where_the_table_says() -> None:
    """No import goes against the table."""
    assert not list(against(printed_table()))


def test_the_table_has_no_circle() -> None:
    """Rooms can be put on floors, each importing from the floors below it alone."""
    left = {room: set(may) - {"errors"} for room, may in printed_table().items() if may is not None}
    while lowest := {room for room, may in left.items() if not may & left.keys()}:
        left = {room: may for room, may in left.items() if room not in lowest}
    assert not left
