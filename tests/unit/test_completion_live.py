"""What completion offers, from a lab that is written down here and folders that are made here."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent, Completion
from prompt_toolkit.document import Document
from snapshots import BRIDGE, snapshot

from nstutor.kernel.model import Snapshot
from nstutor.shell.complete_files import resolve
from nstutor.shell.complete_names import Names, read_names
from nstutor.shell.completion import LabCompleter

LAB = snapshot(*BRIDGE, "greenland lo loopback", "host eth0 - up carrier")
WORDS = {"hint": "the next hint", "map": "what is there", "help": "what I know"}

Offer = Callable[[str], list[str]]


def offered(line: str, where: str = "host", lab: Snapshot | None = LAB) -> list[Completion]:
    """The completions at the end of a line."""
    completer = LabCompleter(lambda: lab, lambda: where, tutor_words=WORDS)
    return list(completer.get_completions(Document(line), CompleteEvent()))


def texts(line: str, where: str = "host") -> list[str]:
    """Their words."""
    return [completion.text for completion in offered(line, where)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip link set wp", ["wp2xmq", "wp2pjl"]),
        ("ip l s wp2p", ["wp2pjl"]),
        ("ip link set wp2pjl master ", ["wangpo"]),
        ("ip li set dev wp2x", ["wp2xmq"]),
        ("ip link set wp2xmq netns x", ["ximenqing-ns"]),
        ("ip netns exec ", ["ximenqing-ns", "panjinlian-ns", "greenland"]),
        ("ip netns del p", ["panjinlian-ns"]),
        ("ip -n pan", ["panjinlian-ns"]),
        ("ip -netns g", ["greenland"]),
        ("ip -n ximenqing-ns link set x", ["xmq2wp"]),
        ("ip netns exec panjinlian-ns ip link set pj", ["pjl2wp"]),
        ("ip netns exec panjinlian-ns sudo ip link set pj", ["pjl2wp"]),
        ("ip -n ximenqing-ns addr del 1", ["192.168.188.96/24"]),
        ("ip addr add 192.168.188.96/24 dev e", ["eth0"]),
        ("ip route add default via 192.168.188.6", ["192.168.188.69"]),
        ("ip route add def", ["default"]),
        ("ping -c 3 192", ["192.168.188.96", "192.168.188.69"]),
        ("ping -I e", ["eth0"]),
        ("traceroute 192.168.188.9", ["192.168.188.96"]),
        ("tcpdump -i wang", ["wangpo"]),
        ("bridge link set dev wp2", ["wp2xmq", "wp2pjl"]),
        ("bridge fdb show br ", ["wangpo"]),
        ("brctl addif ", ["wangpo"]),
        ("brctl delif wangpo ", ["wp2xmq", "wp2pjl"]),
        ("ifconfig wangp", ["wangpo"]),
        ("route add default dev et", ["eth0"]),
        ("iptables -A FORWARD -i wang", ["wangpo"]),
        ("iptables -t n", ["nat"]),
        ("nsenter --net=/run/netns/xi", ["--net=/run/netns/ximenqing-ns"]),
        ("nsenter --net=/run/netns/ximenqing-ns ip link set xm", ["xmq2wp"]),
        ("nsenter --n", ["--net=/run/netns/"]),
        ("ip link add br1 type br", ["bridge"]),
        ("ip link add a type veth p", ["peer"]),
        ("ip link add a type veth peer ", ["name"]),
        ("ip link add a type veth peer name b netns gr", ["greenland"]),
        ("ip netns e", ["exec"]),
        ("ip net", ["netns"]),
        ("ip link se", ["set"]),
        (":h", [":hint", ":help"]),
        ("true; ip link set wang", ["wangpo"]),
        ("true && ip -n green", ["greenland"]),
        ("echo $(ip link set wang", ["wangpo"]),
        ("for i in 1 2; do ip link set wang", ["wangpo"]),
        ("if true; then sudo ip link set wang", ["wangpo"]),
        ("ip link | tcpdump -i eth", ["eth0"]),
        ("X=1 ip link set wang", ["wangpo"]),
        ("ip link > /dev/null; ip link set wang", ["wangpo"]),
    ],
)
def test_what_is_there_is_offered(line: str, expected: list[str]) -> None:
    """The live names of the namespace that the command is about, in the place where they can stand."""
    assert texts(line) == expected


def test_namespace_of_the_shell_counts() -> None:
    """Inside ximenqing-ns its own devices are offered."""
    assert texts("ip link set ", "ximenqing-ns")[:2] == ["lo", "xmq2wp"]
    assert texts("ip link set ", "host")[:2] == ["lo", "wangpo"]


@pytest.mark.parametrize(
    ("line", "word", "meta"),
    [
        ("ip link set wp2p", "wp2pjl", "veth → pjl2wp in panjinlian-ns, master wangpo"),
        ("ip link set wang", "wangpo", "bridge, up"),
        ("ip netns exec gr", "greenland", "only lo"),
        ("ip netns exec xi", "ximenqing-ns", "1 device"),
        ("ping 192.168.188.69", "192.168.188.69", "pjl2wp in panjinlian-ns"),
        ("ip net", "netns", "network namespaces"),
        (":hi", ":hint", "the next hint"),
    ],
)
def test_each_word_says_what_it_is(line: str, word: str, meta: str) -> None:
    """A text beside the word says what it stands for now."""
    assert [(c.text, c.display_meta_text) for c in offered(line)] == [(word, meta)]


def test_veth_without_master_says_so() -> None:
    """A ladder with both halves in one namespace, as it was just carved."""
    lab = snapshot("host ximenqing veth peer=panjinlian", "host panjinlian veth peer=ximenqing")
    assert [c.display_meta_text for c in offered("ip link set ", lab=lab)][:1] == ["veth ↔ panjinlian, no master"]


@pytest.mark.parametrize(
    "line",
    [
        "ip link add ",
        "ip netns add ",
        "ip addr add ",
        "ip link set eth0 name ",
        "ip link add x type veth peer name ",
        "brctl addbr ",
        "ip netns exec nobody ip link set ",
        "# ip link set ",
        "ip link set $",
        "ping -c ",
    ],
)
def test_nothing_is_offered_for_what_is_new(line: str) -> None:
    """A name that is still to be given, a number, a comment: completion must not solve the step."""
    live = {link.name for link in LAB.links()} | LAB.namespaces.keys() | {str(a.interface) for a in LAB.addresses()}
    assert not live & set(texts(line))


@pytest.mark.parametrize("prefix", ["", ":", "ip ", "ip link set ", "ping ", "ls ", "x > ", "cat 'a", 'a "b', "$("])
def test_no_snapshot_yet(prefix: str) -> None:
    """Before the first snapshot it offers the grammar alone, and does not fail."""
    offered(prefix, lab=None)


def test_half_typed_lines_never_fail() -> None:
    """Every beginning of awkward lines can be completed."""
    lines = [
        'ip netns exec greenland bash -rcfile <(echo "PS1=\\"greenland\\"") 2>&1 | tee \'a b\' && ((x++)) ; `ls',
        "ip -n -n -n link set lo up; nsenter --net= --net=/run/netns/ x; ip netns exec; ip -f inet",
        "a\\ b'c\"d' \"e'f\\\" ${x:-y} $(( <<E >| &> 2>&1 \x00 \x1b[ 西门　庆",
    ]
    for line in lines:
        for end in range(len(line) + 1):
            offered(line[:end])


def test_completion_replaces_the_typed_word() -> None:
    """The half-typed word is replaced, nothing before it."""
    (completion,) = offered("ip link set wp2p")
    assert completion.start_position == -len("wp2p")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A small world: programs, a home with a file whose name has a space, links that point out of it."""
    for folder in ("usr/bin", "usr/sbin", "home/stu/scripts", "etc"):
        (tmp_path / folder).mkdir(parents=True)
    for program in ("usr/bin/ping", "usr/sbin/pingu", "usr/bin/traceroute"):
        (tmp_path / program).touch()
    (tmp_path / "home/stu/my notes.txt").touch()
    (tmp_path / "home/stu/.hidden").touch()
    (tmp_path / "bin").symlink_to("/usr/bin")
    (tmp_path / "out").symlink_to("../../../../../../..")
    (tmp_path / "loop").symlink_to("/loop")
    return tmp_path


