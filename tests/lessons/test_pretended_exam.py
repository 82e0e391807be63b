"""Scripts that make it look as if a rule were there, or a program had been run."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from check_runs import Graded, grade, lost

LESSON = "tests/data/lessons/exam.md"
RIGHT_RULES = "iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE; iptables -P INPUT DROP\n"
OWN_NET = "ip netns add a; ip -n a link set lo up; ip -n a addr add 10.0.0.1/24 dev lo\n"
RULES, CALL, LOOK = "rules", "call", "look"

NO_RULES: Mapping[str, str] = {
    "rules-in-a-name": r"""
iptables -A OUTPUT -m recent --set --name $'x\n:INPUT DROP [0:0]\n#'
iptables -t nat -A OUTPUT -m recent --set --name $'x\n[0:0] -A POSTROUTING -o eth0 -j MASQUERADE\n#'
""",
    "rules-in-a-comment": r"""
iptables -A INPUT -m comment --comment $'x\n:INPUT DROP [0:0]'
iptables -t nat -A POSTROUTING -m comment --comment $'x\n-A POSTROUTING -o eth0 -j MASQUERADE'
iptables -t nat -A POSTROUTING -m comment --comment '" -o eth0 -j MASQUERADE "'
""",
    "rules-in-a-prefix": r"""
iptables -t nat -A POSTROUTING -j LOG --log-prefix '-o eth0 -j MASQUERADE'
iptables -t nat -A POSTROUTING -j NFLOG --nflog-prefix $'x\n-A POSTROUTING -o eth0 -j MASQUERADE'
nft 'add rule ip nat POSTROUTING log prefix "x -o eth0 -j MASQUERADE"'
""",
    "rules-that-nobody-asks": """
nft 'add table ip nat; add chain ip nat POSTROUTING; add rule ip nat POSTROUTING oifname eth0 masquerade'
nft 'add table ip off { flags dormant; }; add chain ip off in { type filter hook input priority 0; policy drop; }'
""",
    "a-rule-with-something-unknown": """
iptables -P INPUT DROP
iptables -t nat -A POSTROUTING -o eth0 -m recent --update --name never -j MASQUERADE
""",
}
"""Scripts after which nothing is dropped, or nothing is masqueraded."""


NO_CALL: Mapping[str, str] = {
    "exec-a": """
(exec -a ping ip netns exec a true) ; ip netns exec a bash -c 'exec -a ping /bin/true -c 3 10.0.0.1'
""",
    "own-script": """
mkdir -p ~/bin; printf '#!/bin/sh\\n' > ~/bin/ping; chmod +x ~/bin/ping; PATH=~/bin:$PATH
ip netns exec a ping -c 3 10.0.0.1
""",
    "function": """
ping() { true; }
ping -c 3 10.0.0.1
""",
    "copy": """
cp /usr/bin/ping /tmp/ping
ip netns exec a /tmp/ping -c 3 10.0.0.1
""",
    "link": """
mkdir -p ~/bin; ln -s /bin/true ~/bin/ping
ip netns exec a ~/bin/ping -c 3 10.0.0.1
""",
    "preload": """
ip netns exec a env LD_PRELOAD=/tmp/none.so ping -c 3 10.0.0.1
""",
    "bind": """
mount --bind /bin/true "$(readlink -f /usr/bin/ping)"
ip netns exec a ping -c 3 10.0.0.1
""",
    "only-its-version": "ip netns exec a ping -V -c 3 10.0.0.1",
}
"""Scripts that send no echo, or not by the system's ping."""

