"""From rtnetlink messages to plain records, by pyroute2's message classes.

Only the attributes that we read are handed to pyroute2: counters and timers, which change all the time, stay outside.
So the shortened message of an object that did not change is the same bytes again, and its record comes from a cache.
They are imported (20 ms) when the first message of their kind is decoded, or by `load`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network, ip_interface, ip_network
from typing import Any

from nstutor import NamedTuple
from nstutor.kernel.codec import codec
from nstutor.kernel.model import Rule
from nstutor.linux.netlink import ATTRIBUTE, HEADER, NLA_TYPE_MASK

RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE, RTM_NEWNEIGH, RTM_NEWRULE = 16, 20, 24, 28, 32
IFF_UP, IFF_LOOPBACK, IFF_LOWER_UP = 0x1, 0x8, 0x10000
IFA_F_TENTATIVE = 0x40
ARPHRD_ETHER, ARPHRD_LOOPBACK = 1, 772
NUD_PERMANENT = 0x80
FIB_RULE_INVERT, FR_ACT_TO_TBL = 0x2, 1  # linux/fib_rules.h
PORT_STATES = ("disabled", "listening", "learning", "forwarding", "blocking")  # BR_STATE_*, linux/if_bridge.h

Wanted = Mapping[int, "Wanted | None"]
"""The attribute types to keep; for a nested one the types to keep inside it, None for all of it."""

# IFLA_* of linux/if_link.h; LINKINFO with KIND, SLAVE_KIND and SLAVE_DATA with BRPORT_STATE and BRPORT_ISOLATED.
_LINKINFO: Wanted = {1: None, 4: None, 5: {1: None, 33: None}}
_ANY_LINK: Wanted = {3: None, 4: None, 5: None, 10: None, 16: None, 18: _LINKINFO, 37: None}
_MAC_LINK: Wanted = {1: None, **_ANY_LINK}
# IFA_* of linux/if_addr.h: ADDRESS, LOCAL, FLAGS.
_ADDRESS: Wanted = {1: None, 2: None, 8: None}
# RTA_* of linux/rtnetlink.h: DST, OIF, GATEWAY, PRIORITY, PREFSRC, MULTIPATH, TABLE, VIA.
_ROUTE: Wanted = {1: None, 4: None, 5: None, 6: None, 7: None, 9: None, 15: None, 18: None}
# NDA_* of linux/neighbour.h: DST, LLADDR, VLAN, MASTER.
_NEIGHBOUR: Wanted = {1: None, 2: None, 5: None, 9: None}


class RawLink(NamedTuple):
    """RTM_NEWLINK; other devices are still interface indexes. `link` and `link_netnsid` point at a veth's peer."""

    ifindex: int
    name: str
    type: str | None
    loopback: bool
    up: bool
    carrier: bool
    operstate: str
    mtu: int
    address: str | None
    master: int | None
    port: str | None
    isolated: bool
    link: int | None
    link_netnsid: int | None


class RawAddress(NamedTuple):
    """RTM_NEWADDR."""

    ifindex: int
    interface: IPv4Interface | IPv6Interface
    scope: str
    tentative: bool


class RawRoute(NamedTuple):
    """RTM_NEWROUTE, one record for each next hop, given as its gateway and interface index."""

    dst: IPv4Network | IPv6Network
    hops: tuple[tuple[str | None, int | None], ...]
    src: str | None
    metric: int | None
    type: str
    table: int


class RawNeighbour(NamedTuple):
    """RTM_NEWNEIGH, of IP or of a bridge."""

    ifindex: int
    dst: str | None
    lladdr: str | None
    state: str
    permanent: bool
    master: int | None
    vlan: int | None


def load() -> None:
    """Import what decoding needs, at a moment when nobody waits for it."""
    for name in ("ifinfmsg", "ifaddrmsg", "rtmsg"):
        codec(name)


