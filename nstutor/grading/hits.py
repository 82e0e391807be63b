"""Which of its limits a submission came to, in words for the result."""

from __future__ import annotations

import signal
from collections.abc import Iterator

from nstutor.checks.fact import printable
from nstutor.grading.limits import MIB, GradingLimits
from nstutor.kernel.model import Snapshot
from nstutor.language import _
from nstutor.shell.turn import Ended, Turn
from nstutor.watchdog import Watchdog

_NEARLY = 0.95
"""A world at its limit on processes loses some and gains others: a look need not find all of them."""
_PLACES = ("/tmp", "/root", "/var", "/run", "/etc", "/dev/shm")
"""What a submission can fill."""
_LONGEST = 60
"""Characters of a command in a note."""
_MOST_NAMED = 5


def of_turn(number: int, turn: Turn, seconds: float, limits: GradingLimits) -> Iterator[str]:
    """What one line came to: it may have been ended, or a signal that a limit sends ended its last command."""
    command = printable(turn.line.strip()[:_LONGEST])
    if turn.limit is Ended.TIMEOUT:
        yield _("line {line} was ended after {seconds:.3g} s: {command}").format(
            line=number, seconds=seconds, command=command)
    elif turn.limit is Ended.FLOODED:
        yield _("line {line} was ended after {size} of output: {command}").format(
            line=number, size=size_in_words(limits.output_bytes), command=command)
    elif turn.status == 128 + signal.SIGXFSZ:
        yield _("line {line} wrote a file of more than {size}: {command}").format(
            line=number, size=size_in_words(limits.world.file_size), command=command)


def of_world(limits: GradingLimits, watchdog: Watchdog, snapshot: Snapshot | None) -> Iterator[str]:
    """What the whole submission came to."""
    if watchdog.most_threads >= _NEARLY * limits.world.processes:
        yield _("it ran as many processes as it may: {most}").format(most=limits.world.processes)
    named = {namespace.identity for namespace in snapshot.namespaces.values()} if snapshot else set()
    if len(named | watchdog.netns) > limits.world.namespaces:  # host is one of them
        yield _("it made as many network namespaces as it may: {most}").format(most=limits.world.namespaces)
    cut = [namespace.name for namespace in snapshot.namespaces.values() if namespace.cut] if snapshot else []
    if cut:
        yield _("it made more devices, addresses or routes than are looked at, in {namespaces}").format(
            namespaces=", ".join(map(printable, cut[:_MOST_NAMED])))
    full = [place for place in _PLACES if place in watchdog.full]
    if full:
        yield _("it filled all that it may write to in {places}").format(places=", ".join(full))


def size_in_words(size: int) -> str:
    """A number of bytes as a person would say it: 16 MiB."""
    return f"{size // MIB} MiB" if size >= MIB else f"{size / 1024:.3g} KiB"
