"""The machine's own network and mounts, which no proof may change."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

NET = "/sys/class/net"
ADDRESSES = ("/proc/net/fib_trie", "/proc/net/if_inet6")
ROUTES = "/proc/net/route"
ROUTES6 = "/proc/net/ipv6_route"


def machine_state() -> Mapping[str, frozenset[str]]:
    """Links, addresses, routes, named namespaces and mounts of the namespaces that this process is in."""
    return {
        "links": frozenset(_links()),
        "addresses": frozenset(line for path in ADDRESSES for line in _lines(path)),
        # Columns with uses and reference counts change by themselves (proc(5)).
        "routes": frozenset(" ".join([*line.split()[:4], *line.split()[6:8]]) for line in _lines(ROUTES)),
        "IPv6 routes": frozenset(" ".join([*line.split()[:6], line.split()[-1]]) for line in _lines(ROUTES6)),
        "namespaces": frozenset(_names("/run/netns")),
        "mounts": frozenset(_lines("/proc/self/mountinfo")),
    }


def differences(before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """One line for each thing that is new or gone."""
    new = [f"{kind}: new: {line}" for kind in before for line in sorted(after[kind] - before[kind])]
    gone = [f"{kind}: gone: {line}" for kind in before for line in sorted(before[kind] - after[kind])]
    return (*new, *gone)


def _links() -> Iterator[str]:
    for name in _names(NET):
        values = (" ".join(_lines(f"{NET}/{name}/{part}")) for part in ("ifindex", "address", "mtu", "flags"))
        yield f"{name} {' '.join(values)}"


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _lines(path: str) -> list[str]:
    """The file's lines; none where this kernel has no such file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()
    except OSError:
        return []
