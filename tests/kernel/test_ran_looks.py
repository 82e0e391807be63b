"""Which executions count as looks: real programs in a real world, judged as a lesson's `ran` lines."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from kernel_world import World, a_world, as_judge
from test_kernel_executions import run

from nstutor.checks.base import Observation, Status
from nstutor.checks.registry import parse_check
from nstutor.kernel.model import Execution
from nstutor.lesson.model import Line

WORLD = """
ip netns add a; ip -n a link set lo up; ip -n a addr add 10.0.0.1/24 dev lo
ip link add br0 type bridge; ip link set br0 up; ip addr add 10.5.0.1/24 dev br0
"""


class Row(NamedTuple):
    """A command line, what a lesson asks for, and whether it is a look."""

    line: str
    wanted: str
    counts: bool


ROWS = [
    *(
        Row(line, "ping 127.0.0.1", True)
        for line in (
            "ping -c1 127.0.0.1",
            "/usr/bin/ping -c 1 -W 1 127.0.0.1",
            "ping -qc1 127.0.0.1",
            "sh -c 'ping -c1 127.0.0.1'",
            "p() { ping -c1 127.0.0.1; }; p",
            "timeout 0.2 ping 127.0.0.1",
            "timeout -s KILL 0.2 ping 127.0.0.1",
            "ip netns exec a ping -c 1 127.0.0.1",
            "ping -c1 -I lo 127.0.0.1",
            "ping -c1 -I 127.0.0.1 127.0.0.1",
            "command ping -c1 127.0.0.1",
            "env ping -c1 127.0.0.1",
            "cd /usr/bin; ./ping -c1 127.0.0.1",
            "ln -sf /usr/bin/ping /tmp/ping; /tmp/ping -c1 127.0.0.1",
        )
    ),
    *(
        Row(line, "ping 127.0.0.1", False)
        for line in (
            "ping - c 3 127.0.0.1",
            "ping -h 127.0.0.1",
            "ping -V 127.0.0.1",
            "ping --help 127.0.0.1",
            "ping -c abc 127.0.0.1",
            "ping -c 0 127.0.0.1",
            "ping -c1 -I eth9 127.0.0.1",
            "ping -c1 -y 127.0.0.1",
            "ping -c1 -I 10.77.0.1 127.0.0.1",
            "ip netns exec nosuch ping -c1 127.0.0.1",
            "echo ping 127.0.0.1",
        )
    ),
    Row("ping -c1 10.9.9.9", "ping 10.9.9.9", True),
    Row("ping -W1 -c1 10.5.0.77", "ping 10.5.0.77", True),
    Row("ping -c1 nosuch", "ping nosuch", False),
    Row("ping", "ping", False),
    *(
        Row(line, "ip addr", True)
        for line in (
            "ip addr",
            "ip a s lo",
            "ip -br -c a",
            "ip -n a addr show lo",
            "ip addr | head -c 1",
            "ip netns exec a ip a",
        )
    ),
    *(
        Row(line, "ip addr", False)
        for line in (
            "ip addr show eth1",
            "ip -V addr",
            "ip -4 -V addr",
            "ip addr help",
            "ip addr show foo bar",
            "ip -n no addr",
        )
    ),
    *(
        Row(line, "ip link", counts)
        for line, counts in (
            ("ip link", True),
            ("ip link shwo", False),
            ("ip lnik", False),
            ("ip link show up", True),
            ("ip link show master eth9", False),
            ("ip link show dev lo", True),
        )
    ),
    Row("ip route get 9.9.9.9", "ip route get 9.9.9.9", True),
    Row("ip route show table 777", "ip route", False),
    Row("ip route", "ip route", True),
    Row("ip neigh show dev eth9", "ip neigh", False),
    Row("ip neigh", "ip neigh", True),
    Row("ip netns ls", "ip netns ls", True),
    Row("ip netns exec a true", "ip netns exec a true", True),
    Row("ip netns exec no true", "ip netns exec no true", False),
    *(
        Row(line, "bridge fdb", counts)
        for line, counts in (
            ("bridge fdb", True),
            ("bridge fdb show br br0", True),
            ("bridge fdb show br eth9", False),
            ("bridge fdb show dev eth9", False),
            ("bridge fdb help", False),
            ("bridge -V fdb", False),
        )
    ),
    *(
        Row(line, "ss", counts)
        for line, counts in (
            ("ss -tln", True),
            ("ss -h", False),
            ("ss -V", False),
            ("ss --foo", False),
            ("ss -N nosuch", False),
        )
    ),
    *(
        Row(line, "tcpdump", counts)
        for line, counts in (
            ("tcpdump -h", False),
            ("tcpdump -D", True),
            ("tcpdump -i eth9", False),
            ("tcpdump --version", False),
            ("tcpdump -i lo foo bar", False),
        )
    ),
    *(
        Row(line, "traceroute", counts)
        for line, counts in (
            ("traceroute 127.0.0.1", True),
            ("traceroute -n 9.9.9.9", True),
            ("traceroute nosuch", False),
            ("traceroute", False),
            ("traceroute -V", False),
            ("traceroute --help", False),
            ("traceroute - n 127.0.0.1", False),
            ("traceroute -i eth9 127.0.0.1", False),
        )
    ),
    *(
        Row(line, "ifconfig", counts)
        for line, counts in (
            ("ifconfig", True),
            ("ifconfig -a", True),
            ("ifconfig lo", True),
            ("ifconfig eth9", False),
            ("ifconfig -h", False),
            ("ifconfig --help", False),
            ("ifconfig -V", False),
            ("ifconfig -x", False),
        )
    ),
    *(
        Row(line, "route", counts)
        for line, counts in (
            ("route", True),
            ("route -n", True),
            ("ip netns exec a route -n", True),
            ("route -h", False),
            ("route -V", False),
            ("route -x", False),
            ("route foo", False),
            ("route -A foo", False),
        )
    ),
    *(
        Row(line, "arp", counts)
        for line, counts in (
            ("arp", True),
            ("arp -n", True),
            ("arp 10.0.0.9", True),
            ("arp -i br0", True),
            ("arp -i eth9", False),
            ("arp -V", False),
            ("arp -x", False),
            ("arp nosuch", False),
        )
    ),
    *(
        Row(line, "netstat", counts)
        for line, counts in (
            ("netstat -tln", True),
            ("netstat -h", False),
            ("netstat --foo", False),
            ("netstat -V", False),
        )
    ),
    *(
        Row(line, "brctl", counts)
        for line, counts in (
            ("brctl show", True),
            ("brctl show br0", True),
            ("brctl show eth9", False),
            ("brctl -h", False),
            ("brctl foo", False),
            ("brctl", False),
        )
    ),
    *(
        Row(line, "iptables", counts)
        for line, counts in (
            ("iptables -nvL", True),
            ("iptables -S", True),
            ("iptables -t nat -L", True),
            ("iptables -L NOSUCH", False),
            ("iptables -h", False),
            ("iptables -V", False),
            ("iptables", False),
            ("iptables -t foo -L", False),
        )
    ),
    *(
        Row(line, "nft", counts)
        for line, counts in (
            ("nft list ruleset", True),
            ("nft list table ip nosuch", False),
            ("nft -h", False),
            ("nft -v", False),
            ("nft foo", False),
        )
    ),
    *(
        Row(line, "curl", counts)
        for line, counts in (
            ("curl -s http://127.0.0.1:9", True),
            ("curl -s http://9.9.9.9", True),
            ("curl --help", False),
            ("curl -V", False),
            ("curl", False),
            ("curl -s http://nosuch.invalid", False),
            ("curl --foo", False),
        )
    ),
    *(
        Row(line, "sysctl", counts)
        for line, counts in (
            ("sysctl net.ipv4.ip_forward", True),
            ("sysctl net.foo", False),
            ("sysctl -h", False),
            ("sysctl", False),
        )
    ),
    *(
        Row(line, "cat", counts)
        for line, counts in (("cat /proc/net/arp", True), ("cat /proc/net/nosuch", False), ("cat --help", False))
    ),
    Row("nc -z 127.0.0.1 9", "nc", True),
    Row("nc -h", "nc", False),
    Row("nc -z nosuch 9", "nc", False),
    Row("conntrack -h", "conntrack", False),
    Row("grep nosuch /proc/net/arp", "grep nosuch", True),
    Row("grep x /nosuch", "grep x", False),
    Row("ldd /bin/true", "ldd", True),  # a script of the system's
    Row("exec -a iptables $(readlink -f /usr/sbin/iptables) -nvL", "iptables", True),  # one file of many names
    Row("sh -c 'exit 3'", "sh", True),
    Row("bash /nosuch", "bash", False),
]

PARTS = 4
"""One bash has twenty seconds."""
FAKES = [
    "exec -a ping /bin/true 127.0.0.1",
    "bash -c 'exec -a ping /bin/true 127.0.0.1'",
    "bash -c 'exec -a /usr/bin/ping /bin/true 127.0.0.1'",
    "cp /bin/true /tmp/copied/ping; /tmp/copied/ping 127.0.0.1",
    "cp /usr/bin/ping /tmp/copied/ping; /tmp/copied/ping -c1 127.0.0.1",
    "ln -sf /bin/true /tmp/linked/ping; /tmp/linked/ping 127.0.0.1",
    "ln -sf /bin/true /tmp/linked/ping; PATH=/tmp/linked:$PATH; hash -r; ping 127.0.0.1",
    "printf '#!/bin/sh\\n' > /tmp/own/ping; chmod +x /tmp/own/ping; PATH=/tmp/own:$PATH; hash -r; ping 127.0.0.1",
    "ping() { true; }; ping 127.0.0.1",
    "shopt -s expand_aliases; alias ping='true ping'\neval 'ping 127.0.0.1'",
    "LD_PRELOAD=/tmp/x.so ping -c1 127.0.0.1",
    "LD_AUDIT=/tmp/x.so ping -c1 127.0.0.1",
    "LD_LIBRARY_PATH=/tmp ping -c1 127.0.0.1",
    "unshare -m sh -c 'mount --bind /bin/true /usr/bin/ping; ping 127.0.0.1'",
    "unshare -m sh -c 'mount --bind /bin/true $(readlink -f /usr/bin/ping); exec /usr/bin/ping 127.0.0.1'",
    (
        "cp $(ldd /usr/bin/ping | grep -o '/[^ ]*libc.so.6') /tmp/libc; "
        "unshare -m sh -c 'mount --bind /tmp/libc $(ldd /usr/bin/ping | grep -o \"/[^ "
        "]*libc.so.6\"); ping -c1 127.0.0.1'"
    ),
    "unshare -m sh -c 'echo /tmp/x.so > /tmp/x; mount --bind /tmp/x /etc/ld.so.cache; ping -c1 127.0.0.1'",
]
"""Lines that only look as if the system's ping had asked 127.0.0.1."""


