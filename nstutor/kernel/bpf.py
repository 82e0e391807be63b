"""Classic BPF: which packets a socket is to receive, decided in the kernel (linux/filter.h, bpf_dbg.c's mnemonics)."""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address

SO_ATTACH_FILTER = 26
ETH_P_IP, ETH_P_ARP, ETH_P_IPV6 = 0x0800, 0x0806, 0x86DD
ETHERNET_HEADER, ICMP_HEADER = 14, 8
IP_HEADER = {4: 20, 6: 40}
ECHO_REQUEST, ECHO_REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
MARKS = 15
"""So many kinds of flow hashes the length of a kept echo tells apart, besides none."""

_LDW, _LDB, _JEQ, _AND, _ADD, _RET, _RETA = 0x20, 0x30, 0x15, 0x54, 0x04, 0x06, 0x16
_PROTOCOL, _HASH, _NET = 0xFFFFF000, 0xFFFFF020, 0xFFF00000
"""Where a program finds the frame's protocol, skb->hash (SKF_AD_RXHASH) and the network header."""

Line = tuple[str, int, int, str, str]
"""Label, code, operand, and the labels to jump to where it is equal and where not; empty for the next line."""


def attach(receiver: socket.socket, lines: Sequence[Line]) -> None:
    """Give the socket this program; OSError if the kernel refuses it."""
    place = {label: number for number, (label, *_) in enumerate(lines) if label}
    code = b"".join(
        struct.pack("=HBBI", code, *(place[to] - number - 1 if to else 0 for to in (equal, other)), operand)
        for number, (_, code, operand, equal, other) in enumerate(lines)
    )
    held = ctypes.create_string_buffer(code)
    fprog = struct.pack("@HP", len(lines), ctypes.addressof(held))
    receiver.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, fprog)


def has_word(word: bytes, offset: int) -> list[Line]:
    """Keeps what has these four bytes at that offset."""
    return [
        ("", _LDW, offset, "", ""),
        ("", _JEQ, int.from_bytes(word), "", "no"),
        ("", _RET, 0xFFFF, "", ""),
        ("no", _RET, 0, "", ""),
    ]


def of_probe(to: IPv4Address | IPv6Address, nonce: bytes) -> list[Line]:
    """For a packet(7) socket: echoes with this nonce, ICMP errors that quote one, and ARP about the address.

    An echo is cut to its headers and as many bytes of its nonce as tell the packet's flow hash: none for a packet
    without one, else 1 to MARKS.
    """
    message = IP_HEADER[to.version] + ICMP_HEADER
    return [
        ("", _LDW, _PROTOCOL, "", ""),
        ("", _JEQ, ETH_P_IP if to.version == 4 else ETH_P_IPV6, "", "arp"),
        ("", _LDB, _NET + (9 if to.version == 4 else 6), "", ""),
        ("", _JEQ, socket.IPPROTO_ICMP if to.version == 4 else socket.IPPROTO_ICMPV6, "", "no"),
        ("", _LDB, _NET + IP_HEADER[to.version], "", ""),
        ("", _JEQ, ECHO_REQUEST[to.version], "echo", ""),
        ("", _JEQ, ECHO_REPLY[to.version], "echo", ""),
        ("", _LDW, _NET + 2 * message, "", ""),
        ("", _JEQ, int.from_bytes(nonce[:4]), "whole", "no"),
        *_same_bytes("echo", _NET + message, nonce, "no"),
        ("", _LDW, _HASH, "", ""),
        ("", _JEQ, 0, "bare", ""),
        ("", _AND, 0xFFFF, "", ""),  # the modulus of a number whose lowest bits are as good as any
        ("", 0x94, MARKS, "", ""),  # BPF_ALU | BPF_MOD | BPF_K
        ("", _ADD, ETHERNET_HEADER + message + 1, "", ""),
        ("", _RETA, 0, "", ""),
        ("bare", _RET, ETHERNET_HEADER + message, "", ""),
        *_arp_about(to),
        ("whole", _RET, 0xFFFF, "", ""),
        ("no", _RET, 0, "", ""),
    ]


def _arp_about(to: IPv4Address | IPv6Address) -> Iterator[Line]:
    if to.version == 6:
        yield ("arp", _RET, 0, "", "")
        return
    yield ("arp", _JEQ, ETH_P_ARP, "", "no")
    for offset in (14, 24):  # the sender's and the target's address (RFC 826)
        yield ("", _LDW, _NET + offset, "", "")
        yield ("", _JEQ, int(to), "whole", "")
    yield ("", _RET, 0, "", "")


def _same_bytes(label: str, offset: int, wanted: bytes, no: str) -> Iterator[Line]:
    for at in range(0, len(wanted), 4):
        yield ("" if at else label, _LDW, offset + at, "", "")
        yield ("", _JEQ, int.from_bytes(wanted[at : at + 4]), "", no)
