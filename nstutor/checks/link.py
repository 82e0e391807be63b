"""`link DEV …`: the device, its attributes, and what it is connected to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nstutor.checks import values
from nstutor.checks.attributes import Wanted, problem, problems
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.fact import ANY, Fact, failed, settling
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.kernel_delay import lost_its_other_end
from nstutor.checks.presence import dev_problem, need_netns, place
from nstutor.kernel.model import LINKS, Link
from nstutor.text.i18n import _, in_row
from nstutor.text.names import HOST

KEYWORDS: Keywords = {
    "netns": values.netns_or_any,
    "type": values.link_type,
    "up": None,
    "down": None,
    "carrier": values.on_off,
    "master": values.dev,
    "port": values.port_state,
    "peer": values.dev,
    "peernetns": values.netns,
    "mtu": values.mtu,
    "address": values.mac,
    "operstate": values.operstate,
}


@dataclass(frozen=True)
class LinkFact(Fact):
    """A device with these attributes is in that namespace (with `any`: in some namespace)."""

    dev: str
    netns: str
    wanted: Wanted

    @property
    def label(self) -> str:
        """See Fact."""
        state = self.wanted.state()
        if state:
            return f"{self.dev} {state}"
        if self.netns not in (ANY, HOST):
            return _("{name} in {netns}").format(name=self.dev, netns=self.netns)
        if self.wanted.peer:
            return f"{self.dev} – {self.wanted.peer}"
        return f"{self.dev} {self.wanted.type}" if self.wanted.type else self.dev

    @property
    def goal(self) -> str:
        """See Fact."""
        where = self.dev if self.netns == ANY else _("{name} in {netns}").format(name=self.dev, netns=self.netns)
        attributes = in_row(self.wanted.phrases())
        return _("{device}, {attributes}").format(device=where, attributes=attributes) if attributes else where

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        if self.netns == ANY:
            return self._judge_anywhere(observation)
        missing = need_netns(observation.snapshot, self.netns)
        if missing is not None:
            return missing
        link = observation.snapshot.link(self.netns, self.dev)
        if link is None:
            return _with_its_peer(dev_problem(observation, self.netns, self.dev, self.wanted.peer), self, observation)
        return problem(self.wanted, link, observation) or PASSED

    def _judge_anywhere(self, observation: Observation) -> Verdict:
        found = list(self._found(observation))
        if not found:
            return dev_problem(observation, HOST, self.dev, self.wanted.peer)
        # Of several devices with the name, the one that is nearest to what is wanted is the one that is meant.
        nearest = min((list(problems(self.wanted, link, observation)) for link in found), key=len)
        return nearest[0] if nearest else PASSED

    def unseen(self, observation: Observation) -> bool:
        """See Fact."""
        link = None if self.netns == ANY else observation.snapshot.link(self.netns, self.dev)
        if link is not None and self.wanted.master is None and self.wanted.peer is None:
            return False
        return observation.snapshot.is_cut(None if self.netns == ANY or link else self.netns, LINKS)

    def contradiction(self, observation: Observation) -> Verdict:
        """See Fact."""
        link = next(link for link in self._found(observation) if problem(self.wanted, link, observation) is None)
        words = list(self.wanted.phrases())
        if not words:
            message = _("{name} exists in {netns}; it must not").format(name=link.name, netns=link.netns)
            return settling(failed(message, None, link.name), lost_its_other_end(link))
        states = next((word for word in words if word in ("up", "down")), None)
        attributes = in_row(word for word in words if word not in ("up", "down"))
        message = _("{place} has {attributes}; it must not")
        if states:
            message = (
                _("{place} is {state} and has {attributes}; it must not")
                if attributes
                else (_("{place} is {state}; it must not"))
            )
        message = message.format(place=place(link.name, link.netns), state=states, attributes=attributes)
        return failed(message, None, ", ".join(words))

    def _found(self, observation: Observation) -> Iterator[Link]:
        for link in observation.snapshot.links():
            if link.name == self.dev and self.netns in (ANY, link.netns):
                yield link


def _with_its_peer(verdict: Verdict, fact: LinkFact, observation: Observation) -> Verdict:
    """Where the other end was carried to this one's place, say it of both."""
    peer, wanted = fact.wanted.peer, fact.wanted.peernetns
    end = observation.snapshot.link(fact.netns, peer) if peer else None
    if end is None or end.peer != fact.dev or wanted in (None, fact.netns) or verdict.actual is None:
        return verdict
    also = _("{name} is in {netns}; it belongs in {wanted}").format(name=peer, netns=end.netns, wanted=wanted)
    message = _("{one}, and {other}").format(one=verdict.message, other=also)
    return failed(message, verdict.expected, verdict.actual, verdict.advice)


def parse(words: Words) -> Fact:
    """Read what stands behind `link`."""
    dev, words = words.value(values.dev, _("the name of a device"))
    found = fields(words, KEYWORDS)
    if "up" in found and "down" in found:
        raise words.fault(_("`up` and `down` exclude each other"), words.named("down"))
    if "peernetns" in found and "peer" not in found:
        raise words.fault(_("`peernetns` needs `peer DEV`"), words.named("peernetns"))
    return LinkFact(dev, found.get("netns", HOST), _wanted(found))


def _wanted(found: dict[str, str]) -> Wanted:
    return Wanted(
        type=found.get("type"),
        up=True if "up" in found else False if "down" in found else None,
        carrier=found["carrier"] == "on" if "carrier" in found else None,
        master=found.get("master"),
        port=found.get("port"),
        peer=found.get("peer"),
        peernetns=found.get("peernetns"),
        mtu=int(found["mtu"]) if "mtu" in found else None,
        address=found.get("address"),
        operstate=found.get("operstate"),
    )
