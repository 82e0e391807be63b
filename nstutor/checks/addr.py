"""`addr PREFIX …` and `addr inet …`: an address is on a device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from nstutor.checks import values
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.fact import ANY, Fact, failed
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.presence import dev_problem, forgotten_exit, need_netns, place, whereabouts
from nstutor.kernel.model import ADDRESSES, LINKS, Address
from nstutor.text.i18n import N_, _, clauses, listed
from nstutor.text.names import HOST
from nstutor.text.typo import nearest

FAMILIES = ("inet", "inet6")

KEYWORDS: Keywords = {
    "dev": values.dev,
    "netns": values.netns_or_any,
    "scope": values.scope,
}

NO_LENGTH = N_("Without a length behind the slash, `ip addr add` takes the address for a whole network of one (/32).")


@lru_cache
def _interface(text: str) -> IPv4Interface | IPv6Interface:
    # It is judged after every command.
    return ip_interface(text)


@dataclass(frozen=True)
class AddrFact(Fact):
    """An address (or, with a family instead, any of that family) is on that device, or on any."""

    subject: str
    """`192.168.188.96/24`, `inet` or `inet6`."""
    dev: str | None
    netns: str
    scope: str | None

    @property
    def label(self) -> str:
        """See Fact."""
        return f"{self.dev or self.netns} {self._short()}"

    def _short(self) -> str:
        if self.subject in FAMILIES:
            return self.subject
        address = self.subject.split("/")[0]
        return f".{address.rsplit('.', 1)[1]}" if "." in address else f":{address.rsplit(':', 1)[1]}"

    @property
    def goal(self) -> str:
        """See Fact."""
        return whereabouts(self.subject, self.dev, None if self.netns == ANY else self.netns)

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        missing = None if self.netns == ANY else need_netns(observation.snapshot, self.netns)
        if missing is not None:
            return missing
        if next(self._holders(observation), None):
            return PASSED
        if self.dev is None or self.netns == ANY or observation.snapshot.link(self.netns, self.dev):
            return self._near_miss(observation)
        return dev_problem(observation, self.netns, self.dev)

    def _holders(self, observation: Observation) -> Iterator[Address]:
        for address in observation.snapshot.addresses():
            if self._is_subject(address) and self._is_place(address) and self.scope in (None, address.scope):
                yield address

    def _is_subject(self, address: Address) -> bool:
        return self.subject in (str(address.interface), address.family)

    def _is_place(self, address: Address) -> bool:
        return self.netns in (ANY, address.netns) and self.dev in (None, address.dev)

    def _near_miss(self, observation: Observation) -> Verdict:
        """What comes nearest to the address on its device: same place, then same address, then nothing."""
        here = [address for address in observation.snapshot.addresses() if self._is_place(address)]
        scoped = next((address for address in here if self._is_subject(address)), None)
        if scoped is not None:
            message = _("{address} on {place} has scope {scope}; it must be {wanted}").format(
                address=scoped.interface, place=place(scoped.dev, scoped.netns), scope=scoped.scope, wanted=self.scope
            )
            return failed(message, self.scope, scoped.scope)
        if self.subject in FAMILIES:
            return failed(
                self._asleep(observation)
                or _("{place} has no {family} address").format(place=self._where(), family=self.subject),
                self.subject,
            )
        return self._elsewhere(observation) or self._other_length(observation) or self._nothing(observation, here)

    def _where(self) -> str:
        netns = HOST if self.netns == ANY else self.netns
        return place(self.dev, netns) if self.dev else netns

    def _belongs(self) -> str:
        if self.dev is None:
            return _("it belongs in {netns}").format(netns=self.netns)
        if self.netns == ANY:
            return _("it belongs on {dev}").format(dev=self.dev)
        return _("it belongs on {dev} in {netns}").format(dev=self.dev, netns=self.netns)

    def _elsewhere(self, observation: Observation) -> Verdict | None:
        found = [address for address in self._candidates(observation) if str(address.interface) == self.subject]
        if not found:
            return None
        places = listed([_("{dev} in {netns}").format(dev=address.dev, netns=address.netns) for address in found])
        advice = forgotten_exit(observation, found[0].netns, self.netns)
        cause = _("{address} is on {places}").format(address=self.subject, places=places)
        return failed(clauses(cause, self._belongs()), self.goal, places, advice)

    def _other_length(self, observation: Observation) -> Verdict | None:
        wanted = _interface(self.subject)
        found = [address for address in self._candidates(observation) if address.interface.ip == wanted.ip]
        if not found:
            return None
        address = next((address for address in found if self._is_place(address)), found[0])
        length = str(address.interface)
        advice = _(NO_LENGTH) if address.interface.network.prefixlen == address.interface.max_prefixlen else None
        if self._is_place(address):
            message = _("{dev} has {address}; it must be {wanted}").format(
                dev=address.dev, address=length, wanted=self.subject
            )
        else:
            message = _("{address} is on {dev} in {netns}; it must be {wanted}").format(
                address=length, dev=address.dev, netns=address.netns, wanted=self.goal
            )
        return failed(message, self.subject, length, advice)

    def _candidates(self, observation: Observation) -> Iterator[Address]:
        for address in observation.snapshot.addresses():
            if not address.interface.ip.is_loopback:  # every namespace has those of its own
                yield address

    def _nothing(self, observation: Observation, here: list[Address]) -> Verdict:
        family = "inet" if _interface(self.subject).version == 4 else "inet6"
        has = [str(address.interface) for address in here if address.family == family]
        asleep = self._asleep(observation)
        if asleep:
            return failed(asleep, self.subject)
        if has and self.dev:
            message = _("{place} has {addresses}, not {wanted}").format(
                place=self._where(), addresses=listed(has), wanted=self.subject
            )
            return failed(message, self.subject, listed(has))
        message = _("{place} does not have {address}").format(place=self._where(), address=self.subject)
        return failed(message, self.subject)

    def _asleep(self, observation: Observation) -> str | None:
        """The kernel gives lo its addresses when it is set up: then that is what is missing."""
        link = observation.snapshot.link(self.netns, self.dev) if self.dev else None
        asleep = link is not None and link.loopback and not link.up
        own = self.subject in FAMILIES or _interface(self.subject).ip.is_loopback
        return _("{place} is down").format(place=self._where()) if asleep and own else None

    def unseen(self, observation: Observation) -> bool:
        """See Fact."""
        return observation.snapshot.is_cut(None if self.netns == ANY else self.netns, LINKS, ADDRESSES)

    def contradiction(self, observation: Observation) -> Verdict:
        """See Fact."""
        here = next(self._holders(observation))
        same = [other for other in self._candidates(observation) if other.interface == here.interface]
        more = (
            _("{address} is on {dev} in {netns} as well")
            if len(same) > 1
            else _("{address} is on {dev} in {netns}; it must not be there")
        )
        message = more.format(address=here.interface, dev=here.dev, netns=here.netns)
        return failed(message, None, str(here.interface), forgotten_exit(observation, here.netns, HOST))


def _subject(text: str) -> str:
    if text in FAMILIES:
        return text
    near = nearest(text, FAMILIES, 0.75)
    if near:
        raise ValueError(_("unknown family `{word}`; did you mean `{near}`?").format(word=text, near=near))
    return values.interface(text)


def parse(words: Words) -> Fact:
    """Read what stands behind `addr`."""
    subject, words = words.value(_subject, _("an address, `inet` or `inet6`"))
    found = fields(words, KEYWORDS)
    return AddrFact(subject, found.get("dev"), found.get("netns", HOST), found.get("scope"))
