"""What `iptables-save -c` prints, as chains."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from nstutor.kernel.filterwords import BUILT_IN, read_options
from nstutor.kernel.parts import Chain, FilterRule, Hook

CHAIN_RE = re.compile(r":(?P<name>\S+) (?P<policy>\S+) \[(?P<packets>\d+):\d+\]")
RULE_RE = re.compile(r"\[(?P<packets>\d+):\d+\] -A (?P<chain>\S+) ?(?P<words>.*)")


@dataclass
class _Open:
    """A chain whose rules are still being read."""

    table: str
    policy: str | None
    packets: int | None
    rules: list[FilterRule] = field(default_factory=list)


def chains_of(text: str, netns: str, family: int) -> Iterator[Chain]:
    """The chains of one family (4, 6) in the namespace that is called `netns`."""
    table, found = "", dict[tuple[str, str], _Open]()
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif match := CHAIN_RE.match(line):
            built_in = match["policy"] != "-"
            policy = match["policy"] if built_in else None
            found[table, match["name"]] = _Open(table, policy, int(match["packets"]) if built_in else None)
        elif (match := RULE_RE.match(line)) and (table, match["chain"]) in found:
            rule = FilterRule(read_options(shlex.split(match["words"])), int(match["packets"]))
            found[table, match["chain"]].rules.append(rule)
    for (table, name), chain in found.items():
        hook = Hook(table, name) if name in BUILT_IN.get(table, ()) else None
        yield Chain(netns, (family,), table, name, hook, chain.policy, tuple(chain.rules), chain.packets)
