"""What must be the same on the machine before and after the tests."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping

from nstutor.lab.tools import find

LISTINGS = {
    "links": ("-d", "-j", "link"),
    "addresses": ("-j", "addr"),
    "routes": ("-j", "route", "show", "table", "all"),
    "routes6": ("-6", "-j", "route", "show", "table", "all"),
    "rules": ("-j", "rule"),
    "rules6": ("-6", "-j", "rule"),
}
CHANGES_BY_ITSELF = frozenset({"valid_life_time", "preferred_life_time", "expires", "age", "users", "used", "stats64"})
SYSCTLS = (
    "kernel/hostname",
    "kernel/domainname",
    "kernel/core_pattern",
    "kernel/modprobe",
    "kernel/panic",
    "kernel/pid_max",
    "kernel/printk",
    "kernel/randomize_va_space",
    "kernel/shmall",
    "kernel/sysrq",
    "kernel/threads-max",
    "fs/file-max",
    "vm/overcommit_memory",
    "vm/swappiness",
    "net/ipv4/ip_forward",
    "net/ipv4/ping_group_range",
    "net/ipv4/icmp_ratelimit",
    "net/ipv4/conf/all/rp_filter",
    "net/ipv4/conf/default/proxy_arp",
    "net/ipv6/conf/all/forwarding",
    "user/max_user_namespaces",
    "user/max_net_namespaces",
    "user/max_mnt_namespaces",
)

FILES = (
    "/etc/bash.bashrc",
    "/etc/group",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/profile",
    "/etc/resolv.conf",
    "/etc/netns",
    "/boot",
    "/bin/sh",
    "/usr",
    "/usr/bin/env",
)
"""What an attack would want to write to."""
PLACES = (
    "/",
    "/boot",
    "/dev",
    "/dev/shm",
    "/etc",
    "/home",
    "/mnt",
    "/opt",
    "/root",
    "/run",
    "/srv",
    "/sys/fs/cgroup",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/var",
    "/var/tmp",
)

State = Mapping[str, object]


def machine_state() -> State:
    """Links, addresses, routes, rules, mounts, named namespaces, settings and files, as this process sees them."""
    network = {name: _listing(words) for name, words in LISTINGS.items()}
    settings = {key: _read(f"/proc/sys/{key}") for key in SYSCTLS}
    files = {path: _facts(path) for path in FILES}
    return {**network, **settings, **files, "mounts": _mounts(), "netns": _names("/run/netns")}


def marked(mark: str) -> list[str]:
    """The files with that in their names, in the places where anybody would put one."""
    return [os.path.join(place, name) for place in PLACES for name in _names(place) if mark in name]


def processes_with(word: str) -> list[str]:
    """The command lines of the machine's processes that have this word."""
    lines = [_read(f"/proc/{pid}/cmdline") for pid in os.listdir("/proc") if pid.isdigit()]
    return [line for line in lines if line and word in line.split("\0")]


def differences(before: State, after: State) -> list[str]:
    """What changed, one line each; empty if nothing did."""
    return [f"{key}:\n  before {before[key]}\n  after  {after[key]}" for key in before if before[key] != after[key]]


def home_state(home: str) -> State:
    """The names in a home, and how nstutor's own folders there look."""
    folders = [os.path.join(home, *parts, "nstutor") for parts in ((".local", "share"), (".local", "state"))]
    return {home: _names(home), **{folder: _tree(folder) for folder in folders}}


def _listing(words: tuple[str, ...]) -> object:
    """What ip lists, without what changes by itself."""
    ip = find("ip")
    if ip is None:
        return None
    # A table that does not exist (no IPv6 here) is an empty listing, whatever the status says.
    answer = subprocess.run((ip, *words), capture_output=True, text=True, check=False)
    return _steady(json.loads(answer.stdout or "[]"))


def _steady(value: object) -> object:
    """The value without counters, timers and lifetimes."""
    if isinstance(value, list):
        return [_steady(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _steady(item) for key, item in value.items() if key not in CHANGES_BY_ITSELF and not key.endswith("_timer")
    }


def _facts(path: str) -> tuple[int, ...] | None:
    """Size, mode, owner and time of the last change."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mode, found.st_uid, found.st_mtime_ns


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def _mounts() -> list[str]:
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        return sorted(file)


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _tree(folder: str) -> list[tuple[str, int]]:
    """Each file below the folder with the time of its last change."""
    paths = (os.path.join(place, name) for place, _, names in os.walk(folder) for name in names)
    return sorted((path, os.stat(path).st_mtime_ns) for path in paths)
