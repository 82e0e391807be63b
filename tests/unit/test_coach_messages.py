"""The coach's table, from real messages of the tools and labs that are written down."""

from __future__ import annotations

from dataclasses import replace

import pytest
from snapshots import BRIDGE, snapshot

from nstutor.cmdline.tokens import commands
from nstutor.coach.advice import Advice, Attempt
from nstutor.coach.explain import explain
from nstutor.coach.running import running_hint
from nstutor.kernel.model import Neighbour, Snapshot
from nstutor.text.typo import meant_by

CARVED = ("host ximenqing veth peer=panjinlian", "host panjinlian veth peer=ximenqing")
LADDER = (
    "greenland lo loopback",
    "ximenqing-ns lo loopback",
    "ximenqing-ns ximenqing veth peer=panjinlian@panjinlian-ns",
    "panjinlian-ns lo loopback",
    "panjinlian-ns panjinlian veth peer=ximenqing@ximenqing-ns",
)
LAB = snapshot(*LADDER, *BRIDGE[:5])


def asked(
    line: str,
    output: str,
    status: int = 1,
    netns: str = "host",
    *,
    after: Snapshot = LAB,
    before: Snapshot | None = None,
) -> Advice | None:
    """What the coach says to a line with that outcome."""
    return explain(Attempt(line, output, status, netns, before or after, after))


def said(line: str, output: str, status: int = 1, netns: str = "host", *, after: Snapshot = LAB) -> str:
    """Its text."""
    advice = asked(line, output, status, netns, after=after)
    return advice.text if advice else ""


