"""What follows the commands of a network lesson: `ip`, `bridge` by their grammar, the others by a few rules each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nstutor.cmdline import ip_grammar as grammar
from nstutor.cmdline.ip_grammar import Arg, Objects, Verb
from nstutor.cmdline.words import WRAPPERS
from nstutor.kernel.model import Snapshot
from nstutor.shell.complete_lab import Candidate, Candidates, beginning, namespaces, offer
from nstutor.text.i18n import N_, _

_RUN_NETNS = "/run/netns/"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the cursor stands in a command: behind `words`, in `prefix`; the command is about `netns`."""

    snapshot: Snapshot | None
    netns: str
    words: tuple[str, ...]
    prefix: str

    def offer(self, *args: Arg) -> Iterator[Candidate]:
        """What the lab holds of these kinds."""
        for arg in args:
            yield from offer(arg, self.snapshot, self.netns, self.prefix)


def inner(place: Place) -> Place | None:
    """The command that is run in a namespace, behind `ip netns exec NS` or `nsenter --net=…`; None if none is."""
    words = place.words
    program = words[0].rpartition("/")[2] if words else ""
    if program == "nsenter":
        net = next((i for i, word in enumerate(words) if word.startswith("--net=")), None)
        if net is None:
            return None
        return _moved(place, words[net].removeprefix("--net=").removeprefix(_RUN_NETNS), words[net + 1 :])
    if program != "ip":
        return None
    _, rest = _options(words[1:])
    if len(rest) < 3 or grammar.resolve(rest[0], grammar.IP) != "netns" or rest[1] not in ("exec", "exe", "ex", "e"):
        return None
    return _moved(place, rest[2], rest[3:])


def arguments(place: Place) -> Candidates | None:
    """What may follow a command that we know; None for one that we do not."""
    known = _TOOLS.get(place.words[0].rpartition("/")[2])
    return known(place) if known else None


def _moved(place: Place, netns: str, words: tuple[str, ...]) -> Place:
    while words and words[0] in WRAPPERS:
        words = words[1:]
    return Place(place.snapshot, netns, words, place.prefix)