@pytest.fixture
def in_world(world: Path) -> Offer:
    """Completes in that world, with its home as the shell's folder."""
    link = world / "cwd"
    link.symlink_to("/home/stu")
    completer = LabCompleter(lambda: LAB, lambda: "host", lambda: str(world), lambda: str(link))

    def complete(line: str) -> list[str]:
        return [c.text for c in completer.get_completions(Document(line), CompleteEvent())]

    return complete


def test_commands_of_the_world(in_world: Offer, world: Path) -> None:
    """Programs of the world's PATH, and a new one as soon as it is there."""
    assert in_world("ping") == ["ping", "pingu"]
    assert in_world("sudo tracer") == ["traceroute"]
    assert in_world("ip netns exec greenland pingu") == ["pingu"]
    (world / "usr/bin/pingx").touch()
    os.utime(world / "usr/bin", ns=(1, 1))
    assert in_world("pingx") == ["pingx"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cat my", ["my\\ notes.txt"]),
        ("cat 'my", ["'my notes.txt'"]),
        ('cat "my', ['"my notes.txt"']),
        ("cat my\\ n", ["my\\ notes.txt"]),
        ("cd ", ["scripts/"]),
        ("cat .h", [".hidden"]),
        ("ip link > scr", ["scripts/"]),
        ("cat /home/st", ["/home/stu/"]),
        ("cat /home/stu/../../usr/sbin/p", ["/home/stu/../../usr/sbin/pingu"]),
        ("cat /bin/tra", ["/bin/traceroute"]),
        ("cat /out/usr/sbi", ["/out/usr/sbin/"]),
        ("cat /loop/", []),
        ("cat ../../usr/sb", ["../../usr/sbin/"]),
        ("./scr", ["./scripts/"]),
        ("cat nothing/", []),
        ("cat \x00", []),
    ],
)
def test_paths_of_the_world(in_world: Offer, line: str, expected: list[str]) -> None:
    """Paths are those of the world, in the quotes that are open, and no link leads out of it."""
    assert in_world(line) == expected


