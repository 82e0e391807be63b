"""What stands behind more than is looked at is not taken for absent: `not` lines are not checked there."""

from __future__ import annotations

import pytest
from kernel_world import a_world, as_judge

from nstutor.checks.base import Observation, Status
from nstutor.checks.registry import parse_check
from nstutor.kernel.model import Kind
from nstutor.kernel.observer import MOST_OF_A_KIND
from nstutor.kernel.registry import MOST_NAMES
from nstutor.lesson.model import Line
from nstutor.text.names import HOST

COUNT = MOST_OF_A_KIND + 500
EVERY = f"for i in $(seq {COUNT}); do a=$((i / 250)).$((i % 250)); m=$(printf 2:0:0:0:%x:%x $((i / 250)) $((i % 250)));"
BASE = """ip netns add other; ip -n other link set lo up
ip link add name br0 type bridge; ip link add p0 type veth peer name p1; ip link set p0 master br0 up
ip link set br0 up
"""
HIDDEN: dict[str, tuple[str, str, str]] = {
    "addr": (
        f"{EVERY} echo addr add 10.7.$a/32 dev lo; done | ip -b -; ip addr add 192.168.1.1/24 dev br0",
        "addr 192.168.1.1/24",
        "neigh 192.168.1.1 dev br0",
    ),
    "addr any": (
        f"{EVERY} echo addr add 10.7.$a/32 dev lo; done | ip -b -; ip addr add 192.168.1.1/24 dev br0",
        "addr 192.168.1.1/24 netns any",
        "addr 192.168.1.1/24 netns other",
    ),
    "link": (
        "for i in $(seq 510); do echo link add v$i type veth; done | ip -b -; ip link add name zz type bridge",
        "link zz type bridge",
        "link zz netns other",
    ),
    "link any": (
        "for i in $(seq 510); do echo link add v$i type veth; done | ip -b -; ip link add name zz type bridge",
        "link zz netns any",
        "rule lookup 7",
    ),
    "peer": (
        (
            "for i in $(seq 510); do echo link add v$i type veth; done | ip -b -; "
            "ip -n other link add far type veth peer name near netns 1"
        ),
        "link far netns other peer near",
        "link far netns other up",
    ),
    "route": (
        f"{EVERY} echo route add 10.7.$a/32 dev br0; done | ip -b -; ip route add 203.0.113.0/24 dev br0",
        "route 203.0.113.0/24",
        "addr inet dev br0",
    ),
    "route table": (
        (
            f"{EVERY} echo route add 10.7.$a/32 dev br0 table 9; done | ip -b -; "
            "ip route add 203.0.113.0/24 dev br0 table 9"
        ),
        "route 203.0.113.0/24 table 9",
        "route 203.0.113.0/24",
    ),
    "rule": (
        (
            f"{EVERY} echo rule add pref $i from 10.7.$a lookup 9; done | ip -b -; "
            "ip rule add pref 30000 from 10.8.0.1 lookup 8"
        ),
        "rule from 10.8.0.1 lookup 8",
        "addr inet dev br0",
    ),
    "neigh": (
        f"{EVERY} echo neigh add 10.7.$a dev br0 lladdr $m nud permanent; done | ip -b -",
        "neigh 203.0.113.1",
        "addr inet dev br0",
    ),
    "fdb": (
        f"{EVERY} echo fdb add $m dev p0 master static; done | bridge -b -",
        "fdb 02:01:01:01:01:01 dev p0",
        "addr inet dev br0",
    ),
    "netns": (
        f"ip netns add eden; cd /run/netns; for i in $(seq {MOST_NAMES}); do echo f$i; done | xargs touch",
        "netns eden",
        "addr inet dev br0",
    ),
}
"""How there comes to be too much, a fact that may be true beyond what is read, and one that is certainly not.

The kernel gives neighbours and forwarding entries in no order: any that was not read may be among the others.
"""


def line(text: str) -> Line:
    """A line of a lesson."""
    return Line(text, 1)


@pytest.mark.parametrize("name", HIDDEN)
@as_judge
def test_what_is_not_looked_at_is_not_denied(name: str) -> None:
    """Neither stated nor denied where it may be; denied as ever elsewhere."""
    setup, hidden, absent = HIDDEN[name]
    with a_world(BASE + setup) as world, world.observer() as observer:
        for text, status in ((f"not {hidden}", Status.NOT_CHECKED), (f"not {absent}", Status.PASSED)):
            check = parse_check(line(text), "lesson.md")
            verdict = check.judge(Observation(observer.snapshot(check.needs)))
            assert verdict.status is status, (text, verdict)
        stated = parse_check(line(hidden), "lesson.md")
        snapshot = observer.snapshot(stated.needs)
        assert stated.judge(Observation(snapshot)).status in (Status.NOT_CHECKED, Status.PASSED)
        if name == "neigh":
            assert snapshot.namespaces[HOST].cut == {Kind.NEIGHBOURS.value}
