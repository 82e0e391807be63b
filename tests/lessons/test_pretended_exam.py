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


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Graded]:
    """All of them, graded in one run."""
    scripts = {**NO_RULES, "right-rules": RIGHT_RULES}
    files = {f"{name}.sh": text.encode() for name, text in scripts.items()}
    return grade(LESSON, tmp_path_factory.mktemp("exam"), files)


@pytest.mark.parametrize("name", NO_RULES)
def test_no_rule_no_pass(name: str, reports: Mapping[str, Graded]) -> None:
    """What only reads like a rule passes nothing."""
    assert RULES in lost(reports[f"{name}.sh"]), reports[f"{name}.sh"]


def test_rules_pass(reports: Mapping[str, Graded]) -> None:
    """The real ones do."""
    assert RULES not in lost(reports["right-rules.sh"]), reports["right-rules.sh"]
