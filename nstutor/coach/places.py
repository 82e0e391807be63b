"""What a name is in the lab, and which name was meant."""

from __future__ import annotations

from collections.abc import Iterable

from nstutor.kernel.model import Link, Namespace, Snapshot
from nstutor.text import i18n as language
from nstutor.text.i18n import _

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


def slip_sentence(word: str, meant: str) -> str:
    """The same as a sentence."""
    return _("{slip}.").format(slip=slip(word, meant))


def describe(link: Link) -> str:
    """What a device is: `a veth to pjl2wp in panjinlian-ns`."""
    if link.type == "veth" and link.peer:
        text = _("a veth whose other end is {peer}")
        if link.peernetns not in (None, link.netns):
            text = _("a veth whose other end is {peer} in {netns}")
        return text.format(peer=link.peer, netns=link.peernetns)
    if link.type not in (None, "bridge"):
        return _("a {type} device").format(type=link.type)
    return _("a bridge") if link.type else _("a device")


def listed(names: Iterable[str]) -> str | None:
    """`a, b and c`; None for more than six, and for none."""
    words = list(names)
    if not words or len(words) > _MOST_LISTED:
        return None
    return language.listed(words)


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
