"""What the lab holds at this moment, as completions: namespaces, devices, addresses, each with what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from nstutor.cmdline.ip_grammar import CHOICES, Arg
from nstutor.kernel.model import Address, Link, Namespace, Snapshot
from nstutor.text.i18n import _, in_row, n_


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that could stand here, and what it is."""

    text: str
    meta: str = ""
    unfinished: bool = False
    """More of the same word follows: a folder, an option up to its `=`."""


Candidates = Iterator[Candidate]
Live = Callable[[], Snapshot | None]


def offer(arg: Arg, snapshot: Snapshot | None, netns: str, prefix: str) -> Candidates:
    """What may stand in this place of a command about `netns`, beginning with what is typed already."""
    if arg in CHOICES:
        return beginning(CHOICES[arg], prefix)
    source = _SOURCES.get(arg)
    return source(snapshot, netns, prefix) if source and snapshot else iter(())


def beginning(table: Mapping[str, str], prefix: str) -> Candidates:
    """The words of a table, with their meanings, that begin so."""
    return (Candidate(word, _(meaning)) for word, meaning in table.items() if word.startswith(prefix))


def namespaces(snapshot: Snapshot, _netns: str, prefix: str) -> Candidates:
    """The namespaces that have a name, with the number of their devices."""
    for name, namespace in snapshot.namespaces.items():
        if name.startswith(prefix) and name != "host":
            yield Candidate(name, _content(namespace))


def devices(snapshot: Snapshot, netns: str, prefix: str) -> Candidates:
    """The devices of the namespace."""
    return (Candidate(link.name, what(link)) for link in _links(snapshot, netns, prefix))


def bridges(snapshot: Snapshot, netns: str, prefix: str) -> Candidates:
    """Its bridges."""
    return (Candidate(link.name, what(link)) for link in _links(snapshot, netns, prefix) if link.type == "bridge")


def ports(snapshot: Snapshot, netns: str, prefix: str) -> Candidates:
    """Its devices that are plugged into a bridge."""
    return (Candidate(link.name, what(link)) for link in _links(snapshot, netns, prefix) if link.master)


def prefixes(snapshot: Snapshot, netns: str, prefix: str) -> Candidates:
    """The addresses that its devices hold, with their prefix lengths."""
    namespace = snapshot.namespaces.get(netns)
    for address in namespace.addresses if namespace else ():
        if str(address.interface).startswith(prefix):
            yield Candidate(str(address.interface), _("on {dev}").format(dev=address.dev))


def addresses(snapshot: Snapshot, netns: str, prefix: str) -> Candidates:
    """Everybody's addresses, each once, lo's and link-local ones apart."""
    seen: set[str] = set()
    for address in _worth_naming(snapshot):
        text = str(address.interface.ip)
        if text.startswith(prefix) and text not in seen:
            seen.add(text)
            yield Candidate(text, _where(address, netns))


def networks(snapshot: Snapshot, netns: str, prefix: str) -> Candidates:
    """`default` and the networks of everybody's addresses."""
    seen: set[str] = set()
    if "default".startswith(prefix):
        yield Candidate("default", _("everything else"))
    for address in _worth_naming(snapshot):
        text = str(address.interface.network)
        if text.startswith(prefix) and text not in seen:
            seen.add(text)
            yield Candidate(text, _where(address, netns))


def macs(snapshot: Snapshot, _netns: str, prefix: str) -> Candidates:
    """Everybody's hardware addresses."""
    for link in snapshot.links():
        if link.address and link.address.startswith(prefix) and not link.loopback:
            yield Candidate(link.address, _("{name} in {netns}").format(name=link.name, netns=link.netns))


def what(link: Link) -> str:
    """What a device is, in a few words: `veth, no master`, `bridge, up`, `veth → pjl2wp in panjinlian-ns`."""
    words = [link.type or _("device")]
    if link.type == "veth" and link.peer and link.peernetns not in (None, link.netns):
        words = ["veth → " + _("{name} in {netns}").format(name=link.peer, netns=link.peernetns)]
    elif link.type == "veth" and link.peer:
        words = [f"veth ↔ {link.peer}"]
    if link.master:
        words.append(f"master {link.master}")
    elif link.type == "bridge" or link.loopback or link.peernetns not in (None, link.netns):
        words.append(_("up") if link.up else _("down"))
    else:
        words.append(_("no master"))
    return in_row(words)


def _worth_naming(snapshot: Snapshot) -> Iterator[Address]:
    return (a for a in snapshot.addresses() if a.dev != "lo" and not a.interface.ip.is_link_local)


def _links(snapshot: Snapshot, netns: str, prefix: str) -> Iterator[Link]:
    namespace = snapshot.namespaces.get(netns)
    return (link for link in namespace.links if link.name.startswith(prefix)) if namespace else iter(())


def _content(namespace: Namespace) -> str:
    count = sum(not link.loopback for link in namespace.links)
    return n_("{n} device", "{n} devices", count).format(n=count) if count else _("only lo")


def _where(address: Address, netns: str) -> str:
    if address.netns == netns:
        return address.dev
    return _("{name} in {netns}").format(name=address.dev, netns=address.netns)


_SOURCES: Mapping[Arg, Callable[[Snapshot, str, str], Candidates]] = {
    Arg.NETNS: namespaces,
    Arg.DEV: devices,
    Arg.BRIDGE: bridges,
    Arg.PORT: ports,
    Arg.PREFIX: prefixes,
    Arg.ADDRESS: addresses,
    Arg.NETWORK: networks,
    Arg.MAC: macs,
}
