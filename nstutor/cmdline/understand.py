"""What a command line means to the program that gets it, so that two spellings of one command compare equal.

iproute2 takes the first entry of a table that begins with the word that was typed (`matches` in its lib/utils.c); the
tables here are in the order of its sources: ip/ip.c, ip/ip*.c, bridge/bridge.c and bridge/*.c.
"""

from __future__ import annotations

import os.path
from collections import Counter
from collections.abc import Mapping, Sequence

from nstutor import NamedTuple
from nstutor.cmdline.getopt import parse_options

Table = Sequence[str]

IP_OBJECTS: Table = (
    "address",
    "addrlabel",
    "maddress",
    "route",
    "rule",
    "neighbor",
    "neighbour",
    "ntable",
    "ntbl",
    "link",
    "l2tp",
    "fou",
    "ila",
    "macsec",
    "tunnel",
    "tunl",
    "tuntap",
    "tap",
    "token",
    "tcpmetrics",
    "tcp_metrics",
    "monitor",
    "xfrm",
    "mroute",
    "mrule",
    "netns",
    "netconf",
    "vrf",
    "sr",
    "nexthop",
    "mptcp",
    "ioam",
    "help",
    "stats",
)
BRIDGE_OBJECTS: Table = ("link", "fdb", "mdb", "vlan", "vni", "monitor", "help")

SAME: Mapping[str, str] = {
    "neighbour": "neighbor",
    "ntbl": "ntable",
    "lst": "show",
    "list": "show",
    "change": "set",
    "chg": "set",
    "tap": "tuntap",
    "tunl": "tunnel",
}
"""Second names that iproute2 gives to one thing."""

COMMANDS: Mapping[tuple[str, str], Table] = {
    ("ip", "link"): (
        "add",
        "set",
        "change",
        "replace",
        "delete",
        "show",
        "lst",
        "list",
        "xstats",
        "afstats",
        "property",
        "help",
    ),
    ("ip", "address"): (
        "add",
        "change",
        "chg",
        "replace",
        "delete",
        "show",
        "lst",
        "list",
        "flush",
        "save",
        "showdump",
        "restore",
        "help",
    ),
    ("ip", "route"): (
        "list",
        "show",
        "lst",
        "get",
        "add",
        "change",
        "chg",
        "replace",
        "prepend",
        "append",
        "test",
        "delete",
        "flush",
        "save",
        "restore",
        "showdump",
        "help",
    ),
    ("ip", "rule"): ("list", "lst", "show", "save", "restore", "add", "delete", "flush", "help"),
    ("ip", "neighbor"): ("add", "change", "chg", "replace", "delete", "get", "show", "lst", "list", "flush", "help"),
    ("ip", "netns"): (
        "list",
        "show",
        "lst",
        "list-id",
        "help",
        "add",
        "set",
        "delete",
        "identify",
        "pids",
        "exec",
        "monitor",
        "attach",
    ),
    ("bridge", "link"): ("set", "show", "lst", "list", "help"),
    ("bridge", "fdb"): ("add", "append", "replace", "delete", "get", "show", "lst", "list", "flush", "help"),
    ("bridge", "mdb"): ("add", "replace", "delete", "show", "lst", "list", "help"),
    ("bridge", "vlan"): ("add", "delete", "show", "lst", "list", "tunnelshow", "set", "global", "help"),
}

OBJECTS: Mapping[str, Table] = {"ip": IP_OBJECTS, "bridge": BRIDGE_OBJECTS}

GLOBAL_OPTIONS: Table = (
    "loops",
    "family",
    "human-readable",
    "iec",
    "stats",
    "statistics",
    "details",
    "resolve",
    "oneline",
    "timestamp",
    "tshort",
    "Version",
    "force",
    "batch",
    "brief",
    "json",
    "pretty",
    "rcvbuf",
    "color",
    "compressvlans",
    "help",
    "netns",
    "Numeric",
    "all",
    "echo",
)
WITH_VALUE = frozenset({"loops", "family", "batch", "rcvbuf", "netns"})

