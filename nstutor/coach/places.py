"""What a name is in the lab, and which name was meant."""

from __future__ import annotations

from collections.abc import Iterable

from nstutor.kernel.model import Link, Namespace, Snapshot
from nstutor.language import _

_MOST_LISTED = 6


def devices_called(snapshot: Snapshot, name: str) -> list[Link]:
    """All devices of this name, lo never among them."""
    return [link for link in snapshot.links() if link.name == name and not link.loopback]


def near(word: str, names: Iterable[str], shortest: int = 4) -> str | None:
    """The one name that differs by letter case only, else by one slip of the finger; None if in doubt.

    A name of fewer than `shortest` letters is too easily near to anything.
    """
    candidates = sorted({name for name in names if name != word})
    same = [name for name in candidates if name.casefold() == word.casefold()]
    close = same or [name for name in candidates if len(name) >= shortest and _one_slip(word, name)]
    return close[0] if len(close) == 1 else None


def slip(word: str, meant: str) -> str:
    """How the two differ, in a few words: `One letter off: wangpo`."""
    if word.casefold() == meant.casefold():
        return _("Letter case counts: {meant}").format(meant=meant)
    if sorted(word) == sorted(meant):
        return _("Two letters are swapped: {meant}").format(meant=meant)
    return _("One letter off: {meant}").format(meant=meant)


def describe(link: Link) -> str:
    """What a device is: `a veth to pjl2wp in panjinlian-ns`."""
    if link.type == "veth" and link.peer:
        beside = "" if link.peernetns in (None, link.netns) else _(" in {peernetns}").format(peernetns=link.peernetns)
        return _("a veth whose other end is {peer}{beside}").format(peer=link.peer, beside=beside)
    return _("a {type} device").format(type=link.type) if link.type not in (None, "bridge") else "a bridge" if link.type else "a device"


def listed(names: Iterable[str]) -> str | None:
    """`a, b and c`; None for more than six, and for none."""
    words = list(names)
    if not words or len(words) > _MOST_LISTED:
        return None
    return words[0] if len(words) == 1 else _("{join} and {words}").format(join=', '.join(words[:-1]), words=words[-1])


def devices_of(namespace: Namespace) -> list[str]:
    """Its devices' names without lo."""
    return [link.name for link in namespace.links if not link.loopback]


def netns_meant(snapshot: Snapshot, word: str) -> str | None:
    """The namespace that was meant by a name that is none: a slip, or the only one whose name begins with it."""
    names = [name for name in snapshot.namespaces if name not in ("host", word)]
    begun = [name for name in names if len(word) > 2 and name.startswith(word)]
    return near(word, names) or (begun[0] if len(begun) == 1 else None)


def _one_slip(a: str, b: str) -> bool:
    """One letter more, less or other (digits apart: eth0 is not a misspelt eth1), or two neighbours swapped."""
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[start:], b[start:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    if len(a) == len(b) == 2:
        return a == b[::-1]
    return len(a) <= 1 and len(b) <= 1 and not (a + b).isdigit()
