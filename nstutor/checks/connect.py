"""`connect A PORT [netns N]`: a TCP connection that nstutor makes opens."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from ipaddress import ip_address

from nstutor.checks import values
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.executed import is_starting
from nstutor.checks.fact import Fact, failed, not_checked, settling
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.kernel_delay import network_lags
from nstutor.checks.listen import nothing_listens
from nstutor.checks.ping import UNREACHABLE, UNSEEN, UNTRIED
from nstutor.checks.presence import need_netns
from nstutor.checks.reach import Way
from nstutor.kernel.model import Kind, Part, Snapshot
from nstutor.kernel.probe_types import ConnectProbe, ConnectResult
from nstutor.text.i18n import _, listed
from nstutor.text.names import HOST

KEYWORDS: Keywords = {"netns": values.netns}

REFUSED = os.strerror(errno.ECONNREFUSED)
NO_ENTRY = UNREACHABLE | {REFUSED, *(os.strerror(code) for code in (errno.ETIMEDOUT, errno.ECONNRESET))}
"""Errors that say something about the network; with any other the connection was not tried."""


@dataclass(frozen=True)
class ConnectFact(Fact):
    """A TCP connection from that namespace to that port of that address opens."""

    address: str
    port: int
    netns: str

    @property
    def label(self) -> str:
        """See Fact."""
        return f"{self.netns} connect {self.port}"

    @property
    def goal(self) -> str:
        """See Fact."""
        return _("a connection from {netns} to {address} port {port}").format(
            netns=self.netns, address=self.address, port=self.port
        )

    @property
    def needs(self) -> frozenset[Part]:
        """See Fact."""
        return frozenset({Kind.NEIGHBOURS, Kind.ROUTES, Kind.RULES, Kind.LISTENERS})

    @property
    def probe(self) -> ConnectProbe:
        """See Fact."""
        return ConnectProbe(self.address, self.port, self.netns)

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        missing = need_netns(observation.snapshot, self.netns)
        if missing is not None:
            return missing
        result = observation.probes.get(self.probe)
        if not isinstance(result, ConnectResult):
            return not_checked(_(UNTRIED))
        if result.answered:
            return PASSED
        if result.error is not None and result.error not in NO_ENTRY:
            return not_checked(_("the connection could not be tried: {why}").format(why=_(result.error)))
        return self._refused(observation) if result.error == REFUSED else self._unanswered(observation, result)

    def _unanswered(self, observation: Observation, result: ConnectResult) -> Verdict:
        way = Way(observation.snapshot, observation.snapshot.namespaces[self.netns], ip_address(self.address))
        reason = way.obstacle()
        if reason is None and result.error in UNREACHABLE:
            reason = result.error
        words = reason or _("nothing comes back")
        return settling(
            self._closed(words, result.error, None if reason else UNSEEN), network_lags(observation.snapshot)
        )

    def _refused(self, observation: Observation) -> Verdict:
        """Somebody answered, and said no."""
        where = self._house(observation.snapshot)
        if where is None:
            return self._closed(REFUSED, REFUSED)
        listeners = observation.snapshot.namespaces[where].listeners or ()
        mine = [one for one in listeners if (one.port, one.proto) == (self.port, "tcp")]
        if not mine:
            verdict = self._closed(nothing_listens("tcp", self.port, where), REFUSED)
            return settling(verdict, is_starting(observation, where))
        if not any(one.takes(self.address) for one in mine):
            bound = listed(dict.fromkeys(one.local for one in mine))
            message = _("tcp port {port} in {netns} is open on {bound} only")
            return self._closed(message.format(port=self.port, netns=where, bound=bound), REFUSED)
        message = _("it is refused, though tcp port {port} in {netns} is open; a filter rejects it")
        return self._closed(message.format(port=self.port, netns=where), REFUSED, UNSEEN)

    def _house(self, snapshot: Snapshot) -> str | None:
        """The namespace that has the address."""
        target = ip_address(self.address.partition("%")[0])
        if target.is_loopback:
            return self.netns
        houses = [address.netns for address in snapshot.addresses() if address.interface.ip == target]
        return self.netns if self.netns in houses else next(iter(houses), None)

    def _closed(self, reason: str, error: str | None, advice: str | None = None) -> Verdict:
        message = _("no connection to {address} port {port}: {reason}")
        words = message.format(address=self.address, port=self.port, reason=reason)
        return failed(words, _("a connection"), error or _("no answer"), advice)

    def contradiction(self, observation: Observation) -> Verdict:  # noqa: ARG002  # the family's interface
        """See Fact."""
        message = _("{address} takes connections of {netns} on port {port}; it must not")
        words = message.format(address=self.address, netns=self.netns, port=self.port)
        return failed(words, _("no connection"), _("a connection"))


def parse(words: Words) -> Fact:
    """Read what stands behind `connect`."""
    address, words = words.value(values.address, _("an address"))
    port, words = words.value(values.port, _("a port"))
    found = fields(words, KEYWORDS)
    return ConnectFact(address, int(port), found.get("netns", HOST))
