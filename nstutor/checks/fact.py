"""What every family implements, and the check that a line of a lesson makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nstutor.checks.base import PASSED, Observation, Status, Verdict
from nstutor.text.i18n import _
from nstutor.text.width import printable

if TYPE_CHECKING:
    from nstutor.kernel.model import Part
    from nstutor.kernel.probe_types import Probe

ANY = "any"
"""`netns any`: wherever it is."""


class Fact(Protocol):
    """Something that may be true of the network. The families subclass it; see `nstutor.checks.registry`."""

    @property
    def label(self) -> str:
        """Four words or fewer."""

    @property
    def goal(self) -> str:
        """The fact as a phrase."""

    @property
    def needs(self) -> frozenset[Part]:
        """What must be read besides links and addresses."""
        return frozenset()

    @property
    def probe(self) -> Probe | None:
        """The probe that it needs."""
        return None

    @property
    def looks(self) -> bool:
        """Whether it is about looking."""
        return False

    def judge(self, observation: Observation) -> Verdict:
        """Whether it is true; if not, what is wrong."""

    def contradiction(self, observation: Observation) -> Verdict:
        """What to say to `not`, in a observation where the fact is true."""

    def unseen(self, observation: Observation) -> bool:  # noqa: ARG002  # the families' interface
        """Whether it may be true of something that was not read, for there is too much (Namespace.cut)."""
        return False


@dataclass(frozen=True)
class CompiledCheck:
    """A check: a fact that a line of a lesson states or, with `not` in front, denies."""

    text: str
    line: int
    within: float
    denied: bool
    fact: Fact

    @property
    def label(self) -> str:
        """See Check."""
        return _("no {name}").format(name=self.fact.label) if self.denied else self.fact.label

    @property
    def goal(self) -> str:
        """See Check."""
        return _("no {what}").format(what=self.fact.goal) if self.denied else self.fact.goal

    @property
    def needs(self) -> frozenset[Part]:
        """See Check."""
        return self.fact.needs

    @property
    def probe(self) -> Probe | None:
        """See Check."""
        return self.fact.probe

    @property
    def looks(self) -> bool:
        """See Check."""
        return self.fact.looks

    def judge(self, observation: Observation) -> Verdict:
        """See Check. What could not be checked is not denied either, nor what nobody looked at."""
        verdict = self.fact.judge(observation)
        if verdict.status is Status.FAILED and self.fact.unseen(observation):
            return not_checked(_("there are more devices, addresses or other entries than are looked at"))
        if not self.denied or verdict.status is Status.NOT_CHECKED:
            return verdict
        return self.fact.contradiction(observation) if verdict.passed else PASSED


def failed(message: str, expected: object = None, actual: object = None, advice: str | None = None) -> Verdict:
    """A verdict on what is not as it should be."""
    return Verdict(Status.FAILED, printable(message), _text(expected), _text(actual), advice and printable(advice))


def settling(verdict: Verdict, about_to: bool) -> Verdict:
    """The verdict, with a word on whether the kernel is about to change it by itself."""
    return verdict._replace(settling=True) if about_to else verdict


def not_checked(reason: str) -> Verdict:
    """A verdict on what could not be judged."""
    return Verdict(Status.NOT_CHECKED, printable(reason))


def _text(value: object) -> str | None:
    return None if value is None else printable(str(value))
