"""The programs that the lab uses, and the packages that bring them.

Standard library only: it is read before nstutor's own environment exists.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from glob import glob

from nstutor.text.i18n import N_

SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where route, tcpdump and iptables live, and where an ordinary user's PATH does not look."""

VENV = N_("python venv")


class Need(Enum):
    """What a program is for."""

    LAB = N_("needed")
    NICE = N_("nice to have")
    TESTS = N_("tests")
    VENV = N_("environment")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program, and the package that brings it: `package`, or `packages[manager]` where that one has another name."""

    name: str
    need: Need
    package: str
    packages: Mapping[str, str] = field(default_factory=dict)
    busybox_will_do: bool = True
    """Whether busybox's program of that name is good enough (its `ip` knows no namespaces)."""

    def package_of(self, manager: str) -> str:
        """The package's name under the package manager of that name."""
        return self.packages.get(manager, self.package)


_IPROUTE = {"dnf": "iproute", "yum": "iproute"}
_NET_TOOLS = {"zypper": "net-tools-deprecated"}

TOOLS = (
    Tool("ip", Need.LAB, "iproute2", _IPROUTE, busybox_will_do=False),
    Tool("bridge", Need.LAB, "iproute2", _IPROUTE),
    Tool("ping", Need.LAB, "iputils", {"apt-get": "iputils-ping"}),
    Tool("traceroute", Need.LAB, "traceroute"),
    Tool("route", Need.LAB, "net-tools", _NET_TOOLS),
    Tool("ifconfig", Need.LAB, "net-tools", _NET_TOOLS),
    Tool("iptables", Need.LAB, "iptables", {"dnf": "iptables-nft"}),
    Tool("tcpdump", Need.LAB, "tcpdump"),
    Tool("bash", Need.LAB, "bash"),
    Tool("brctl", Need.NICE, "bridge-utils"),
    Tool("nft", Need.NICE, "nftables"),
    Tool("less", Need.NICE, "less"),
    Tool("vim", Need.NICE, "vim", {"dnf": "vim-enhanced", "yum": "vim-enhanced"}),
    Tool("tmux", Need.TESTS, "tmux"),
)

BESIDE = {
    "ss": "ip",
    "tc": "ip",
    "ping4": "ping",
    "ping6": "ping",
    "traceroute6": "traceroute",
    "arp": "route",
    "netstat": "route",
    "ip6tables": "iptables",
    "iptables-save": "iptables",
    "iptables-restore": "iptables",
}
"""Programs that come with one of those, in its package."""

OTHERS = (
    Tool("arping", Need.NICE, "iputils", {"apt-get": "iputils-arping"}),
    Tool("conntrack", Need.NICE, "conntrack-tools", {"apt-get": "conntrack"}),
    Tool("dig", Need.NICE, "bind-utils", {"apt-get": "dnsutils", "pacman": "bind", "apk": "bind-tools"}),
    Tool("ethtool", Need.NICE, "ethtool"),
    Tool("iperf3", Need.NICE, "iperf3"),
    Tool("mtr", Need.NICE, "mtr", {"apt-get": "mtr-tiny"}),
    Tool("nc", Need.NICE, "netcat-openbsd", {"dnf": "nmap-ncat", "yum": "nmap-ncat", "pacman": "openbsd-netcat"}),
    Tool("nmap", Need.NICE, "nmap"),
    Tool("socat", Need.NICE, "socat"),
    Tool("tshark", Need.NICE, "wireshark-cli", {"apt-get": "tshark", "zypper": "wireshark", "apk": "tshark"}),
)
"""Programs that no lesson needs, and that people type all the same."""


@dataclass(frozen=True, slots=True)
class Manager:
    """A package manager: the program, how it installs without asking back, how it fetches its lists."""

    name: str
    install: tuple[str, ...]
    refresh: tuple[str, ...] = ()
    lists: str = ""
    """A pattern that matches no file before the lists were fetched; empty where `install` fetches them itself."""

    def commands(self, packages: Iterable[str]) -> list[tuple[str, ...]]:
        """The commands that install the packages: the lists first, where there are none yet."""
        quiet = ("env", "DEBIAN_FRONTEND=noninteractive") if self.name == "apt-get" else ()
        lists_missing = self.lists and not glob(self.lists)
        fetch = [(*quiet, self.name, *self.refresh)] if lists_missing else []
        return [*fetch, (*quiet, self.name, *self.install, *packages)]


MANAGERS = (
    Manager("apt-get", ("install", "--yes", "--no-install-recommends"), ("update",), "/var/lib/apt/lists/*_Packages*"),
    Manager("dnf", ("install", "--assumeyes")),
    Manager("yum", ("install", "--assumeyes")),
    Manager("zypper", ("--non-interactive", "install")),
    Manager("pacman", ("--sync", "--needed", "--noconfirm"), ("--sync", "--refresh"), "/var/lib/pacman/sync/*.db"),
    Manager("apk", ("add", "--update-cache")),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What became of the search for a program: its path, or None; and the package that brings it, if one does."""

    name: str
    need: Need
    path: str | None
    package: str | None


def search_path() -> str:
    """PATH with the system folders behind it."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS))


def find(name: str) -> str | None:
    """The path of a program, also of one that only root's PATH names; None if there is none."""
    return shutil.which(name, path=search_path())


def package_manager() -> Manager | None:
    """The machine's own package manager."""
    return next((manager for manager in MANAGERS if find(manager.name)), None)


def look(tool: Tool, manager: Manager | None) -> Found:
    """Search for one program."""
    path = find(tool.name)
    if path and not tool.busybox_will_do and os.path.basename(os.path.realpath(path)) == "busybox":
        path = None
    return Found(tool.name, tool.need, path, tool.package_of(manager.name) if manager else None)


def venv_package(manager: Manager | None) -> str | None:
    """The package that completes this Python: Debian's comes without ensurepip (its README.Debian says why)."""
    if manager is None or sys.base_prefix != "/usr":
        return None
    major, minor = sys.version_info[:2]
    return f"python{major}.{minor}-venv" if manager.name == "apt-get" else "python3"


def look_for_venv(manager: Manager | None) -> Found:
    """Whether this Python can make virtual environments with pip in them: it needs venv and ensurepip."""
    specs = [importlib.util.find_spec(name) for name in ("venv", "ensurepip")]
    path = specs[1].origin if all(specs) and specs[1] else None
    return Found(VENV, Need.VENV, path, venv_package(manager))


def look_for_all(needs: Iterable[Need], manager: Manager | None) -> tuple[Found, ...]:
    """Search for every program that is for one of these needs."""
    wanted = frozenset(needs)
    found = [look(tool, manager) for tool in TOOLS if tool.need in wanted]
    return (*found, look_for_venv(manager)) if Need.VENV in wanted else tuple(found)


def packages_for(missing: Iterable[Found]) -> tuple[str, ...]:
    """The packages that bring the missing programs, each once, in order."""
    return tuple(dict.fromkeys(found.package for found in missing if found.path is None and found.package))
