"""Slips in a command, and the mutants that are made of a solution."""

from __future__ import annotations

import pytest

from nstutor.proof.model import Command, Mutant, Names, StepReference
from nstutor.proof.slips import mutants, slips

NAMES = Names(
    {"host": ("lo", "wangpo", "wp2xmq"), "x-ns": ("lo", "xmq2wp"), "p-ns": ("lo", "pjl2wp")},
    ("192.168.188.96/24", "192.168.188.69/24"),
)
ALONE = Names({"host": ("lo",), "greenland": ("lo",)})

# The command, where it is typed, and all slips in it.
SLIPS: list[tuple[str, Names, set[str]]] = [
    ("ip netns add x-ns", NAMES, {"ip netns add p-ns"}),
    ("ip netns add greenland", ALONE, set()),
    ("ip link set wangpo up", NAMES, {"ip link set wp2xmq up", "ip link set wangpo down"}),
    (
        "ip link set wp2xmq master wangpo",
        NAMES,
        {"ip link set lo master wangpo", "ip link set wp2xmq master wp2xmq", "ip link set wangpo master wp2xmq"},
    ),
    (
        "ip link add br0 type veth master wangpo",
        NAMES,
        {"ip link add br0 type veth master wp2xmq", "ip link add br0 type veth"},
    ),
    (
        "ip -n x-ns link set xmq2wp up",
        NAMES,
        {
            "ip -n p-ns link set xmq2wp up",
            "ip -n x-ns link set lo up",
            "ip -n x-ns link set xmq2wp down",
            "ip link set xmq2wp up",
        },
    ),
    (
        "ip netns exec greenland ip link set lo up",
        ALONE,
        {"ip link set lo up", "ip netns exec greenland ip link set lo down"},
    ),
    ("ip netns exec greenland ping -c 3 127.0.0.1", ALONE, {"ping -c 3 127.0.0.1"}),
    ("ip netns exec greenland bash", ALONE, {"bash"}),
    (
        "ip -n x-ns addr add 192.168.188.96/24 dev xmq2wp",
        NAMES,
        {
            "ip -n p-ns addr add 192.168.188.96/24 dev xmq2wp",
            "ip -n x-ns addr add 192.168.188.96/32 dev xmq2wp",
            "ip -n x-ns addr add 192.168.188.96/16 dev xmq2wp",
            "ip -n x-ns addr add 192.168.188.96/24 dev lo",
            "ip addr add 192.168.188.96/24 dev xmq2wp",
        },
    ),
    ("ip addr add fd00::1/64 dev lo", ALONE, {"ip addr add fd00::1/128 dev lo", "ip addr add fd00::1/56 dev lo"}),
    ("ls /etc/netns", NAMES, set()),
]


def reference(*commands: Command, names: Names = NAMES) -> StepReference:
    """What a step's solution did, as far as slips ask."""
    return StepReference(commands, frozenset(), frozenset(), ("host",), names)


def command(text: str, number: int = 1, executed: int = 1) -> Command:
    """A command of one line."""
    return Command((text,), number, 0.5, executed)


def made(*commands: Command, names: Names = NAMES, looks: bool = False) -> list[Mutant]:
    """The mutants of a step with these commands."""
    lines = [(one.number + offset, line) for one in commands for offset, line in enumerate(one.lines)]
    return list(mutants(0, reference(*commands, names=names), lines, looks=looks))


@pytest.mark.parametrize(("line", "names", "expected"), SLIPS)
def test_slips(line: str, names: Names, expected: set[str]) -> None:
    """Each command gets the slips that make sense for it, and no other."""
    assert set(slips(line, names)) == expected


def test_each_command_is_left_out() -> None:
    """A command of several lines goes as a whole; the others stay."""
    loop = Command(("for n in a b; do", "ip netns add $n", "done"), 1, 0.1, 2)
    out = [one.lines for one in made(loop, command("ip link", 4)) if one.leaves_out]
    assert out == [("ip link",), ("for n in a b; do", "ip netns add $n", "done")]


def test_two_addresses_are_swapped() -> None:
    """Where a step gives two addresses, one mutant gives each to the other."""
    first, second = (f"ip addr add {address} dev eth{n}" for n, address in enumerate(NAMES.addresses))
    (swapped,) = [one for one in made(command(first), command(second, 2)) if "swapping" in one.words]
    assert swapped.lines == ("ip addr add 192.168.188.69/24 dev eth0", "ip addr add 192.168.188.96/24 dev eth1")


def test_a_marked_command_has_no_mutants() -> None:
    """A reason at the line's end takes a command out; a mark without a reason does not."""
    assert not made(command("ip netns add x-ns # mutation: equivalent it is there already"))
    assert made(command("ip netns add x-ns # mutation: equivalent"))


@pytest.mark.parametrize(
    ("text", "executed", "looks", "excusable"),
    [
        ("ip link", 1, False, True),
        ("ip link", 1, True, False),
        ("exit", 0, True, True),
        ("sysctl -w net.ipv4.ip_forward=1", 1, False, False),
        ("iptables -A INPUT -j DROP", 1, False, False),
        ("ip neigh flush all", 1, False, False),
        ("ip neigh", 1, False, True),
        ("bridge fdb add 02:00:00:00:00:01 dev wp2xmq", 1, False, False),
        ("bridge fdb show br wangpo", 1, False, True),
    ],
)
def test_what_the_same_state_excuses(text: str, executed: int, looks: bool, excusable: bool) -> None:
    """Looks that are left out, and what the compared state does not show, are not excused by it."""
    (left_out,) = [one for one in made(command(text, executed=executed), looks=looks) if one.leaves_out]
    assert left_out.excusable is excusable
