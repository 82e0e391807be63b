"""`rule [from P] [to P] … [lookup T]`: a rule of policy routing, as `ip rule` shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nstutor.checks import values
from nstutor.checks.base import PASSED, Observation, Verdict
from nstutor.checks.fact import ANY, Fact, failed
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.checks.presence import forgotten_exit, need_netns
from nstutor.kernel.model import Kind, Part, Rule, Snapshot
from nstutor.text.i18n import _
from nstutor.text.names import HOST

KEYWORDS: Keywords = {
    "from": values.selector,
    "to": values.selector,
    "iif": values.dev,
    "oif": values.dev,
    "fwmark": values.fwmark,
    "lookup": values.table,
    "priority": values.priority,
    "netns": values.netns_or_any,
}
SELECTORS = ("from", "to", "iif", "oif", "fwmark")


def said(rule: Rule) -> Mapping[str, str]:
    """What a rule says, by the keywords of `ip rule`; `from` and `to` are `all` where it does not name any."""
    lookup = None if rule.lookup is None else values.table_name(rule.lookup)
    pairs = {
        "from": _prefix(rule.src),
        "to": _prefix(rule.dst),
        "iif": rule.iif,
        "oif": rule.oif,
        "fwmark": rule.fwmark,
        "lookup": lookup,
        "priority": str(rule.priority),
    }
    return {key: value for key, value in pairs.items() if value is not None}


def _prefix(text: str | None) -> str:
    return "all" if text is None else values.selector(text)


def shown(pairs: Mapping[str, str]) -> str:
    """The pairs as `ip rule` prints them; what is for all is left out where something else is said."""
    words = [f"{key} {value}" for key, value in pairs.items() if (key, value) != ("to", "all") and key != "priority"]
    return " ".join(words or [f"{key} {value}" for key, value in pairs.items()])


@dataclass(frozen=True)
class RuleFact(Fact):
    """A rule that says all this is in the namespace."""

    pairs: tuple[tuple[str, str], ...]
    """Keywords with their values."""
    netns: str

    @property
    def wanted(self) -> Mapping[str, str]:
        """What it must say, by keyword."""
        return dict(self.pairs)

    @property
    def label(self) -> str:
        """See Fact."""
        selector = next((f"{key} {self.wanted[key]}" for key in SELECTORS if key in self.wanted), "")
        return f"rule {selector or shown(self.wanted)}"

    @property
    def goal(self) -> str:
        """See Fact."""
        where = "" if self.netns == ANY else f" in {self.netns}"
        beside = "priority" in self.wanted and len(self.wanted) > 1
        place = f" priority {self.wanted['priority']}" if beside else ""
        return f"rule {shown(self.wanted)}{place}{where}"

    @property
    def needs(self) -> frozenset[Part]:
        """See Fact."""
        return frozenset({Kind.RULES})

    def judge(self, observation: Observation) -> Verdict:
        """See Fact."""
        missing = None if self.netns == ANY else need_netns(observation.snapshot, self.netns)
        if missing is not None:
            return missing
        here = [rule for rule in observation.snapshot.rules() if self.netns in (ANY, rule.netns)]
        if any(not self.differences(rule) for rule in here):
            return PASSED
        return self._near_miss(observation, here) or self._absent()

    def _absent(self) -> Verdict:
        anywhere = self.netns == ANY
        message = _("no namespace has a rule {rule}") if anywhere else _("{netns} has no rule {rule}")
        return failed(message.format(netns=self.netns, rule=shown(self.wanted)), self.goal)

    def differences(self, rule: Rule) -> list[str]:
        """The keywords by which a rule differs from what is wanted, `not` for one that is turned round."""
        has = said(rule)
        wrong = [key for key, value in self.wanted.items() if _plain(has.get(key)) != _plain(value)]
        return ["not", *wrong] if rule.inverted else wrong

    def _near_miss(self, observation: Observation, here: list[Rule]) -> Verdict | None:
        elsewhere = next((rule for rule in observation.snapshot.rules() if not self.differences(rule)), None)
        if elsewhere is not None and not _is_born(elsewhere):
            message = _("the rule {rule} is in {found}; it belongs in {netns}")
            advice = forgotten_exit(observation, elsewhere.netns, self.netns)
            return failed(
                message.format(rule=shown(self.wanted), found=elsewhere.netns, netns=self.netns),
                self.netns,
                elsewhere.netns,
                advice,
            )
        own = [rule for rule in here if not _is_born(rule)]
        nearest = min(own, key=lambda rule: len(self.differences(rule)), default=None)
        return self._differs(nearest) if nearest is not None else None

    def _differs(self, rule: Rule) -> Verdict:
        """What is wrong with the rule that is nearest to what is wanted."""
        has, wrong = said(rule), self.differences(rule)
        if wrong[0] == "not":
            message = _("the rule {rule} in {netns} is turned round by `not`")
            return failed(message.format(rule=shown(has), netns=rule.netns), self.goal, "not")
        key = wrong[0]
        names = {"rule": shown(has), "netns": rule.netns, "key": key, "wanted": self.wanted[key]}
        if key not in has:
            message = _("the rule {rule} in {netns} has no {key}; it must be {wanted}")
            return failed(message.format(**names), self.wanted[key])
        message = _("the rule {rule} in {netns} has {key} {found}; it must be {wanted}")
        return failed(message.format(**names, found=has[key]), self.wanted[key], has[key])

    def unseen(self, observation: Observation) -> bool:
        """See Fact."""
        return observation.snapshot.is_cut(None if self.netns == ANY else self.netns, Kind.RULES.value)

    def contradiction(self, observation: Observation) -> Verdict:
        """See Fact."""
        found = next(
            rule
            for rule in observation.snapshot.rules()
            if self.netns in (ANY, rule.netns) and not self.differences(rule)
        )
        message = _("{netns} has a rule {rule}; it must not")
        return failed(message.format(netns=found.netns, rule=shown(said(found))), None, shown(said(found)))


def _plain(value: str | None) -> str | None:
    """A table by its number: `main` and 254 are one."""
    return values.table(value) if value in values.TABLES else value


def _is_born(rule: Rule) -> bool:
    """Whether every namespace has the rule from its beginning (fib_default_rules_init)."""
    return rule.src is rule.dst is None and rule.lookup in values.TABLES.values() and rule.priority in (0, 32766, 32767)


def matching(snapshot: Snapshot, netns: str, wanted: Mapping[str, str]) -> Iterator[Rule]:
    """The rules of a namespace that say all this, in the order in which they are tried."""
    fact = RuleFact(tuple(wanted.items()), netns)
    return (rule for rule in snapshot.rules() if rule.netns == netns and not fact.differences(rule))


def parse(words: Words) -> Fact:
    """Read what stands behind `rule`."""
    found = fields(words, KEYWORDS)
    netns = found.pop("netns", HOST)
    if not found:
        raise words.fault(_("expected what the rule says here: `from`, `lookup` or another keyword"))
    return RuleFact(tuple(found.items()), netns)
