"""The tables by which `ip` and `bridge` read their words: objects, commands, options and keywords.

iproute2 takes the first entry of a table that begins with the word that was typed (`matches` in its lib/utils.c); the
tables here are in the order of its sources: ip/ip.c, ip/ip*.c, bridge/bridge.c and bridge/*.c.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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


def expand(word: str, table: Table) -> str:
    """The word in full, as iproute2 takes what begins one of its table."""
    found = next((entry for entry in table if word and entry.startswith(word)), word)
    return SAME.get(found, found)