@pytest.mark.parametrize(
    ("line", "output", "text", "command"),
    [
        (
            "ip netns exec ximenqing ip link",
            'Cannot open network namespace "ximenqing": No such file or directory',
            "ximenqing is a device (in ximenqing-ns). The namespace is called ximenqing-ns.",
            "ip netns exec ximenqing-ns ip link",
        ),
        (
            "ip netns ximenqing-ns ping -c 3 192.168.188.69",
            'Command "ximenqing-ns" is unknown, try "ip netns help".',
            "`exec` is missing before ximenqing-ns.",
            "ip netns exec ximenqing-ns ping -c 3 192.168.188.69",
        ),
        (
            "ip netns exec panjinlian-ns ip link set ximenqing up",
            'Cannot find device "ximenqing"',
            "ximenqing is in ximenqing-ns, not in panjinlian-ns. panjinlian-ns has panjinlian.",
            None,
        ),
        (
            "ip ls",
            'Object "ls" is unknown, try "ip help".',
            "`ip ls` does not say of what: `ip link` lists devices, `ip addr` addresses, `ip netns` namespaces.",
            None,
        ),
        (
            "ip link set wp2pjl master wangpoo",
            'Error: argument "wangpoo" is wrong: Device does not exist\n',
            "host has no device wangpoo. One letter off: wangpo.",
            "ip link set wp2pjl master wangpo",
        ),
        (
            "ip link set Wangpo up",
            'Cannot find device "Wangpo"',
            "host has no device Wangpo. Letter case counts: wangpo.",
            "ip link set wangpo up",
        ),
        (
            "ip link set ximenqing up",
            'Cannot find device "ximenqing"',
            "ximenqing is in ximenqing-ns, not in host.",
            "ip -n ximenqing-ns link set ximenqing up",
        ),
        (
            "ip link show greenland",
            'Device "greenland" does not exist.',
            "greenland is a namespace, not a device.",
            None,
        ),
        (
            "ip -n greenland link set eth0 up",
            'Cannot find device "eth0"',
            "greenland has no device but lo.",
            None,
        ),
        (
            "ip -n ximenqing-ns link set ximenqing master wangpo",
            'Error: argument "wangpo" is wrong: Device does not exist\n',
            "wangpo is in host: a port and its bridge must be in the same namespace.",
            None,
        ),
        (
            "ip link set ximenqing netns ximenqing",
            'Error: argument "ximenqing" is wrong: Invalid "netns" value\n',
            "ximenqing is a device (in ximenqing-ns). The namespace is called ximenqing-ns.",
            "ip link set ximenqing netns ximenqing-ns",
        ),
        (
            "iptables -t natt -L",
            "iptables v1.8.9 (nf_tables): table 'natt' does not exist\nPerhaps iptables or your kernel needs to",
            "One letter off: nat.",
            "iptables -t nat -L",
        ),
        (
            "iptables -A FORWARD -j DORP",
            "iptables v1.8.9 (nf_tables): Chain 'DORP' does not exist\nTry `iptables -h' or 'iptables --help'",
            "Two letters are swapped: DROP.",
            "iptables -A FORWARD -j DROP",
        ),
        (
            "iptables -A FORWARD -p tcp -dport 80 -j DROP",
            "Bad argument `80'\nTry `iptables -h' or 'iptables --help' for more information.",
            "-dport is written with two dashes.",
            "iptables -A FORWARD -p tcp --dport 80 -j DROP",
        ),
        (
            "iptables -t nat -A PREROUTING -j MASQUERADE",
            "iptables v1.8.9 (nf_tables):  RULE_APPEND failed (Invalid argument): rule in chain PREROUTING",
            "MASQUERADE works in the chain POSTROUTING of the table nat.",
            None,
        ),
        (
            "brctl delbr wangpo",
            "bridge wangpo is still up; can't delete it",
            "brctl wants it down first; ip does not mind.",
            "ip link del wangpo",
        ),
        (
            "brctl addif wangpo wp2pj",
            "interface wp2pj does not exist!",
            "host has no device wp2pj. One letter off: wp2pjl.",
            "brctl addif wangpo wp2pjl",
        ),
        (
            "ifconfig wp2pj up",
            "wp2pj: ERROR while getting interface flags: No such device",
            "host has no device wp2pj. One letter off: wp2pjl.",
            "ifconfig wp2pjl up",
        ),
        (
            "tcpdump -i wp2pj",
            "tcpdump: wp2pj: No such device exists\n(No such device exists)",
            "host has no device wp2pj. One letter off: wp2pjl.",
            "tcpdump -i wp2pjl",
        ),
        (
            "sysctl -w kernel.panic=1",
            'sysctl: permission denied on key "kernel.panic"',
            "Only net.* settings belong to the lab; the rest is the machine's.",
            None,
        ),
        (
            "ip netns add n65",
            'Failed to create a new network namespace "n65": No space left on device',
            "The lab holds no more namespaces: `ip netns del` one that you no longer need.",
            None,
        ),
        (
            "docker exec -it box sh",
            "bash: docker: command not found",
            "There is no docker in the lab; here `ip netns exec NAME bash` enters a namespace.",
            None,
        ),
        (
            "sudo ip link",
            "bash: sudo: command not found",
            "In the lab you are root already; no sudo is needed.",
            "ip link",
        ),
        ("hint", "bash: hint: command not found", "The tutor's words begin with a colon.", ":hint"),
        ("step", "bash: step: command not found", "The tutor's words begin with a colon.", ":step"),
        (":hlp", "bash: :hlp: command not found", ":hlp is no word of the tutor's; `:help` lists them.", None),
        (
            "greenland",
            "bash: greenland: command not found",
            "greenland is a namespace; `ip netns exec greenland bash` enters it.",
            None,
        ),
    ],
)
def test_message_is_explained(line: str, output: str, text: str, command: str | None) -> None:
    """A message of a tool, the lab as it is: one line, and the corrected one where that is certain."""
    assert asked(line, output) == Advice(text, command)


