"""What a namespace filters and translates, as the machine's own programs print it.

`iptables-save` and `nft` know every extension by its words; netlink shows most of them as opaque bytes. They run as
children in the namespace, and only when it has changed: the kernel counts the changes of nftables, and tells which
tables the older iptables has there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import struct
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nstutor.kernel import iptables, nftables
from nstutor.kernel.parts import Chain, Netfilter
from nstutor.kernel.rtnl import RequestSocket, attributes
from nstutor.language import _

NETLINK_NETFILTER = 12
NFT_MSG_GETGEN = 10 << 8 | 16  # NFNL_SUBSYS_NFTABLES, linux/netfilter/nfnetlink.h
NFTA_GEN_ID = 1
UNTOUCHED = 1
"""The number of a namespace whose nftables nobody has changed (nf_tables_init_net)."""
SECONDS = 5.0
FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where the programs live, and where an ordinary user's PATH does not look."""
FAMILIES = ((4, "ip", "iptables"), (6, "ip6", "ip6tables"))
COUNTS_RE = re.compile(r"\[\d+:\d+\]|^#.*$", re.MULTILINE)
"""What differs from one printing to the next: counters, and comments with the time of day."""
INCOMPATIBLE_RE = re.compile(r"# Table `(?P<table>\S+)' (?:is incompatible|contains incompatible)")

Start = Callable[[Sequence[str]], "subprocess.Popen[str]"]
"""Starts a program in the namespace."""
Search = Callable[[str], "str | None"]
"""The path of a program; None if there is none."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Changes with every change of what a namespace filters; equal as long as there is none."""

    cookie: int
    """Which namespace it is: the numbers of files and of changes come again in another one (SO_NETNS_COOKIE)."""
    generation: int
    legacy: tuple[str, ...]
    """What iptables-legacy's own saving programs print, without counters; empty where it has no tables."""

    @property
    def untouched(self) -> bool:
        """Whether nobody has filtered anything yet."""
        return self.generation == UNTOUCHED and not any(self.legacy)


def _generation(inside: RequestSocket) -> int:
    """A number that every change of nftables makes larger; `UNTOUCHED` without any."""
    try:
        payload = inside.get(NFT_MSG_GETGEN, struct.pack("=BBH", socket.AF_UNSPEC, 0, 0))
    except OSError:
        return UNTOUCHED  # a kernel without nftables
    number = dict(attributes(payload, 4)).get(NFTA_GEN_ID, b"")
    return int.from_bytes(number, "big") or UNTOUCHED


def has_legacy() -> tuple[bool, bool]:
    """Whether the older iptables has tables in the namespace of the calling thread: for IPv4, for IPv6.

    A list that cannot be read is taken for an empty one, for it cannot be read by anybody: it belongs to the root of
    the namespace's user namespace as mapped when it was made (xt_proto_init), and host is made before there is a map.
    """
    return _has_names("ip_tables_names"), _has_names("ip6_tables_names")


def _has_names(name: str) -> bool:
    try:
        with open(f"/proc/thread-self/net/{name}", "rb") as file:
            return bool(file.read(1))
    except OSError:
        return False


def stamp(start: Start, inside: RequestSocket, has: tuple[bool, bool]) -> Stamp:
    """The stamp of a namespace which `has_legacy`, by a NETLINK_NETFILTER socket in it."""
    legacy = (_legacy_text(start, command) if there else "" for there, (*_, command) in zip(has, FAMILIES, strict=True))
    return Stamp(inside.netns_cookie(), _generation(inside), tuple(legacy))


def _legacy_text(start: Start, command: str) -> str:
    try:
        return COUNTS_RE.sub("", _legacy(start, command))
    except ValueError as error:
        return str(error)  # it will be said by whoever reads the chains


def read(start: Start, now: Stamp, netns: str, search: Search | None = None) -> Netfilter:
    """The chains of the namespace that is called `netns` and has this stamp, with their counters."""
    if now.untouched:
        return Netfilter()
    try:
        return Netfilter(tuple(_chains(start, now, netns, search or find)))
    except (OSError, ValueError) as error:
        return Netfilter(unread=str(error))


def _chains(start: Start, now: Stamp, netns: str, search: Search) -> Iterator[Chain]:
    for text, (family, _name, command) in zip(now.legacy, FAMILIES, strict=True):
        if text:
            yield from iptables.chains_of(_legacy(start, command), netns, family)
    if now.generation != UNTOUCHED:
        yield from _newer(start, netns, search)


def _newer(start: Start, netns: str, search: Search) -> Iterator[Chain]:
    """What `iptables-nft` and `nft` have put there: one format in the kernel, but each knows its own best."""
    known: set[tuple[str, str]] = set()
    saves = [(family, name, search(f"{command}-nft-save")) for family, name, command in FAMILIES]
    nft = search("nft")
    if nft is None and not any(path for *_, path in saves):
        raise ValueError(_("neither `iptables-save` nor `nft` is installed"))
    for family, name, path in saves:
        text = _run(start, [path, "-c"]) if path else ""
        foreign = {match["table"] for match in INCOMPATIBLE_RE.finditer(text)}
        chains = [chain for chain in iptables.chains_of(text, netns, family) if chain.table not in foreign]
        known |= {(name, chain.table) for chain in chains}
        yield from chains
    if nft is not None:
        yield from nftables.chains_of(_json(_run(start, [nft, "-j", "list", "ruleset"])), netns, known)


def _json(text: str) -> Any:  # noqa: ANN401 - it is JSON
    return json.loads(text) if text.strip() else {}


def _legacy(start: Start, command: str) -> str:
    path = find(f"{command}-legacy-save") or find(f"{command}-save")
    return _run(start, [path, "-c"]) if path else ""


def find(name: str) -> str | None:
    """The path of a program; None if there is none."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *FOLDERS)))


def _run(start: Start, command: Sequence[str]) -> str:
    """What a program prints. ValueError with its own words where it fails, or does not end."""
    name = os.path.basename(command[0])
    with start(command) as child:
        try:
            output, complaint = child.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise ValueError(_("`{program}` did not end").format(program=name)) from None
    if child.returncode:
        lines = complaint.strip().splitlines()
        message = _("`{program}` failed: {complaint}") if lines else _("`{program}` failed without a word")
        raise ValueError(message.format(program=name, complaint=lines[-1] if lines else ""))
    return output


def popen(command: Sequence[str]) -> subprocess.Popen[str]:
    """Start a program in the namespace of the calling thread."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
    )
