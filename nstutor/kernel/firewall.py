"""What a namespace filters and translates, as the kernel says: nf_tables by netlink, and iptables-legacy's tables."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

from nstutor.kernel import legacy_filter, nft_dump
from nstutor.kernel.parts import Chain, Netfilter
from nstutor.linux.netlink import RequestSocket, attributes
from nstutor.text.i18n import _

NETLINK_NETFILTER = 12
NFT_MSG_GETGEN = 10 << 8 | 16  # NFNL_SUBSYS_NFTABLES, linux/netfilter/nfnetlink.h
NFTA_GEN_ID = 1
UNTOUCHED = 1
"""The number of a namespace whose nftables nobody has changed (nf_tables_init_net)."""
_REPEATS = 4


@dataclass(frozen=True, slots=True)
class RulesetVersion:
    """Changes with every change of what a namespace filters; equal as long as there is none."""

    cookie: int
    """Which namespace it is: the numbers of files and of changes come again in another one (SO_NETNS_COOKIE)."""
    generation: int
    legacy: Netfilter
    """What iptables-legacy has there, without counters."""

    @property
    def untouched(self) -> bool:
        """Whether nobody has filtered anything yet."""
        return self.generation == UNTOUCHED and self.legacy == Netfilter()


class Inside:
    """The sockets that ask a namespace, opened in that of the calling thread."""

    def __init__(self) -> None:
        with contextlib.ExitStack() as undo:
            self.netlink = undo.enter_context(RequestSocket(NETLINK_NETFILTER))
            self._legacy: list[tuple[int, str, socket.socket]] = []
            for family, names in legacy_filter.table_names().items():
                if names:
                    kind = socket.AF_INET if family == 4 else socket.AF_INET6
                    raw = undo.enter_context(socket.socket(kind, socket.SOCK_RAW, socket.IPPROTO_RAW))
                    self._legacy += ((family, name, raw) for name in names)
            self._undo = undo.pop_all()

    def __enter__(self) -> Inside:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._undo.close()

    def generation(self) -> int:
        """A number that every change of nftables makes larger; `UNTOUCHED` without any."""
        try:
            payload = self.netlink.get(NFT_MSG_GETGEN, struct.pack("=BBH", socket.AF_UNSPEC, 0, 0))
        except OSError:
            return UNTOUCHED  # a kernel without nftables
        number = dict(attributes(payload, 4)).get(NFTA_GEN_ID, b"")
        return int.from_bytes(number, "big") or UNTOUCHED

    def legacy(self, netns: str) -> Netfilter:
        """The tables of iptables-legacy's."""
        try:
            return Netfilter(
                tuple(
                    chain
                    for family, name, raw in self._legacy
                    for chain in legacy_filter.read(family, name, raw, netns)
                )
            )
        except OSError as error:
            return Netfilter(unread=os.strerror(error.errno or 0))

    def stamp(self, netns: str) -> RulesetVersion:
        """What the namespace that is called `netns` filters, as far as it takes to see a change."""
        return RulesetVersion(self.netlink.netns_cookie(), self.generation(), self.legacy(netns).uncounted())

    def read(self, netns: str, devices: Mapping[int, str]) -> Netfilter:
        """The chains of the namespace with their counters; `devices` are its own, by index."""
        legacy = self.legacy(netns)
        try:
            chains = self._newer(netns, devices)
        except OSError as error:
            return Netfilter(legacy.chains, os.strerror(error.errno or 0))
        cut = _("there are more than {count}").format(count=self.netlink.most) if self.netlink.cut else None
        return Netfilter(legacy.chains + chains, legacy.unread or cut)

    def _newer(self, netns: str, devices: Mapping[int, str]) -> tuple[Chain, ...]:
        """What iptables-nft and nft have made; read again where it was changed meanwhile."""
        chains: tuple[Chain, ...] = ()
        before = self.generation()
        for _again in range(_REPEATS):
            chains = tuple(nft_dump.read(self.netlink, netns, devices)) if before != UNTOUCHED else ()
            after = self.generation()
            if after == before:
                break
            before = after
        return chains
