"""One namespace as netlink gives it: what is asked for, and its devices and addresses as records of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator

from nstutor import NamedTuple
from nstutor.kernel import decode
from nstutor.kernel.model import Address, Identity, Link
from nstutor.kernel.peers import Peers

RTM_GETLINK, RTM_GETADDR = 18, 22
IFLA_EXT_MASK = 29
RTEXT_FILTER_SKIP_STATS = 0x8


class Reading(NamedTuple):
    """One namespace as it was read; its links still name others by numbers."""

    name: str
    identity: Identity
    nsid: int
    links: tuple[decode.RawLink, ...]
    addresses: tuple[decode.RawAddress, ...]
    cut: frozenset[str] = frozenset()


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
