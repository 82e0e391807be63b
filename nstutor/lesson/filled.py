"""A lesson's lines with the values of one variant in the place of `{{ name }}`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nstutor.lesson.faults import Faults, did_you_mean
from nstutor.lesson.source import Source
from nstutor.lesson.variables import Variant
from nstutor.text.i18n import _

REFERENCE = re.compile(r"\{\{\s*(?P<name>[A-Za-z_][\w.-]*)\s*\}\}")


@dataclass(frozen=True, slots=True)
class _Unknown:
    """A reference that nothing stands for: where it is in the filled line."""

    name: str
    line: int
    column: int
    length: int


def filled(source: Source, variant: Variant | None, after: int, faults: Faults) -> Source:
    """The source with the values in the lines after this one; a fault for each name that is no variable.

    Line numbers stay; from here on faults show the lines as they read with the values.
    """
    if variant is None:
        return source
    unknown: list[_Unknown] = []
    body = [_filled(line, number, variant, unknown) for number, line in enumerate(source.lines[after:], after + 1)]
    lines = (*source.lines[:after], *body)
    faults.show(lines)
    for one in unknown:
        message = _("there is no variable `{name}`{meant}")
        meant = did_you_mean(one.name, variant.references)
        faults.add(one.line, one.column, message.format(name=one.name, meant=meant), one.length)
    return source._replace(lines=lines)


def filled_text(text: str, variant: Variant | None) -> str:
    """A text with the values; a name that is no variable stays as it is."""
    return text if variant is None else _filled(text, 0, variant, [])


def _filled(line: str, number: int, variant: Variant, unknown: list[_Unknown]) -> str:
    if "{{" not in line:
        return line
    done, at = "", 0
    for match in REFERENCE.finditer(line):
        done += line[at : match.start()]
        value = variant.of(match["name"])
        if value is None:
            unknown.append(_Unknown(match["name"], number, len(done) + 1, len(match[0])))
        done += match[0] if value is None else value
        at = match.end()
    return done + line[at:]