@pytest.mark.parametrize(
    ("line", "output", "status"),
    [
        ("true", "", 0),
        ("false", "", 1),
        ("ping 192.168.188.69", "^C\n100% packet loss", 130),
        ("ping 192.168.188.69", "^Z\n[1]+  Stopped", 148),
        ("cat notes.txt", 'Cannot find device "ximenqing"', 0),
        ('cat <<E\nCannot find device "ximenqing"\nE', 'Cannot find device "ximenqing"', 0),
        ("cat log | head", 'Cannot find device "ximenqing"', 0),
        ("./build.sh", 'Cannot find device "ximenqing"', 1),
        ("ip link set $dev up", 'Cannot find device "ximenqing"', 1),
        ("cat nothing", "cat: nothing: No such file or directory", 1),
        ("frobnicate", "bash: frobnicate: command not found", 127),
        ("echo 'a，b' “c”", "a，b “c”", 0),
        ("grep 'x　y' file", "", 1),
        ("ip netns add eden //a remark", "", 0),
        ("ls //usr", "bin", 0),
        ("# a remark of the learner's own", "", 0),
        ("ip route add 10.9.0.0/24 via $gw", "Error: Nexthop has invalid gateway.", 2),
    ],
)
def test_nothing_is_said_where_nothing_is_certain(line: str, output: str, status: int) -> None:
    """Success, an interrupted program, a quoted message, a script, a variable: silence."""
    assert asked(line, output, status) is None


@pytest.mark.parametrize(
    ("line", "column", "code", "command"),
    [
        ("ip　netns　add　eden", 3, "U+3000", "ip netns add eden"),
        ("ping –c 3 127.0.0.1", 6, "U+2013", "ping -c 3 127.0.0.1"),
        ("ping －c 3 127.0.0.1", 6, "U+FF0D", "ping -c 3 127.0.0.1"),
        ("ip —n greenland link", 4, "U+2014", "ip -n greenland link"),
        ("nsenter —net=/run/netns/greenland ip a", 9, "U+2014", "nsenter --net=/run/netns/greenland ip a"),
        ("echo “hi”", 6, "U+201C", 'echo "hi"'),
        ("echo ‘hi’", 6, "U+2018", "echo 'hi'"),
        ("ip link；ip addr", 8, "U+FF1B", "ip link;ip addr"),
        ("ip link add v1，v2", 15, "U+FF0C", "ip link add v1,v2"),
        ("ip addr add １０.0.0.1/24 dev lo", 13, "U+FF11", "ip addr add 10.0.0.1/24 dev lo"),
        ("：hint", 1, "U+FF1A", ":hint"),
        ("ip link show 'a　b'　up # 看，好", 19, "U+3000", "ip link show 'a　b' up # 看，好"),
        ("ip\u00a0link", 3, "U+00A0", "ip link"),
        ("ip \u200blink", 4, "U+200B", "ip link"),
    ],
)
def test_character_of_an_input_method(line: str, column: int, code: str, command: str) -> None:
    """The character is named with its column, and the line is given as it was meant; quotes and remarks stay."""
    advice = asked(line, "bash: command not found", 127)
    assert advice is not None
    assert advice.text.startswith(f"At column {column} stands a")
    assert f"({code})" in advice.text
    assert advice.command == command


def test_full_width_space_in_a_new_name() -> None:
    """It succeeds, and makes a namespace that nobody can type."""
    made = replace(LAB, namespaces={**LAB.namespaces, "eden　": LAB.namespaces["greenland"]})
    advice = asked("ip netns add eden　", "", 0, before=LAB, after=made)
    assert advice == Advice("At column 18 stands a full-width space (U+3000), not a plain space.", "ip netns add eden")


@pytest.mark.parametrize(
    ("line", "output", "status", "rest"),
    [
        ("$ ip netns ls", "bash: $: command not found", 127, "ip netns ls"),
        ("greenland> ip link set lo up", "bash: greenland: command not found", 127, "ip link set lo up"),
        ("greenland>ip link", "bash: greenland: command not found", 127, "ip link"),
        ("root@host:~# ip link", "bash: root@host:~#: command not found", 127, "ip link"),
        ("[root@host ~]# ip link", "bash: [root@host: command not found", 127, "ip link"),
        ("host ❯ ip link", "bash: host: command not found", 127, "ip link"),
        ("host › greenland ❯ ip link", "bash: host: command not found", 127, "ip link"),
        ("# ip netns ls", "", 0, "ip netns ls"),
    ],
)
def test_pasted_prompt(line: str, output: str, status: int, rest: str) -> None:
    """A prompt that was copied along is cut off."""
    advice = asked(line, output, status)
    assert advice is not None
    assert advice.command == rest


