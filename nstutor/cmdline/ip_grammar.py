"""The grammar of `ip` and `bridge` as far as a learner types it: objects, verbs, keywords and what follows them.

Sources: the `help` texts of iproute2 6.1 and ip-link(8), ip-address(8), ip-route(8), ip-neighbour(8), ip-netns(8),
bridge(8). The order of the entries is iproute2's own, since the first that matches an abbreviation wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from nstutor.text.i18n import N_


class Arg(Enum):
    """What may stand in a place."""

    NOTHING = auto()
    """Something new, or a number: nothing to offer."""
    FLAG = auto()
    """A keyword without a value."""
    DEV = auto()
    BRIDGE = auto()
    PORT = auto()
    NETNS = auto()
    PREFIX = auto()
    """An address with its prefix length, as the devices hold it."""
    ADDRESS = auto()
    """An address of anybody's in the lab."""
    NETWORK = auto()
    TYPE = auto()
    SCOPE = auto()
    STATE = auto()
    MAC = auto()
    SWITCH = auto()
    COMMAND = auto()
    """A whole command follows."""
    GROUPS = auto()


CHOICES: Mapping[Arg, Mapping[str, str]] = {
    Arg.TYPE: {
        "veth": N_("a pair of devices, a cable between two"),
        "bridge": N_("a switch"),
        "dummy": N_("a device that drops all"),
        "macvlan": N_("a device with a MAC of its own on another"),
        "vlan": N_("a tagged part of another device"),
        "vxlan": N_("a tunnel over UDP"),
    },
    Arg.SCOPE: {"global": "", "link": "", "host": ""},
    Arg.STATE: {"permanent": "", "reachable": "", "stale": "", "noarp": ""},
    Arg.SWITCH: {"on": "", "off": ""},
    Arg.GROUPS: {"link": "", "address": "", "route": "", "neigh": "", "nsid": "", "all": ""},
}


@dataclass(frozen=True)
class Verb:
    """What may follow a verb: one thing without a keyword, and keywords with their values."""

    first: Arg = Arg.NOTHING
    words: Mapping[str, Arg] = field(default_factory=dict)
    meaning: str = ""


_FLAG, _NEW = Arg.FLAG, Arg.NOTHING
_ROUTE = {
    "via": Arg.ADDRESS,
    "dev": Arg.DEV,
    "src": Arg.ADDRESS,
    "metric": _NEW,
    "table": _NEW,
    "scope": Arg.SCOPE,
    "onlink": _FLAG,
}
_NEIGHBOUR = {"lladdr": Arg.MAC, "dev": Arg.DEV, "nud": Arg.STATE}
_ADDRESS = {"dev": Arg.DEV, "broadcast": _NEW, "label": _NEW, "scope": Arg.SCOPE, "peer": Arg.ADDRESS}
_SHOW = {"dev": Arg.DEV, "up": _FLAG, "master": Arg.BRIDGE, "type": Arg.TYPE}

_LINK = {
    "add": Verb(
        _NEW,
        {
            "name": _NEW,
            "type": Arg.TYPE,
            "peer": _FLAG,
            "netns": Arg.NETNS,
            "master": Arg.BRIDGE,
            "address": _NEW,
            "mtu": _NEW,
            "up": _FLAG,
        },
        N_("make a device"),
    ),
    "delete": Verb(Arg.DEV, {"dev": Arg.DEV}, N_("delete a device")),
    "set": Verb(
        Arg.DEV,
        {
            "dev": Arg.DEV,
            "up": _FLAG,
            "down": _FLAG,
            "master": Arg.BRIDGE,
            "nomaster": _FLAG,
            "netns": Arg.NETNS,
            "name": _NEW,
            "address": _NEW,
            "mtu": _NEW,
            "alias": _NEW,
            "arp": Arg.SWITCH,
            "promisc": Arg.SWITCH,
        },
        N_("change a device"),
    ),
    "show": Verb(Arg.DEV, _SHOW, N_("list devices")),
}
_ADDR = {
    "add": Verb(_NEW, _ADDRESS, N_("give a device an address")),
    "change": Verb(Arg.PREFIX, _ADDRESS, N_("change an address")),
    "replace": Verb(Arg.PREFIX, _ADDRESS, N_("add or change an address")),
    "delete": Verb(Arg.PREFIX, {"dev": Arg.DEV}, N_("take an address away")),
    "show": Verb(Arg.DEV, {**_SHOW, "scope": Arg.SCOPE}, N_("list addresses")),
    "flush": Verb(Arg.DEV, {"dev": Arg.DEV, "scope": Arg.SCOPE}, N_("take all addresses away")),
}
_ROUTES = {
    "add": Verb(Arg.NETWORK, _ROUTE, N_("add a route")),
    "change": Verb(Arg.NETWORK, _ROUTE, N_("change a route")),
    "replace": Verb(Arg.NETWORK, _ROUTE, N_("add or change a route")),
    "delete": Verb(Arg.NETWORK, _ROUTE, N_("delete a route")),
    "get": Verb(Arg.ADDRESS, {"from": Arg.ADDRESS}, N_("which way to an address")),
    "show": Verb(Arg.NETWORK, {"dev": Arg.DEV, "table": _NEW}, N_("list routes")),
    "flush": Verb(Arg.NETWORK, {"dev": Arg.DEV}, N_("delete routes")),
}
_NEIGH = {
    "add": Verb(Arg.ADDRESS, _NEIGHBOUR, N_("name a neighbour's MAC")),
    "change": Verb(Arg.ADDRESS, _NEIGHBOUR, N_("change it")),
    "replace": Verb(Arg.ADDRESS, _NEIGHBOUR, N_("add or change it")),
    "delete": Verb(Arg.ADDRESS, {"dev": Arg.DEV}, N_("forget a neighbour")),
    "show": Verb(Arg.ADDRESS, {"dev": Arg.DEV}, N_("list neighbours")),
    "flush": Verb(Arg.ADDRESS, {"dev": Arg.DEV}, N_("forget neighbours")),
}
_RULE = {"from": Arg.NETWORK, "to": Arg.NETWORK, "table": _NEW, "priority": _NEW}
_RULES = {"add": Verb(_NEW, _RULE, N_("add a rule"))}
_RULES = {**_RULES, "delete": _RULES["add"], "show": Verb(meaning=N_("list rules"))}
_NETNS = {
    "list": Verb(meaning=N_("list namespaces")),
    "add": Verb(meaning=N_("make a namespace")),
    "attach": Verb(meaning=N_("name the namespace of a process")),
    "set": Verb(Arg.NETNS, meaning=N_("give it a number")),
    "delete": Verb(Arg.NETNS, meaning=N_("delete a namespace")),
    "identify": Verb(meaning=N_("which namespace a process is in")),
    "pids": Verb(Arg.NETNS, meaning=N_("processes in a namespace")),
    "exec": Verb(Arg.COMMAND, meaning=N_("run a command in a namespace")),
    "monitor": Verb(meaning=N_("watch names come and go")),
    "list-id": Verb(meaning=N_("list the numbers")),
}

