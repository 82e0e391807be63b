"""Whether a program that was executed looked at anything: its words were understood, and named what exists.

A look is what came to an answer, also to a network's refusal. No look is a usage error, a help text or a version, and a
device, namespace or name that does not exist. docs/checks.md has the table; statuses were tried with the programs of
Debian 12 (iproute2 6.1, iputils 20221126, net-tools 2.10, traceroute 2.1, iptables 1.8.9, nftables 1.0.6).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from nstutor.checks.executed import ExecutedCommand
from nstutor.cmdline.iproute2_tables import GLOBAL_OPTIONS, expand
from nstutor.cmdline.understand import Command
from nstutor.kernel.model import Snapshot

Test = Callable[[ExecutedCommand, Snapshot], bool]


class Outcome(Enum):
    """What executing a program came to."""

    LOOKED = "looked"
    TOLD_OF_ITSELF = "told of itself"
    """A usage text or a version was asked for."""
    RUNNING = "running"
    """It has not come to anything yet."""
    FAILED = "failed"
    """It was asked wrongly, or for what does not exist."""


class Program(NamedTuple):
    """How one program tells what it came to."""

    answers: frozenset[int] = frozenset({0})
    """Statuses with an answer."""
    refusals: frozenset[int] = frozenset()
    """Statuses with an answer if `asks` says that the words could be understood, else with a complaint about them."""
    asks: Test = lambda _deed, _snapshot: True
    help: frozenset[str] = frozenset({"-h", "--help", "-V", "--version"})
    lasting: bool = False
    """Whether it looks for as long as it runs, so that it need not end."""
    sure: Test = lambda _deed, _snapshot: True
    """What must be so for an answer to be one."""


def outcome(deed: ExecutedCommand, snapshot: Snapshot) -> Outcome:
    """What became of it, judged by the program's own rules; of a program that has none by its options alone."""
    program = PROGRAMS.get(deed.command.program, OTHER)
    status = deed.execution.status
    if _tells_of_itself(deed, program):
        return Outcome.TOLD_OF_ITSELF
    if status is None and deed.execution.running:
        lasts = (program.lasting and program.asks(deed, snapshot)) or _lasts(deed.command)
        return Outcome.LOOKED if lasts else Outcome.RUNNING
    # Without a status it was ended by a signal (Ctrl-C, a closed pipe), or has led to another program.
    answered = status is None or status in program.answers or (program is OTHER and status not in NOT_FOUND)
    refused = status in program.refusals and program.asks(deed, snapshot)
    return Outcome.LOOKED if (answered and program.sure(deed, snapshot)) or refused else Outcome.FAILED


def _tells_of_itself(deed: ExecutedCommand, program: Program) -> bool:
    if deed.command.program in ("ip", "bridge"):
        words = deed.execution.argv[1:]
        options = {expand(word.lstrip("-"), GLOBAL_OPTIONS) for word in _leading_options(words)}
        return "Version" in options or deed.command.verb[-1:] == ("help",)
    return any(name in program.help for name, _ in deed.command.options)


def _leading_options(words: tuple[str, ...]) -> list[str]:
    """The options before the object; a value of one of them is no option, either."""
    found = []
    for index, word in enumerate(words):
        if word.startswith("-"):
            found.append(word)
        elif not index or words[index - 1] not in WITH_VALUE_BEFORE:
            break
    return found


WITH_VALUE_BEFORE = ("-n", "-netns", "-f", "-family", "-l", "-loops", "-rc", "-rcvbuf")
NOT_FOUND = (126, 127)
"""Of a shell's: there is no such script or program."""


def _lasts(command: Command) -> bool:
    return "monitor" in command.verb or (command.program == "ss" and _option(command, "-E", "--events") is not None)


# --- what the words of a command name ---------------------------------------------------------------------------------


def _option(command: Command, *names: str) -> str | None:
    """The value of an option, empty for one without; None where it is not given."""
    return next((value or "" for name, value in command.options if name in names), None)