def test_pasted_angle_prompt_names_the_file_that_it_made() -> None:
    """`greenland> ip …` leaves an empty file called ip."""
    text = said("greenland> ip link set lo up", "bash: greenland: command not found", 127)
    assert text == "The prompt `greenland>` was copied along, and its > left an empty file: `rm ip`."


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("ip link //look at it", "ip link"),
        ("ping -c 3 127.0.0.1\t//ping 3次 环回地址", "ping -c 3 127.0.0.1"),
        ("ip link set ximenqing netns x // 把ximenqing这个梯子, 塞到", "ip link set ximenqing netns x"),
        ("// 打造相关联的", None),
    ],
)
def test_remark_in_the_manner_of_the_seed(line: str, rest: str | None) -> None:
    """`//` is no remark of bash's; what stands behind it is taken off."""
    advice = asked(line, "anything", 1)
    assert advice is not None
    assert "//" in advice.text
    assert advice.command == rest


def test_help_is_bashs_own() -> None:
    """It succeeds, and is not what was looked for."""
    assert asked("help", "GNU bash, version 5.2.15", 0) == Advice("That is bash's own help. The tutor's is `:help`.")


def test_namespace_made_in_an_inner_shell() -> None:
    """Status 0, and only the state shows it."""
    advice = asked("ip netns add inner", "", 0, "greenland", before=LAB, after=replace(LAB, dead=frozenset(("inner",))))
    assert advice is not None
    assert advice.text.startswith("inner is usable in this shell only; `exit`")


def test_dead_file_is_named_where_it_is_met() -> None:
    """From host's shell it can be put right at once; from another it cannot."""
    dead = replace(LAB, dead=frozenset(("inner",)))
    output = 'setting the network namespace "inner" failed: Invalid argument'
    here = asked("ip netns exec inner ip a", output, 255, after=dead)
    inside = asked("ip netns exec inner ip a", output, 255, "greenland", after=dead)
    assert here is not None
    assert here.command == "ip netns del inner && ip netns add inner"
    assert inside is not None
    assert inside.command is None


LOST = "1 packets transmitted, 0 received, 100% packet loss, time 0ms"


def test_lost_echo_names_the_end_that_is_down() -> None:
    """The device that holds the address is down."""
    text = said("ip netns exec ximenqing-ns ping -c1 192.168.188.69", LOST, 1, after=snapshot(*BRIDGE))
    assert text == "pjl2wp in panjinlian-ns, which has 192.168.188.69, is down."


def test_right_network_is_never_blamed() -> None:
    """Where nothing is wrong to the eye (a firewall, say), nothing is said."""
    lab = snapshot(*(line.replace("pjl2wp veth peer", "pjl2wp veth up carrier peer") for line in BRIDGE))
    assert asked("ip netns exec ximenqing-ns ping -c1 192.168.188.69", LOST, 1, after=lab) is None


def test_stale_neighbour_is_flushed() -> None:
    """After a rebuilt ladder the old hardware address is believed; the command that helps is certain."""
    up = "pjl2wp veth up carrier mac=02:00:00:00:00:99 peer"
    lab = snapshot(*(line.replace("pjl2wp veth peer", up) for line in BRIDGE))
    house = lab.namespaces["ximenqing-ns"]
    old = Neighbour("ximenqing-ns", "192.168.188.69", "02:00:00:00:00:98", "xmq2wp", "STALE")
    stale = replace(lab, namespaces={**lab.namespaces, "ximenqing-ns": replace(house, neighbours=(old,))})
    line = "ip netns exec ximenqing-ns ping -c1 192.168.188.69"
    assert asked(line, LOST, 1, after=lab) is None
    advice = asked(line, LOST, 1, after=stale)
    assert advice is not None
    assert advice.command == "ip -n ximenqing-ns neigh flush dev xmq2wp"