Objects = Mapping[str, Mapping[str, Verb]]

IP: Objects = {
    "address": _ADDR,
    "route": _ROUTES,
    "rule": _RULES,
    "neighbour": _NEIGH,
    "link": _LINK,
    "monitor": {name: Verb(meaning=N_("watch")) for name in CHOICES[Arg.GROUPS]},
    "netns": _NETNS,
}
IP_MEANING: Mapping[str, str] = {
    "link": N_("devices"),
    "address": N_("addresses"),
    "route": N_("routes"),
    "neighbour": N_("neighbours (ARP)"),
    "netns": N_("network namespaces"),
    "rule": N_("routing rules"),
    "monitor": N_("watch changes"),
}

_FDB = {"dev": Arg.PORT, "master": _FLAG, "self": _FLAG, "vlan": _NEW, "static": _FLAG, "dynamic": _FLAG}
BRIDGE: Objects = {
    "link": {
        "set": Verb(
            _NEW,
            {
                "dev": Arg.PORT,
                "state": _NEW,
                "cost": _NEW,
                "priority": _NEW,
                "learning": Arg.SWITCH,
                "hairpin": Arg.SWITCH,
                "isolated": Arg.SWITCH,
                "flood": Arg.SWITCH,
            },
            N_("change a port"),
        ),
        "show": Verb(_NEW, {"dev": Arg.PORT, "master": Arg.BRIDGE}, N_("list ports")),
    },
    "fdb": {
        "show": Verb(_NEW, {"br": Arg.BRIDGE, "dev": Arg.PORT, "brport": Arg.PORT}, N_("list forwarding entries")),
        "add": Verb(Arg.MAC, _FDB, N_("add an entry")),
        "append": Verb(Arg.MAC, _FDB, N_("add one more")),
        "delete": Verb(Arg.MAC, _FDB, N_("delete an entry")),
        "flush": Verb(_NEW, {"dev": Arg.BRIDGE}, N_("delete entries")),
    },
    "mdb": {"show": Verb(_NEW, {"dev": Arg.BRIDGE}, N_("list multicast groups"))},
    "vlan": {
        "show": Verb(_NEW, {"dev": Arg.PORT, "vid": _NEW}, N_("list VLANs")),
        "add": Verb(_NEW, {"dev": Arg.PORT, "vid": _NEW, "pvid": _FLAG, "untagged": _FLAG}, N_("add a VLAN")),
        "delete": Verb(_NEW, {"dev": Arg.PORT, "vid": _NEW}, N_("delete a VLAN")),
    },
    "monitor": {name: Verb(meaning=N_("watch")) for name in ("link", "fdb", "mdb", "all")},
}
BRIDGE_MEANING: Mapping[str, str] = {
    "link": N_("ports of bridges"),
    "fdb": N_("forwarding entries"),
    "vlan": "VLAN",
    "mdb": N_("multicast"),
    "monitor": N_("watch"),
}

OPTIONS: Mapping[str, str] = {
    "-n": N_("in a namespace"),
    "-br": N_("brief"),
    "-c": N_("colours"),
    "-d": N_("details"),
    "-s": N_("statistics"),
    "-4": "IPv4",
    "-6": "IPv6",
    "-j": "JSON",
    "-p": N_("pretty"),
    "-o": N_("one line each"),
}
_WITH_VALUE = ("-netns", "-family", "-rcvbuf", "-batch", "-loops")


def takes_value(option: str) -> bool:
    """Whether a value follows this option of `ip` or `bridge`: a prefix of those that take one."""
    name = option.replace("--", "-", 1)
    return len(name) > 1 and any(known.startswith(name) for known in _WITH_VALUE)


def names_netns(option: str) -> bool:
    """Whether it is `-n`, `-net`, `-netns`, …"""
    name = option.replace("--", "-", 1)
    return len(name) > 1 and "-netns".startswith(name)


def resolve(word: str, table: Mapping[str, object] | Sequence[str]) -> str | None:
    """The table's first entry that begins with the word, as iproute2 reads abbreviations (matches(), lib/utils.c).

    `ls` and `list` stand for `show`, `del` begins `delete`; a two-letter alias of iproute2's own counts too.
    """
    aliases = {"ls": "show", "list": "show", "lst": "show", "neighbor": "neighbour"}
    if word in aliases and aliases[word] in table:
        return aliases[word]
    return next((entry for entry in table if word and entry.startswith(word)), None)
