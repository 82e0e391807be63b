"""One namespace as netlink gives it: what is asked for, and what comes as the records of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nstutor import NamedTuple
from nstutor.kernel import decode
from nstutor.kernel.model import ADDRESSES, LINKS, Address, Identity, Link, Namespace
from nstutor.kernel.parts import Netfilter
from nstutor.kernel.peers import Peers
from nstutor.kernel.tables import Tables
from nstutor.linux.netlink import RequestSocket, s32, u32

if TYPE_CHECKING:
    from nstutor.kernel.polled import Quiet

OWN = -1
"""Stands for the id of the namespace that a socket is in; the kernel gives none below 0."""
RTM_GETLINK, RTM_GETADDR = 18, 22
IFA_TARGET_NETNSID, IFLA_EXT_MASK, IFLA_TARGET_NETNSID = 10, 29, 46
RTEXT_FILTER_SKIP_STATS = 0x8


class Reading(NamedTuple):
    """One namespace as it was read; its links still name others by numbers."""

    name: str
    identity: Identity
    nsid: int
    links: tuple[decode.RawLink, ...]
    addresses: tuple[decode.RawAddress, ...]
    cut: frozenset[str] = frozenset()

    @property
    def devices(self) -> dict[int, str]:
        """Its devices' names by their index."""
        return {link.ifindex: link.name for link in self.links}


def read(requests: RequestSocket, name: str, identity: Identity, nsid: int) -> Reading:
    """At most `requests.most` devices and addresses of the namespace with this id, or OWN. OSError if it is gone."""
    links, addresses, cut = bytes(16) + u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS), bytes(8), set[str]()
    if nsid != OWN:
        links, addresses = links + s32(IFLA_TARGET_NETNSID, nsid), addresses + s32(IFA_TARGET_NETNSID, nsid)
    with requests.noting_cut(cut, LINKS):
        raw_links = requests.dump(RTM_GETLINK, links)
    with requests.noting_cut(cut, ADDRESSES):
        raw_addresses = requests.dump(RTM_GETADDR, addresses)
    decoded = tuple(map(decode.link, raw_links)), tuple(map(decode.address, raw_addresses))
    return Reading(name, identity, nsid, *decoded, frozenset(cut))


def namespace_of(
    reading: Reading, peers: Peers, tables: Tables, quiet: Quiet | None = None, netfilter: Netfilter | None = None
) -> Namespace:
    """The namespace, with what else was read of it."""
    devices = reading.devices
    return Namespace(
        reading.name,
        reading.identity,
        tuple(links_of(reading, devices, peers)),
        tuple(addresses_of(reading, devices)),
        tables.routes,
        tables.rules,
        tables.neighbours,
        tables.fdb,
        tables.others,
        quiet.listeners if quiet else None,
        quiet.settings if quiet else None,
        netfilter,
        reading.cut | tables.cut | (quiet.cut if quiet else frozenset()),
        quiet.reach if quiet else None,
    )


def links_of(reading: Reading, devices: dict[int, str], peers: Peers) -> Iterator[Link]:
    """The devices of a reading; `devices` are its own by index."""
    for raw in reading.links:
        peer, peernetns = peers.find(reading.nsid, raw)
        yield Link(
            netns=reading.name,
            index=raw.ifindex,
            name=raw.name,
            type=raw.type,
            up=raw.up,
            carrier=raw.carrier,
            operstate=raw.operstate,
            mtu=raw.mtu,
            address=raw.address,
            master=devices.get(raw.master) if raw.master is not None else None,
            port=raw.port,
            peer=peer,
            peernetns=peernetns,
            loopback=raw.loopback,
            isolated=raw.isolated,
        )


def addresses_of(reading: Reading, devices: dict[int, str]) -> Iterator[Address]:
    """The addresses of a reading."""
    for raw in reading.addresses:
        dev = devices.get(raw.ifindex)
        if dev is not None:
            yield Address(reading.name, dev, raw.interface, raw.scope, raw.tentative)
