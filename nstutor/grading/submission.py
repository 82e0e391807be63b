"""Submissions: from a file that was handed in to the lines that are typed."""

from __future__ import annotations

import os
from collections.abc import Mapping

from nstutor import NamedTuple
from nstutor.errors import UsageError, reason
from nstutor.grading.clean import clean
from nstutor.grading.encodings import decoded
from nstutor.grading.export_header import evidence_of
from nstutor.grading.result import Json
from nstutor.lesson.bounded_read import read_regular
from nstutor.session.replay import RecordedLine
from nstutor.text.i18n import _

LONGEST = 8 << 20
"""Bytes that are read of a submission; nobody types that much."""


class Typed(NamedTuple):
    """A line of the learner's own work as it was typed in `learn`, and what else was done then."""

    recorded: RecordedLine
    fatal: bool = False
    """It ended the lab, and is not typed again."""
    awaited: tuple[str, ...] = ()
    """Ids of steps that were passed after it by what ran in the background."""
    seconds: float = 0.0
    """From its end to the last of these."""


class Submission(NamedTuple):
    """A script as it was handed in: its name and its lines, without line ends."""

    name: str
    lines: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """What the reader of the result should know of it."""
    seed: str | None = None
    """What its variant of the lesson was drawn from; None where its name says it."""
    typed: tuple[Typed | None, ...] = ()
    """The learner's own work, in the place of lines; None for a line that answers a question."""
    home: bytes | None = None
    """The lab home at its start (home.take); an empty one for a file."""
    evidence: Mapping[str, Json] | None = None
    """How it came about, as far as that is known."""


def read_submission(path: str) -> Submission:
    """Read a script of the student's commands. Raises UsageError when it cannot be read."""
    try:
        data = read_regular(path, LONGEST + 1)
    except (OSError, ValueError) as error:
        raise UsageError(_("cannot read {path}: {why}").format(path=path, why=reason(error))) from None
    notes = _about_link(path)
    if len(data) > LONGEST:
        # Others that are graded with it must not suffer: the whole lines in front of the end are typed.
        data = data[: data.rfind(b"\n", 0, LONGEST) + 1]
        notes = (*notes, _("it is longer than {n} MiB: what is behind that was not typed").format(n=LONGEST >> 20))
    text, about_bytes = decoded(data)
    # Only \n and \r\n end a line for bash; str.splitlines() knows a dozen more.
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if lines and not lines[-1]:
        lines.pop()
    cleaned, about_lines = clean(lines)
    about = (*notes, *about_bytes, *about_lines)
    return Submission(os.path.basename(path), cleaned, about, evidence=evidence_of(cleaned))


def _about_link(path: str) -> tuple[str, ...]:
    """A note on a file that is another one, a classmate's perhaps."""
    if not (os.path.islink(path) and os.path.isfile(path)):
        return ()
    return (_("it is a link to {path}").format(path=os.readlink(path)),)
