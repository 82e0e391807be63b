"""What questions may be asked of the kernel: for each family its subject, its keywords, and the values to ask for.

What belongs to one of them alone is imported when it is asked of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from nstutor import NamedTuple
from nstutor.checks import values
from nstutor.checks.grammar import Keywords, Words, fields
from nstutor.kernel.model import MAIN, Kind, Part, Snapshot
from nstutor.kernel.parts import Setting
from nstutor.text.i18n import _
from nstutor.text.names import HOST

Selected = Mapping[str, str]
"""An expression's subject (under "") and the keywords that narrow it down."""

SELF = ""
"""The value that is asked for is the record itself."""


class Family(NamedTuple):
    """What can be asked of one kind of thing."""

    select: Callable[[Words], Selected]
    """Reads all but the last word."""
    asked: Mapping[str, str]
    """The keyword that is asked for, and the attribute of the record that answers it."""
    records: Callable[[Snapshot, Selected], Iterable[object]]
    needs: Callable[[Selected], frozenset[Part]] = lambda _: frozenset()
    subject: int = 1
    """How many words the subject has."""


def _with_subject(reader: Callable[[str], str], keywords: Keywords) -> Callable[[Words], Selected]:
    def select(words: Words) -> Selected:
        subject, rest = words.value(reader, _("a subject"))
        return {"": subject, **fields(rest, keywords)}

    return select


def _parts(*parts: Part) -> Callable[[Selected], frozenset[Part]]:
    return lambda _: frozenset(parts)


def _same(*keywords: str) -> dict[str, str]:
    return {keyword: keyword for keyword in keywords}


def netns_of(selected: Selected) -> str:
    """The namespace that is asked."""
    return selected.get("netns", HOST)


def _links(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    link = snapshot.link(netns_of(selected), selected[""])
    return [link] if link else []


def _addresses(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    found = (a for a in snapshot.addresses() if a.netns == netns_of(selected))
    return [a for a in found if a.family == selected[""] and a.dev == selected.get("dev", a.dev)]


def _routes(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    table = int(selected.get("table", MAIN))
    found = (route for route in snapshot.routes(table) if route.netns == netns_of(selected))
    return [route for route in found if str(route.dst) == selected[""]]


def _route_needs(selected: Selected) -> frozenset[Part]:
    return frozenset({Kind.TABLES if "table" in selected else Kind.ROUTES})


def _neighbours(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    found = (entry for entry in snapshot.neighbours() if entry.netns == netns_of(selected))
    return [e for e in found if e.dst == selected[""] and e.dev == selected.get("dev", e.dev)]


def _fdb(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    namespace = snapshot.namespaces.get(netns_of(selected))
    mac = values.mac_of(selected[""], snapshot)
    entries = namespace.fdb or () if namespace else ()
    return [e for e in entries if mac and e.mac == mac and e.master == selected.get("master", e.master)]


def _family(text: str) -> str:
    if text not in ("inet", "inet6"):
        raise ValueError(_("`{word}` is not `inet` or `inet6`").format(word=text))
    return text


def _listeners(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    found = (one for one in snapshot.listeners() if one.netns == netns_of(selected))
    return [one for one in found if str(one.port) == selected[""] and one.proto == selected.get("proto", one.proto)]


def _select_setting(words: Words) -> Selected:
    from nstutor.checks import sysctl

    return _with_subject(values.setting, sysctl.KEYWORDS)(words)


def _settings(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    value = snapshot.setting(netns_of(selected), selected[""])
    return [] if value is None else [value]


class _Looked(NamedTuple):
    """A policy rule's table, by its name."""

    lookup: str | None
    priority: int


def _rules(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    from nstutor.checks import rule

    wanted = {key: value for key, value in selected.items() if key != "netns"}
    for found in rule.matching(snapshot, netns_of(selected), wanted):
        yield _Looked(None if found.lookup is None else values.table_name(found.lookup), found.priority)


def _select_rule(words: Words) -> Selected:
    from nstutor.checks import rule

    return fields(words, {key: reader for key, reader in rule.KEYWORDS.items() if key != "lookup"})


WORDS = "words"
"""Under this key the words of a filter rule are kept."""


class _Filter(NamedTuple):
    """What is said of a filter: of the first rule that says all the words or, without words, of the chain."""

    policy: str
    packets: int | None
    target: str | None


def _filters(snapshot: Snapshot, selected: Selected) -> Iterable[object]:
    from nstutor.checks import filterline, netfilter

    table, chain = selected[""].split()
    place = netfilter.Place(table, chain, netns_of(selected), int(selected["family"]))
    found = place.read(snapshot)
    if found is None or found.unread:
        return
    policy = netfilter.policy_of(place, snapshot)
    if not selected[WORDS]:
        packets = [one.packets for one in place.chains(snapshot) if one.packets is not None]
        yield _Filter(policy, sum(packets) if packets else None, None)
    options = filterline.options_of(selected[WORDS])
    for met in netfilter.FilterRuleFact(place, options).rules(snapshot):
        yield _Filter(policy, met.packets, met.target)


def _select_filter(words: Words) -> Selected:
    from nstutor.checks import filterline

    line = filterline.read(words)
    return {
        "": f"{line.table} {line.chain}",
        "netns": line.netns or HOST,
        "family": str(line.family),
        WORDS: filterline.text_of(line.options),
    }


FAMILIES: Mapping[str, Family] = {
    "link": Family(
        _with_subject(values.dev, {"netns": values.netns}),
        _same("type", "operstate", "up", "carrier", "mtu", "address", "master", "port", "peer", "peernetns"),
        _links,
    ),
    "addr": Family(
        _with_subject(_family, {"netns": values.netns, "dev": values.dev}),
        {"local": "interface", "dev": "dev", "scope": "scope"},
        _addresses,
    ),
    "route": Family(
        _with_subject(values.network, {"netns": values.netns, "table": values.route_table}),
        _same("via", "dev", "src", "metric"),
        _routes,
        _route_needs,
    ),
    "neigh": Family(
        _with_subject(values.address, {"netns": values.netns, "dev": values.dev}),
        _same("lladdr", "dev", "state"),
        _neighbours,
        _parts(Kind.NEIGHBOURS),
    ),
    "fdb": Family(
        _with_subject(values.mac, {"netns": values.netns, "master": values.dev}),
        _same("dev", "master"),
        _fdb,
        _parts(Kind.FDB),
    ),
    "listen": Family(
        _with_subject(values.port, {"netns": values.netns, "proto": values.protocol}),
        _same("proto", "local"),
        _listeners,
        _parts(Kind.LISTENERS),
    ),
    "sysctl": Family(_select_setting, {"value": SELF}, _settings, lambda selected: frozenset({Setting(selected[""])})),
    "rule": Family(_select_rule, _same("lookup", "priority"), _rules, _parts(Kind.RULES), 0),
    "netfilter": Family(
        _select_filter, _same("packets", "policy", "target"), _filters, _parts(Kind.NETFILTER, Kind.COUNTERS), 2
    ),
}
