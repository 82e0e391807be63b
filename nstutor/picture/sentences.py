"""The lab in sentences: for who does not see a drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nstutor.kernel.model import Link, Namespace, Snapshot
from nstutor.text.i18n import _, in_row, n_, phrases
from nstutor.text.width import printable


def sentences(snapshot: Snapshot, wanted: Sequence[str] = ()) -> Iterator[str]:
    """A sentence for each namespace and, indented, for each of its devices; then what else there is to say.

    `wanted` are labels of what is still missing.
    """
    for sentence in _all(snapshot, wanted):
        yield printable(sentence)


def _all(snapshot: Snapshot, wanted: Sequence[str]) -> Iterator[str]:
    for space in snapshot.namespaces.values():
        yield _of_namespace(space)
        for link in space.links:
            if not link.loopback:
                yield "  " + _of_device(space, link)
    if snapshot.dead:
        yield _("Dead files in /run/netns: {names}.").format(names=in_row(sorted(snapshot.dead)))
    if wanted:
        yield _("Still wanted: {names}.").format(names=in_row(wanted))


def _of_namespace(space: Namespace) -> str:
    devices = [link for link in space.links if not link.loopback]
    words = [_count(devices), *_lo(space), *_defaults(space)]
    return _("{netns}: {words}.").format(netns=space.name, words=phrases(words))


def _count(devices: Sequence[Link]) -> str:
    n = len(devices)
    return n_("{n} device", "{n} devices", n).format(n=n) if n else _("no device but lo")


def _lo(space: Namespace) -> Iterator[str]:
    lo = space.by_name.get("lo")
    if lo:
        yield _("lo is up") if lo.up else _("lo is down")


def _defaults(space: Namespace) -> Iterator[str]:
    for route in space.routes or ():
        if route.dst.prefixlen == 0 and route.type == "unicast":
            yield _("default route via {via}").format(via=route.via) if route.via else _("default route")


def _of_device(space: Namespace, link: Link) -> str:
    words = [_("is a {type}").format(type=link.type) if link.type else _("is a device")]
    words.append(_("up") if link.up else _("down"))
    if link.up and not link.carrier:
        words.append(_("without carrier"))
    if link.master:
        words.append(_("plugged into {bridge}").format(bridge=link.master))
    words += [*_peer(link), *_addresses(space, link)]
    return _("{name} {words}.").format(name=link.name, words=phrases(words))


def _peer(link: Link) -> Iterator[str]:
    if link.peer:
        leads = _("leads to {peer}") if link.peernetns in (None, link.netns) else _("leads to {peer} in {netns}")
        yield leads.format(peer=link.peer, netns=link.peernetns)
    elif link.type == "veth":
        yield _("leads to a namespace without a name")


def _addresses(space: Namespace, link: Link) -> Iterator[str]:
    own = [str(a.interface) for a in space.addresses if a.dev == link.name and not a.interface.ip.is_link_local]
    if own:
        yield _("has {addresses}").format(addresses=", ".join(own))
