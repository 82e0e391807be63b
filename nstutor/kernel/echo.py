"""ICMP echo requests as packets (RFC 792, RFC 4443), and the kernel filter that passes nothing but their like."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

SO_ATTACH_FILTER = 26
ETH_P_ALL = 0x0003
"""Frames of every protocol (linux/if_ether.h)."""
_IPV4_HEADER, _IPV6_HEADER, _ICMP_HEADER = 20, 40, 8
_REQUEST = {4: 8, 6: 128}
_REPLY = {4: 0, 6: 129}
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
        blank = struct.pack(">BBHHH", _REQUEST[self.to.version], 0, 0, self.id, sequence & 0xFFFF) + self.nonce
        if self.to.version == 6:
            return blank
        return blank[:2] + struct.pack(">H", _checksum(blank)) + blank[4:]

    def is_request(self, message: bytes) -> bool:
        """Whether the ICMP message is one of these requests."""
        return message[:1] == bytes([_REQUEST[self.to.version]]) and self._is_ours(message)

    def is_reply(self, message: bytes) -> bool:
        """Whether the ICMP message answers one of these requests."""
        return message[:1] == bytes([_REPLY[self.to.version]]) and self._is_ours(message)

    def _is_ours(self, message: bytes) -> bool:
        return message[4:6] == struct.pack(">H", self.id) and message[_ICMP_HEADER:] == self.nonce

    def message_in(self, packet: bytes) -> bytes:
        """The ICMP message in an IP packet of the probe's version."""
        return packet[self._ip_header :]

    @property
    def _ip_header(self) -> int:
        return _IPV4_HEADER if self.to.version == 4 else _IPV6_HEADER

    def sender(self) -> socket.socket:
        """A non-blocking raw socket in the calling thread's namespace, which takes in only what bears the nonce."""
        protocol = socket.IPPROTO_ICMP if self.to.version == 4 else socket.IPPROTO_ICMPV6
        raw = socket.socket(self.family, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, protocol)
        # A raw IPv4 socket is handed the IP header too, a raw IPv6 socket is not (raw(7), ipv6(7)).
        _attach(raw, self.nonce, _ICMP_HEADER + (_IPV4_HEADER if self.to.version == 4 else 0))
        return raw

    def answered_by(self, raw: socket.socket) -> bool:
        """Whether the next packet in the socket is the destination's reply. BlockingIOError if there is none."""
        packet, source = raw.recvfrom(2048)
        message = self.message_in(packet) if self.to.version == 4 else packet
        return self.is_reply(message) and (self.to.is_unspecified or _same(source[0], self.to))

    def tap(self) -> socket.socket:
        """A non-blocking packet(7) socket on all devices of the calling thread's namespace; only for the nonce again.

        Its packets begin with the IP header. What it hears before the filter is attached has not the nonce.
        """
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        packets = socket.socket(socket.AF_PACKET, kind, socket.htons(ETH_P_ALL))
        _attach(packets, self.nonce, self._ip_header + _ICMP_HEADER)
        return packets


def _same(source: str, to: IPv4Address | IPv6Address) -> bool:
    return source.partition("%")[0] == str(to).partition("%")[0]


def _checksum(message: bytes) -> int:
    """The Internet checksum (RFC 1071) of a message of even length."""
    total: int = sum(struct.unpack(f">{len(message) // 2}H", message))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _attach(receiver: socket.socket, nonce: bytes, offset: int) -> None:
    """Let the kernel drop every packet that lacks the nonce's first four bytes at `offset`; closes it on failure."""
    instructions = (
        struct.pack("=HBBI", 0x20, 0, 0, offset),  # BPF_LD | BPF_W | BPF_ABS
        struct.pack("=HBBI", 0x15, 0, 1, int.from_bytes(nonce[:4])),  # BPF_JMP | BPF_JEQ: else skip one
        struct.pack("=HBBI", 0x06, 0, 0, 0xFFFF),  # BPF_RET: keep
        struct.pack("=HBBI", 0x06, 0, 0, 0),  # BPF_RET: drop
    )
    program = ctypes.create_string_buffer(b"".join(instructions))
    try:
        fprog = struct.pack("@HP", len(instructions), ctypes.addressof(program))
        receiver.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, fprog)
    except OSError:
        receiver.close()
        raise