def is_address(text: str) -> bool:
    """Whether it is an address, in any of the forms of inet_aton(3), and so need not be looked for."""
    try:
        return bool(ip_address(text.partition("%")[0]))
    except ValueError:
        parts = text.split(".")
        return len(parts) <= 4 and all(re.fullmatch(r"0[xX][0-9a-fA-F]+|[0-9]+", part) for part in parts)


def _has_device(deed: ExecutedCommand, snapshot: Snapshot, *options: str) -> bool:
    """Whether the device that an option names exists, where one is named and that can be seen."""
    name = _option(deed.command, *options)
    namespace = snapshot.namespaces.get(deed.netns or "")
    if name is None or namespace is None or name == "any" or name.isdecimal():
        return True
    return name in namespace.by_name


def _one_address(deed: ExecutedCommand) -> bool:
    return len(deed.command.words) == 1 and is_address(deed.command.words[0])


PING_LETTERS = frozenset("346AaBbCDdfHLnOqrRUvceFiIlmMNpQsStTwW")
PING_NUMBERS = ("-c", "-i", "-l", "-s", "-w", "-W", "-m")
NUMBER_RE = re.compile(r"0*[1-9][0-9]*|[0-9]*\.[0-9]+|0")


def _ping_understood(deed: ExecutedCommand) -> bool:
    """Whether its numbers are numbers and it was told whom to ask; it ends with 1 where not, as without an answer."""
    numbers = [(name, value or "") for name, value in deed.command.options if name in PING_NUMBERS]
    good = all(NUMBER_RE.fullmatch(value) and not (name == "-c" and int(value) == 0) for name, value in numbers)
    return good and bool(deed.command.words)


def _ping_asks(deed: ExecutedCommand, snapshot: Snapshot) -> bool:
    known = all(name.removeprefix("-") in PING_LETTERS for name, _ in deed.command.options)
    source = _option(deed.command, "-I")
    if source is not None and is_address(source):
        here = (one for one in snapshot.addresses() if deed.netns in (None, one.netns))
        from_here = any(str(one.interface.ip) == source for one in here)
    else:
        from_here = _has_device(deed, snapshot, "-I")
    return known and from_here and _one_address(deed) and _ping_understood(deed)


def _ping_sure(deed: ExecutedCommand, _snapshot: Snapshot) -> bool:
    return deed.execution.status == 0 or _ping_understood(deed)


def _traceroute_asks(deed: ExecutedCommand, snapshot: Snapshot) -> bool:
    words = deed.command.words
    return 0 < len(words) <= 2 and is_address(words[0]) and _has_device(deed, snapshot, "-i", "--interface")


def _has_words(deed: ExecutedCommand, _snapshot: Snapshot) -> bool:
    return bool(deed.command.words)


def _captures(deed: ExecutedCommand, snapshot: Snapshot) -> bool:
    return _has_device(deed, snapshot, "-i", "--interface")


def _arp_sure(deed: ExecutedCommand, snapshot: Snapshot) -> bool:
    return _has_device(deed, snapshot, "-i", "--device")


ROUTE_LETTERS = frozenset("nNveFCA46")


def _route_sure(deed: ExecutedCommand, _snapshot: Snapshot) -> bool:
    """It prints its usage and ends with 0 for a letter that it does not know."""
    letters = (name for name, _ in deed.command.options if not name.startswith("--"))
    return all(name.removeprefix("-") in ROUTE_LETTERS for name in letters)


def _route_asks(deed: ExecutedCommand, snapshot: Snapshot) -> bool:
    """It ends with 1 where there is no route, and for a family that it does not know."""
    return _route_sure(deed, snapshot) and not deed.command.words and _option(deed.command, "-A") is None


def _nc_asks(deed: ExecutedCommand, _snapshot: Snapshot) -> bool:
    words = deed.command.words
    if _option(deed.command, "-l") is not None:
        return True
    return len(words) == 2 and is_address(words[0]) and all(end.isdecimal() for end in words[1].split("-"))