KEYS = frozenset(
    {
        "via",
        "src",
        "type",
        "netns",
        "mtu",
        "address",
        "lladdr",
        "table",
        "metric",
        "preference",
        "scope",
        "proto",
        "protocol",
        "brd",
        "broadcast",
        "label",
        "br",
        "brport",
        "nud",
        "vlan",
        "vid",
        "from",
        "lookup",
        "txqueuelen",
        "alias",
        "group",
        "master",
        "id",
        "dst",
        "link",
        "mode",
    }
)
"""Keywords with one value; the pair may stand anywhere in the line."""

NEUTRAL = frozenset({"dev", "name", "local", "to"})
"""Keywords that may be left out before the subject itself."""

EXEC = ("netns", "exec")


class Command(NamedTuple):
    """A command line as its program understands it."""

    program: str
    netns: str | None
    """The namespace that `-n` names."""
    verb: tuple[str, ...]
    """For iproute2 its object and command in full (`link`, `show`), else empty."""
    items: tuple[tuple[str, str], ...] = ()
    """For iproute2 keyword-value pairs in any order; the keyword is "" for a word that stands alone."""
    words: tuple[str, ...] = ()
    """For other programs (and `ip netns exec`) what is no option, in its order."""
    options: frozenset[tuple[str, str | None]] = frozenset()
    """For other programs."""

    def covers(self, other: Command) -> bool:
        """Whether the other command is this one, perhaps with more options and words that narrow it down."""
        return (
            self.program == other.program
            and self.verb == other.verb
            and self.options <= other.options
            and not Counter(self.items) - Counter(other.items)
            and _in_order(self.words, other.words)
        )


def understand(argv: Sequence[str]) -> Command | None:
    """What a program would understand; None for an empty command and for `-batch`, whose lines are not seen."""
    if not argv:
        return None
    program = program_of(argv)
    if program in OBJECTS:
        return _iproute2(program, argv[1:])
    options, words = parse_options(program, argv[1:])
    return Command(program, None, (), words=words, options=options)


def program_of(argv: Sequence[str]) -> str:
    """The name of the program, without its folder and a login shell's dash."""
    return os.path.basename(argv[0]).removeprefix("-") if argv else ""


def _iproute2(program: str, words: Sequence[str]) -> Command | None:
    netns, rest, batch = _global_options(words)
    if batch:
        return None
    if not rest:
        return Command(program, netns, ())
    found = expand(rest[0], OBJECTS[program])
    table = COMMANDS.get((program, found))
    if table is None:
        return Command(program, netns, (found,), _items(rest[1:]))
    command = expand(rest[1], table) if len(rest) > 1 else "show"
    verb = (found, command)
    if verb == EXEC:
        return Command(program, netns, verb, words=tuple(rest[2:]))
    return Command(program, netns, verb, _items(rest[2:]))


def _global_options(words: Sequence[str]) -> tuple[str | None, Sequence[str], bool]:
    """Skip iproute2's options: the namespace of `-n`, the rest, and whether it reads its commands from a file."""
    netns, batch, index = None, False, 0
    while index < len(words) and words[index].startswith("-") and words[index] != "--":
        option = expand(words[index].lstrip("-").split("=")[0], GLOBAL_OPTIONS)
        batch = batch or option == "batch"
        index += 1
        if option in WITH_VALUE:
            netns = words[index] if option == "netns" and index < len(words) else netns
            index += 1
    rest = words[index:]
    return netns, rest[1:] if rest[:1] == ["--"] else rest, batch


def expand(word: str, table: Table) -> str:
    """The word in full, as iproute2 takes what begins one of its table."""
    found = next((entry for entry in table if word and entry.startswith(word)), word)
    return SAME.get(found, found)


def _items(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    items: list[tuple[str, str]] = []
    subject = ""
    rest = iter(words)
    for word in rest:
        if word in NEUTRAL:
            items.append((subject, next(rest, "")))
        elif word == "peer":
            subject = word
        elif word in KEYS:
            items.append((f"{subject} {word}".strip(), next(rest, "")))
        else:
            items.append((subject, word))
    return tuple(items)


def _in_order(wanted: Sequence[str], words: Sequence[str]) -> bool:
    rest = iter(words)
    return all(word in rest for word in wanted)
