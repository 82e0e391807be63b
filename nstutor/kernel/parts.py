"""Settings, who listens, and what netfilter was told: the parts of a namespace that are not rtnetlink's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nstutor import NamedTuple

BUILT_IN: Mapping[str, tuple[str, ...]] = {
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "raw": ("PREROUTING", "OUTPUT"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
}
"""The tables of iptables', each with the chains that the kernel calls."""


class Setting(NamedTuple):
    """A part of a snapshot: one setting, read in every namespace."""

    key: str
    """Its path below /proc/sys: `net/ipv4/ip_forward`, `net/ipv4/conf/eth0.1/rp_filter`."""


class Listener(NamedTuple):
    """A socket that waits for whoever comes (sock_diag(7)): a listening one of TCP, an unconnected one of UDP."""

    netns: str
    proto: str
    """`tcp` or `udp`."""
    local: str
    """The address that it is bound to; `0.0.0.0` or `::` for all."""
    port: int
    v6only: bool = False
    """Bound to `::` and not reached by IPv4."""

    def takes(self, address: str) -> bool:
        """Whether it is reached at that address of its namespace."""
        if self.local == address:
            return True
        if ":" in address:
            return self.local == "::"
        return self.local == "0.0.0.0" or (self.local == "::" and not self.v6only)


class Option(NamedTuple):
    """One thing that a rule says, in the words of iptables-extensions(8): `! -i eth0`, `--dport 80`."""

    name: str
    value: str
    negated: bool = False

    def __str__(self) -> str:
        """As it stands in a command."""
        return " ".join(word for word in ("!" if self.negated else "", self.name, self.value) if word)


class IncomparableError(ValueError):
    """A rule has something, named by the message, whose meaning in iptables' words is not known."""


class Hook(NamedTuple):
    """The table and the chain of iptables' that stand at a place where netfilter looks at packets."""

    table: str
    chain: str


DEFAULTS = frozenset(
    {
        *((name, value) for name in ("-s", "-d") for value in ("0.0.0.0/0", "::/0")),
        *(("-p", "all"), ("-i", "+"), ("-o", "+"), ("--sport", "0:65535"), ("--dport", "0:65535")),
    }
)
"""What a rule means that does not say it: the kernel keeps nothing for it."""


class FilterRule(NamedTuple):
    """A rule of a chain, in iptables' words whoever made it."""

    options: tuple[Option, ...]
    packets: int | None = None
    """How many packets it has met; None for a rule that does not count."""
    family: int | None = None
    """4 or 6 for a rule that is for one of its chain's families only."""
    unknown: str | None = None
    """What of it is not understood, by name: then it equals nothing, whatever its options say."""

    def says(self, option: Option) -> bool:
        """Whether the option is among the rule's; a default (`-s 0.0.0.0/0`), if nothing else is said of it."""
        if option in self.options:
            return True
        return (option.name, option.value) in DEFAULTS and not option.negated and not self.about(option.name)

    def about(self, name: str) -> list[Option]:
        """The options of that name."""
        return [option for option in self.options if option.name == name]

    def __str__(self) -> str:
        """As it stands behind `iptables -A CHAIN`."""
        return " ".join(map(str, self.options))

    @property
    def target(self) -> str | None:
        """What becomes of what it meets: `ACCEPT`, a chain's name; the last where it says several."""
        return next((option.value for option in reversed(self.options) if option.name in ("-j", "-g")), None)


class Chain(NamedTuple):
    """A chain with its rules, in their order."""

    netns: str
    families: tuple[int, ...]
    """4, 6 or both (nft's `inet`)."""
    table: str
    name: str
    hook: Hook | None
    """For a chain that the kernel itself calls: which of iptables' chains it is like."""
    policy: str | None
    """`ACCEPT` or `DROP`; None for a chain that only rules call."""
    rules: tuple[FilterRule, ...]
    packets: int | None = None
    """How many packets met the policy, where that is counted."""

    def is_called(self, table: str, name: str) -> bool:
        """Whether it goes by these names: those of iptables' for its place, or its own where they mean no place."""
        if name in BUILT_IN.get(table, ()):
            return (table, name) == self.hook
        return (table, name) in ((self.table, self.name), self.hook)


class Netfilter(NamedTuple):
    """What a namespace filters and translates."""

    chains: tuple[Chain, ...] = ()
    unread: str | None = None
    """Why there may be more than this: a program that is missing, or what it said."""

    def uncounted(self) -> Netfilter:
        """The same without its counters."""
        return self._replace(chains=tuple(_uncounted(self.chains)))


def _uncounted(chains: tuple[Chain, ...]) -> Iterator[Chain]:
    for chain in chains:
        rules = tuple(rule._replace(packets=None) for rule in chain.rules)
        yield chain._replace(rules=rules, packets=None)
