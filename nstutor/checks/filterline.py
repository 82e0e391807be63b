"""The words of a `netfilter` line: a table, a chain, and what a rule says, in iptables' manner."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from nstutor.checks import values
from nstutor.checks.grammar import Reader, Word, Words
from nstutor.kernel.filterwords import LAST_PORT, MARKS, read_options
from nstutor.kernel.iptables_names import NO_VALUE, SHORT, TARGETS
from nstutor.kernel.parts import BUILT_IN, Option
from nstutor.lesson.faults import did_you_mean
from nstutor.text.i18n import _
from nstutor.text.typo import nearest

LONGEST_CHAIN = 28
"""XT_FUNCTION_MAXNAMELEN - 1 (linux/netfilter/x_tables.h)."""
OPTIONS = (
    "-s",
    "-d",
    "-i",
    "-o",
    "-p",
    "-j",
    "-g",
    "-m",
    *SHORT,
    *MARKS,
    "--sport",
    "--dport",
    "--sports",
    "--dports",
    "--ports",
    "--ctstate",
    "--ctstatus",
    "--ctproto",
    "--ctdir",
    "--ctorigsrc",
    "--ctorigdst",
    "--ctreplsrc",
    "--ctrepldst",
    "--ctorigsrcport",
    "--ctorigdstport",
    "--ctreplsrcport",
    "--ctrepldstport",
    "--icmp-type",
    "--icmpv6-type",
    "--mark",
    "--comment",
    "--reject-with",
    "--to-source",
    "--to-destination",
    "--to-ports",
    "--to",
    "--log-prefix",
    "--log-level",
    "--nflog-prefix",
    "--nflog-group",
    "--limit",
    "--limit-burst",
    "--tcp-flags",
    "--tcp-option",
    "--mac-source",
    "--src-range",
    "--dst-range",
    "--src-type",
    "--dst-type",
    "--ttl-eq",
    "--ttl-lt",
    "--ttl-gt",
    "--ttl-set",
    "--ttl-dec",
    "--ttl-inc",
    "--hl-eq",
    "--hl-lt",
    "--hl-gt",
    "--hl-set",
    "--physdev-in",
    "--physdev-out",
    "--uid-owner",
    "--gid-owner",
    "--mode",
    "--probability",
    "--every",
    "--packet",
    "--length",
    "--pkt-type",
    "--on-port",
    "--on-ip",
    "--tproxy-mark",
    "--set-mss",
    "--nfmask",
    "--ctmask",
    *NO_VALUE,
)
FAMILIES = {"-4": 4, "-6": 6}
SEVERAL = ("--sports", "--dports")
PORTS = {"--sport": 1, "--dport": 1, **dict.fromkeys((*SEVERAL, "--ports"), 15)}
"""Options about ports, and how many they take (XT_MULTI_PORTS, linux/netfilter/xt_multiport.h)."""

netns = values.netns


@dataclass(frozen=True)
class FilterLine:
    """What stands behind `netfilter`."""

    table: str
    chain: str
    netns: str | None
    policy: str | None
    options: tuple[Option, ...]
    family: int
    """4, or 6 where `-6` or an address says so."""


def policy(text: str) -> str:
    """A chain's policy."""
    if text in ("ACCEPT", "DROP"):
        return text
    raise ValueError(_("`{text}` is no policy; it is ACCEPT or DROP").format(text=text))


def _table(text: str) -> str:
    near = nearest(text, BUILT_IN, 0.75)
    if text not in BUILT_IN and near:
        raise ValueError(_("unknown table `{text}`; did you mean `{near}`?").format(text=text, near=near))
    return text


def _chain(table: str, text: str) -> str:
    """A chain's name; one that the kernel calls must belong to the table."""
    own = BUILT_IN.get(table, ())
    known = sorted({name for names in BUILT_IN.values() for name in names})
    if len(text.encode()) > LONGEST_CHAIN or text.startswith(("-", "!")):
        raise ValueError(_("`{text}` cannot be the name of a chain").format(text=text))
    if own and text in known and text not in own:
        message = _("table {table} has no chain {text}; it has {chains}")
        raise ValueError(message.format(table=table, text=text, chains=", ".join(own)))
    near = nearest(text, own, 0.8)
    if own and near and near != text:
        raise ValueError(_("unknown chain `{text}`; did you mean `{near}`?").format(text=text, near=near))
    return text


