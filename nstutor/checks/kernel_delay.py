"""What the kernel does by itself, a moment after its cause: then a check that fails needs patience and no advice.

operstate, a bridge's carrier and the state of its ports follow a device's carrier through a queue of up to a second
(net/core/link_watch.c); the devices of a deleted namespace go when the kernel has cleaned it up (cleanup_net).
"""

from __future__ import annotations

from nstutor.kernel.model import Link, Snapshot


def operstate_lags(link: Link, wanted: str, snapshot: Snapshot) -> bool:
    """Whether the device is about to be in that state."""
    due = _will_have_carrier(link, snapshot)
    return due != (link.operstate == "UP") and due == (wanted == "UP")


def carrier_lags(link: Link, wanted: bool, snapshot: Snapshot) -> bool:
    """Whether the device is about to have carrier, or to lose it."""
    return wanted == _will_have_carrier(link, snapshot)


def port_lags(link: Link, wanted: str, snapshot: Snapshot) -> bool:
    """Whether the port is about to be in that state; the states between are a matter of STP and of half a minute."""
    bridge = snapshot.link(link.netns, link.master) if link.master else None
    forwards = bridge is not None and bridge.up and _will_have_carrier(link, snapshot)
    return wanted == ("forwarding" if forwards else "disabled")


def network_lags(snapshot: Snapshot) -> bool:
    """Whether some device is about to pass packets, or an address about to be usable (RFC 4862, duplicates).

    A device drops what it is given until the queue has come to it (dev_activate).
    """
    ports = (link for link in snapshot.links() if link.port not in (None, "forwarding"))
    if any(port_lags(link, "forwarding", snapshot) for link in ports):
        return True
    lagging = (link for link in snapshot.links() if link.up and link.operstate not in ("UP", "UNKNOWN"))
    return any(operstate_lags(link, "UP", snapshot) for link in lagging) or any(
        address.tentative for address in snapshot.addresses() if not address.interface.ip.is_link_local
    )


def lost_its_other_end(link: Link) -> bool:
    """Whether a veth is about to vanish: the namespace of its other end may just have been deleted."""
    return link.type == "veth" and link.peer is None


def _will_have_carrier(link: Link, snapshot: Snapshot) -> bool:
    if not link.up:
        return False
    if link.type == "bridge":
        return any(port.carrier for port in snapshot.links() if (port.netns, port.master) == (link.netns, link.name))
    end = snapshot.link(link.peernetns, link.peer) if link.peer and link.peernetns else None
    return end.up if end else link.carrier
