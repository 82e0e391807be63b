"""What no event tells of is seen all the same: after a command, while nothing is typed, and between two lines."""

from __future__ import annotations

import asyncio

from lab_harness import judged
from short_lesson import plan_of
from test_live_session import LADDER, TERMS, Stage, graded, ignored, play, reached

from nstutor.lab.world_factory import WorldFactory
from nstutor.session.settle import wait_until_settled

SLOW = (
    "perl -MSocket -e 'select(undef,undef,undef,0.3); socket(S,PF_INET,SOCK_STREAM,0); "
    "bind(S,sockaddr_in({port},INADDR_ANY)); listen(S,9); sleep'"
)
LISTEN = plan_of("serve: listen 80")
SETTINGS = plan_of("on: sysctl net.ipv4.ip_forward 1", "off: sysctl net.ipv4.ip_forward 0")
RULES = plan_of(
    "shut: netfilter filter INPUT netns r -s 10.0.0.0/8 -j DROP", "open: not netfilter filter INPUT netns r -j DROP"
)


@judged
def test_a_setting_is_seen_after_each_command_and_between_two_programs(factory: WorldFactory) -> None:
    """Also when it was set back in the same line: the first program's end is a moment to look."""

    async def body(stage: Stage) -> None:
        await stage.type("sysctl -q -w net.ipv4.ip_forward=1")
        assert stage.passed == ["on"]
        await stage.type("sysctl -q -w net.ipv4.ip_forward=0")
        assert stage.passed == ["on", "off"]

    play(factory, SETTINGS, body)
    line = "sysctl -qw net.ipv4.ip_forward=1; sysctl -qw net.ipv4.ip_forward=0"
    assert reached(graded(factory, SETTINGS, line))[0] == "on"


@judged
def test_a_rule_of_the_older_iptables_is_seen(factory: WorldFactory) -> None:
    """No event tells of it; nft's own changes are seen the same way."""
    for program in ("iptables", "iptables-legacy"):
        inside = f"ip netns exec r {program}"
        lines = ("ip netns add r", f"{inside} -A INPUT -s 10.0.0.0/8 -j DROP", f"{inside} -F INPUT")
        assert reached(graded(factory, RULES, *lines)) == ["shut", "open"]


@judged
def test_a_server_in_the_background_is_waited_for(factory: WorldFactory) -> None:
    """The next line ends it; it had its time before that line was typed."""
    assert reached(graded(factory, LISTEN, f"{SLOW.format(port=80)} &", "kill %1", "wait")) == ["serve"]


@judged
def test_nothing_is_waited_for_where_nothing_was_started(factory: WorldFactory) -> None:
    """A check of a listener that fails costs no time by itself."""

    async def body(stage: Stage) -> None:
        await stage.type("true")
        began = asyncio.get_running_loop().time()
        await wait_until_settled(stage.live, 30.0)
        assert asyncio.get_running_loop().time() - began < 0.5

    play(factory, LISTEN, body)


@judged
def test_only_what_a_step_at_hand_needs_is_looked_at(factory: WorldFactory) -> None:
    """A lesson with such a check asks for it as long as the step is open, and then no more."""

    async def body(stage: Stage) -> None:
        assert stage.live.session.silent
        await stage.type(f"{SLOW.format(port=80)} &")
        await wait_until_settled(stage.live, 30.0)
        assert not stage.live.session.silent

    play(factory, LISTEN, body)


@judged
def test_a_flushed_filter_lets_a_failed_echo_be_tried_again(factory: WorldFactory) -> None:
    """The step's other check is about the filter: with it the network is another one."""
    plan = plan_of(
        "meet: ping 192.0.2.2 netns a within 200ms; netfilter filter INPUT netns b policy ACCEPT; "
        "link b0 netns b mtu 1400"
    )

    async def body(stage: Stage) -> None:
        await stage.type(*LADDER, "ip netns exec b iptables -A INPUT -p icmp -j DROP", "ip -n b link set b0 mtu 1400")
        assert stage.passed == []
        await stage.type("ip netns exec b iptables -F")
        assert stage.passed == ["meet"]

    play(factory, plan, body)


@judged
def test_a_refused_connection_is_tried_again_when_somebody_listens(factory: WorldFactory) -> None:
    """A new listener makes another network for a check that connects."""
    plan = plan_of("meet: connect 192.0.2.2 80 netns a")

    async def body(stage: Stage) -> None:
        await stage.type(*LADDER)
        await stage.live.run(f"ip netns exec b {SLOW.format(port=80)} &", ignored, TERMS)
        await stage.look()
        assert stage.passed == []
        assert [step.id for step in await wait_until_settled(stage.live, 30.0)] == ["meet"]

    play(factory, plan, body)


@judged
def test_policy_routing_is_among_the_changes(factory: WorldFactory) -> None:
    """A rule that was added is told, where a check reads rules."""
    plan = plan_of("ask: rule lookup 100")

    async def body(stage: Stage) -> None:
        await stage.live.run("ip rule add from 10.0.0.0/8 lookup 100", ignored, TERMS)
        (change,) = await stage.look()
        assert (change.sign, change.subject) == ("+", "rule")
        assert change.detail.endswith("from 10.0.0.0/8 lookup 100")
        assert stage.passed == ["ask"]

    play(factory, plan, body)
