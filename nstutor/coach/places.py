"""What a name is in the lab, and which name was meant."""

from __future__ import annotations

from collections.abc import Iterable

from nstutor.kernel.model import Link, Namespace, Snapshot
from nstutor.text import i18n as language
from nstutor.text.i18n import _
from nstutor.text.typo import meant_by

_MOST_LISTED = 6


def devices_called(snapshot: Snapshot, name: str) -> list[Link]:
    """All devices of this name, lo never among them."""
    return [link for link in snapshot.links() if link.name == name and not link.loopback]


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
    return meant_by(word, names) or (begun[0] if len(begun) == 1 else None)
