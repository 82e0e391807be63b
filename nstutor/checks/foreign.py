"""Families of checks that other packages bring: entry points of the group `nstutor.checks` (docs/checks.md).

They are looked for only when a line names a family that is not built in, so that others pay nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from nstutor.checks.base import Observation, Verdict
from nstutor.checks.fact import Fact, not_checked
from nstutor.checks.grammar import Word, Words
from nstutor.errors import kept_as_fault
from nstutor.kernel.model import ADDRESSES, LINKS, Kind, Part
from nstutor.kernel.probe_types import Probe
from nstutor.text.i18n import _

GROUP = "nstutor.checks"
MEMBERS: Mapping[str, Callable[[Any], bool]] = {
    "label": lambda label: isinstance(label, str),
    "goal": lambda goal: isinstance(goal, str),
    "needs": lambda needs: isinstance(needs, frozenset) and all(isinstance(part, Part) for part in needs),
    "probe": lambda probe: probe is None or isinstance(probe, Probe),
    "looks": lambda looks: isinstance(looks, bool),
    "judge": callable,
    "contradiction": callable,
}
"""What nstutor asks of a Fact, each with what it must be."""

Parse = Callable[[Words], Fact]


def names() -> tuple[str, ...]:
    """The families that are installed."""
    return tuple(sorted(entry_points(group=GROUP).names))


def parse_by(family: Word, words: Words) -> Fact | None:
    """Read a line of a family that is not built in; None if no package brings it.

    Raises LessonError, at the name of the family, where the package fails.
    """
    entry = next(iter(entry_points(group=GROUP, name=family.text)), None)
    if entry is None:
        return None
    faults: list[BaseException] = []
    fact: Fact | None = None
    with kept_as_fault(faults):
        parse: Parse = entry.load()
        fact = parse(words)
        # All of it, once: what fails here fails for the author, and not for the learner.
        _must_be_a_fact(fact)
    if faults or fact is None:
        raise words.fault(_broken(entry, faults[0]), family)
    return ForeignFact(fact, entry)


def _must_be_a_fact(fact: object) -> None:
    """Raise TypeError for what cannot be used as one."""
    missing = [member for member in MEMBERS if not hasattr(fact, member)]
    if missing:
        raise TypeError(_("its Fact has no {members}").format(members=", ".join(missing)))
    for member, is_right in MEMBERS.items():
        if not is_right(found := getattr(fact, member)):
            raise TypeError(_("the `{member}` of its Fact is {found}").format(member=member, found=repr(found)))
    hash(fact)


def _broken(entry: EntryPoint, error: BaseException) -> str:
    message = _("the check family `{family}` of the package {package} is broken: {error}")
    return message.format(family=entry.name, package=package_of(entry), error=f"{type(error).__name__}: {error}")


def package_of(entry: EntryPoint) -> str:
    """The package that brings it, with its version."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


@dataclass(frozen=True)
class ForeignFact(Fact):
    """A fact of another package's, kept apart: its faults are not ours, and end no lesson."""

    fact: Fact
    entry: EntryPoint

    @property
    def label(self) -> str:
        """See Fact."""
        return self.fact.label

    @property
    def goal(self) -> str:
        """See Fact."""
        return self.fact.goal

    @property
    def needs(self) -> frozenset[Part]:
        """See Fact."""
        return self.fact.needs

    @property
    def probe(self) -> Probe | None:
        """See Fact."""
        return self.fact.probe

    @property
    def looks(self) -> bool:
        """See Fact."""
        return self.fact.looks

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        return self._guarded(lambda: self.fact.judge(observation))

    def contradiction(self, observation: Observation) -> Verdict:
        """See Fact."""
        return self._guarded(lambda: self.fact.contradiction(observation))

    def unseen(self, observation: Observation) -> bool:
        """See Fact. Where it looks is not known."""
        kinds = (part.value for part in self.needs if isinstance(part, Kind))
        return observation.snapshot.is_cut(None, LINKS, ADDRESSES, *kinds)

    def _guarded(self, judge: Callable[[], Verdict]) -> Verdict:
        faults: list[BaseException] = []
        with kept_as_fault(faults):
            verdict = judge()
            if isinstance(verdict, Verdict):
                return verdict
            raise TypeError(_("it judges with {found}").format(found=repr(verdict)))
        return not_checked(_broken(self.entry, faults[0]))
