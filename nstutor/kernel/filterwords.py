"""Rules in iptables' words (iptables(8), iptables-extensions(8)), so that two spellings of one rule compare equal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_network

from nstutor.kernel.parts import Hook, Option

BUILT_IN: Mapping[str, tuple[str, ...]] = {
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "raw": ("PREROUTING", "OUTPUT"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
}
"""The tables of iptables', each with the chains that the kernel calls."""

SHORT: Mapping[str, str] = {
    "--source": "-s", "--src": "-s", "--destination": "-d", "--dst": "-d", "--in-interface": "-i",
    "--out-interface": "-o", "--protocol": "-p", "--proto": "-p", "--jump": "-j", "--goto": "-g", "--match": "-m",
    "--source-port": "--sport", "--destination-port": "--dport", "--source-ports": "--sports",
    "--destination-ports": "--dports", "--state": "--ctstate", "--set-mark": "--set-xmark", "--fragment": "-f",
    "--ipv4": "-4", "--ipv6": "-6",
}  # fmt: skip
"""Second names of options; `iptables-save` prints the others."""

PROTOCOLS: Mapping[str, str] = {"1": "icmp", "6": "tcp", "17": "udp", "58": "ipv6-icmp", "icmpv6": "ipv6-icmp",
                                "132": "sctp", "50": "esp", "51": "ah", "47": "gre"}  # fmt: skip
ICMP_TYPES: Mapping[str, str] = {
    "echo-reply": "0", "pong": "0", "destination-unreachable": "3", "redirect": "5", "echo-request": "8", "ping": "8",
    "time-exceeded": "11", "ttl-exceeded": "11",
}  # fmt: skip
ICMPV6_TYPES: Mapping[str, str] = {
    "destination-unreachable": "1", "packet-too-big": "2", "time-exceeded": "3", "echo-request": "128", "ping": "128",
    "echo-reply": "129", "router-solicitation": "133", "router-advertisement": "134", "neighbour-solicitation": "135",
    "neighbor-solicitation": "135", "neighbour-advertisement": "136", "neighbor-advertisement": "136",
}  # fmt: skip

SYN = "FIN,SYN,RST,ACK SYN"
"""What `--syn` is short for."""
LAST_PORT = 65535
ALL_FLAGS = "FIN,SYN,RST,PSH,ACK,URG"

OPTION_RE = re.compile(r"-{1,2}[a-zA-Z46][\w-]*\Z")


def read_options(words: Sequence[str]) -> tuple[Option, ...]:
    """The options of a rule in their order, each with the words up to the next one as its value.

    `-m` is left out: an extension's options tell that it is used. Raises ValueError with the word that is no option.
    """
    return tuple(canonical(option) for option in _options(words) if option.name != "-m")


def _options(words: Sequence[str]) -> Iterator[Option]:
    rest, negated = list(words), False
    while rest:
        word = rest.pop(0)
        if word == "!" and not negated:
            negated = True
            continue
        if not OPTION_RE.match(word):
            raise ValueError(word)
        values: list[str] = []
        while rest and rest[0] != "!" and not OPTION_RE.match(rest[0]):
            values.append(rest.pop(0))
        yield Option(SHORT.get(word, word), " ".join(values), negated)
        negated = False
    if negated:
        raise ValueError("!")


def canonical(option: Option) -> Option:
    """The option with its value as `iptables-save` would print it, but for the order of lists."""
    if option.name == "--syn":
        option = option._replace(name="--tcp-flags", value=SYN)
    value = CANONICAL[option.name](option.value) if option.name in CANONICAL and option.value else option.value
    return option._replace(value=value)


def network(text: str) -> str:
    """An address or a prefix; an address is a prefix of one. As it is where it is neither (a name, a range)."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        return text


def _sorted(text: str) -> str:
    return ",".join(sorted(text.replace(" ", "").split(",")))


def _port(text: str) -> str:
    """A range that is open at one end ends with the ports (parse_port_range in xtoptions.c)."""
    first, colon, last = text.partition(":")
    return f"{first or 0}:{last or LAST_PORT}" if colon else text


def _flags(text: str) -> str:
    return " ".join(_sorted(part.upper().replace("ALL", ALL_FLAGS)) for part in text.split())


def _unquoted(text: str) -> str:
    return text.strip(" '\"")


def _number(text: str) -> str:
    try:
        return hex(int(text, 0))
    except ValueError:
        return text


def _mark(text: str) -> str:
    return "/".join(_number(part) for part in text.split("/"))


def _set_mark(text: str) -> str:
    value, _, mask = text.partition("/")
    return f"{_number(value)}/{_number(mask or '0xffffffff')}"


CANONICAL: Mapping[str, Callable[[str], str]] = {
    "-s": network,
    "-d": network,
    "-p": lambda text: PROTOCOLS.get(text.lower(), text.lower()),
    "--icmp-type": lambda text: ICMP_TYPES.get(text, text),
    "--icmpv6-type": lambda text: ICMPV6_TYPES.get(text, text),
    "--ctstate": lambda text: _sorted(text.upper()),
    "--dport": _port,
    "--sport": _port,
    "--dports": _sorted,
    "--sports": _sorted,
    "--ports": _sorted,
    "--tcp-flags": _flags,
    "--comment": _unquoted,
    "--log-prefix": _unquoted,
    "--mark": _mark,
    "--set-xmark": _set_mark,
}


def hook_of(kind: str, hook: str, priority: int) -> Hook | None:
    """Which of iptables' chains a chain of nft's is like, by its type, hook and priority (nft(8), BASE CHAINS)."""
    chain = hook.upper()
    if kind == "nat":
        table = "nat"
    elif kind == "route":
        table = "mangle"
    elif priority <= -300:
        table = "raw"
    elif chain in BUILT_IN["filter"]:
        table = "mangle" if priority <= -150 else "filter"
    else:
        table = "mangle"
    return Hook(table, chain) if chain in BUILT_IN[table] else None