def read(words: Words) -> FilterLine:
    """Take the line apart. Raises LessonError with the place of what is wrong."""
    table, words = words.value(_table, _("a table: filter, nat, mangle"))
    chain, words = words.value(lambda text: _chain(table, text), _("a chain: FORWARD, POSTROUTING"))
    house, words = _pair(words, "netns", netns)
    fate, words = _pair(words, "policy", policy)
    options = _options(words)
    if fate is not None and any(option.name not in FAMILIES for option in options):
        raise words.fault(_("`policy` stands alone"), words.words[0])
    family = _family(options)
    return FilterLine(table, chain, house, fate, tuple(one for one in options if one.name not in FAMILIES), family)


def _pair(words: Words, keyword: str, reader: Reader) -> tuple[str | None, Words]:
    """The value of a keyword, wherever it stands, and the other words."""
    places = [index for index, word in enumerate(words.words) if word.text == keyword]
    if not places:
        return None, words
    if len(places) > 1:
        raise words.fault(_("`{word}` is given twice").format(word=keyword), words.words[places[1]])
    behind = Words(words.line, words.path, words.words[places[0] + 1 :])
    value, _rest = behind.value(reader, _("a value for `{word}`").format(word=keyword))
    return value, words.without(words.words[places[0] : places[0] + 2])


def _options(words: Words) -> tuple[Option, ...]:
    try:
        options = read_options([_in_full(word.text) for word in words.words])
    except ValueError as error:
        word = words.named(str(error))
        raise words.fault(_("expected an option like -s, -o or -j here"), word) from None
    for word, behind in zip(words.words, (*words.words[1:], None), strict=False):
        _must_be_known(words, word, behind)
    for option in options:
        _must_make_sense(words, option)
    return options


def _in_full(text: str) -> str:
    """A long option of which only the beginning is given, as getopt_long(3) has it."""
    meant = {option for option in OPTIONS if option.startswith(text)} if text.startswith("--") else set()
    return meant.pop() if text not in OPTIONS and len(meant) == 1 else text


def text_of(options: Sequence[Option]) -> str:
    """The options in one line."""
    return shlex.join(word for option in options for word in _words(option))


def _words(option: Option) -> list[str]:
    return [*(["!"] if option.negated else []), option.name, *([option.value] if option.value else [])]


def options_of(text: str) -> tuple[Option, ...]:
    """The options of a line that `text_of` wrote."""
    return read_options(shlex.split(text))


def _must_be_known(words: Words, word: Word, behind: Word | None) -> None:
    """Refuse an option that looks misspelt, and one without its value."""
    text = _in_full(word.text)
    if not text.startswith("-") or (re.fullmatch(r"-[0-9.]+", text) and text not in FAMILIES):
        return
    if text not in OPTIONS and (not text.startswith("--") or nearest(text, OPTIONS, 0.8)):
        meant = did_you_mean(text, OPTIONS)
        raise words.fault(_("unknown option `{word}`{meant}").format(word=text, meant=meant), word)
    ends = behind is None or behind.text == "!" or behind.text.startswith("-")
    if ends and text in OPTIONS and text not in NO_VALUE:
        raise words.fault(_("expected a value for `{word}` here").format(word=text), behind)


def _must_make_sense(words: Words, option: Option) -> None:
    value = next((word for word in words.words if word.text == option.value), None)
    if option.name in ("-s", "-d") and not _is_network(option.value):
        raise words.fault(_("`{text}` is not a prefix; write 10.0.0.0/24 or 10.0.0.1").format(text=option.value), value)
    if option.name in PORTS and not _are_ports(option.value, PORTS[option.name]):
        message = _("`{text}` is no port; write 80 or 1024:65535, and several ports behind {options}")
        raise words.fault(message.format(text=option.value, options=" / ".join(SEVERAL)), value)
    if option.name == "-j" and option.value not in TARGETS:
        near = nearest(option.value, TARGETS, 0.75)
        if near:
            message = _("unknown target `{text}`; did you mean `{near}`?")
            raise words.fault(message.format(text=option.value, near=near), value)


def _are_ports(text: str, most: int) -> bool:
    """Whether these are numbers of ports, or ranges of them, and not too many."""
    parts = text.split(",")
    ends = [end for part in parts for end in part.split(":")]
    numbers = all(re.fullmatch(r"[0-9]{1,5}", end) and int(end) <= LAST_PORT for end in ends)
    return numbers and len(parts) <= most and all(part.count(":") <= 1 for part in parts)


def _is_network(text: str) -> bool:
    try:
        return bool(ip_network(text))
    except ValueError:
        return False


def _family(options: Sequence[Option]) -> int:
    named = [FAMILIES[option.name] for option in options if option.name in FAMILIES]
    six = any(option.name in ("-s", "-d") and ":" in option.value for option in options)
    return named[0] if named else 6 if six else 4
