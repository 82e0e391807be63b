"""Whether a machine filters what crosses its bridges (br_netfilter), and drops it unless a rule says otherwise."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

from nstutor.linux.netlink import RequestSocket, attributes

SWITCH = "/proc/sys/net/bridge/bridge-nf-call-iptables"
NETLINK_NETFILTER = 12
NFNL_SUBSYS_NFTABLES, NFT_MSG_GETCHAIN = 10, 4
NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, NFTA_CHAIN_HOOK, NFTA_CHAIN_POLICY = 1, 3, 4, 5
NFTA_HOOK_HOOKNUM = 1
NF_INET_FORWARD, NF_DROP = 2, 0
NFPROTO_INET, NFPROTO_IPV4 = 1, 2


def filters_bridges() -> bool:
    """Whether frames that cross a bridge of this network namespace go through iptables' chains."""
    try:
        with open(SWITCH, encoding="ascii") as file:
            return file.read().strip() == "1"
    except OSError:
        return False


def dropping_chains() -> tuple[str, ...]:
    """The chains at the forward hook of this namespace whose policy is to drop, as `TABLE CHAIN`.

    Needs CAP_NET_ADMIN; OSError without. Of nf_tables only, iptables-nft's chains among them. Where asking would load
    the module there are none.
    """
    if not _nf_tables_is_there():
        return ()
    kind = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN
    found: list[str] = []
    with RequestSocket(NETLINK_NETFILTER) as requests:
        for family in (NFPROTO_IPV4, NFPROTO_INET):
            found += _dropping(requests.dump(kind, struct.pack("=BBH", family, 0, 0)))
    return tuple(found)


def _dropping(chains: list[bytes]) -> Iterator[str]:
    for chain in chains:
        parts = dict(attributes(chain, 4))
        hook = dict(attributes(parts.get(NFTA_CHAIN_HOOK, b""), 0)).get(NFTA_HOOK_HOOKNUM)
        if hook == struct.pack(">I", NF_INET_FORWARD) and parts.get(NFTA_CHAIN_POLICY) == struct.pack(">I", NF_DROP):
            yield " ".join(
                parts[part].rstrip(b"\0").decode(errors="replace") for part in (NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME)
            )


def _nf_tables_is_there() -> bool:
    """Whether the kernel has it already: asking one that has not would load it (nfnetlink_rcv_msg, nfnetlink.c)."""
    if not os.path.exists("/proc/modules") or os.path.exists("/sys/module/nf_tables"):
        return True
    try:
        with open(f"/lib/modules/{os.uname().release}/modules.builtin", encoding="utf-8", errors="replace") as file:
            return any(line.rstrip().endswith("/nf_tables.ko") for line in file)
    except OSError:
        return False
