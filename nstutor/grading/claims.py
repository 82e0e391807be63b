"""What a script that `nstutor export` wrote says of itself. Anybody can write that: it is told, and never trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from nstutor.report.result import Json

HEAD = "# nstutor "
"""What the lines of its header begin with."""
MOST_LINES = 20
"""A header stands at the top."""


def evidence_of(lines: Sequence[str]) -> Mapping[str, Json]:
    """`{"source": "file"}`, or the header's own words as `claimed`."""
    claimed: dict[str, Json] = {}
    for line in lines[:MOST_LINES]:
        if line.startswith(HEAD):
            key, _blank, value = line.removeprefix(HEAD).partition(" ")
            claimed |= _claim(key, value)
    return {"source": "export", "claimed": claimed} if claimed else {"source": "file"}


def _claim(key: str, value: str) -> dict[str, Json]:
    if key in {"seed", "evidence"}:
        try:
            return {key: json.loads(value)}
        except (ValueError, RecursionError):
            return {}
    if key == "exported":
        return {key: value}
    words = value.split()
    return {"nstutor": key, "lesson": {"id": words[1], "sha256": words[2]}} if words[:1] == ["lesson"] and len(
        words) == 3 else {}  # fmt: skip
