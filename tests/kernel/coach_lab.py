"""Runs one line of bash in a throw-away world and tells what a shell would show, with `ip -j` as the eye."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from ipaddress import ip_interface, ip_network
from typing import Any

from nstutor.coach.explain import Attempt
from nstutor.kernel.model import Address, Link, Namespace, Neighbour, Route, Snapshot
from nstutor.text.names import HOST

_SCRIPT = r"""
mount -t tmpfs tmpfs /run && mkdir -p /run/netns /run/home && cd /run/home || exit 99
mount -t sysfs sysfs /sys 2>/dev/null
tables="-d_link addr route_show_table_main neigh netns_list-id"
look() {
  echo "@netns host"; for what in $tables; do ip -j ${what//_/ }; echo; done
  for path in /run/netns/*; do
    [ -e "$path" ] || continue
    name="${path##*/}"; echo "@netns $name"
    for what in $tables; do ip -n "$name" -j ${what//_/ } 2>/dev/null; echo; done
  done
}
exec 3>&1
set -e; eval "$SETUP" >/dev/null; set +e
before="$(look 2>/dev/null)"
export HOME=/run/home LC_ALL=C.UTF-8
if [ -n "$WITHIN" ]; then output="$(ip netns exec "$WITHIN" bash -c "$LINE" 2>&1 </dev/null)"
else output="$(bash -c "$LINE" 2>&1 </dev/null)"; fi
status=$?
printf '%s\0%s\0%s\0%s' "$before" "$(look 2>/dev/null)" "$status" "$output" >&3
"""
_COMMAND = (
    *("unshare", "--user", "--map-root-user", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child"),
    *("bash", "-c", _SCRIPT),
)


def attempt(line: str, setup: str = "", within: str = "") -> Attempt:
    """The attempt as the coach gets it; `within` is the namespace whose shell runs the line."""
    environment = {**os.environ, "SETUP": setup, "LINE": line, "WITHIN": within}
    done = subprocess.run(_COMMAND, env=environment, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    before, after, status, output = done.stdout.decode().split("\0")
    return Attempt(line, output, int(status), within or HOST, _snapshot(before), _snapshot(after))


def _snapshot(text: str) -> Snapshot:
    parts = [block.split("\n") for block in text.split("@netns ")[1:]]
    read = {lines[0]: [json.loads(line) for line in lines[1:] if line.strip()] for lines in parts}
    alive = {name: tables for name, tables in read.items() if len(tables) == 5}
    spaces = {name: _namespace(name, number, tables) for number, (name, tables) in enumerate(alive.items())}
    return Snapshot(_with_peers(spaces), frozenset(read.keys() - alive.keys()))


def _namespace(name: str, number: int, tables: list[Any]) -> Namespace:
    links, addresses, routes, neighbours, ids = tables
    spaces = {space["nsid"]: space.get("name", HOST) for space in ids}
    return Namespace(
        name,
        (4, number),
        tuple(_link(name, link, spaces) for link in links),
        tuple(
            Address(name, link["ifname"], ip_interface(f"{a['local']}/{a['prefixlen']}"), a["scope"])
            for link in addresses
            for a in link.get("addr_info", ())
        ),
        tuple(
            Route(
                name,
                ip_network("0.0.0.0/0" if r["dst"] == "default" else r["dst"]),
                r.get("gateway"),
                r.get("dev"),
                r.get("prefsrc"),
                r.get("metric"),
                r.get("type", "unicast"),
            )
            for r in routes
        ),
        (),
        tuple(Neighbour(name, n["dst"], n.get("lladdr"), n["dev"], n["state"][0]) for n in neighbours),
    )


def _link(netns: str, link: dict[str, Any], spaces: dict[int, str]) -> Link:
    kind = link.get("linkinfo", {}).get("info_kind")
    loopback = link["link_type"] == "loopback"
    peer = link.get("link") or link.get("link_index")
    return Link(
        netns,
        link["ifindex"],
        link["ifname"],
        "loopback" if loopback else kind,
        "UP" in link["flags"],
        "LOWER_UP" in link["flags"],
        link["operstate"],
        link["mtu"],
        link.get("address"),
        link.get("master"),
        None,
        None if peer is None else str(peer),
        spaces.get(link.get("link_netnsid", -1), netns),
        loopback,
    )


def _with_peers(spaces: dict[str, Namespace]) -> dict[str, Namespace]:
    """`ip` gives the other end's index only; namespaces without a name are host here."""
    names = {(link.netns, str(link.index)): link.name for space in spaces.values() for link in space.links}

    def named(link: Link) -> Link:
        if link.type != "veth":
            return link._replace(peer=None, peernetns=None)
        return link._replace(peer=names.get((link.peernetns or "", link.peer or ""), link.peer))

    return {name: replace(space, links=tuple(map(named, space.links))) for name, space in spaces.items()}
