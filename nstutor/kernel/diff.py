"""What changed between two snapshots, as short lines in iproute2's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from nstutor import NamedTuple
from nstutor.kernel.model import MAIN, Address, Link, Route, Rule, Snapshot
from nstutor.text.i18n import _
from nstutor.text.names import HOST


class Change(NamedTuple):
    """One line of what a command changed. `sign` is `+` (new), `-` (gone) or `±` (another now)."""

    sign: str
    netns: str
    subject: str
    """`wp2xmq`, `netns greenland`."""
    detail: str = ""
    """`+ master wangpo`, `up`, `192.168.188.96/24`."""


def changes(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """The differences that a learner could have made; addresses that come with `up` by themselves are left out."""
    parts = (_namespaces, _links, _addresses, _routes, _rules)
    return tuple(change for part in parts for change in part(before, after))


def _namespaces(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    for name in sorted(after.namespaces.keys() - before.namespaces.keys()):
        yield Change("+", HOST, f"netns {name}")
    for name in sorted(before.namespaces.keys() - after.namespaces.keys()):
        yield Change("-", HOST, f"netns {name}")


def _links(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    old = {(link.netns, link.name): link for link in before.links()}
    new = {(link.netns, link.name): link for link in after.links()}
    for key, link in new.items():
        if key not in old:
            if not link.loopback:
                yield Change("+", link.netns, link.name, _describe(link))
        elif details := list(_differences(old[key], link)):
            yield Change("±", link.netns, link.name, "  ".join(details))
    for key, link in old.items():
        if key not in new and link.netns in after.namespaces and not link.loopback:
            yield Change("-", link.netns, link.name, link.type or "")


def _describe(link: Link) -> str:
    words = [link.type or ""]
    if link.peer:
        away = link.peernetns not in (None, link.netns)
        far = _("{name} in {netns}").format(name=link.peer, netns=link.peernetns) if away else link.peer
        words.append(f"↔ {far}")
    if link.master:
        words.append(f"master {link.master}")
    words.append("up" if link.up else "")
    return "  ".join(word for word in words if word)


def _differences(old: Link, new: Link) -> Iterator[str]:
    if old.up != new.up:
        yield "up" if new.up else "down"
    if old.master != new.master:
        yield f"+ master {new.master}" if new.master else f"- master {old.master}"
    if old.mtu != new.mtu:
        yield f"mtu {new.mtu}"
    if old.address != new.address and new.type != "bridge":
        yield f"address {new.address}"
    if old.peernetns != new.peernetns and new.peernetns is not None:
        yield _("the other end, {peer}, is in {netns}").format(peer=new.peer, netns=new.peernetns)


def _own(address: Address) -> bool:
    """Whether the kernel gave the address by itself."""
    return address.interface.ip.is_link_local or address.interface.ip.is_loopback


def _addresses(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    def known(addresses: Iterable[Address]) -> set[tuple[str, str, str]]:
        return {(a.netns, a.dev, str(a.interface)) for a in addresses if not _own(a)}

    old, new = known(before.addresses()), known(after.addresses())
    for netns, dev, text in sorted(new - old):
        yield Change("+", netns, dev, text)
    for netns, dev, text in sorted(old - new):
        if after.link(netns, dev) is not None:
            yield Change("-", netns, dev, text)


def _routes(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    def known(snapshot: Snapshot) -> set[tuple[str, str]]:
        # A route without a gateway comes and goes with an address.
        others = (route for one in snapshot.namespaces.values() for route in one.tables or () if tables)
        routes = (*snapshot.routes(), *others)
        return {(route.netns, _described(route)) for route in routes if route.via is not None}

    tables = _is_known("tables", before, after)
    yield from _changed(before, after, "route", known)


def _changed(
    before: Snapshot, after: Snapshot, subject: str, known: Callable[[Snapshot], set[tuple[str, str]]]
) -> Iterator[Change]:
    """What is known of one and not of the other, each with its namespace."""
    old, new = known(before), known(after)
    for netns, text in sorted(new - old):
        yield Change("+", netns, subject, text)
    for netns, text in sorted(old - new):
        if netns in after.namespaces:
            yield Change("-", netns, subject, text)


def _is_known(part: str, *snapshots: Snapshot) -> bool:
    """Whether the part was read in all of them."""
    return all(getattr(one, part) is not None for snapshot in snapshots for one in snapshot.namespaces.values())


def _described(route: Route) -> str:
    table = "" if route.table == MAIN else f" table {route.table}"
    return f"{route.dst if route.dst.prefixlen else 'default'} via {route.via} dev {route.dev}{table}"


def _rules(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    def known(snapshot: Snapshot) -> set[tuple[str, str]]:
        both = snapshot.namespaces.keys() & before.namespaces.keys()  # a new namespace has rules of its own
        return {(rule.netns, _said(rule)) for rule in snapshot.rules() if rule.netns in both}

    if _is_known("rules", before, after):
        yield from _changed(before, after, "rule", known)


def _said(rule: Rule) -> str:
    """The rule as `ip rule` shows it, in short."""
    pairs = {
        "from": rule.src or "all",
        "to": rule.dst,
        "fwmark": rule.fwmark,
        "iif": rule.iif,
        "oif": rule.oif,
        "lookup": rule.lookup,
    }
    words = " ".join(f"{key} {value}" for key, value in pairs.items() if value is not None)
    return f"{rule.priority}: {'not ' if rule.inverted else ''}{words}"
