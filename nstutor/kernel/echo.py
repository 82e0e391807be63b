"""ICMP echo requests as packets (RFC 792, RFC 4443), and the kernel filter that passes nothing but their like."""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

from nstutor.kernel import bpf
from nstutor.kernel.bpf import ECHO_REPLY, ECHO_REQUEST, ICMP_HEADER, IP_HEADER

IPV6_HDRINCL = 36
"""The socket's packets begin with the IPv6 header (linux/in6.h)."""
NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Echo:
    """The requests of one probe, which share a random id and nonce."""

    to: IPv4Address | IPv6Address
    id: int = field(default_factory=lambda: int.from_bytes(os.urandom(2)))
    nonce: bytes = field(default_factory=lambda: os.urandom(NONCE_BYTES))

    @property
    def family(self) -> int:
        """AF_INET or AF_INET6."""
        return socket.AF_INET if self.to.version == 4 else socket.AF_INET6

    def request(self, sequence: int) -> bytes:
        """The ICMP message; of ICMPv6 the kernel fills the checksum in."""
        return self._message(ECHO_REQUEST[self.to.version], sequence)

    def reply(self, sequence: int) -> bytes:
        """What answers that request."""
        return self._message(ECHO_REPLY[self.to.version], sequence)

    def _message(self, kind: int, sequence: int) -> bytes:
        blank = struct.pack(">BBHHH", kind, 0, 0, self.id, sequence & 0xFFFF) + self.nonce
        return blank if self.to.version == 6 else _with_checksum(blank)

    def sender(self) -> socket.socket:
        """A non-blocking raw socket in the calling thread's namespace, which takes in only what bears the nonce."""
        protocol = socket.IPPROTO_ICMP if self.to.version == 4 else socket.IPPROTO_ICMPV6
        raw = socket.socket(self.family, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, protocol)
        try:
            # A raw IPv4 socket is handed the IP header too, a raw IPv6 socket is not (raw(7), ipv6(7)).
            bpf.attach(raw, bpf.has_word(self.nonce[:4], ICMP_HEADER + (IP_HEADER[4] if self.to.version == 4 else 0)))
        except OSError:
            raw.close()
            raise
        return raw

    def answered_by(self, raw: socket.socket) -> int | None:
        """The number of the request that the next packet in the socket answers, if it is the destination's reply.

        BlockingIOError if there is no packet.
        """
        packet, source = raw.recvfrom(2048)
        message = packet[IP_HEADER[4] :] if self.to.version == 4 else packet
        kind, number = struct.pack(">B", ECHO_REPLY[self.to.version]), message[4:6]
        ours = (message[:1], number, message[ICMP_HEADER:]) == (kind, struct.pack(">H", self.id), self.nonce)
        ours = ours and (self.to.is_unspecified or _same(source[0], self.to))
        return int.from_bytes(message[6:8]) if ours else None


def send_marked(raw: socket.socket, target: tuple[str, int] | tuple[str, int, int, int], message: bytes) -> None:
    """Send an ICMP message so that its packet bears a random flow hash (Sighting.mark). OSError as of sendto(2).

    The kernel gives one to what a connected socket sends with its IP header (skb_set_owner_w, net/core/sock.c).
    """
    raw.connect(target)
    if raw.family == socket.AF_INET:
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        ttl, protocol = raw.getsockopt(socket.IPPROTO_IP, socket.IP_TTL), socket.IPPROTO_ICMP
        # The kernel fills in length, number, checksum and source (raw(7)).
        to = ip_address(target[0]).packed
        raw.send(struct.pack(">BBHHHBBH4s4s", 0x45, 0, 0, 0, 0x4000, ttl, protocol, 0, bytes(4), to) + message)
        return
    source, to = (ip_address(str(end[0]).partition("%")[0]).packed for end in (raw.getsockname(), target))
    blank = source + to + struct.pack(">II", len(message), socket.IPPROTO_ICMPV6)  # RFC 8200, section 8.1
    message = message[:2] + struct.pack(">H", _checksum(blank + message)) + message[4:]
    limit = raw.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)
    raw.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
    header = struct.pack(">IHBB", 6 << 28, len(message), socket.IPPROTO_ICMPV6, limit)
    raw.send(header + source + to + message)


def _with_checksum(message: bytes) -> bytes:
    return message[:2] + struct.pack(">H", _checksum(message)) + message[4:]


def _same(source: str, to: IPv4Address | IPv6Address) -> bool:
    return source.partition("%")[0] == str(to).partition("%")[0]


def _checksum(message: bytes) -> int:
    """The Internet checksum (RFC 1071) of a message of even length."""
    total: int = sum(struct.unpack(f">{len(message) // 2}H", message))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
