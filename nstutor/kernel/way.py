"""Where one probe's packets are seen: packet(7) sockets for the time of a probe, filtered in the kernel to its packets.

A tap hears a frame as it enters a device, before tc, nftables and a bridge get it, and as it leaves one, after them.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from socket import AF_INET6, inet_ntoa, inet_ntop
from typing import NamedTuple

from nstutor.kernel import bpf

ETH_P_ALL, ARPHRD_ETHER, SO_TIMESTAMPNS = 0x0003, 1, 35
_MOST_FRAMES = 1000
"""Read from a tap; a probe's own are a few dozen, the rest was forged by somebody who heard its nonce."""


class Sighting(NamedTuple):
    """A frame of the probe at a device."""

    at: float
    """Seconds since the epoch as the kernel stamped it; those of one namespace are in order, whatever the stamps."""
    netns: str
    dev: str
    direction: str
    """`in` or `out`."""
    kind: str
    """`request`, `reply`, `arp`, or `error`: an ICMP error that quotes a request."""
    source: str
    destination: str
    """Addresses; of an ARP packet its sender's and target's."""
    ttl: int
    """TTL or hop limit; 0 for ARP."""
    macs: tuple[str, str]
    """Of the sender and of the receiver, lower case with colons."""
    bridge: str | None
    """The bridge that the device is a port of."""
    sequence: int = 0
    """Of the echo; 0 for others."""
    mark: int = 0
    """One of MARKS kinds of flow hashes (skb->hash), 0 where the packet has none.

    A raw socket that is connected, and writes the IP header too, gives its packets a random one (sk_txhash). It stays
    with the packet through veths, bridges, routing and copies in the kernel, and cannot be written by a program: what
    comes from a packet(7) socket or a tap has none, what comes from another raw socket has that one's.
    """

    def same_packet(self, other: Sighting) -> bool:
        """Whether both are one packet that nobody routed, translated or sent anew."""
        return (self.kind, *self[5:9], *self[10:]) == (other.kind, *other[5:9], *other[10:])


class Cause(Enum):
    """By what an echo came back, if not by the bridge's own forwarding."""

    LOCAL = "local"
    """The namespace that asked has the address."""
    HOST = "host"
    """The request was addressed to the MAC of `dev` in host, and left by no port."""
    ROUTED = "routed"
    """It came in at `dev` and left by `other` through host's IP stack."""
    RESENT = "resent"
    """What left by `other` is not the packet that came in at `dev`: a program sent it."""
    REWRITTEN = "rewritten"
    """It left by `other` with other addresses than those that it came in with at `dev`."""
    ISOLATED = "isolated"
    """`dev` and `other` are isolated ports."""
    TC = "tc"
    """A tc filter on `dev` redirects to `other`."""
    NFT = "nft"
    """A rule in table `dev`, chain `other` of nftables redirects or rewrites frames."""
    ELSEWHERE = "elsewhere"
    """The answer came in at `dev`, not at `other`, where the namespace with the address is."""
    STRANGER = "stranger"
    """The answer came in at `dev`, and `other`, the namespace with the address, has not sent it."""
    UNPROVED = "unproved"
    """Nothing certain can be said: programs hold packet sockets in host."""


class Detour(NamedTuple):
    """Why an answer does not show that the bridge passed on the request and the reply."""

    cause: Cause
    dev: str = ""
    other: str = ""


@cache
def keep_stamps() -> socket.socket:
    """A socket in the calling thread's namespace that makes the kernel stamp every packet as long as we run.

    The first such socket of a machine switches that on, which stops its processors for some milliseconds; what comes
    before would bear the time of its reading.
    """
    stamping = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    stamping.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    return stamping


OPEN_TAPS: set[int] = set()
"""Inodes of the taps that the kernel still has."""


class Tap:
    """A packet socket on all devices of the namespace that the calling thread is in, which is called `netns`."""

    def __init__(self, netns: str, to: IPv4Address | IPv6Address, nonce: bytes) -> None:
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        self.netns = netns
        self._version = to.version
        self._socket = socket.socket(socket.AF_PACKET, kind, socket.htons(ETH_P_ALL))
        self._inode = os.fstat(self._socket.fileno()).st_ino
        try:
            bpf.attach(self._socket, bpf.of_probe(to, nonce))
            self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            while self._socket.recv(1):  # what came in before the filter was there
                pass
        except BlockingIOError:
            OPEN_TAPS.add(self._inode)
        except OSError:
            self._socket.close()
            raise

    def read(self, bridge_of: Callable[[str], str | None]) -> Iterator[Sighting]:
        """What was seen since the last reading, in order."""
        for _ in range(_MOST_FRAMES):
            try:
                data, control, _, (dev, protocol, packet_type, hardware, _) = self._socket.recvmsg(512, 64)
            except OSError:
                return
            seen = _parse(data, protocol, self._version) if hardware == ARPHRD_ETHER else None
            if seen is not None:
                direction = "out" if packet_type == socket.PACKET_OUTGOING else "in"
                yield seen._replace(
                    at=_stamp(control), netns=self.netns, dev=dev, direction=direction, bridge=bridge_of(dev)
                )

    def close_beside(self) -> None:
        """Close it in the loop's executor, once whoever waits for the probe has had its result.

        packet_release() waits until no processor handles a packet any more (net/packet/af_packet.c: synchronize_net).
        """
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.run_in_executor, None, self._close)

    def _close(self) -> None:
        self._socket.close()
        OPEN_TAPS.discard(self._inode)


def _stamp(control: Sequence[tuple[int, int, bytes]]) -> float:
    seconds, nanoseconds = struct.unpack("@ll", control[0][2]) if control else (0, 0)
    return float(seconds + nanoseconds / 1e9)


def _parse(frame: bytes, protocol: int, version: int) -> Sighting | None:
    """A frame as of_probe() keeps it, without the place where it was seen."""
    macs = frame[6:12].hex(":"), frame[:6].hex(":")
    packet = frame[bpf.ETHERNET_HEADER :]
    if protocol == bpf.ETH_P_ARP:
        return Sighting(0, "", "", "", "arp", inet_ntoa(packet[14:18]), inet_ntoa(packet[24:28]), 0, macs, None)
    size = bpf.IP_HEADER[version]
    mark = len(packet) - size - bpf.ICMP_HEADER
    if mark < 0:
        return None
    if version == 4:
        ttl, source, destination = packet[8], inet_ntoa(packet[12:16]), inet_ntoa(packet[16:20])
    else:
        ttl, source, destination = packet[7], inet_ntop(AF_INET6, packet[8:24]), inet_ntop(AF_INET6, packet[24:40])
    kind = (
        "request"
        if packet[size] == bpf.ECHO_REQUEST[version]
        else ("reply" if packet[size] == bpf.ECHO_REPLY[version] else "error")
    )
    if kind == "error":
        return Sighting(0, "", "", "", kind, source, destination, ttl, macs, None)
    sequence = int.from_bytes(packet[size + 6 : size + 8])
    return Sighting(0, "", "", "", kind, source, destination, ttl, macs, None, sequence, mark)
