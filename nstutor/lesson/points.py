"""What a step is worth, and how much a submission needs: `{#plug points=2}`, `{#more .bonus}`, `pass: 80 %`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nstutor.lesson.faults import Faults, there_are
from nstutor.text.i18n import _
from nstutor.text.typo import nearest

REQUIRED, BONUS, POINTS = ".required", ".bonus", "points"
MOST_POINTS = 100
PASS_RE = re.compile(r"(?P<number>[0-9]{1,4})(?:\s*(?P<percent>%)|\s*points?)?\Z")


@dataclass(frozen=True, slots=True)
class PassMark:
    """How much a submission needs: so many points, or so many per cent of those of the steps that count."""

    number: int
    percent: bool

    def of(self, max_score: int) -> int:
        """The points that are needed where so many can be had, which --here may see fewer of than the lesson has."""
        return -(-max_score * self.number // 100) if self.percent else min(self.number, max_score)


@dataclass(frozen=True, slots=True)
class Worth:
    """What the attributes of a step's heading say."""

    points: int = 1
    bonus: bool = False
    required: bool = False


def read_pass_mark(text: str) -> PassMark | None:
    """`80 %`, `5 points` or `5`; None for what is none of these."""
    match = PASS_RE.match(text)
    mark = PassMark(int(match["number"]), bool(match["percent"])) if match else None
    return mark if mark and mark.number > 0 and not (mark.percent and mark.number > 100) else None


def read_worth(words: Sequence[str], line: int, faults: Faults) -> Worth:
    """Read the attributes of a heading, its id aside."""
    points = [word for word in words if word.startswith(f"{POINTS}=")]
    for word in words:
        if word not in (REQUIRED, BONUS, *points):
            faults.add_line(line, _unknown(word))
    for word in points[1:]:
        faults.add_line(line, _("`{word}`: the points of a step stand once").format(word=word))
    return Worth(_number(points[0], line, faults) if points else 1, BONUS in words, REQUIRED in words)


def _number(word: str, line: int, faults: Faults) -> int:
    text = word.partition("=")[2]
    if re.fullmatch(r"[0-9]{1,3}", text) and 0 < int(text) <= MOST_POINTS:
        return int(text)
    faults.add_line(line, _("`{word}`: points are a whole number from 1 to {most}").format(word=word, most=MOST_POINTS))
    return 1


def _unknown(word: str) -> str:
    key, _equals, value = word.partition("=")
    near = nearest(key, (REQUIRED, BONUS, POINTS))
    if near is None:
        meant = there_are(("#id", REQUIRED, BONUS, f"{POINTS}=N"))
    else:
        meant = _("; did you mean `{near}`?").format(near=f"{POINTS}={value or 'N'}" if near == POINTS else near)
    return _("unknown attribute `{word}`{meant}").format(word=word, meant=meant)