NAMES = Names(("HOME", "HOSTNAME", "ipaddr", "x"), ("hop", "ll"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("echo $HO", ["$HOME", "$HOSTNAME"]),
        ("echo ${HOS", ["${HOSTNAME}"]),
        ("echo ${#x", ["${#x}"]),
        ('echo "to $ip', ["$ipaddr"]),
        ("echo a$ip", ["a$ipaddr"]),
        ("ip link set $x", ["$x"]),
        ("cat < $ip", ["$ipaddr"]),
        ("echo $(ping $ip", ["$ipaddr"]),
        ("echo 'in $HO", []),
        ("echo \\$HO", []),
        ("# $HO", []),
        ("echo $nothing", []),
        ("h", ["hop"]),
        ("true; l", ["ll"]),
        ("echo ho", []),
    ],
)
def test_names_of_the_shell(line: str, expected: list[str]) -> None:
    """Variables behind a dollar sign wherever bash expands one; functions and aliases where a command begins."""
    completer = LabCompleter(lambda: LAB, lambda: "host", names=lambda: NAMES)
    found = completer.get_completions(Document(line), CompleteEvent())
    lines = [line[: len(line) + completion.start_position] + completion.text for completion in found]
    assert [text.rpartition(" ")[2] for text in lines] == expected


def test_names_are_read_from_what_the_shell_wrote_down(tmp_path: Path) -> None:
    """Whatever the learner has made of that file."""
    (tmp_path / "run/shells").mkdir(parents=True)
    file = tmp_path / "run/shells/names.7"

    def read() -> Names:
        return read_names(lambda: str(tmp_path), lambda: 7)

    assert read() == Names()
    file.write_text("x\nHOME\nNSTUTOR_PROMPT\nBASH_CMDS\n!ll\n!hop\n!\n\nno name\n\udcff", errors="surrogateescape")
    assert read() == Names(("BASH_CMDS", "HOME", "x"), ("hop", "ll"))
    assert read_names(lambda: None, lambda: 7) == read_names(lambda: str(tmp_path), lambda: None) == Names()
    file.unlink()
    file.symlink_to("/etc/passwd")
    assert read() == Names()
    file.unlink()
    os.mkfifo(file)
    assert read() == Names()
    file.unlink()
    file.mkdir()
    assert read() == Names()


def test_links_do_not_lead_out(world: Path) -> None:
    """`..` and absolute links end at the world's root."""
    assert resolve(str(world), "/out/../..//etc") == f"{world}/etc"
    assert resolve(str(world), "/bin/ping") == f"{world}/usr/bin/ping"
    assert resolve(str(world), "/loop") is None


def test_fast_with_five_hundred_namespaces() -> None:
    """A keystroke in a lab of 500 namespaces costs less than 5 ms, the best of twenty."""

    def lab(size: int) -> Snapshot:
        lines = [f"host v{n} veth up master=br0 peer=e@ns{n}" for n in range(size)]
        for n in range(size):
            lines += [f"ns{n} e veth up peer=v{n}@host", f"ns{n} e 10.{n // 250}.{n % 250}.1/24"]
        return snapshot(*lines)

    def cost(completer: LabCompleter, line: str) -> float:
        started = time.perf_counter()
        list(completer.get_completions(Document(line), CompleteEvent()))
        return time.perf_counter() - started

    large = lab(500)
    completer = LabCompleter(lambda: large, lambda: "host")
    for line in ("ip netns exec ns49", "ip -n ns499 link set ", "ping 10.1.2", "ip link set v49"):
        assert min(cost(completer, line) for _ in range(20)) < 0.005, line
