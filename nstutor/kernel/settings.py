"""The settings of a namespace: files below /proc/sys (sysctl(8))."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

LONGEST = 4096
GLOBAL = (
    "net/ipv4/icmp_echo_ignore_all",
    "net/ipv6/icmp/echo_ignore_all",
    "net/ipv4/ip_default_ttl",
    "net/ipv4/ip_local_port_range",
    "net/ipv4/ip_local_reserved_ports",
    "net/ipv4/tcp_l3mdev_accept",
    "net/bridge/bridge-nf-call-iptables",
    "net/bridge/bridge-nf-call-ip6tables",
    "net/bridge/bridge-nf-call-arptables",
    "net/bridge/bridge-nf-filter-vlan-tagged",
    "net/bridge/bridge-nf-pass-vlan-input-dev",
    "net/netfilter/nf_conntrack_max",
)
"""What the kernel's ip-sysctl.rst and br_netfilter have that can keep an echo or a connection from arriving."""
OF_DEVICE = (
    "arp_ignore",
    "arp_filter",
    "arp_announce",
    "accept_local",
    "route_localnet",
    "drop_unicast_in_l2_multicast",
)
"""The same of net/ipv4/conf; RTNLGRP_IPV4_NETCONF tells of the others."""
MOST_DEVICES = 64
"""A namespace with more is not read through: this is done again and again while somebody waits."""


def read_settings(keys: Iterable[str]) -> Mapping[str, str | None]:
    """The values of the namespace that the calling thread is in (see `hop`), blanks made single ones.

    What a file below /proc/sys/net holds depends on the namespace of the thread that opens it (net/sysctl_net.c).
    None for a setting that does not exist there, or cannot be read.
    """
    return {key: _read(key) for key in sorted(keys)}


def read_reach() -> tuple[str | None, ...]:
    """The settings of the calling thread's namespace that decide whether a packet arrives and raise no event."""
    paths = [*GLOBAL, *(f"net/ipv4/conf/{dev}/{name}" for dev in _devices()[:MOST_DEVICES] for name in OF_DEVICE)]
    return tuple(map(_read, paths))


def _devices() -> list[str]:
    try:
        return os.listdir("/proc/sys/net/ipv4/conf")
    except OSError:
        return []


def _read(key: str) -> str | None:
    try:
        fd = os.open(f"/proc/sys/{key}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return " ".join(os.read(fd, LONGEST).decode(errors="replace").split())
    except OSError:
        return None
    finally:
        os.close(fd)
