"""`ping A [netns N] [through BRIDGE]`: an echo sent by nstutor comes back, and by which way."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from ipaddress import ip_address

from nstutor.checks import values
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.detours import told
from nstutor.checks.fact import Fact, failed, not_checked, settling
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.kernel_delay import network_lags
from nstutor.checks.presence import need_dev, need_netns
from nstutor.checks.reach import Way
from nstutor.kernel.model import LINKS, Kind, Part
from nstutor.kernel.probe_types import PingProbe, PingResult
from nstutor.kernel.way import Cause
from nstutor.text.i18n import N_, _, listed
from nstutor.text.names import HOST

KEYWORDS: Keywords = {
    "netns": values.netns,
    "through": values.dev,
}

UNREACHABLE = frozenset(
    os.strerror(code)
    for code in (
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.EHOSTDOWN,
        errno.EINVAL,
        errno.EACCES,  # how `blackhole` and `prohibit` routes answer (ip-route(8))
    )
)
"""Errors that say something about the network; with any other the echo was not tried."""

UNTRIED = N_("not tried yet")
UNSEEN = N_(
    "Links, addresses and routes along the way are right: look for a filter (`iptables -S`, "
    "`nft list ruleset`), a device without ARP, an isolated port."
)


@dataclass(frozen=True)
class PingFact(Fact):
    """An echo from that namespace to that address comes back; with `through`, across that bridge of host's."""

    address: str
    netns: str
    through: str | None

    @property
    def label(self) -> str:
        """See Fact."""
        short = f".{self.address.rsplit('.', 1)[1]}" if "." in self.address else self.address
        return f"{self.netns} ping {short}"

    @property
    def goal(self) -> str:
        """See Fact."""
        goal = _("an answer from {address} to {netns}")
        if self.through:
            goal = _("an answer from {address} to {netns}, through {bridge}")
        return goal.format(address=self.address, netns=self.netns, bridge=self.through)

    @property
    def needs(self) -> frozenset[Part]:
        """See Fact."""
        return frozenset({Kind.NEIGHBOURS, Kind.ROUTES, Kind.RULES})

    @property
    def probe(self) -> PingProbe:
        """See Fact."""
        return PingProbe(self.address, self.netns, self.through)

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        missing = need_netns(observation.snapshot, self.netns)
        if missing is None and self.through:
            missing = need_dev(observation, HOST, self.through)
        if missing is not None:
            return missing
        result = observation.probes.get(self.probe)
        if not isinstance(result, PingResult):
            return not_checked(_(UNTRIED))
        if result.error is not None and result.error not in UNREACHABLE:
            verdict = not_checked(_("the echo could not be tried: {why}").format(why=_(result.error)))
            return settling(verdict, network_lags(observation.snapshot))
        if not result.answered:
            return self._unanswered(observation, result)
        return PASSED if self.through is None or result.crossed else self._went_round(observation, result)

    def _unanswered(self, observation: Observation, result: PingResult) -> Verdict:
        error = _(result.error) if result.error else None
        way = Way(observation.snapshot, observation.snapshot.namespaces[self.netns], ip_address(self.address))
        detour = result.detour
        reason = way.obstacle() or (detour and told(detour, self.address, self.netns, self.through or "")) or error
        message = _("no answer from {address}: {reason}") if reason else _("no answer from {address} to {netns}")
        message = message.format(address=self.address, netns=self.netns, reason=reason)
        advice = _(UNSEEN) if reason is None else None
        verdict = failed(message, _("an answer"), error or _("no answer"), advice)
        return settling(verdict, network_lags(observation.snapshot))

    def _went_round(self, observation: Observation, result: PingResult) -> Verdict:
        inside = next(
            (a for a in observation.snapshot.addresses() if a.netns == HOST and str(a.interface.ip) == self.address),
            None,
        )
        if inside is not None:
            message = _("host itself answered: {address} is on {dev} in host")
            message = message.format(address=self.address, dev=inside.dev)
            return failed(message, self.through, inside.dev)
        if result.detour is not None and result.detour.cause is Cause.UNPROVED:
            return not_checked(told(result.detour, self.address, self.netns, self.through or ""))
        if result.detour is not None:
            return failed(told(result.detour, self.address, self.netns, self.through or ""), self.through)
        way = self._way(observation, result)
        if way is None:
            return failed(_("the answer did not go through {bridge}").format(bridge=self.through), self.through)
        message = _("the answer went through {way}, not through {bridge}").format(way=way, bridge=self.through)
        return failed(message, self.through, way)

    def _way(self, observation: Observation, result: PingResult) -> str | None:
        """By what the echo went instead: another bridge, devices of host's, or the device that it left from."""
        links = [link for dev in result.path if (link := observation.snapshot.link(HOST, dev))]
        masters = [link.master for link in links if link.master and link.master != self.through]
        if masters:
            return masters[0]
        strange = [link.name for link in links if self.through not in (link.name, link.master)]
        if strange:
            return listed(strange)
        return result.dev if not result.path else None

    def unseen(self, observation: Observation) -> bool:
        """See Fact."""
        return self.through is not None and observation.snapshot.is_cut(HOST, LINKS)

    def contradiction(self, observation: Observation) -> Verdict:  # noqa: ARG002  # the family's interface
        """See Fact."""
        message = _("{address} answers {netns}; it must not")
        if self.through:
            message = _("{address} answers {netns} through {bridge}; it must not")
        message = message.format(address=self.address, netns=self.netns, bridge=self.through)
        return failed(message, _("no answer"), _("an answer"))


def parse(words: Words) -> Fact:
    """Read what stands behind `ping`."""
    address, words = words.value(values.address, _("an address"))
    found = fields(words, KEYWORDS)
    return PingFact(address, found.get("netns", HOST), found.get("through"))
