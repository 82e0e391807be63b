"""Line breaks in the source of a Chinese text: the lines belong together, and no space stands between them."""

from __future__ import annotations

import re
from collections.abc import Sequence

WIDE = (
    "\u2e80\u303e",
    "\u3041\u33ff",
    "\u3400\u4dbf",
    "\u4e00\u9fff",
    "\uac00\ud7a3",
    "\uf900\ufaff",
    "\ufe30\ufe4f",
    "\uff00\uff60",
    "\uffe0\uffe6",
)
"""Characters of two columns, as ranges: the first and the last."""
MARKS = ("\u3001\u3003", "\u3008\u3020", "\uff01\uff0f", "\uff1a\uff20", "\uff3b\uff3d", "\uff5b\uff60")
"""Full-width punctuation; it brings its own space."""
BEGINS_BLOCK_RE = re.compile(r"\s*(?:[-+*][ \t]|[>#|=]|--|[0-9]+[.)]|$)")
"""A line that is no continuation of the one before it (CommonMark Spec 0.31, "Leaf blocks", "Container blocks")."""
STRESS = "*_"


def joined(markdown: str) -> str:
    """Markdown without code, with each line break gone that would be a space where none belongs."""
    lines: list[str] = []
    for line in markdown.split("\n"):
        if lines and _belongs_to(lines[-1], line):
            lines[-1] += line.lstrip()
        else:
            lines.append(line)
    return "\n".join(lines)


def _belongs_to(before: str, after: str) -> bool:
    if BEGINS_BLOCK_RE.match(after) or before.startswith("#"):
        return False
    return touch(before.rstrip(STRESS)[-1:], after.lstrip().lstrip(STRESS)[:1])


def touch(before: str, after: str) -> bool:
    """Whether nothing stands between two characters that a line break separates."""
    if not (before.strip() and after.strip()):
        return False
    both = _is_among(WIDE, before) and _is_among(WIDE, after)
    return both or _is_among(MARKS, before) or _is_among(MARKS, after)


def _is_among(ranges: Sequence[str], char: str) -> bool:
    # Not by a regular expression: to compile these ranges takes longer than to show the first step.
    return any(bounds[0] <= char <= bounds[1] for bounds in ranges)