def link(payload: bytes) -> RawLink:
    """The record of an RTM_NEWLINK payload."""
    # IFLA_ADDRESS is a MAC on these two only; on a tunnel it is an IP address.
    (hardware,) = struct.unpack_from("=H", payload, 2)
    return _link(shortened(payload, 16, _MAC_LINK if hardware in (ARPHRD_ETHER, ARPHRD_LOOPBACK) else _ANY_LINK))


def address(payload: bytes) -> RawAddress:
    """The record of an RTM_NEWADDR payload."""
    return _address(shortened(payload, 8, _ADDRESS))


def route(payload: bytes) -> RawRoute:
    """The record of an RTM_NEWROUTE payload."""
    return _route(shortened(payload, 12, _ROUTE))


def neighbour(payload: bytes) -> RawNeighbour:
    """The record of an RTM_NEWNEIGH payload."""
    return _neighbour(shortened(payload, 12, _NEIGHBOUR))


def shortened(payload: bytes, fixed: int, wanted: Wanted) -> bytes:
    """The payload with its first `fixed` bytes and, of the attributes behind them, the wanted ones, in their order."""
    return payload[:fixed] + b"".join(_kept(payload, fixed, len(payload), wanted))


def _kept(data: bytes, start: int, end: int, wanted: Wanted) -> Iterator[bytes]:
    while start + 4 <= end:
        length, kind = ATTRIBUTE.unpack_from(data, start)
        if length < 4:
            return
        padded = (length + 3) & ~3
        if kind & NLA_TYPE_MASK in wanted:
            inside = wanted[kind & NLA_TYPE_MASK]
            if inside is None:
                yield data[start : start + padded].ljust(padded, b"\0")
            else:
                nested = b"".join(_kept(data, start + 4, start + length, inside))
                yield ATTRIBUTE.pack(4 + len(nested), kind) + nested
        start += padded


def _message(name: str, kind: int, payload: bytes) -> Any:  # noqa: ANN401 - pyroute2's messages are untyped dicts
    message = getattr(codec(name), name)(HEADER.pack(16 + len(payload), kind, 0, 0, 0) + payload)
    message.decode()
    return message


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


@lru_cache(maxsize=4096)
def _link(payload: bytes) -> RawLink:
    message = _message("ifinfmsg", RTM_NEWLINK, payload)
    flags = message["flags"]
    info = message.get_attr("IFLA_LINKINFO")
    netnsid = message.get_attr("IFLA_LINK_NETNSID")
    loopback = bool(flags & IFF_LOOPBACK)
    return RawLink(
        ifindex=message["index"],
        name=_text(message.get_attr("IFLA_IFNAME")),
        type="loopback" if loopback else info and info.get_attr("IFLA_INFO_KIND"),
        loopback=loopback,
        up=bool(flags & IFF_UP),
        carrier=bool(flags & IFF_LOWER_UP),
        operstate=message.get_attr("IFLA_OPERSTATE", "UNKNOWN"),
        mtu=message.get_attr("IFLA_MTU", 0),
        address=message.get_attr("IFLA_ADDRESS"),
        master=message.get_attr("IFLA_MASTER") or None,
        port=_port(info),
        isolated=_is_isolated(info),
        link=message.get_attr("IFLA_LINK"),
        link_netnsid=netnsid if netnsid is None or netnsid < 1 << 31 else -1,
    )


def _port(info: Any) -> str | None:  # noqa: ANN401 - as above
    data = info and info.get_attr("IFLA_INFO_SLAVE_DATA")
    if not data or info.get_attr("IFLA_INFO_SLAVE_KIND") != "bridge":
        return None
    state = data.get_attr("IFLA_BRPORT_STATE")
    return PORT_STATES[state] if state is not None and state < len(PORT_STATES) else None


def _is_isolated(info: Any) -> bool:  # noqa: ANN401 - as above
    return _port(info) is not None and bool(info.get_attr("IFLA_INFO_SLAVE_DATA").get_attr("IFLA_BRPORT_ISOLATED"))


