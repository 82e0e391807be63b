"""`netns NAME`: the namespace exists."""

from __future__ import annotations

from dataclasses import dataclass

from nstutor.checks import values
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.fact import Fact, failed
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.presence import netns_problem
from nstutor.text.i18n import _

KEYWORDS: Keywords = {}


@dataclass(frozen=True)
class NetnsFact(Fact):
    """A namespace of that name exists for the learner's outermost shell."""

    name: str

    @property
    def label(self) -> str:
        """See Fact."""
        return self.name

    @property
    def goal(self) -> str:
        """See Fact."""
        return _("namespace {name}").format(name=self.name)

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        if self.name in observation.snapshot.namespaces:
            return PASSED
        return failed(netns_problem(observation.snapshot, self.name), self.name)

    def unseen(self, observation: Observation) -> bool:
        """See Fact."""
        return observation.snapshot.cut

    def contradiction(self, observation: Observation) -> Verdict:  # noqa: ARG002  # the family's interface
        """See Fact."""
        return failed(_("{name} still exists").format(name=self.name), None, self.name)


def parse(words: Words) -> Fact:
    """Read what stands behind `netns`."""
    name, words = words.value(values.new_netns, _("the name of a namespace"))
    fields(words, KEYWORDS)
    return NetnsFact(name)
