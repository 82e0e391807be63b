"""`netfilter TABLE CHAIN [netns N] WORDS…` and `… policy P`: a rule that filters or translates, a chain's policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nstutor.checks import filterline
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.fact import Fact, failed, not_checked
from nstutor.checks.grammar import Keywords, Words
from nstutor.checks.presence import forgotten_exit, need_netns
from nstutor.kernel.model import Kind, Part, Snapshot
from nstutor.kernel.parts import Chain, FilterRule, Netfilter, Option
from nstutor.text.i18n import _
from nstutor.text.names import HOST

KEYWORDS: Keywords = {"netns": filterline.netns, "policy": filterline.policy}


@dataclass(frozen=True)
class Place:
    """A chain as a check names it."""

    table: str
    chain: str
    netns: str
    family: int = 4

    def __str__(self) -> str:
        """As messages name it."""
        return f"{self.table} {self.chain}" if self.family == 4 else f"ip6 {self.table} {self.chain}"

    def chains(self, snapshot: Snapshot) -> Iterator[Chain]:
        """The chains of that name: iptables' own, and those that nft has at its place."""
        for chain in all_chains(snapshot):
            if chain.netns == self.netns and self.family in chain.families and chain.is_called(self.table, self.chain):
                yield chain

    def read(self, snapshot: Snapshot) -> Netfilter | None:
        """What the namespace filters; None where it was not read, or does not exist."""
        namespace = snapshot.namespaces.get(self.netns)
        return namespace.netfilter if namespace else None

    def unread(self, observation: Observation) -> Verdict | None:
        """Say why the chain cannot be judged; None if it can."""
        missing = need_netns(observation.snapshot, self.netns)
        if missing is not None:
            return missing
        found = self.read(observation.snapshot)
        if found is None or found.unread:
            why = found.unread if found and found.unread else _("it was not read")
            return not_checked(_("the filters of {netns} cannot be read: {why}").format(netns=self.netns, why=why))
        return None


def all_chains(snapshot: Snapshot) -> Iterator[Chain]:
    """All chains that were read."""
    for namespace in snapshot.namespaces.values():
        yield from namespace.netfilter.chains if namespace.netfilter else ()


@dataclass(frozen=True)
class FilterRuleFact(Fact):
    """A rule of the chain says all these words."""

    place: Place
    options: tuple[Option, ...]

    @property
    def words(self) -> str:
        """The words as they stand in a command."""
        return " ".join(map(str, self.options))

    @property
    def label(self) -> str:
        """See Fact."""
        target = FilterRule(self.options).target
        return f"{self.place.netns} {self.place.chain} {target or ''}".rstrip()

    @property
    def goal(self) -> str:
        """See Fact."""
        return _("{words} in {chain} of {netns}").format(words=self.words, chain=self.place, netns=self.place.netns)

    @property
    def needs(self) -> frozenset[Part]:
        """See Fact."""
        return frozenset({Kind.NETFILTER})

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        unread = self.place.unread(observation)
        if unread is not None:
            return unread
        if next(self.rules(observation.snapshot), None):
            return PASSED
        strange = self._incomparable(observation.snapshot)
        return strange or self._misplaced(observation) or self._nearest(observation.snapshot) or self._absent()

    def rules(self, snapshot: Snapshot) -> Iterator[FilterRule]:
        """The rules of the chain that say all the words, in their order."""
        yield from (rule for rule in self._candidates(snapshot) if self._is_it(rule))

    def _candidates(self, snapshot: Snapshot) -> Iterator[FilterRule]:
        """The rules of the chain that are for the family in question."""
        for chain in self.place.chains(snapshot):
            yield from (rule for rule in chain.rules if rule.family in (None, self.place.family))

    def _is_it(self, rule: FilterRule) -> bool:
        return rule.unknown is None and not self._lacks(rule)

    def _lacks(self, rule: FilterRule) -> list[Option]:
        """What the rule does not say, in the order of the check."""
        return [option for option in self.options if not rule.says(option)]

    def _incomparable(self, snapshot: Snapshot) -> Verdict | None:
        """Say that a rule, not understood as a whole, may be the one: nothing that it says contradicts."""
        for rule in self._candidates(snapshot):
            if rule.unknown is not None and not any(rule.about(option.name) for option in self._lacks(rule)):
                message = _("a rule in {chain} of {netns} cannot be compared: what it says by `{unknown}` is not known")
                names = {"chain": self.place, "netns": self.place.netns, "unknown": rule.unknown}
                return not_checked(message.format(**names))
        return None

    def _misplaced(self, observation: Observation) -> Verdict | None:
        """The rule is there, in another place."""
        place = self.place
        for chain in all_chains(observation.snapshot):
            # A word alone, as `-j ACCEPT`, stands in many rules that mean something else.
            alike = len(self.options) > 1 or chain.is_called(place.table, place.chain)
            if alike and any(self._is_it(rule) for rule in chain.rules):
                found = f"{chain.table} {chain.name}"
                names = {
                    "words": self.words,
                    "netns": chain.netns,
                    "found": found,
                    "chain": place,
                    "house": place.netns,
                }
                if chain.netns != place.netns:
                    message = _("the rule {words} is in {netns}; it belongs in {house}")
                    advice = forgotten_exit(observation, chain.netns, place.netns)
                    return failed(message.format(**names), place.netns, chain.netns, advice)
                if place.family not in chain.families:
                    message = _("the rule {words} in {netns} is for the other family of IP; it must be in {chain}")
                    return failed(message.format(**names), str(place), found)
                message = _("the rule {words} in {netns} is in {found}; it belongs in {chain}")
                return failed(message.format(**names), str(place), found)
        return None

    def _nearest(self, snapshot: Snapshot) -> Verdict | None:
        """The rule of the chain that has most in common with what is wanted."""
        rules = [rule for rule in self._candidates(snapshot) if rule.unknown is None and self._resembles(rule)]
        nearest = min(rules, key=lambda rule: len(self._lacks(rule)), default=None)
        if nearest is None:
            return None
        wanted = self._lacks(nearest)[0]
        has = nearest.about(wanted.name)
        names = {"rule": nearest, "netns": self.place.netns, "chain": self.place, "wanted": wanted}
        if not has:
            message = _("the rule {rule} in {chain} of {netns} does not say {wanted}")
            return failed(message.format(**names), wanted)
        found = " ".join(map(str, has))
        message = _("the rule {rule} in {chain} of {netns} says {found}; it must say {wanted}")
        return failed(message.format(**names, found=found), wanted, found)

    def _resembles(self, rule: FilterRule) -> bool:
        """Whether the rule was probably meant: it is about the same things, or it meets some of the same packets."""
        names = {option.name for option in rule.options}
        same = [option for option in self.options if option in rule.options]
        alike = len(self.options) > 1 and all(option.name in names for option in self.options)
        return alike or any(option.name not in ("-j", "-g", "-p") for option in same)

    def _absent(self) -> Verdict:
        message = _("{netns} has no rule {words} in {chain}")
        return failed(message.format(netns=self.place.netns, words=self.words, chain=self.place), self.words)

    def contradiction(self, observation: Observation) -> Verdict:
        """See Fact."""
        rule = next(self.rules(observation.snapshot))
        message = _("{chain} of {netns} has the rule {rule}; it must not")
        return failed(message.format(chain=self.place, netns=self.place.netns, rule=rule), None, rule)