def between(executions: Sequence[Execution], number: int) -> tuple[Execution, ...]:
    """What was executed for the row with that number: the rows are marked by `true N`."""
    marks = [index for index, one in enumerate(executions) if one.argv[:1] == ("mark",)]
    return tuple(executions[marks[number] + 1 : marks[number + 1]])


def judged(world: World, lines: Sequence[str], wanted: Sequence[str]) -> list[tuple[Status, str]]:
    """What `ran -- WANTED` comes to for each line, run one after the other by one bash."""
    rows = "\n".join(f"(exec -a mark true)\n(\n{line}\n) >/dev/null 2>&1 </dev/null" for line in lines)
    done = run(world, f"mkdir -p /tmp/copied /tmp/linked /tmp/own\n{rows}\n(exec -a mark true)\n:").since(0)
    with world.observer() as observer:
        snapshot = observer.snapshot()
    checks = [parse_check(Line(f"ran -- {words}", 1), "lesson.md") for words in wanted]
    verdicts = [check.judge(Observation(snapshot, between(done, number))) for number, check in enumerate(checks)]
    return [(verdict.status, verdict.message) for verdict in verdicts]


@pytest.mark.parametrize("part", range(PARTS))
def test_what_came_to_an_answer_is_a_look(part: int) -> None:
    """And nothing else: each program of the table of docs/checks.md, as it really ends."""
    rows = [row for row in ROWS if shutil.which(row.wanted.split()[0], path="/usr/sbin:/usr/bin:/sbin:/bin")]
    assert len(rows) > 100
    _judge_rows(rows[part::PARTS])


@as_judge
def _judge_rows(rows: Sequence[Row]) -> None:
    with a_world(WORLD) as world:
        found = judged(world, [row.line for row in rows], [row.wanted for row in rows])
    wrong = [
        (row.line, row.counts, verdict)
        for row, verdict in zip(rows, found, strict=True)
        if (verdict[0] is Status.PASSED) != row.counts
    ]
    assert not wrong, "\n".join(map(str, wrong))


@as_judge
def test_only_the_systems_program_counts() -> None:
    """Not what bears its name, nor what was put in front of it."""
    with a_world(WORLD) as world:
        found = judged(world, FAKES, ["ping 127.0.0.1"] * len(FAKES))
    assert not [line for line, verdict in zip(FAKES, found, strict=True) if verdict[0] is not Status.FAILED], found
