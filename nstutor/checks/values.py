"""The values that stand in check lines: each reader returns the canonical spelling or says what it expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface, ip_network
from typing import TypeVar

from nstutor.checks.fact import ANY
from nstutor.kernel.model import MAIN, RT_TABLE_DEFAULT, RT_TABLE_LOCAL, Snapshot
from nstutor.lesson.faults import did_you_mean
from nstutor.text.i18n import _
from nstutor.text.names import HOST
from nstutor.text.typo import nearest

Value = TypeVar("Value")
IPAddress = IPv4Address | IPv6Address

LONGEST_DEV = 15
"""IFNAMSIZ - 1 (linux/if.h)."""
LONGEST_NETNS = 255
"""NAME_MAX: a namespace's name is a file in /run/netns."""
MAC_RE = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z", re.IGNORECASE)

OPERSTATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")
PORT_STATES = ("disabled", "listening", "learning", "forwarding", "blocking")
SCOPES = ("global", "site", "link", "host")
NEIGHBOUR_STATES = ("PERMANENT", "NOARP", "REACHABLE", "STALE", "DELAY", "PROBE", "INCOMPLETE", "FAILED", "NONE")
TABLES = {"main": MAIN, "local": RT_TABLE_LOCAL, "default": RT_TABLE_DEFAULT}
TYPES = (
    "veth",
    "bridge",
    "loopback",
    "vlan",
    "vxlan",
    "macvlan",
    "macvtap",
    "ipvlan",
    "dummy",
    "ifb",
    "bond",
    "team",
    "tun",
    "vrf",
    "gre",
    "gretap",
    "ipip",
    "sit",
    "wireguard",
    "geneve",
    "nlmon",
)


def dev(text: str) -> str:
    """A device's name, as the kernel allows it (dev_valid_name in net/core/dev.c)."""
    if len(text.encode()) > LONGEST_DEV:
        message = _("`{word}` has {n} bytes; the name of a device has {most} at most")
        raise ValueError(message.format(word=text, n=len(text.encode()), most=LONGEST_DEV))
    if text in (".", "..") or "/" in text or ":" in text:
        raise ValueError(_("`{word}` cannot be the name of a device (no `/`, no `:`)").format(word=text))
    return text


def new_netns(text: str) -> str:
    """The name of a namespace that the learner makes (invalid_name in iproute2's lib/utils.c)."""
    if text in (HOST, ANY):
        raise ValueError(_("`{word}` is a reserved name").format(word=text))
    return _netns_name(text)


def netns(text: str) -> str:
    """The name of a namespace, `host` included."""
    if text == ANY:
        raise ValueError(_("`netns any` does not fit here; name one"))
    return _netns_name(text)


def netns_or_any(text: str) -> str:
    """The name of a namespace, or `any`."""
    return _netns_name(text)


def _netns_name(text: str) -> str:
    if text in (".", "..") or "/" in text or len(text.encode()) > LONGEST_NETNS:
        raise ValueError(_("`{word}` cannot be the name of a namespace").format(word=text))
    return text


def mac(text: str) -> str:
    """A MAC address in small letters, or NETNS/DEV for whatever address that device has."""
    if MAC_RE.match(text):
        return text.lower()
    owner_netns, slash, owner = text.partition("/")
    if slash and owner_netns and owner:
        return f"{netns(owner_netns)}/{dev(owner)}"
    raise ValueError(_("`{word}` is no MAC address; write 02:00:00:00:00:01 or NETNS/DEV").format(word=text))


def mac_of(value: str, snapshot: Snapshot) -> str | None:
    """Return the address that a value of `mac` means now; None where its device does not exist."""
    owner_netns, slash, owner = value.partition("/")
    if not slash:
        return value
    link = snapshot.link(owner_netns, owner)
    return link.address if link else None


def interface(text: str) -> str:
    """An address with its prefix length; without one it is a host's (/32, /128), as `ip addr` takes it."""
    return str(_ip(ip_interface, text, _("an address; write 192.168.188.96/24")))


def address(text: str) -> str:
    """An address without prefix length."""
    return str(_ip(ip_address, text, _("an address; write 192.168.188.96")))


def network(text: str) -> str:
    """A prefix; `default` is everything."""
    if text == "default":
        return "0.0.0.0/0"
    try:
        return str(ip_network(text))
    except ValueError:
        loose = _ip(ip_interface, text, _("a prefix; write 192.168.188.0/24 or default")).network
        message = _("`{word}` has bits set behind its prefix; write {prefix}").format(word=text, prefix=loose)
        raise ValueError(message) from None


def _ip(reader: Callable[[str], Value], text: str, what: str) -> Value:
    try:
        return reader(text)
    except ValueError:
        raise ValueError(_("`{word}` is not {what}").format(word=text, what=what)) from None


