"""The table of messages: what the tools print, and who explains it; the first that knows, speaks.

The messages are those of iproute2 6.1, iputils 20221126, bash 5.2, iptables 1.8.9 and net-tools 2.10, loosely enough
for their neighbours. The group `name`, where there is one, is what the message names.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from nstutor.coach import exists, grammar, hosts, names, reach, tools, typed
from nstutor.coach.advice import Advice, Attempt, Explain
from nstutor.text.i18n import N_, _

Plain = Callable[[Attempt], Advice | None]

_NAMED: tuple[tuple[str, Explain], ...] = (
    # bash(1)
    (r"^(?:.*bash: )?(?:line \d+: )?(?P<name>:?\w+): command not found$", typed.tutor_word),
    (r"^(?:[\w./-]*sh: )?(?:(?:line )?\d+: )?(?:exec: )?(?P<name>[^\s:]+): (?:command )?not found$", tools.not_found),
    # ip(8), nsenter(1): namespaces
    (r'^Cannot open network namespace "(?P<name>[^"]+)"', names.no_netns),
    (r'argument "(?P<name>[^"]+)" is wrong: Invalid "netns" value', names.no_netns),
    (r'^Cannot remove namespace file "(?P<name>[^"]+)": No such file', names.no_netns),
    (r"^nsenter: cannot open (?P<name>\S+): No such file", names.no_netns),
    (r'^(?:s|S)etting the network namespace "(?P<name>[^"]+)" failed: Invalid argument', names.no_netns),
    (r'^Cannot create namespace file "(?:/var)?/run/netns/(?P<name>[^"]+)": File exists', names.netns_exists),
    # ip(8), bridge(8): words
    (r'^Command "(?P<name>[^"]+)" is unknown, try "ip netns help"', grammar.unknown_netns_verb),
    (r'^Command "(?P<name>[^"]+)" is unknown, try "ip link help"', grammar.unknown_link_verb),
    (r'^Command "(?P<name>[^"]+)" is unknown, try', grammar.unknown_verb),
    (r'^Object "(?P<name>[^"]+)" is unknown, try "ip help"', grammar.unknown_object),
    (r'^Object "(?P<name>[^"]+)" is unknown, try "bridge help"', grammar.unknown_bridge_object),
    (r'^Error: either "[^"]+" is duplicate, or "(?P<name>[^"]+)" is a garbage', grammar.garbage),
    (r'^"(?P<name>[^"]+)" is invalid lladdr', grammar.read_as_address),
    (r'^exec of "(?P<name>[^"]+)" failed: (?:No such file|Permission denied)', grammar.exec_failed),
    (r'any valid (?:prefix|address) is expected rather than "(?P<name>[^"]+)"', grammar.bad_prefix),
    # devices, whoever misses them
    (r'^Cannot find (?:bridge )?device "(?P<name>[^"]+)"', names.no_device),
    (r'^Device "(?P<name>[^"]+)" does not exist', names.no_device),
    (r'argument "(?P<name>[^"]+)" is wrong: Device does not exist', names.no_device),
    (r"^(?:interface|bridge) (?P<name>\S+) does not exist!", names.no_device),
    (r"^(?P<name>\S+): (?:ERROR while getting|error fetching) interface", names.no_device),
    (r"^tcpdump: (?P<name>\S+): (?:No such device exists|SIOCETHTOOL.*No such device)", names.no_device),
    (r"^ping: (?:SO_BINDTODEVICE|unknown iface:?) (?P<name>[^\s:]+)", names.no_device),
    (r'"(?P<name>[^"]+)" is wrong: "\w+" not a valid ifname', names.bad_name),
    # ping(8), traceroute(8)
    (r"^ping6?: (?P<name>\S+): (?:Temporary failure in name resolution|Name or service not known)", hosts.bad_host),
    (r"^(?P<name>\S+): (?:Temporary failure in name resolution|Name or service not known)", hosts.bad_host),
    (r"^ping6?: invalid argument: '(?P<name>[^']+)'", hosts.bad_count),
    # iptables(8), brctl(8)
    (r"^ip6?tables.*: table '(?P<name>[^']+)' does not exist", tools.table_unknown),
    (r"^bridge (?P<name>\S+) is still up; can't delete it", tools.bridge_up),
)

_PLAIN: tuple[tuple[str, Plain], ...] = (
    (r"^link: (?:extra|missing) operand", tools.link_tool),
    (r"^nsenter: reassociate to namespace .* failed: Invalid argument", names.dead_in_list),
    (r"^Error: Peer netns reference is invalid", names.dead_in_list),
    (r"^Command line is not complete", grammar.incomplete),
    (r'^both "name" and "dev" cannot be used when creating devices', grammar.peer_without_name),
    (r"^Usage: ip link <options> type veth", grammar.veth_usage),
    (r"Unknown device type", grammar.unknown_kind),
    (r"Attribute failed policy validation|Numerical result out of range", names.bad_name_in_line),
    (r"^RTNETLINK answers: File exists|^Error: File exists", exists.file_exists),
    (r"Address already assigned", exists.address_assigned),
    (r"Address not found", exists.address_not_found),
    (r"Cannot assign requested address", exists.cannot_assign),
    (r"^RTNETLINK answers: Operation not supported", exists.not_supported),
    (r"The interface netns is immutable|^RTNETLINK answers: Invalid argument", exists.immutable),
    (r"^RTNETLINK answers: No such process", exists.route_not_found),
    (r"Invalid prefix for given prefix length", exists.host_bits),
    (r"Device for nexthop is not up", exists.device_down),
    (r"Nexthop has invalid gateway|^SIOCADDRT: Network is unreachable", reach.bad_gateway),
    (r"^SIOCADDRT: No such device", names.no_device_in_words),
    (r"Network is unreachable$", reach.unreachable),
    (r"\b100% packet loss|Destination Host Unreachable$", reach.no_answer),
    (r"^ip6?tables.*: (?:Chain '[^']+' does not exist|No chain/target/match by that name)", tools.chain_unknown),
    (r"^Bad argument ", tools.single_dash),
    (r"^ip6?tables.*(?:RULE_\w+ failed \(Invalid argument\)|: Invalid argument)", tools.masquerade),
)

_FIXED: tuple[tuple[str, str], ...] = (
    (r'^Not enough information: "dev" argument is required', N_("Which device? `dev NAME` is missing.")),
    (
        r'^Not enough information: "type" argument is required',
        N_("A new device needs a type: `type bridge`, or `type veth peer name OTHER`."),
    ),
    (r"^No command specified", N_("What should run there? `bash` gives a shell.")),
    (r'^Invalid netns name "[^"]*/', N_("A namespace is a file in /run/netns: no slash in its name.")),
    (r"Can not enslave a bridge to a bridge", N_("Two bridges are joined by a veth pair, one end in each.")),
    (
        r"^Failed to create a new network namespace .*: No space left",
        N_("The lab holds no more namespaces: `ip netns del` one that you no longer need."),
    ),
    (
        r'unknown option "--[ds]ports?"',
        N_("A port belongs to a protocol: `-p tcp` or `-p udp` comes before it."),
    ),
    (
        r'^sysctl: permission denied on key "(?!net\.)',
        N_("Only net.* settings belong to the lab; the rest is the machine's."),
    ),
    (
        r"Read-only file system$",
        N_("The machine's own files cannot be changed from the lab; the home folder, /tmp, /run and /etc can."),
    ),
)


def _without_name(function: Plain) -> Explain:
    return lambda attempt, _name: function(attempt)


def _saying(text: str) -> Explain:
    return lambda _attempt, _name: Advice(_(text))


EXPLAINERS: tuple[tuple[re.Pattern[str], Explain], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), function)
    for pattern, function in (
        *_NAMED,
        *((pattern, _without_name(function)) for pattern, function in _PLAIN),
        *((pattern, _saying(text)) for pattern, text in _FIXED),
    )
)
"""Pattern and explainer, in the order in which they are asked."""
