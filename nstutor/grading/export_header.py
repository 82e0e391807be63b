"""What a script that `nstutor export` wrote says of itself. Anybody can write that: it is told, and never trusted."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from nstutor.grading.result import Json

HEAD = "# nstutor "
"""What the lines of its header begin with."""
MOST_LINES = 20
"""A header stands at the top."""
LONGEST = 1 << 16
"""Characters of a value."""
DEEPEST = 10
"""Lists and objects in one another; evidence.py's are five."""


def evidence_of(lines: Sequence[str]) -> Mapping[str, Json]:
    """`{"source": "file"}`, or the header's own words as `claimed`."""
    claimed: dict[str, Json] = {}
    for line in lines[:MOST_LINES]:
        if line.startswith(HEAD):
            key, _blank, value = line.removeprefix(HEAD).partition(" ")
            claimed |= _claim(key, value[:LONGEST])
    return {"source": "export", "claimed": claimed} if claimed else {"source": "file"}


def _claim(key: str, value: str) -> dict[str, Json]:
    if key in {"seed", "evidence"}:
        try:
            said = json.loads(value)
        except (ValueError, RecursionError):
            return {}
        return {key: said} if _is_json(said) else {}
    if key == "exported":
        return {key: value}
    words = value.split()
    return (
        {"nstutor": key, "lesson": {"id": words[1], "sha256": words[2]}}
        if words[:1] == ["lesson"] and len(words) == 3
        else {}
    )


def _is_json(value: Json, deepest: int = DEEPEST) -> bool:
    """Whether a report can hold this: Python also reads NaN and Infinity, and nests as deep as it is told to."""
    if isinstance(value, float):
        return math.isfinite(value)
    if not isinstance(value, list | dict):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return deepest > 0 and all(_is_json(one, deepest - 1) for one in inner)