def mtu(text: str) -> str:
    """Bytes, from 68 (the smallest for IPv4, RFC 791) to 65535."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 68 <= int(text) <= 65535:
        raise ValueError(_("`{word}` is no mtu; it is a number of bytes from 68 to 65535").format(word=text))
    return str(int(text))


def status(text: str) -> str:
    """An exit status."""
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > 255:
        raise ValueError(_("`{word}` is no exit status; it is a number from 0 to 255").format(word=text))
    return str(int(text))


def link_type(text: str) -> str:
    """A device's type; an unknown one may be one of a newer kernel's, unless it looks misspelt."""
    if text in TYPES:
        return text
    near = nearest(text, TYPES, 0.75)
    if near:
        raise ValueError(_("unknown type `{word}`; did you mean `{near}`?").format(word=text, near=near))
    return text


def port(text: str) -> str:
    """A port of TCP's or UDP's."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ValueError(_("`{text}` is no port; it is a number from 1 to 65535").format(text=text))
    return str(int(text))


def protocol(text: str) -> str:
    """`tcp` or `udp`."""
    return _one_of(("tcp", "udp"), _("protocol"), text)


def setting(text: str) -> str:
    """A setting's path below /proc/sys, of its name as sysctl(8) takes it.

    The first separator decides: in `net.ipv4.conf.eth0/1.rp_filter` and in `net/ipv4/conf/eth0.1/rp_filter` the other
    one belongs to the device's name.
    """
    first = next((letter for letter in text if letter in "./"), "")
    path = text if first == "/" else text.translate(str.maketrans("./", "/."))
    parts = path.split("/")
    if len(parts) < 2 or any(part in ("", ".", "..") for part in parts):
        raise ValueError(_("`{text}` is no setting; write net.ipv4.ip_forward").format(text=text))
    if parts[0] != "net":
        raise ValueError(
            _("`{text}` is the machine's: namespaces have settings of their own only below net").format(text=text)
        )
    return path


def table(text: str) -> str:
    """The number of a routing table; `main`, `local` and `default` have names (ip-route(8))."""
    if text in TABLES:
        return str(TABLES[text])
    if not re.fullmatch(r"[0-9]{1,10}", text) or not 0 < int(text) < 1 << 32:
        raise ValueError(
            _("`{text}` is no routing table; write its number, or one of {names}").format(
                text=text, names=", ".join(TABLES)
            )
        )
    return str(int(text))


def route_table(text: str) -> str:
    """The table of a route; the local one is the kernel's own."""
    if text in ("local", "255"):
        raise ValueError(_("the local table is the kernel's own; checks do not look into it"))
    return table(text)


def table_name(number: int) -> str:
    """The table as `ip rule` shows it."""
    return next((name for name, known in TABLES.items() if known == number), str(number))


def priority(text: str) -> str:
    """The place of a rule among the rules."""
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) >= 1 << 32:
        raise ValueError(_("`{text}` is no priority; it is a number").format(text=text))
    return str(int(text))


def fwmark(text: str) -> str:
    """A mark, with or without a mask, in hexadecimal digits."""
    mark, slash, mask = text.partition("/")
    try:
        numbers = [int(word, 0) for word in ([mark, mask] if slash else [mark])]
    except ValueError:
        numbers = []
    if not numbers or not all(0 <= number < 1 << 32 for number in numbers):
        raise ValueError(_("`{text}` is no mark; write 0x1 or 0x1/0xff").format(text=text))
    return "/".join(map(hex, numbers[:1] if numbers[1:] == [0xFFFFFFFF] else numbers))


def selector(text: str) -> str:
    """What a policy rule says behind `from` and `to`: a prefix, or `all`."""
    return text if text == "all" else str(_ip(ip_network, text, _("a prefix; write 10.0.0.0/24, 10.0.0.1 or all")))


def _one_of(words: Sequence[str], what: str, text: str) -> str:
    spelled = next((word for word in words if word.lower() == text.lower()), None)
    if spelled is None:
        message = _("`{word}` is no {what}{meant}")
        raise ValueError(message.format(word=text, what=what, meant=did_you_mean(text, words)))
    return spelled


def on_off(text: str) -> str:
    """`on` or `off`."""
    return _one_of(("on", "off"), _("state of the carrier"), text)


def operstate(text: str) -> str:
    """A state of RFC 2863, as `ip link` prints it."""
    return _one_of(OPERSTATES, _("operstate"), text)


def port_state(text: str) -> str:
    """A bridge port's state."""
    return _one_of(PORT_STATES, _("state of a port"), text)


def scope(text: str) -> str:
    """An address's scope."""
    return _one_of(SCOPES, _("scope"), text)


def neighbour_state(text: str) -> str:
    """A neighbour entry's state."""
    return _one_of(NEIGHBOUR_STATES, _("state of a neighbour"), text)
