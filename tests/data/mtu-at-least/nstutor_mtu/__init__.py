"""`mtu-at-least DEV BYTES [netns N]`: a device takes packets of that size. And some families that are broken."""

from __future__ import annotations

from dataclasses import dataclass

from nstutor.checks import values
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.fact import Fact, failed
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.presence import need_dev, need_netns, place
from nstutor.text.names import HOST

KEYWORDS: Keywords = {"netns": values.netns}


@dataclass(frozen=True)
class MtuAtLeast(Fact):
    """A device takes packets of that size."""

    dev: str
    size: int
    netns: str

    @property
    def label(self) -> str:
        """Four words or fewer."""
        return f"{self.dev} mtu ≥ {self.size}"

    @property
    def goal(self) -> str:
        """The fact as a phrase."""
        return f"an mtu of {self.size} or more on {place(self.dev, self.netns)}"

    def judge(self, observation: Observation) -> Verdict:
        """Whether it is true; if not, what is wrong."""
        missing = need_netns(observation.snapshot, self.netns) or need_dev(observation, self.netns, self.dev)
        link = observation.snapshot.link(self.netns, self.dev)
        if missing is not None or link is None:
            return missing or failed(f"{self.dev} has gone")
        if link.mtu >= self.size:
            return PASSED
        return failed(
            f"{place(self.dev, self.netns)} has mtu {link.mtu}; it must be {self.size} at least", self.size, link.mtu
        )

    def contradiction(self, observation: Observation) -> Verdict:
        """What to say to `not`, in a observation where the fact is true."""
        link = observation.snapshot.link(self.netns, self.dev)
        return failed(f"{place(self.dev, self.netns)} has mtu {link.mtu if link else 0}; it must be smaller")


class Falls(MtuAtLeast):
    """One that fails when it is judged."""

    def judge(self, observation: Observation) -> Verdict:
        """It does not get that far."""
        raise RuntimeError(f"fell over {self.dev}, of {len(observation.snapshot.namespaces)}")


class WrongNeeds(MtuAtLeast):
    """One whose `needs` is not what it must be."""

    needs = frozenset({"links"})  # type: ignore[arg-type]


class NoVerdict(MtuAtLeast):
    """One that judges with something else than a verdict."""

    def judge(self, observation: Observation) -> Verdict:
        """It tells whether it holds, and not why."""
        return super().judge(observation).passed  # type: ignore[return-value]


def parse(words: Words) -> Fact:
    """Read what stands behind `mtu-at-least`."""
    dev, words = words.value(values.dev, "the name of a device")
    size, words = words.value(values.mtu, "a number of bytes")
    found = fields(words, KEYWORDS)
    return MtuAtLeast(dev, int(size), found.get("netns", HOST))


def parse_no_fact(words: Words) -> object:
    """Return something else."""
    return words.line.text


def parse_falls(words: Words) -> Fact:
    """Read the same, into what cannot be judged."""
    return _made(Falls, words)


def parse_wrong_needs(words: Words) -> Fact:
    """Read the same, into what cannot be used."""
    return _made(WrongNeeds, words)


def parse_no_verdict(words: Words) -> Fact:
    """Read the same, into what judges wrongly."""
    return _made(NoVerdict, words)


def _made(kind: type[MtuAtLeast], words: Words) -> Fact:
    fact = parse(words)
    assert isinstance(fact, MtuAtLeast)
    return kind(fact.dev, fact.size, fact.netns)
