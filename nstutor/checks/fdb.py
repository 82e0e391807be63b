"""`fdb MAC dev D …`: a bridge's forwarding entry."""

from __future__ import annotations

from dataclasses import dataclass

from nstutor.checks import values
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.fact import Fact, failed, not_checked
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.presence import need_dev, need_netns
from nstutor.kernel.model import LINKS, FdbEntry, Kind, Part
from nstutor.text.i18n import _
from nstutor.text.names import HOST

KEYWORDS: Keywords = {
    "dev": values.dev,
    "master": values.dev,
    "netns": values.netns,
}


@dataclass(frozen=True)
class FdbFact(Fact):
    """A bridge knows that MAC behind that port."""

    mac: str
    dev: str
    master: str | None
    netns: str

    @property
    def label(self) -> str:
        """See Fact."""
        return f"{self.dev} fdb {self.mac}"

    @property
    def goal(self) -> str:
        """See Fact."""
        goal = _("forwarding entry {mac} behind {dev} in {netns}")
        if self.master:
            goal = _("forwarding entry {mac} behind {dev} of {master} in {netns}")
        return goal.format(mac=self.mac, dev=self.dev, master=self.master, netns=self.netns)

    @property
    def needs(self) -> frozenset[Part]:
        """See Fact."""
        return frozenset({Kind.FDB})

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        missing = need_netns(observation.snapshot, self.netns) or need_dev(observation, self.netns, self.dev)
        if missing is not None:
            return missing
        mac = values.mac_of(self.mac, observation.snapshot)
        if mac is None:
            return not_checked(_("{name} does not exist yet").format(name=self.mac))
        known = [entry for entry in observation.snapshot.namespaces[self.netns].fdb or () if entry.mac == mac]
        if any(self._matches(entry) for entry in known):
            return PASSED
        if any(entry.dev == self.dev for entry in known):
            return self._other_bridge(observation)
        if known:
            found = known[0].dev
            message = _("{mac} is known behind {dev}; it must be behind {wanted}")
            return failed(message.format(mac=self.mac, dev=found, wanted=self.dev), self.dev, found)
        return failed(_("nobody has learnt {mac} behind {dev}").format(mac=self.mac, dev=self.dev), self.mac)

    def _matches(self, entry: FdbEntry) -> bool:
        return entry.dev == self.dev and self.master in (None, entry.master)

    def _other_bridge(self, observation: Observation) -> Verdict:
        """The MAC is known behind the port, and the port is another bridge's or none's."""
        link = observation.snapshot.link(self.netns, self.dev)
        found = link.master if link else None
        message = _("{name} is plugged into {master}; it belongs in {wanted}").format(
            name=self.dev, master=found, wanted=self.master
        )
        if found is None:
            message = _("{name} has no master; plug it into {master}").format(name=self.dev, master=self.master)
        return failed(message, self.master, found)

    def unseen(self, observation: Observation) -> bool:
        """See Fact."""
        return observation.snapshot.is_cut(self.netns, LINKS, Kind.FDB.value)

    def contradiction(self, observation: Observation) -> Verdict:  # noqa: ARG002  # the family's interface
        """See Fact."""
        message = _("{mac} is known behind {dev}; it must not be").format(mac=self.mac, dev=self.dev)
        return failed(message, None, self.dev)


def parse(words: Words) -> Fact:
    """Read what stands behind `fdb`."""
    mac, words = words.value(values.mac, _("a MAC address or NETNS/DEV"))
    found = fields(words, KEYWORDS)
    if "dev" not in found:
        raise words.fault(_("expected `dev PORT` here"))
    return FdbFact(mac, found["dev"], found.get("master"), found.get("netns", HOST))
