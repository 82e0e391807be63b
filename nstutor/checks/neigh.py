"""`neigh A …`: a neighbour table entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nstutor.checks import values
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.fact import Fact, failed, not_checked
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.presence import need_dev, need_netns
from nstutor.kernel.model import LINKS, Kind, Neighbour, Part
from nstutor.text.i18n import _
from nstutor.text.names import HOST

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
        return _("neighbour {entry} in {netns}").format(entry=self._stated, netns=self.netns)

    @property
    def _stated(self) -> str:
        """The entry with all that the check says of it."""
        pairs = {"lladdr": self.lladdr, "dev": self.dev, "state": self.state}
        return " ".join([self.dst, *(f"{key} {value}" for key, value in pairs.items() if value)])

    @property
    def needs(self) -> frozenset[Part]:
        """See Fact."""
        return frozenset({Kind.NEIGHBOURS})

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        missing = need_netns(observation.snapshot, self.netns) or (
            self.dev and need_dev(observation, self.netns, self.dev)
        )
        if missing:
            return missing
        if self.lladdr and values.mac_of(self.lladdr, observation.snapshot) is None:
            return not_checked(_("{name} does not exist yet").format(name=self.lladdr))
        entries = list(self._entries(observation))
        if not entries:
            message = _("{netns} does not know {address} as a neighbour").format(netns=self.netns, address=self.dst)
            return failed(message, self.dst)
        return next(
            (PASSED for entry in entries if self._differs(entry, observation) is None),
            self._differs(entries[0], observation) or PASSED,
        )

    def _entries(self, observation: Observation) -> Iterator[Neighbour]:
        for entry in observation.snapshot.neighbours():
            if entry.netns == self.netns and entry.dst == self.dst:
                yield entry

    def _differs(self, entry: Neighbour, observation: Observation) -> Verdict | None:
        lladdr = values.mac_of(self.lladdr, observation.snapshot) if self.lladdr else None
        if self.dev not in (None, entry.dev):
            message = _("the neighbour {address} of {netns} is behind {found}; it must be behind {wanted}")
            return self._mismatch(message, self.dev, entry.dev)
        if lladdr not in (None, entry.lladdr):
            message = (
                _("the neighbour {address} of {netns} has the MAC {found}; it must be {wanted}")
                if (entry.lladdr)
                else _("the neighbour {address} of {netns} has no MAC; it must be {wanted}")
            )
            return self._mismatch(message, lladdr, entry.lladdr)
        if self.state not in (None, entry.state):
            message = _("the neighbour {address} of {netns} is in state {found}; it must be {wanted}")
            return self._mismatch(message, self.state, entry.state)
        return None

    def _mismatch(self, message: str, wanted: str | None, found: str | None) -> Verdict:
        words = message.format(address=self.dst, netns=self.netns, wanted=wanted, found=found)
        return failed(words, wanted, found)

    def unseen(self, observation: Observation) -> bool:
        """See Fact."""
        return observation.snapshot.is_cut(self.netns, LINKS, Kind.NEIGHBOURS.value)

    def contradiction(self, observation: Observation) -> Verdict:  # noqa: ARG002  # the family's interface
        """See Fact."""
        message = _("{netns} knows {address} as a neighbour; it must not")
        return failed(message.format(netns=self.netns, address=self._stated), None, self._stated)


def parse(words: Words) -> Fact:
    """Read what stands behind `neigh`."""
    dst, words = words.value(values.address, _("an address"))
    found = fields(words, KEYWORDS)
    return NeighFact(dst, found.get("lladdr"), found.get("dev"), found.get("netns", HOST), found.get("state"))
