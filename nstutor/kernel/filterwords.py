"""Rules in iptables' words (iptables(8), iptables-extensions(8)), so that two spellings of one rule compare equal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_network

from nstutor.kernel.iptables_names import (
    ICMP_TYPES,
    ICMPV6_TYPES,
    LOG_LEVELS,
    PROTOCOLS,
    REJECTS,
    SECOND_LEVELS,
    SHORT,
)
from nstutor.kernel.parts import BUILT_IN, Hook, Option

SYN = "FIN,SYN,RST,ACK SYN"
"""What `--syn` is short for."""
LAST_PORT = 65535
FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG")
ALL_FLAGS = ",".join(FLAGS)
ALL_BITS = 0xFFFFFFFF
MARKS: Mapping[str, Callable[[int, int], tuple[int, int]]] = {
    "--set-xmark": lambda value, mask: (value, mask),
    "--set-mark": lambda value, mask: (value, value | mask),
    "--and-mark": lambda value, _mask: (0, ~value & ALL_BITS),
    "--or-mark": lambda value, _mask: (value, value),
    "--xor-mark": lambda value, _mask: (value, 0),
}
"""What the ways to set a mark come to: the bits that are cleared are the second, those that are flipped the first."""
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}

OPTION_RE = re.compile(r"-{1,2}[a-zA-Z46][\w-]*\Z")


def read_options(words: Sequence[str]) -> tuple[Option, ...]:
    """The options of a rule in their order, each with the words up to the next one as its value.

    `-m` is left out: an extension's options tell that it is used. Raises ValueError with the word that is no option.
    """
    found, module = [], ""
    for option in _options(words):
        module = option.value if option.name == "-m" else module
        if option.name == "--mark" and module == "connmark":
            found.append(canonical(option)._replace(name="-m connmark --mark"))
        elif option.name != "-m":
            found.extend(_whole(canonical(option)))
    return tuple(found)


def _whole(option: Option) -> Iterator[Option]:
    """An option that is short for others, in full."""
    if (option.name, option.value) == ("-j", "NOTRACK"):
        yield from (Option("-j", "CT"), Option("--notrack", ""))
    else:
        yield option


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
    elif option.name in MARKS:
        return option._replace(name="--set-xmark", value=_set_mark(option.name, option.value))
    elif option.name in ("--sports", "--dports") and "," not in option.value:
        option = option._replace(name=option.name[:-1])
    value = CANONICAL[option.name](option.value) if option.name in CANONICAL and option.value else option.value
    return option._replace(value=value)


def network(text: str) -> str:
    """An address or a prefix; an address is a prefix of one. As it is where it is neither (a name, a range)."""
    address, slash, length = text.partition("/")
    if address.isdigit() or (slash and ":" not in address and 0 < address.count(".") < 3):
        address += ".0" * (3 - address.count("."))  # `10/8`, as iptables takes it
    try:
        return str(ip_network(f"{address}{slash}{length}", strict=False))
    except ValueError:
        return text


def _sorted(text: str) -> str:
    return ",".join(sorted(text.replace(" ", "").split(",")))


def port_range(low: int, high: int) -> str:
    """A range, or the one number in it."""
    return str(low) if low == high else f"{low}:{high}"


def _port(text: str) -> str:
    """A range that is open at one end ends with the ports (parse_port_range in xtoptions.c)."""
    first, colon, last = text.partition(":")
    if not colon or not all(end.isdigit() for end in (first, last) if end):
        return text
    return port_range(int(first or 0), int(last or LAST_PORT))


def _ports(text: str) -> str:
    return ",".join(sorted(_port(part) for part in text.replace(" ", "").split(",")))


def _flags(text: str) -> str:
    return " ".join(_sorted(part.upper().replace("ALL", ALL_FLAGS)) for part in text.split())


def flags_of(mask: int, flags: int) -> str:
    """`--tcp-flags` as a mask and what must be set of it."""
    names = [",".join(name for bit, name in enumerate(FLAGS) if bits >> bit & 1) for bits in (mask, flags)]
    return _flags(" ".join(name or "NONE" for name in names))


def _unquoted(text: str) -> str:
    return text.strip(" '\"")


def _number(text: str) -> int:
    return int(text, 16) if text.lower().startswith("0x") else int(text, 0) if text.isdecimal() else int(text, 8)


def mark_of(value: int, mask: int) -> str:
    """A mark that is compared with, and which of its bits count where not all do."""
    return hex(value) if mask == ALL_BITS else f"{value:#x}/{mask:#x}"


def set_mark_of(value: int, mask: int) -> str:
    """What `--set-xmark` takes: which bits are flipped, which were cleared before."""
    return f"{value:#x}/{mask:#x}"


def _mark(text: str) -> str:
    value, _, mask = text.partition("/")
    try:
        return mark_of(_number(value), _number(mask) if mask else ALL_BITS)
    except ValueError:
        return text


def _any_mark(text: str) -> str:
    value, _, mask = text.partition("/")
    try:
        return set_mark_of(_number(value), _number(mask) if mask else ALL_BITS)
    except ValueError:
        return text


def _set_mark(name: str, text: str) -> str:
    value, _, mask = text.partition("/")
    try:
        return set_mark_of(*MARKS[name](_number(value), _number(mask) if mask else ALL_BITS))
    except ValueError:
        return text


def limit_of(each_second: float) -> str:
    """A rate in the largest unit in which it is a number of packets: `6/minute`."""
    for unit, seconds in UNITS.items():
        if each_second * seconds >= 1 and abs(each_second * seconds - round(each_second * seconds)) < 0.01:
            return f"{round(each_second * seconds)}/{unit}"
    return f"{each_second:.6f}/second"


def limit_text(packets: int, seconds: int) -> str:
    """A rate as x_tables keeps it: the time for one packet, in whole ten-thousandths of a second."""
    each = 10_000 * seconds // packets if packets else 0
    return limit_of(10_000 / each) if each else f"{packets}/{seconds}"


def _limit(text: str) -> str:
    number, _, unit = text.partition("/")
    seconds = next((seconds for name, seconds in UNITS.items() if name.startswith(unit or "second")), None)
    return text if seconds is None or not number.isdecimal() else limit_text(int(number), seconds)


def _probability(text: str) -> str:
    try:
        return f"{round(float(text) * 0x80000000) / 0x80000000:.11f}"
    except ValueError:
        return text


def _level(text: str) -> str:
    level = text.lower()
    return str(LOG_LEVELS.index(level)) if level in LOG_LEVELS else SECOND_LEVELS.get(level, level)


def _icmp_type(types: Mapping[str, str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        return types.get(text.lower(), text)

    return read


def _upper(text: str) -> str:
    return _sorted(text.upper())


CANONICAL: Mapping[str, Callable[[str], str]] = {
    **dict.fromkeys(("-s", "-d", "--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst", "--to"), network),
    **dict.fromkeys(("-p", "--ctproto"), lambda text: PROTOCOLS.get(text.lower(), text.lower())),
    "--icmp-type": _icmp_type(ICMP_TYPES),
    "--icmpv6-type": _icmp_type(ICMPV6_TYPES),
    **dict.fromkeys(("--ctstate", "--ctstatus", "--ctdir", "--src-type", "--dst-type"), _upper),
    **dict.fromkeys(
        ("--dport", "--sport", "--length", "--ctorigsrcport", "--ctorigdstport", "--ctreplsrcport", "--ctrepldstport"),
        _port,
    ),
    **dict.fromkeys(("--dports", "--sports", "--ports"), _ports),
    "--tcp-flags": _flags,
    **dict.fromkeys(("--comment", "--log-prefix", "--nflog-prefix"), _unquoted),
    **dict.fromkeys(("--mark", "--nfmask", "--ctmask"), _mark),
    "--tproxy-mark": _any_mark,
    "--limit": _limit,
    "--probability": _probability,
    "--log-level": _level,
    "--mac-source": str.lower,
    "--uid-owner": lambda text: "0" if text == "root" else text,
    "--gid-owner": lambda text: "0" if text == "root" else text,
    "--reject-with": lambda text: REJECTS.get(text, text),
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
