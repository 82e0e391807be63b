"""Which veth is whose other end, over all namespaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nstutor.kernel.decode import RawLink

NO_PEER: tuple[str | None, str | None] = (None, None)


class Peers:
    """Finds the other end of a veth.

    `tables` holds each namespace's name, its id in the observer's namespace and its links. In a dump that was asked for
    by IFLA_TARGET_NETNSID, IFLA_LINK_NETNSID is relative to the asking namespace (rtnl_fill_link_netnsid in
    net/core/rtnetlink.c), and absent if both ends are in one: so (id, index) names a device, equal indexes or not.
    """

    def __init__(self, tables: Iterable[tuple[str, int, Iterable[RawLink]]]) -> None:
        self._names: dict[int, str] = {}
        self._links: dict[tuple[int, int], RawLink] = {}
        for name, nsid, links in tables:
            # Of two names for one namespace the first counts.
            if self._names.setdefault(nsid, name) == name:
                self._links.update({(nsid, link.ifindex): link for link in links})

    @property
    def names(self) -> Mapping[int, str]:
        """The namespaces' names by their ids."""
        return self._names

    def find(self, nsid: int, link: RawLink) -> tuple[str | None, str | None]:
        """Name and namespace of the other end; (None, None) for no veth, or an end in a namespace without a name."""
        if link.type != "veth":
            return NO_PEER
        place, peer = self._other_end(nsid, link)
        if peer is None or self._other_end(place, peer)[1] is not self._links.get((nsid, link.ifindex)):
            return NO_PEER
        return peer.name, self._names[place]

    def _other_end(self, nsid: int, link: RawLink) -> tuple[int, RawLink | None]:
        place = nsid if link.link_netnsid is None else link.link_netnsid
        return place, self._links.get((place, link.link or 0))
