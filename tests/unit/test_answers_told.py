"""What is said to a wrong answer: the command that shows the right one, and where to look in it."""

from __future__ import annotations

import pytest
from checks_scenes import Net, chain, rule

from nstutor.kernel.parts import Listener
from nstutor.lesson.model import Line, Question
from nstutor.ui.answers import otherwise

NET = Net(
    (),
    names=("r",),
    rules=(rule("r", 50, 100, src="10.0.0.0/24"),),
    listeners=(Listener("r", "tcp", "0.0.0.0", 80), Listener("host", "udp", "::", 53)),
    settings={"r net/ipv4/ip_forward": "1"},
    chains=(chain("r nat POSTROUTING", "-j MASQUERADE"), chain("host filter INPUT", "-i lo -j ACCEPT")),
)

TOLD = [
    (
        "sysctl net.ipv4.ip_forward netns r value",
        '`ip netns exec r sysctl net.ipv4.ip_forward` says otherwise. Look behind "=".',
    ),
    ("sysctl net.ipv4.ip_forward value", '`sysctl net.ipv4.ip_forward` says otherwise. Look behind "=".'),
    ("listen 80 netns r proto", '`ip netns exec r ss -lntu sport = 80` says otherwise. Look below "Netid".'),
    ("listen 53 proto udp local", '`ss -lnu sport = 53` says otherwise. Look below "Local Address:Port".'),
    ("listen 80 proto", "There is nothing to see yet: `ss -lntu sport = 80` shows none."),
    ("rule from 10.0.0.0/24 netns r lookup", '`ip -n r rule show` says otherwise. Look behind the word "lookup".'),
    ("rule from 10.0.0.0/24 netns r priority", "`ip -n r rule show` says otherwise. Look before the colon."),
    (
        "netfilter nat POSTROUTING netns r -j MASQUERADE packets",
        '`ip netns exec r iptables -t nat -nvL POSTROUTING` says otherwise. Look below "pkts".',
    ),
    ("netfilter filter INPUT -i lo target", '`iptables -nvL INPUT` says otherwise. Look below "target".'),
    ("netfilter filter INPUT policy", '`iptables -nvL INPUT` says otherwise. Look behind the word "policy".'),
    ("netfilter filter INPUT -6 policy", '`ip6tables -nvL INPUT` says otherwise. Look behind the word "policy".'),
    (
        "route default netns r table 100 via",
        "There is nothing to see yet: `ip -n r route show 0.0.0.0/0 table 100` shows none.",
    ),
]


@pytest.mark.parametrize(("expression", "words"), TOLD)
def test_the_command_that_shows_it_is_named(expression: str, words: str) -> None:
    """Never the answer itself."""
    question = Question("?", (), Line(expression, 1), None, 1)
    assert otherwise(question, "a.md", NET.snapshot()) == words