def test_shells_own_namespace_counts() -> None:
    """The same line means another place in another shell."""
    output = 'Cannot find device "panjinlian"'
    assert said("ip link set panjinlian up", output, 1, "ximenqing-ns") == (
        "panjinlian is in panjinlian-ns, not in ximenqing-ns."
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip -n a link", [("ip", "a")]),
        ("ip netns exec a ip link set x up", [("ip", "a")]),
        ("sudo ip netns exec a sudo ping -c1 1.1.1.1 > log 2>&1", [("ping", "a")]),
        ("ip netns exec a ip netns exec b bash", [("bash", "b")]),
        ("nsenter --net=/run/netns/a ping x", [("ping", "a")]),
        ("for i in a b; do ip -n $i link; done", [("for", "host"), ("ip", None), ("done", "host")]),
        ("X=1 ip -br -netns a addr && ping y | grep z", [("ip", "a"), ("ping", "host"), ("grep", "host")]),
        ("echo 'ip -n a' # ip -n b", [("echo", "host")]),
        ("if ! ip link; then exit; fi", [("ip", "host"), ("exit", "host"), ("fi", "host")]),
    ],
)
def test_commands_of_a_line(line: str, expected: list[tuple[str, str | None]]) -> None:
    """Which programs a line runs, and on which namespace each acts."""
    assert [(command.program, command.netns) for command in commands(line, "host")] == expected


@pytest.mark.parametrize(
    ("word", "names", "meant"),
    [
        ("wangpoo", ["wangpo", "wp2pjl"], "wangpo"),
        ("wangop", ["wangpo"], "wangpo"),
        ("WangPo", ["wangpo"], "wangpo"),
        ("wp2pj1", ["wp2pjl"], "wp2pjl"),
        ("eth0", ["eth1"], None),
        ("veth2", ["veth1", "vetha"], "vetha"),
        ("v1", ["v2"], None),
        ("wpo", ["wangpo"], None),
        ("abcx", ["abcd", "abce"], None),
    ],
)
def test_slips_of_the_finger(word: str, names: list[str], meant: str | None) -> None:
    """One letter, or two swapped; never one digit for another, and never a choice between two."""
    assert meant_by(word, names) == meant


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (("ping", "127.0.0.1"), "Ctrl-C ends ping; with `-c 3` it stops by itself."),
        (("/usr/bin/ping", "-c", "3", "127.0.0.1"), None),
        (("ip", "netns", "exec", "x", "ping", "1.1.1.1"), "Ctrl-C ends ping; with `-c 3` it stops by itself."),
        (("tcpdump", "-i", "wangpo"), "Ctrl-C ends tcpdump."),
        (("top",), "q leaves top."),
        (("less", "x"), "q leaves less."),
        (("vim", "x"), "Esc, then :q! and Enter leave vim without saving."),
        (("cat",), "cat reads what you type; Ctrl-D ends the input."),
        (("cat", "file"), None),
        (("python3.11",), "Ctrl-D leaves Python."),
        (("python3", "x.py"), None),
        (("ip", "monitor"), "Ctrl-C ends `ip monitor`."),
        (("ip", "link"), None),
        (("-bash",), None),
        (("make",), None),
        ((), None),
    ],
)
def test_how_to_leave_a_program(argv: tuple[str, ...], hint: str | None) -> None:
    """One line for those that never end by themselves, nothing for the others."""
    assert running_hint(argv) == hint


def test_file_exists_names_what_has_the_name() -> None:
    """`File exists` says which name, and what has it."""
    line, lab = "ip link add x type veth peer name panjinlian", snapshot(*CARVED)
    text = said(line, "RTNETLINK answers: File exists", 2, after=lab)
    assert text == "host has panjinlian already: it is a veth whose other end is ximenqing."


def test_hostile_output_costs_no_time() -> None:
    """Endless output of a learner's program does not keep the prompt waiting."""
    noise = 'Cannot find device "' * 20_000 + "\n" + "ping: " * 20_000
    assert asked("./noise", noise, 1) is None