def _wget_asks(deed: ExecutedCommand, _snapshot: Snapshot) -> bool:
    urls = [word if "//" in word else f"//{word}" for word in deed.command.words]
    try:
        return bool(urls) and all(is_address(urlsplit(url).hostname or "") for url in urls)
    except ValueError:
        return False


def _arping_asks(deed: ExecutedCommand, snapshot: Snapshot) -> bool:
    return _one_address(deed) and _has_device(deed, snapshot, "-I", "-i")


def _route_refused(deed: ExecutedCommand, _snapshot: Snapshot) -> bool:
    """`ip route get` has an answer also where the network has none; other refusals are of what was asked for."""
    return deed.command.verb[1:] == ("get",)


def _found(deed: ExecutedCommand, _snapshot: Snapshot) -> bool:
    """A shell's status is that of its last command; it has these where the script itself was not found."""
    return not deed.command.words or deed.execution.status not in NOT_FOUND


NET_TOOLS = frozenset({"-h", "-?", "--help", "-V", "--version"})
PING = Program(frozenset({0, 1}), frozenset({2}), _ping_asks, NET_TOOLS, lasting=True, sure=_ping_sure)
IPTABLES = Program()
NC = Program(frozenset({0}), frozenset({1}), _nc_asks, lasting=True)
TEXT = Program(help=frozenset({"--help", "--version"}), lasting=True)
SHELL = TEXT._replace(answers=frozenset(range(256)), sure=_found)
OTHER = TEXT._replace()
TCPDUMP = Program(help=frozenset({"-h", "--help", "--version", "-d"}), asks=_captures, lasting=True, sure=_captures)
TRACEROUTE = Program(
    refusals=frozenset({1}),
    asks=_traceroute_asks,
    help=frozenset({"--help", "-V", "--version"}),
    lasting=True,
    sure=_has_words,
)

PROGRAMS: Mapping[str, Program] = {
    **dict.fromkeys(("ping", "ping6"), PING),
    "ip": Program(refusals=frozenset({2}), asks=_route_refused),
    "bridge": Program(),
    "ss": Program(),
    "tcpdump": TCPDUMP,
    **dict.fromkeys(("traceroute", "traceroute6"), TRACEROUTE),
    "arping": Program(frozenset({0}), frozenset({1}), _arping_asks, lasting=True),
    "ifconfig": Program(help=NET_TOOLS),
    "route": Program(refusals=frozenset({1}), asks=_route_asks, help=NET_TOOLS, sure=_route_sure),
    "arp": Program(help=NET_TOOLS, sure=_arp_sure),
    "netstat": Program(help=NET_TOOLS),
    "brctl": Program(help=NET_TOOLS),
    **dict.fromkeys(
        (
            f"{name}{kind}{save}"
            for name in ("iptables", "ip6tables")
            for kind in ("", "-nft", "-legacy")
            for save in ("", "-save")
        ),
        IPTABLES,
    ),
    "nft": Program(help=frozenset({"-h", "--help", "-v", "-V", "--version"})),
    "conntrack": Program(),
    "sysctl": Program(),
    **dict.fromkeys(("nc", "ncat", "netcat", "nc.openbsd", "nc.traditional"), NC),
    "curl": Program(
        frozenset({0, 7, 18, 22, 28, 35, 47, 51, 52, 55, 56, 60}),
        help=frozenset({"-h", "--help", "-V", "--version", "-M", "--manual"}),
        lasting=True,
    ),
    "wget": Program(frozenset({0, 5, 6, 8}), frozenset({4}), _wget_asks, lasting=True),
    **dict.fromkeys(("cat", "head", "tail", "less", "more", "cut", "sort", "wc"), TEXT),
    "grep": TEXT._replace(answers=frozenset({0, 1})),
    "getent": Program(frozenset({0, 2}), help=frozenset({"-?", "--help", "-V", "--version"})),
    "dig": Program(frozenset({0, 9}), help=frozenset({"-h", "-v"})),
    **dict.fromkeys(("bash", "sh", "dash", "zsh"), SHELL),
}
"""By name; what is not here is taken to have looked, whatever its status."""
