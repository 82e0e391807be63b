"""Options and words of programs other than iproute2, as getopt(3) takes them apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

WITH_VALUE: Mapping[str, str] = {
    "arp": "iHtAp",
    "arping": "cIsSwWtT",
    "bash": "O",
    "curl": "AbcCdDeEFHKmoPQrtTuUwxXyYz",
    "grep": "efmABCdD",
    "head": "nc",
    "ifconfig": "",
    "ip6tables": "tADIRPNEpsdjgiom",
    "iptables": "tADIRPNEpsdjgiom",
    "nc": "pswiqxXIO",
    "nsenter": "SG",
    "ping": "ceFiIlmMNpQsStTwW",
    "ping6": "ceFiIlmMNpQsStTwW",
    "route": "A",
    "ss": "fAFDN",
    "tail": "nc",
    "tcpdump": "BcCEFGijMrsTVwWyzZ",
    "traceroute": "fgimNpqswztlOMPD",
    "wget": "aBDeiIloOPQtTUwX",
}
"""Letters of the options that take a value; other programs' options are taken to have none."""

Option = tuple[str, str | None]


def parse_options(program: str, argv: Sequence[str]) -> tuple[frozenset[Option], tuple[str, ...]]:
    """Split arguments into options, each with its value, and the other words; `--` ends the options."""
    letters = WITH_VALUE.get(program, "")
    options: list[Option] = []
    words: list[str] = []
    rest = iter(argv)
    for word in rest:
        if word == "--":
            words.extend(rest)
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            options.append((name, value if equals else None))
        elif word.startswith("-") and len(word) > 1:
            options.extend(_cluster(word[1:], letters, rest))
        else:
            words.append(word)
    return frozenset(options), tuple(words)


def _cluster(text: str, letters: str, rest: Iterator[str]) -> Iterator[Option]:
    """Letters behind one dash; the first that takes a value takes what follows it."""
    for index, letter in enumerate(text):
        if letter in letters:
            yield f"-{letter}", text[index + 1 :] or next(rest, "")
            return
        yield f"-{letter}", None