@dataclass(frozen=True)
class FilterPolicyFact(Fact):
    """What no rule of the chain decides about has this fate."""

    place: Place
    policy: str

    @property
    def label(self) -> str:
        """See Fact."""
        return f"{self.place.netns} {self.place.chain} {self.policy}"

    @property
    def goal(self) -> str:
        """See Fact."""
        return _("policy {policy} of {chain} in {netns}").format(
            policy=self.policy, chain=self.place, netns=self.place.netns
        )

    @property
    def needs(self) -> frozenset[Part]:
        """See Fact."""
        return frozenset({Kind.NETFILTER})

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        unread = self.place.unread(observation)
        if unread is not None:
            return unread
        now = policy_of(self.place, observation.snapshot)
        return PASSED if now == self.policy else self._differs(observation, now)

    def _differs(self, observation: Observation, now: str) -> Verdict:
        names = {"chain": self.place, "netns": self.place.netns, "now": now, "policy": self.policy}
        others = (
            chain
            for chain in all_chains(observation.snapshot)
            if chain.policy == self.policy != "ACCEPT" and chain.is_called(self.place.table, self.place.chain)
        )
        elsewhere = next((chain.netns for chain in others if chain.netns != self.place.netns), None)
        if elsewhere is None:
            message = _("{chain} in {netns} has policy {now}; it must be {policy}")
            return failed(message.format(**names), self.policy, now)
        message = _("{chain} in {netns} has policy {now}; it must be {policy}, as it is in {elsewhere}")
        advice = forgotten_exit(observation, elsewhere, self.place.netns)
        return failed(message.format(**names, elsewhere=elsewhere), self.policy, now, advice)

    def contradiction(self, observation: Observation) -> Verdict:  # noqa: ARG002  # the family's interface
        """See Fact."""
        message = _("{chain} in {netns} has policy {policy}; it must not")
        words = message.format(chain=self.place, netns=self.place.netns, policy=self.policy)
        return failed(words, None, self.policy)


def policy_of(place: Place, snapshot: Snapshot) -> str:
    """What becomes of what no rule decides about: with several chains at one place, each of them may drop it."""
    policies = [chain.policy for chain in place.chains(snapshot) if chain.policy]
    return "DROP" if "DROP" in policies else "ACCEPT"


def parse(words: Words) -> Fact:
    """Read what stands behind `netfilter`."""
    line = filterline.read(words)
    place = Place(line.table, line.chain, line.netns or HOST, line.family)
    if line.policy is not None:
        return FilterPolicyFact(place, line.policy)
    if not line.options:
        raise words.fault(_("expected the words of a rule here, as behind `iptables -A CHAIN`, or `policy`"))
    return FilterRuleFact(place, line.options)
