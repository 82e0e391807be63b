"""Programs that are not there, not allowed, or (iptables, brctl) did not understand."""

from __future__ import annotations

import re

from nstutor.cmdline import tokens
from nstutor.coach import lines, places
from nstutor.coach.advice import Advice, Attempt
from nstutor.coach.grammar import OBJECTS
from nstutor.text.i18n import _
from nstutor.text.typo import meant_by

_INSTALLERS = frozenset(("apt", "apt-get", "aptitude", "dnf", "yum", "zypper", "pacman", "apk", "snap", "brew", "pip"))
_CONTAINERS = frozenset(("docker", "podman", "nerdctl", "crictl", "kubectl", "oc"))
_SERVICES = frozenset(("systemctl", "service", "nmcli", "netplan", "ifup", "ifdown"))
_PROGRAMS = (
    "ip",
    "bridge",
    "ping",
    "traceroute",
    "ifconfig",
    "route",
    "iptables",
    "tcpdump",
    "brctl",
    "nsenter",
    "sysctl",
    "unshare",
    "exit",
    "bash",
    "sudo",
    "clear",
    "cat",
    "less",
    "grep",
    "echo",
)
_TARGETS = ("ACCEPT", "DROP", "REJECT", "RETURN", "MASQUERADE", "SNAT", "DNAT", "LOG", "REDIRECT")
_CHAINS = ("INPUT", "FORWARD", "OUTPUT", "PREROUTING", "POSTROUTING")
_TABLES = ("filter", "nat", "mangle", "raw")


def foreign_tool(attempt: Attempt) -> Advice | None:
    """A package manager, a container engine, a service manager: present or not, none can work in the lab."""
    if not attempt.status:
        return None
    programs = [command.program for command in lines.of(attempt)]
    for program in programs:
        if program in _INSTALLERS:
            return Advice(_("The lab has no network to install from: what the lessons need is there already."))
        if program in _CONTAINERS:
            text = _("There is no {program} in the lab; here `ip netns exec NAME bash` enters a namespace.")
            return Advice(text.format(program=program))
        if program in _SERVICES:
            return Advice(_("No services run in the lab: `ip` alone sets up the network."))
    return None


def not_found(attempt: Attempt, name: str) -> Advice | None:
    """`command not found`."""
    held = lines.holding(attempt, name)
    if held is None:
        return None
    if name == "sudo":
        rest = re.sub(r"(?<!\S)sudo\s+", "", attempt.line)
        return Advice(_("In the lab you are root already; no sudo is needed."), rest)
    if name in OBJECTS:
        return Advice(_("`ip` is missing before {name}.").format(name=name), tokens.insert(attempt.line, held[1], "ip"))
    if name in attempt.after.namespaces:
        return Advice(_("{name} is a namespace; `ip netns exec {name} bash` enters it.").format(name=name))
    if places.devices_called(attempt.after, name):
        return Advice(_("{name} is a device, not a command: `ip link show {name}`.").format(name=name))
    return _glued(attempt, name) or _misspelt(attempt, name, _PROGRAMS, shortest=4)


def link_tool(attempt: Attempt) -> Advice | None:
    """`link set lo up` without `ip` runs link(1), which makes hard links."""
    for command in lines.of(attempt):
        if command.program == "link":
            text = _("`ip` is missing before {name}.").format(name="link")
            return Advice(text, tokens.insert(attempt.line, command.words[0], "ip"))
    return None


def chain_unknown(attempt: Attempt) -> Advice | None:
    """`Chain 'DORP' does not exist`, `No chain/target/match by that name`."""
    for command in lines.of(attempt):
        for options, table in ((("-j", "--jump"), _TARGETS), (("-A", "-I", "-D", "-P", "-F", "-L", "-R"), _CHAINS)):
            word = command.after(*options)
            if command.program in ("iptables", "ip6tables") and word and word.text not in table + _CHAINS:
                return _misspelt(attempt, word.text, table)
    return None


def table_unknown(attempt: Attempt, name: str) -> Advice | None:
    """`table 'natt' does not exist`."""
    return _misspelt(attempt, name, _TABLES)


def single_dash(attempt: Attempt) -> Advice | None:
    """`Bad argument` behind `-dport`, which iptables read as -d port."""
    for command in lines.of(attempt):
        for word in command.words:
            if word.text in ("-dport", "-sport", "-state", "-ctstate", "-icmp-type", "-to-destination", "-to-source"):
                fixed = tokens.swap(attempt.line, word, f"-{word.text}")
                return Advice(_("{word} is written with two dashes.").format(word=word.text), fixed)
    return None


def masquerade(attempt: Attempt) -> Advice | None:
    """A target in a chain that it cannot stand in (iptables-extensions(8))."""
    for command in lines.of(attempt):
        target = command.after("-j")
        if target and target.text in ("MASQUERADE", "SNAT") and "POSTROUTING" not in command.texts:
            return Advice(_("{target} works in the chain POSTROUTING of the table nat.").format(target=target.text))
        if target and target.text in ("DNAT", "REDIRECT") and not {"PREROUTING", "OUTPUT"} & set(command.texts):
            return Advice(_("{target} works in PREROUTING and OUTPUT of the table nat.").format(target=target.text))
    return None


def bridge_up(attempt: Attempt, name: str) -> Advice | None:
    """`brctl delbr` of a bridge that is up."""
    held = lines.holding(attempt, name)
    if held is None:
        return None
    ip = lines.prefix_for(held[0], attempt)
    return Advice(_("brctl wants it down first; ip does not mind."), f"{ip} link del {name}")


def _glued(attempt: Attempt, name: str) -> Advice | None:
    """`ipnetns`, `ip-netns`, `ping-c`: a space is missing."""
    apart = re.fullmatch(r"(ip)-?(netns|link|addr|address|route|neigh)|(ping)(-[cIWi])|(bridge)-?(link|fdb)", name)
    if apart is None:
        return None
    first, second = (part for part in apart.groups() if part)
    text = _("A space is missing behind {word}.").format(word=first)
    return Advice(text, lines.replaced(attempt, name, f"{first} {second}"))


def _misspelt(attempt: Attempt, word: str, table: tuple[str, ...], shortest: int = 2) -> Advice | None:
    meant = meant_by(word, table, shortest)
    return Advice(places.slip_sentence(word, meant), lines.replaced(attempt, word, meant)) if meant else None
