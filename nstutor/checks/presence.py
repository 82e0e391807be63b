"""Where a namespace or a device is, and what to say when it is not where it should be."""

from __future__ import annotations

from collections.abc import Iterable

from nstutor.checks.base import Scene, Verdict
from nstutor.checks.fact import failed, not_checked
from nstutor.kernel.model import HOST, Link, Snapshot

SHORTEST_TYPO = 4
"""Letters; shorter names are one letter apart too often to mean anything."""


def place(name: str, netns: str) -> str:
    """`wangpo` in host, `xmq2wp in ximenqing-ns` elsewhere: how messages name a device."""
    return name if netns == HOST else f"{name} in {netns}"


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *front, last = words
    return f"{', '.join(front)} and {last}" if front else last


def forgotten_exit(scene: Scene, found: str, wanted: str) -> str | None:
    """Advice for what was made in the namespace where the learner's shell stands, and not where it belongs."""
    if scene.shell_netns != found or found in (HOST, wanted):
        return None
    return f"Your shell stands in {found}: a forgotten `exit`, most likely."


def need_netns(snapshot: Snapshot, netns: str) -> Verdict | None:
    """Say that a check cannot be judged because its namespace does not exist; None if it does."""
    return None if netns in snapshot.namespaces else not_checked(netns_problem(snapshot, netns))


def netns_problem(snapshot: Snapshot, name: str) -> str:
    """Why there is no namespace of that name."""
    if name in snapshot.dead:
        return (f"{name} was added inside an `ip netns exec` shell; outside it is only a dead file: "
                f"delete it with `ip netns delete {name}` and add it from host")  # fmt: skip
    device = next((link for link in snapshot.links() if link.name == name), None)
    if device is not None:
        return f"{name} is a device in {device.netns}; it must be a namespace"
    names = [other for other in snapshot.namespaces if other != HOST]
    return misspelt(name, names) or f"{name} does not exist yet"


def need_dev(scene: Scene, netns: str, name: str) -> Verdict | None:
    """Say why a device is not in its (existing) namespace; None if it is."""
    return None if scene.snapshot.link(netns, name) else dev_problem(scene, netns, name)


def dev_problem(scene: Scene, netns: str, name: str, peer: str | None = None) -> Verdict:
    """Why there is no device `name` in `netns`; `peer` is what its other end should be, if that is known."""
    elsewhere = [link for link in scene.snapshot.links() if link.name == name and not link.loopback]
    if elsewhere:
        return _misplaced(scene, netns, elsewhere, peer)
    if name in scene.snapshot.namespaces and name != HOST:
        return failed(f"{name} is a namespace; it must be a device in {netns}")
    return failed(_absence(scene.snapshot, netns, name, peer))


def _absence(snapshot: Snapshot, netns: str, name: str, peer: str | None) -> str:
    names = [link.name for link in snapshot.links()]
    missing = f"{place(name, HOST)} does not exist" + ("" if netns == HOST else f" in {netns}")
    end = next((link for link in snapshot.links() if peer and link.name == peer and link.peer), None)
    spelling = misspelt(name, names)
    if spelling or end is None:
        return spelling or missing
    return f"{missing}: the other end of {end.name} is {end.peer}"


def _misplaced(scene: Scene, netns: str, found: list[Link], peer: str | None) -> Verdict:
    link = next((link for link in found if peer in (None, link.peer)), None)
    if link is None:
        other = found[0]
        return failed(f"{other.name} does not exist in {netns}; "
                      f"the {other.name} in {other.netns} is the other end of {other.peer or 'nothing'}")  # fmt: skip
    message = f"{link.name} is in {link.netns}; it belongs in {netns}"
    if link.netns == HOST and netns.startswith(f"{link.name}-"):
        message += f": {link.name} is a device, {netns} the namespace"
    return failed(message, netns, link.netns, forgotten_exit(scene, link.netns, netns))


def misspelt(wanted: str, names: Iterable[str]) -> str | None:
    """Name what differs from the wanted name in letter case or by one slip; None if nothing does."""
    others = [name for name in names if name != wanted]
    for name in others:
        if name.lower() == wanted.lower():
            return f"the name is {name}; it must be {wanted}"
    near = next((name for name in others if _is_slip(name, wanted)), None)
    return f"{wanted} does not exist; there is {near}: one letter off {wanted}" if near else None


def _is_slip(name: str, wanted: str) -> bool:
    """Whether one letter was added, left out or changed, or two neighbours swapped.

    Never where a digit differs: eth0 and eth1 are two names, not one misspelt.
    """
    if min(len(name), len(wanted)) < SHORTEST_TYPO or abs(len(name) - len(wanted)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(name, wanted, strict=False)) if a != b), min(len(name), len(wanted)))
    here, there = name[start:], wanted[start:]
    if here[:1].isdigit() or there[:1].isdigit():
        return False
    swapped = len(here) >= 2 and here[:2] == there[1::-1] and here[2:] == there[2:]
    return swapped or here[1:] == there[1:] or here[1:] == there or here == there[1:]