def _options(words: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The namespace that `-n` names, and the words behind the options."""
    netns: str | None = None
    while words and words[0].startswith("-"):
        if grammar.names_netns(words[0]) and len(words) > 1:
            netns = words[1]
        words = words[2:] if grammar.takes_value(words[0]) else words[1:]
    return netns, words


def _ip(place: Place) -> Candidates:
    return _iproute2(place, grammar.IP, grammar.IP_MEANING)


def _bridge(place: Place) -> Candidates:
    return _iproute2(place, grammar.BRIDGE, grammar.BRIDGE_MEANING)


def _iproute2(place: Place, objects: Objects, meaning: Mapping[str, str]) -> Candidates:
    last = place.words[-1]
    netns, rest = _options(place.words[1:])
    if last.startswith("-") and grammar.takes_value(last):
        return place.offer(Arg.NETNS) if grammar.names_netns(last) else iter(())
    place = _moved(place, netns or place.netns, rest)
    if not rest:
        return beginning(grammar.OPTIONS if place.prefix.startswith("-") else meaning, place.prefix)
    verbs = objects.get(grammar.resolve(rest[0], objects) or "", {})
    if len(rest) == 1:
        return beginning({name: verb.meaning for name, verb in verbs.items()}, place.prefix)
    verb = verbs.get(grammar.resolve(rest[1], verbs) or "")
    return _after_verb(place, verb, rest[2:]) if verb else iter(())


def _after_verb(place: Place, verb: Verb, words: tuple[str, ...]) -> Candidates:
    if verb.first is Arg.COMMAND:
        return place.offer(Arg.NETNS) if not words else iter(())
    last = words[-1] if words else ""
    value = verb.words.get(last, Arg.FLAG)
    if last == "peer" and value is Arg.FLAG:
        return beginning({"name": N_("of the other end")}, place.prefix)
    if value is not Arg.FLAG:
        return place.offer(value)
    return _first_or_keywords(place, verb, words)


def _first_or_keywords(place: Place, verb: Verb, words: Sequence[str]) -> Candidates:
    if not _has_first(verb, words):
        yield from place.offer(verb.first)
        if verb.first is Arg.NOTHING and not words and "dev" not in verb.words and "type" not in verb.words:
            return
    used = set(words) - ({"name", "netns"} if "peer" in words else set())
    # Behind `type veth` comes the other end; elsewhere `peer` would only mislead.
    allowed = {word for word in verb.words if word not in used and (word != "peer" or words[-1:] == ("veth",))}
    yield from (Candidate(word) for word in verb.words if word in allowed and word.startswith(place.prefix))


def _has_first(verb: Verb, words: Sequence[str]) -> bool:
    """Whether the word without a keyword has been said, or its keyword (`dev`)."""
    expects_value = False
    for word in words:
        if expects_value:
            expects_value = False
        elif word not in verb.words or word == "dev":
            return True
        else:
            expects_value = verb.words[word] is not Arg.FLAG
    return False


def _by_option(options: Mapping[str, Sequence[Arg]], *otherwise: Arg, words: Mapping[str, str] | None = None) -> Tool:
    """A tool whose options have values (`-I DEV`), and that otherwise takes these."""

    def complete(place: Place) -> Candidates:
        last = place.words[-1]
        if last in options and len(place.words) > 1:
            yield from place.offer(*options[last])
        elif place.prefix.startswith("-"):
            yield from beginning({option: "" for option in options if option.startswith("-")}, place.prefix)
        else:
            yield from place.offer(*otherwise)
            yield from beginning(words or {}, place.prefix)

    return complete


def _brctl(place: Place) -> Candidates:
    verb, given = (place.words[1], len(place.words) - 2) if len(place.words) > 1 else ("", -1)
    if given < 0:
        yield from beginning(_BRCTL, place.prefix)
    elif given == 0 and verb in _BRCTL and verb != "addbr":
        yield from place.offer(Arg.BRIDGE)
    elif given == 1 and verb in ("addif", "delif"):
        yield from place.offer(Arg.DEV if verb == "addif" else Arg.PORT)
    elif given == 1 and verb == "stp":
        yield from place.offer(Arg.SWITCH)


def _ifconfig(place: Place) -> Candidates:
    if len(place.words) == 1:
        return place.offer(Arg.DEV)
    return beginning({"up": "", "down": "", "netmask": "", "mtu": "", "hw": ""}, place.prefix)


def _nsenter(place: Place) -> Candidates:
    net = f"--net={_RUN_NETNS}"
    if place.prefix.startswith(net) and place.snapshot:
        found = namespaces(place.snapshot, place.netns, place.prefix.removeprefix(net))
        yield from (Candidate(net + candidate.text, candidate.meta) for candidate in found)
    elif net.startswith(place.prefix):
        yield Candidate(net, _("the namespace of a name"), unfinished=True)


Tool = Callable[[Place], Candidates]

_BRCTL = {
    "show": N_("list bridges"),
    "showmacs": N_("forwarding entries"),
    "addbr": N_("make a bridge"),
    "delbr": N_("delete one"),
    "addif": N_("plug a device in"),
    "delif": N_("pull it out"),
    "stp": N_("spanning tree"),
}
_PING: Mapping[str, Sequence[Arg]] = {"-c": (), "-I": (Arg.DEV,), "-W": (), "-i": (), "-w": (), "-s": (), "-t": ()}
_CHAINS = {"INPUT": "", "FORWARD": "", "OUTPUT": "", "PREROUTING": "", "POSTROUTING": ""}
_TARGETS = {"ACCEPT": "", "DROP": "", "REJECT": "", "MASQUERADE": "", "SNAT": "", "DNAT": "", "LOG": "", "RETURN": ""}


def _iptables(place: Place) -> Candidates:
    last = place.words[-1] if len(place.words) > 1 else ""
    table = _IPTABLES_WORDS.get(last)
    if table is not None:
        yield from beginning(table, place.prefix)
    elif last in ("-i", "-o"):
        yield from place.offer(Arg.DEV)
    elif last in ("-s", "-d"):
        yield from place.offer(Arg.ADDRESS, Arg.NETWORK)
    else:
        yield from beginning(_IPTABLES_OPTIONS, place.prefix)


_IPTABLES_OPTIONS = {
    "-t": N_("table"),
    "-A": N_("append a rule"),
    "-I": N_("insert a rule"),
    "-D": N_("delete a rule"),
    "-L": N_("list"),
    "-F": N_("delete all rules"),
    "-P": N_("policy"),
    "-nvL": N_("list with counters"),
    "-S": N_("list as commands"),
    "-i": N_("comes in by"),
    "-o": N_("goes out by"),
    "-s": N_("from"),
    "-d": N_("to"),
    "-p": N_("protocol"),
    "-j": N_("do"),
}
_IPTABLES_WORDS: Mapping[str, Mapping[str, str]] = {
    **dict.fromkeys(("-A", "-I", "-D", "-L", "-F", "-P", "-S", "-nvL"), _CHAINS),
    "-j": _TARGETS,
    "-t": {"filter": "", "nat": "", "mangle": "", "raw": ""},
    "-p": {"tcp": "", "udp": "", "icmp": ""},
}

_TOOLS: Mapping[str, Tool] = {
    "ip": _ip,
    "bridge": _bridge,
    **dict.fromkeys(("ping", "ping6", "traceroute", "tracepath", "arping", "mtr"), _by_option(_PING, Arg.ADDRESS)),
    "brctl": _brctl,
    "ifconfig": _ifconfig,
    "route": _by_option(
        {"dev": (Arg.DEV,), "gw": (Arg.ADDRESS,), "-net": (Arg.NETWORK,), "-host": (Arg.ADDRESS,), "-n": ()},
        words={"add": "", "del": "", "default": "", "gw": "", "dev": "", "netmask": ""},
    ),
    **dict.fromkeys(("iptables", "ip6tables"), _iptables),
    "tcpdump": _by_option(
        {"-i": (Arg.DEV,), "-c": (), "-n": (), "-e": (), "-l": (), "-w": (), "-r": (), "host": (Arg.ADDRESS,)},
        words={"icmp": "", "arp": "", "tcp": "", "udp": "", "port": "", "host": "", "and": "", "not": ""},
    ),
    "nsenter": _nsenter,
}
TOOLS = {
    **dict.fromkeys(_TOOLS, ""),
    "ip": N_("devices, addresses, routes, namespaces"),
    "bridge": N_("ports, forwarding"),
    "ping": N_("is there an answer?"),
    "tcpdump": N_("watch packets"),
    "exit": N_("leave this shell"),
    "sysctl": N_("settings"),
}
"""What is offered where a command begins and nothing is typed yet."""
