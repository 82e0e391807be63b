"""`neigh A …`: a neighbour table entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nstutor.checks import values
from nstutor.checks.base import PASSED, Scene, Verdict
from nstutor.checks.fact import Fact, failed, not_checked
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.presence import need_dev, need_netns
from nstutor.kernel.model import HOST, Kind, Neighbour

KEYWORDS: Keywords = {
    "lladdr": values.mac,
    "dev": values.dev,
    "netns": values.netns,
    "state": values.neighbour_state,
}


@dataclass(frozen=True)
class NeighFact(Fact):
    """The namespace remembers that neighbour."""

    dst: str
    lladdr: str | None
    dev: str | None
    netns: str
    state: str | None

    @property
    def label(self) -> str:
        """See Fact."""
        return f"{self.netns} neigh {self.dst}"

    @property
    def goal(self) -> str:
        """See Fact."""
        pairs = {"lladdr": self.lladdr, "dev": self.dev, "state": self.state}
        stated = "".join(f" {key} {value}" for key, value in pairs.items() if value)
        return f"neighbour {self.dst}{stated} in {self.netns}"

    @property
    def needs(self) -> frozenset[Kind]:
        """See Fact."""
        return frozenset({Kind.NEIGHBOURS})

    def judge(self, scene: Scene) -> Verdict:
        """See Fact."""
        missing = need_netns(scene.snapshot, self.netns) or (self.dev and need_dev(scene, self.netns, self.dev))
        if missing:
            return missing
        if self.lladdr and values.mac_of(self.lladdr, scene.snapshot) is None:
            return not_checked(f"{self.lladdr} does not exist yet")
        entries = list(self._entries(scene))
        if not entries:
            return failed(f"{self.netns} does not know {self.dst} as a neighbour", self.dst)
        return next((PASSED for entry in entries if self._differs(entry, scene) is None),
                    self._differs(entries[0], scene) or PASSED)  # fmt: skip

    def _entries(self, scene: Scene) -> Iterator[Neighbour]:
        for entry in scene.snapshot.neighbours():
            if entry.netns == self.netns and entry.dst == self.dst:
                yield entry

    def _differs(self, entry: Neighbour, scene: Scene) -> Verdict | None:
        lladdr = values.mac_of(self.lladdr, scene.snapshot) if self.lladdr else None
        about = f"the neighbour {self.dst} of {self.netns}"
        if self.dev not in (None, entry.dev):
            return failed(f"{about} is behind {entry.dev}; it must be behind {self.dev}", self.dev, entry.dev)
        if lladdr not in (None, entry.lladdr):
            return failed(f"{about} has the MAC {entry.lladdr}; it must be {lladdr}", lladdr, entry.lladdr)
        if self.state not in (None, entry.state):
            return failed(f"{about} is in state {entry.state}; it must be {self.state}", self.state, entry.state)
        return None

    def contradiction(self, scene: Scene) -> Verdict:  # noqa: ARG002  # the family's interface
        """See Fact."""
        return failed(f"{self.netns} knows {self.dst} as a neighbour; it must not", None, self.dst)


def parse(words: Words) -> Fact:
    """Read what stands behind `neigh`."""
    dst, words = words.value(values.address, "an address")
    found = fields(words, KEYWORDS)
    return NeighFact(dst, found.get("lladdr"), found.get("dev"), found.get("netns", HOST), found.get("state"))
