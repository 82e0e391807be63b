"""What a check is, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from nstutor import NamedTuple

if TYPE_CHECKING:
    from nstutor.kernel.model import Execution, Part, Snapshot
    from nstutor.kernel.probe_types import Probe, ProbeResult


class Status(Enum):
    """A check's three states; `NOT_CHECKED` is never passed."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


class Verdict(NamedTuple):
    """What a check came to. The message names the object and what is wrong with it, in one line."""

    status: Status
    message: str = ""
    expected: str | None = None
    actual: str | None = None
    advice: str | None = None
    """What to do about it, where the state makes it certain; a second line."""
    settling: bool = False
    """Nobody needs to do anything about it: the kernel is about to, as when operstate lags."""

    @property
    def passed(self) -> bool:
        """Whether the check holds."""
        return self.status is Status.PASSED


PASSED = Verdict(Status.PASSED)


class Observation(NamedTuple):
    """All that a check may be judged from, at one moment."""

    snapshot: Snapshot
    executions: tuple[Execution, ...] = ()
    """What the learner executed since the last passed step of doing, oldest first."""
    probes: Mapping[Probe, ProbeResult] = MappingProxyType({})
    """Results that belong to this very state of the network."""
    shell_netns: str | None = None
    """Where the learner's shell in front stands, for messages; None if unknown."""
    at: float = 0.0
    """When it was looked at, by time.monotonic()."""
    running: tuple[Execution, ...] | None = None
    """What the learner's processes execute now, newest first, whichever step it was started in; None if unknown."""


class Check(Protocol):
    """One fact that the kernel can confirm. The check families implement this; see `nstutor.checks.registry`."""

    @property
    def text(self) -> str:
        """The check as the lesson has it, without `within`."""

    @property
    def line(self) -> int:
        """Its line in the lesson file, from 1."""

    @property
    def label(self) -> str:
        """Four words or fewer, for the toolbar: `xmq2wp .96`, `wp2pjl master`."""

    @property
    def goal(self) -> str:
        """The fact as a phrase for `:check`: `192.168.188.96/24 on xmq2wp in ximenqing-ns`."""

    @property
    def within(self) -> float:
        """Seconds to wait for it to become true."""

    @property
    def needs(self) -> frozenset[Part]:
        """What must be read of the kernel besides links and addresses."""

    @property
    def probe(self) -> Probe | None:
        """The probe it needs, if it is one that probes."""

    @property
    def denied(self) -> bool:
        """Whether it states that something is not so."""

    @property
    def looks(self) -> bool:
        """Whether it is about what the learner did to look (`ran`), not about the state of the network."""

    def judge(self, observation: Observation) -> Verdict:
        """What it comes to in this observation. Reads nothing but the observation."""
