"""Questions about what the learner executed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from nstutor import NamedTuple
from nstutor.checks.base import Observation
from nstutor.cmdline.understand import Command, program_of, understand
from nstutor.kernel.model import Execution, Link
from nstutor.text.names import HOST

LONGEST_SHOWN = 60
LEAD = frozenset({"ip", "nsenter", "unshare", "sudo", "su", "env"})
"""Programs that become others."""
ENTER = LEAD | {"bash", "sh", "dash", "zsh"}
"""Programs that only lead to others."""
STARTING = 5.0
"""Seconds after which a program that neither computes nor loads has come to what it does."""


class ExecutedCommand(NamedTuple):
    """An execution with what it meant and the name of the namespace that it was about."""

    execution: Execution
    command: Command
    netns: str | None
    """None for a namespace without a name."""

    @property
    def text(self) -> str:
        """The command line for a message, cut where it is long."""
        whole = " ".join(self.execution.argv)
        return whole if len(whole) <= LONGEST_SHOWN else f"{whole[:LONGEST_SHOWN]}…"


def deeds(observation: Observation, *programs: str) -> Iterator[ExecutedCommand]:
    """What was executed of these programs, the latest first."""
    for execution in reversed(observation.executions):
        # A submission may execute ten thousand programs; only those in question are taken apart.
        command = _understood(execution.argv) if program_of(execution.argv) in programs else None
        if command is not None:
            yield ExecutedCommand(execution, command, command.netns or observation.snapshot.name_of(execution.netns))


@lru_cache(maxsize=4096)
def _understood(argv: tuple[str, ...]) -> Command | None:
    # Every check asks anew after each command.
    return understand(argv)


def is_starting(observation: Observation, netns: str) -> bool:
    """Whether a young program runs in that namespace, or is about to enter one, and so may be about to listen there."""
    running = observation.running
    if running is None:
        running = tuple(one for one in observation.executions[-1:] if one.status is None)
    young = (one for one in running if observation.at - one.at < STARTING)
    return any(_starts(one, netns, observation) for one in young)


def _starts(execution: Execution, netns: str, observation: Observation) -> bool:
    program = program_of(execution.argv)
    return program in LEAD or (program not in ENTER and observation.snapshot.name_of(execution.netns) == netns)


def set_up_elsewhere(link: Link, observation: Observation) -> str | None:
    """Name another namespace in which a device of this name was set up, as far as that can be seen."""
    done = (deed.netns for deed in deeds(observation, "ip", "ifconfig") if _sets_up(deed, link.name))
    seen = (
        other.netns for other in observation.snapshot.links() if other.loopback and other.up and other.netns != HOST
    )
    found = next((netns for netns in done if netns not in (None, link.netns)), None)
    return found or (next(seen, None) if link.loopback else None)


def _sets_up(deed: ExecutedCommand, dev: str) -> bool:
    by_ip = Command("ip", None, ("link", "set"), (("", dev), ("", "up")))
    by_ifconfig = Command("ifconfig", None, (), words=(dev, "up"))
    done = deed.execution.status in (0, None) and deed.execution.genuine
    return done and (by_ip.covers(deed.command) or by_ifconfig.covers(deed.command))
