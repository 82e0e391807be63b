"""Snapshots written down in a few words, for tests of what is made of them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_interface

from nstutor.kernel.model import Address, Link, Namespace, Snapshot
from nstutor.text.names import HOST


def device(text: str) -> Link:
    """`host wp2xmq veth up carrier master=wangpo peer=xmq2wp@x-ns`: namespace, name, kind, then what holds."""
    netns, name, kind, *words = text.split()
    values = dict(word.split("=") for word in words if "=" in word)
    peer, _, peernetns = values.get("peer", "").partition("@")
    kinds = {"-": None}
    return Link(
        netns,
        1,
        name,
        kinds.get(kind, kind),
        "up" in words,
        "carrier" in words,
        "UP" if "carrier" in words else "DOWN",
        1500,
        values.get("mac", "02:00:00:00:00:01"),
        values.get("master"),
        values.get("port"),
        peer or None,
        (peernetns or netns) if peer else None,
        name == "lo",
    )


def snapshot(*lines: str, dead: tuple[str, ...] = ()) -> Snapshot:
    """Devices as in `device`, `NETNS DEV ADDRESS/LENGTH` for addresses, a namespace's name alone for an empty one."""
    spaces: dict[str, Namespace] = {}
    for line in (HOST, *lines):
        words = line.split()
        space = spaces.setdefault(words[0], Namespace(words[0], (4, len(spaces)), (), ()))
        if len(words) == 3 and "/" in words[2]:
            address = ip_interface(words[2])
            scope = "host" if address.ip.is_loopback else "link" if address.ip.is_link_local else "global"
            spaces[words[0]] = replace(space, addresses=(*space.addresses, Address(words[0], words[1], address, scope)))
        elif len(words) > 2:
            spaces[words[0]] = replace(space, links=(*space.links, device(line)._replace(index=len(space.links) + 1)))
    return Snapshot(spaces, frozenset(dead))


LO_DOWN = ("greenland lo loopback",)
BRIDGE = (
    "host lo loopback up carrier",
    "host lo 127.0.0.1/8",
    "host wangpo bridge up carrier",
    "host wp2xmq veth up carrier master=wangpo peer=xmq2wp@ximenqing-ns",
    "host wp2pjl veth up master=wangpo peer=pjl2wp@panjinlian-ns",
    "ximenqing-ns lo loopback",
    "ximenqing-ns xmq2wp veth up carrier peer=wp2xmq@host",
    "ximenqing-ns xmq2wp 192.168.188.96/24",
    "panjinlian-ns lo loopback",
    "panjinlian-ns pjl2wp veth peer=wp2pjl@host",
    "panjinlian-ns pjl2wp 192.168.188.69/24",
)
"""Wang Po's bridge, one ladder still down at its far end."""