LOOKS = ("ip addr", "ifconfig", "ping -c 1 10.9.9.9", "timeout 0.5 tcpdump -i lo")
NO_LOOK: Mapping[str, tuple[str, ...]] = {
    "addr-of-no-device": ("ip addr show eth9", *LOOKS[1:]),
    "addr-help": ("ip addr help", *LOOKS[1:]),
    "addr-version": ("ip -V addr", *LOOKS[1:]),
    "ifconfig-of-no-device": (LOOKS[0], "ifconfig eth9", *LOOKS[2:]),
    "ifconfig-help": (LOOKS[0], "ifconfig -h", *LOOKS[2:]),
    "ping-slip": (*LOOKS[:2], "ping - c 3 10.9.9.9", LOOKS[3]),
    "ping-help": (*LOOKS[:2], "ping -h 10.9.9.9", LOOKS[3]),
    "ping-no-number": (*LOOKS[:2], "ping -c x 10.9.9.9", LOOKS[3]),
    "ping-no-device": (*LOOKS[:2], "ping -c 1 -I eth9 10.9.9.9", LOOKS[3]),
    "tcpdump-no-device": (*LOOKS[:3], "timeout 0.5 tcpdump -i eth9"),
    "tcpdump-help": (*LOOKS[:3], "tcpdump -h"),
}
"""Looks of which one is none."""
LOOKED: Mapping[str, tuple[str, ...]] = {
    "plain": LOOKS,
    "sudo": tuple(f"sudo {line}" for line in LOOKS),
    "paths": ("/sbin/ip -br a s lo", "/usr/sbin/ifconfig -a", "/bin/ping -c1 -W 1 10.9.9.9", LOOKS[3]),
    "pipes": (
        "ip a | head -n 1",
        "ifconfig | cat",
        "ping -c 1 10.9.9.9 |& cat",
        "timeout -s INT 0.5 tcpdump -ni any | cat",
    ),
    "killed": (*LOOKS[:3], "timeout -s KILL 0.5 tcpdump"),
    "function": ("look() { ip addr; ifconfig; }", "look", *LOOKS[2:]),
    "loop": ("for i in 1 2; do ip addr; ifconfig lo; done", *LOOKS[2:]),
    "bash": ("bash -c 'ip addr; ifconfig'", *LOOKS[2:]),
    "job": (*LOOKS[:3], "tcpdump -i lo > /tmp/seen 2>&1 &", "sleep 0.5", "kill %1"),
}
"""Spellings of all four."""
CALLED: Mapping[str, str] = {
    "plain": "ip netns exec a ping -c 3 -i 0.05 10.0.0.1",
    "nsenter": "nsenter --net=/run/netns/a ping -c 3 -i 0.05 10.0.0.1",
    "nested": "ip netns exec a bash\nping -c 3 -i 0.05 10.0.0.1\nexit",
    "script": "printf 'ping -c 3 -i 0.05 10.0.0.1' > /tmp/call.sh\nip netns exec a sh /tmp/call.sh",
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Graded]:
    """All of them, graded in one run."""
    scripts = {
        **NO_RULES,
        "right-rules": RIGHT_RULES,
        **{f"no-call-{name}": OWN_NET + text for name, text in NO_CALL.items()},
        **{f"called-{name}": OWN_NET + text + "\n" for name, text in CALLED.items()},
        **{f"no-look-{name}": "\n".join(lines) + "\n" for name, lines in NO_LOOK.items()},
        **{f"looked-{name}": "\n".join(lines) + "\n" for name, lines in LOOKED.items()},
    }
    files = {f"{name}.sh": text.encode() for name, text in scripts.items()}
    return grade(LESSON, tmp_path_factory.mktemp("exam"), files)


@pytest.mark.parametrize("name", NO_RULES)
def test_no_rule_no_pass(name: str, reports: Mapping[str, Graded]) -> None:
    """What only reads like a rule passes nothing."""
    assert RULES in lost(reports[f"{name}.sh"]), reports[f"{name}.sh"]


def test_rules_pass(reports: Mapping[str, Graded]) -> None:
    """The real ones do."""
    assert RULES not in lost(reports["right-rules.sh"]), reports["right-rules.sh"]


@pytest.mark.parametrize("name", NO_CALL)
def test_no_echo_no_pass(name: str, reports: Mapping[str, Graded]) -> None:
    """Only the system's own ping calls."""
    assert CALL in lost(reports[f"no-call-{name}.sh"]), reports[f"no-call-{name}.sh"]


@pytest.mark.parametrize("name", CALLED)
def test_a_call_passes(name: str, reports: Mapping[str, Graded]) -> None:
    """Whatever way led to it."""
    assert CALL not in lost(reports[f"called-{name}.sh"]), reports[f"called-{name}.sh"]


@pytest.mark.parametrize("name", NO_LOOK)
def test_no_answer_no_look(name: str, reports: Mapping[str, Graded]) -> None:
    """A usage error, a help text, a version or a device that does not exist is no look."""
    assert LOOK in lost(reports[f"no-look-{name}.sh"]), reports[f"no-look-{name}.sh"]


@pytest.mark.parametrize("name", LOOKED)
def test_a_look_passes(name: str, reports: Mapping[str, Graded]) -> None:
    """However it is written, and also where the network refuses, or a signal ends it."""
    assert LOOK not in lost(reports[f"looked-{name}.sh"]), reports[f"looked-{name}.sh"]
