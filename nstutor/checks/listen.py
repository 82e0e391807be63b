"""`listen PORT …`: something waits there for whoever comes."""

from __future__ import annotations

from dataclasses import dataclass

from nstutor.checks import values
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.executed import is_starting
from nstutor.checks.fact import Fact, failed, not_checked, settling
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.presence import forgotten_exit, need_netns
from nstutor.kernel.model import Kind, Part
from nstutor.kernel.parts import Listener
from nstutor.text.i18n import _, listed
from nstutor.text.names import HOST

KEYWORDS: Keywords = {
    "netns": values.netns,
    "proto": values.protocol,
    "local": values.address,
}


@dataclass(frozen=True)
class ListenFact(Fact):
    """A socket of the namespace listens on that port; with `local`, it is reached at that address."""

    port: int
    netns: str
    proto: str
    local: str | None

    @property
    def label(self) -> str:
        """See Fact."""
        return f"{self.netns} {self.proto} {self.port}"

    @property
    def goal(self) -> str:
        """See Fact."""
        if self.local is None:
            return _("a listener on {proto} port {port} in {netns}").format(
                proto=self.proto, port=self.port, netns=self.netns
            )
        return _("a listener on {proto} port {port} in {netns}, reached at {local}").format(
            proto=self.proto, port=self.port, netns=self.netns, local=self.local
        )

    @property
    def needs(self) -> frozenset[Part]:
        """See Fact."""
        return frozenset({Kind.LISTENERS})

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        missing = need_netns(observation.snapshot, self.netns)
        if missing is not None:
            return missing
        listeners = observation.snapshot.namespaces[self.netns].listeners
        if listeners is None:
            return not_checked(_("this kernel does not tell who listens (it has no INET_DIAG)"))
        on_port = [one for one in listeners if one.port == self.port]
        mine = [one for one in on_port if one.proto == self.proto]
        if any(self.local is None or one.takes(self.local) for one in mine):
            return PASSED
        verdict = self._bound_elsewhere(mine) or self._other_protocol(on_port) or self._absent(observation, listeners)
        return settling(verdict, is_starting(observation, self.netns))

    def _bound_elsewhere(self, mine: list[Listener]) -> Verdict | None:
        if not mine:
            return None
        bound = listed(dict.fromkeys(one.local for one in mine))
        message = _("{proto} port {port} in {netns} is open on {bound} only; it must be reached at {local}")
        return failed(
            message.format(proto=self.proto, port=self.port, netns=self.netns, bound=bound, local=self.local),
            self.local,
            bound,
        )

    def _other_protocol(self, on_port: list[Listener]) -> Verdict | None:
        if not on_port:
            return None
        other = on_port[0].proto
        message = _("what listens on port {port} in {netns} is {other}; it must be {proto}")
        return failed(
            message.format(port=self.port, netns=self.netns, other=other, proto=self.proto), self.proto, other
        )

    def _absent(self, observation: Observation, here: tuple[Listener, ...]) -> Verdict:
        elsewhere = next(
            (one for one in observation.snapshot.listeners() if (one.port, one.proto) == (self.port, self.proto)), None
        )
        if elsewhere is not None:
            message = _("what listens on {proto} port {port} is in {found}; it belongs in {netns}")
            return failed(
                message.format(proto=self.proto, port=self.port, found=elsewhere.netns, netns=self.netns),
                self.netns,
                elsewhere.netns,
                forgotten_exit(observation, elsewhere.netns, self.netns),
            )
        message = nothing_listens(self.proto, self.port, self.netns)
        others = [str(one.port) for one in here if one.proto == self.proto]
        if others:
            found = listed(dict.fromkeys(others))
            more = _("nothing listens on {proto} port {port} in {netns}; something does on {found}")
            return failed(
                more.format(proto=self.proto, port=self.port, netns=self.netns, found=found), self.port, found
            )
        return failed(message, self.port)

    def unseen(self, observation: Observation) -> bool:
        """See Fact."""
        return observation.snapshot.is_cut(self.netns, Kind.LISTENERS.value)

    def contradiction(self, observation: Observation) -> Verdict:  # noqa: ARG002  # the family's interface
        """See Fact."""
        message = (
            _("something listens on {proto} port {port} in {netns}; it must not")
            if self.local is None
            else (_("{proto} port {port} in {netns} is reached at {local}; it must not be"))
        )
        message = message.format(proto=self.proto, port=self.port, netns=self.netns, local=self.local)
        return failed(message, None, self.local or self.port)


def nothing_listens(proto: str, port: int, netns: str) -> str:
    """The words for a port that nobody listens on."""
    return _("nothing listens on {proto} port {port} in {netns}").format(proto=proto, port=port, netns=netns)


def parse(words: Words) -> Fact:
    """Read what stands behind `listen`."""
    port, words = words.value(values.port, _("a port"))
    found = fields(words, KEYWORDS)
    return ListenFact(int(port), found.get("netns", HOST), found.get("proto", "tcp"), found.get("local"))