@lru_cache(maxsize=4096)
def _address(payload: bytes) -> RawAddress:
    message = _message("ifaddrmsg", RTM_NEWADDR, payload)
    # On a point-to-point address IFA_ADDRESS is the other side; `ip addr` shows IFA_LOCAL.
    own = message.get_attr("IFA_LOCAL") or message.get_attr("IFA_ADDRESS")
    flags = message.get_attr("IFA_FLAGS", message["flags"])
    return RawAddress(
        ifindex=message["index"],
        interface=ip_interface(f"{own}/{message['prefixlen']}"),
        scope=_scope(message["scope"]),
        tentative=bool(flags & IFA_F_TENTATIVE),
    )


def _scope(number: int) -> str:
    """The word of `ip addr` (/etc/iproute2/rt_scopes): 0 is `global` there."""
    return {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}.get(number, str(number))


@lru_cache(maxsize=4096)
def _route(payload: bytes) -> RawRoute:
    message = _message("rtmsg", RTM_NEWROUTE, payload)
    everything = "::" if message["family"] == 10 else "0.0.0.0"  # AF_INET6
    dst = message.get_attr("RTA_DST") or everything
    return RawRoute(
        dst=ip_network(f"{dst}/{message['dst_len']}", strict=False),
        hops=tuple(_hops(message)),
        src=message.get_attr("RTA_PREFSRC"),
        metric=message.get_attr("RTA_PRIORITY") or None,
        type=_route_type(message["type"]),
        table=message.get_attr("RTA_TABLE") or message["table"],
    )


def _route_type(number: int) -> str:
    return str(codec().rt_type.get(number, number))


def _hops(message: Any) -> Iterator[tuple[str | None, int | None]]:  # noqa: ANN401 - as above
    several = message.get_attr("RTA_MULTIPATH")
    if several:
        yield from ((_gateway(hop), hop["oif"]) for hop in several)
    else:
        yield _gateway(message), message.get_attr("RTA_OIF")


def _gateway(message: Any) -> str | None:  # noqa: ANN401 - as above
    gateway = message.get_attr("RTA_GATEWAY")
    if gateway is not None:
        return str(gateway)
    via = message.get_attr("RTA_VIA")
    return str(via["addr"]) if via else None


@lru_cache(maxsize=4096)
def _neighbour(payload: bytes) -> RawNeighbour:
    message = _message("ndmsg", RTM_NEWNEIGH, payload)
    state = message["state"]
    names = codec("ndmsg").NUD_VALUES
    return RawNeighbour(
        ifindex=message["ifindex"],
        dst=message.get_attr("NDA_DST"),
        lladdr=message.get_attr("NDA_LLADDR"),
        state=names.get(state, "NUD_NONE").removeprefix("NUD_"),
        permanent=bool(state & NUD_PERMANENT),
        master=message.get_attr("NDA_MASTER"),
        vlan=message.get_attr("NDA_VLAN"),
    )


@lru_cache(maxsize=4096)
def rule(netns: str, payload: bytes) -> Rule:
    """The record of an RTM_NEWRULE payload in the namespace that is called `netns`."""
    message = _message("fibmsg", RTM_NEWRULE, payload)
    mark, mask = message.get_attr("FRA_FWMARK") or 0, message.get_attr("FRA_FWMASK")
    table = message.get_attr("FRA_TABLE") or message["table"]
    return Rule(
        netns=netns,
        raw=payload,
        family="inet6" if message["family"] == 10 else "inet",  # AF_INET6
        priority=message.get_attr("FRA_PRIORITY") or 0,
        src=_selector(message.get_attr("FRA_SRC"), message["src_len"]),
        dst=_selector(message.get_attr("FRA_DST"), message["dst_len"]),
        iif=message.get_attr("FRA_IIFNAME"),
        oif=message.get_attr("FRA_OIFNAME"),
        fwmark=None if not (mark or mask) else hex(mark) if mask in (None, 0xFFFFFFFF) else f"{mark:#x}/{mask:#x}",
        lookup=table if message["action"] == FR_ACT_TO_TBL else None,
        inverted=bool(message["flags"] & FIB_RULE_INVERT),
    )


def _selector(address: str | None, length: int) -> str | None:
    return f"{address}/{length}" if address else None
