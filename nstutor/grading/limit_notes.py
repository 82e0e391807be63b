"""Which of its limits a submission came to, in words for the result."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence

from nstutor import NamedTuple
from nstutor.grading.limits import MIB, GradingLimits
from nstutor.kernel.model import Snapshot
from nstutor.lab.resource_monitor import ResourceMonitor
from nstutor.shell.turn import Ended, LineResult
from nstutor.text.i18n import _, n_
from nstutor.text.width import printable

_NEARLY = 0.95
"""A world at its limit on processes loses some and gains others: a look need not find all of them."""
_PLACES = ("/tmp", "/root", "/var", "/run", "/etc", "/dev/shm")
"""What a submission can fill."""
_LONGEST = 60
"""Characters of a command in a note."""
_MOST_NAMED = 5


class OnLine(NamedTuple):
    """A note on a line of the submission: what is said of it, with a place for its number, and the other values."""

    line: int
    words: str
    values: tuple[tuple[str, object], ...]

    @property
    def text(self) -> str:
        """The note as it is read."""
        return self.words.format(line=self.line, **dict(self.values))


Note = str | OnLine


def counted(notes: Sequence[Note]) -> tuple[str, ...]:
    """The notes as they are read; those that say the same, of other lines perhaps, are one with their number."""
    alike: dict[object, list[Note]] = {}
    for note in notes:
        alike.setdefault(note if isinstance(note, str) else note[1:], []).append(note)
    return tuple(map(_one_note, alike.values()))


def _one_note(alike: Sequence[Note]) -> str:
    first, more = alike[0], len(alike) - 1
    text = first if isinstance(first, str) else first.text
    again = n_("{note} (and {n} more like it)", "{note} (and {n} more like it)", more)
    return again.format(note=text, n=more) if more else text


def of_turn(number: int, turn: LineResult, seconds: float, limits: GradingLimits) -> Iterator[OnLine]:
    """What one line came to: it may have been ended, or a signal that a limit sends ended its last command."""

    def note(words: str, **values: object) -> OnLine:
        return OnLine(number, words, (("command", printable(turn.line.strip()[:_LONGEST])), *values.items()))

    if turn.limit is Ended.TIMEOUT:
        yield note(_("line {line} was ended after {seconds:.3g} s: {command}"), seconds=seconds)
    elif turn.limit is Ended.FLOODED:
        yield note(
            _("line {line} was ended after {size} of output: {command}"), size=size_in_words(limits.output_bytes)
        )
    elif turn.status == 128 + signal.SIGXFSZ:
        yield note(
            _("line {line} wrote a file of more than {size}: {command}"), size=size_in_words(limits.world.file_size)
        )


def of_world(limits: GradingLimits, monitor: ResourceMonitor, snapshot: Snapshot | None) -> Iterator[str]:
    """What the whole submission came to."""
    if monitor.most_threads >= _NEARLY * limits.world.processes:
        yield _("it ran as many processes as it may: {most}").format(most=limits.world.processes)
    named = {namespace.identity for namespace in snapshot.namespaces.values()} if snapshot else set()
    if len(named | monitor.netns) > limits.world.namespaces:  # host is one of them
        yield _("it made as many network namespaces as it may: {most}").format(most=limits.world.namespaces)
    cut = [namespace.name for namespace in snapshot.namespaces.values() if namespace.cut] if snapshot else []
    if cut:
        yield _("it made more devices, addresses or routes than are looked at, in {namespaces}").format(
            namespaces=", ".join(map(printable, cut[:_MOST_NAMED]))
        )
    full = [place for place in _PLACES if place in monitor.full]
    if full:
        yield _("it filled all that it may write to in {places}").format(places=", ".join(full))


def size_in_words(size: int) -> str:
    """A number of bytes as a person would say it: 16 MiB."""
    return f"{size // MIB} MiB" if size >= MIB else f"{size / 1024:.3g} KiB"
