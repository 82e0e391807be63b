"""A program that keeps the machine's table of neighbours full until it is ended; in a network namespace of its own."""

from __future__ import annotations

import socket
import struct
import subprocess
import time

RTM_NEWNEIGH, NLM_F_REQUEST, NLM_F_REPLACE, NLM_F_CREATE = 28, 0x1, 0x100, 0x400
NUD_REACHABLE, NDA_DST, NDA_LLADDR = 2, 1, 2
ENTRIES = 1100
PAUSE = 0.002
MAKE = "ip link add d0 type veth peer name d1 && ip addr add 10.0.0.1/16 dev d0 && ip link set dev d0 up"


def entries(index: int, lladdr: int) -> bytes:
    """The messages that give each neighbour this MAC address: what changed just now is not thrown away for others."""
    out = b""
    for number in range(ENTRIES):
        address = struct.pack("=HH4B", 8, NDA_DST, 10, 0, 1 + number // 200, 1 + number % 200)
        body = struct.pack("=BBHiHBB", socket.AF_INET, 0, 0, index, NUD_REACHABLE, 0, 0) + address
        body += struct.pack("=HH6B2x", 10, NDA_LLADDR, 2, 0, 0, 0, 0, lladdr)
        flags = NLM_F_REQUEST | NLM_F_REPLACE | NLM_F_CREATE
        out += struct.pack("=IHHII", 16 + len(body), RTM_NEWNEIGH, flags, number, 0) + body
    return out


def main() -> None:
    """Say when the table is full, and keep it so."""
    subprocess.run(["sh", "-c", f"{MAKE} && ip link set dev d1 up"], check=True)
    index = socket.if_nametoindex("d0")
    bursts = [entries(index, lladdr) for lladdr in (1, 2)]
    for turn in range(1 << 20):
        # Anew each time: nobody reads what the kernel answers to an entry that finds no room.
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
            kernel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            kernel.send(bursts[turn % 2])
        if turn == 1:
            print("full", flush=True)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
