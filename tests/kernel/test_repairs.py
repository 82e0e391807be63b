"""A network that was broken and repaired, by whatever decides whether a packet arrives: the repair is seen."""

from __future__ import annotations

import asyncio

import pytest
from lab_harness import judged
from short_lesson import plan_of
from test_live_session import LADDER, TERMS, Stage, graded, ignored, play, reached

from nstutor.lab.world_factory import WorldFactory
from nstutor.session.settle import wait_until_settled
from nstutor.session.steps import Order

MEET = plan_of("meet: ping 192.0.2.2 netns a within 60s")
CALL = plan_of("call: connect 192.0.2.2 80 netns a within 60s")
UNDO = "ip -n a link set a0 down"
IN_A, IN_B = "ip netns exec a", "ip netns exec b"

REPAIRS = {
    "policy": (f"{IN_B} iptables -P INPUT DROP", f"{IN_B} iptables -P INPUT ACCEPT"),
    "of the older iptables": (f"{IN_B} iptables-legacy -P INPUT DROP", f"{IN_B} iptables-legacy -P INPUT ACCEPT"),
    "nft": (
        f"{IN_B} nft 'add table ip t; add chain ip t c {{ type filter hook input priority 0; policy drop; }}'",
        f"{IN_B} nft flush ruleset; {IN_B} nft delete table ip t",
    ),
    "a translation": (
        f"{IN_A} iptables -t nat -A OUTPUT -d 192.0.2.2 -j DNAT --to 192.0.2.9",
        f"{IN_A} iptables -t nat -F OUTPUT",
    ),
    "echoes ignored": (
        f"{IN_B} sysctl -qw net.ipv4.icmp_echo_ignore_all=1",
        f"{IN_B} sysctl -qw net.ipv4.icmp_echo_ignore_all=0",
    ),
    "by a builtin": (
        f"{IN_B} sysctl -qw net.ipv4.conf.b0.arp_ignore=8",
        f"{IN_B} bash -c 'echo 0 >/proc/sys/net/ipv4/conf/b0/arp_ignore'",
    ),
    "a rule": ("ip -n a rule add to 192.0.2.2 prohibit pref 9", "ip -n a rule del pref 9"),
    "another table": (
        "ip -n a rule add pref 9 lookup 99; ip -n a route add blackhole 192.0.2.0/24 table 99",
        "ip -n a route flush table 99",
    ),
    "a neighbour": (
        "ip -n a neigh replace 192.0.2.2 lladdr 02:00:00:00:00:99 dev a0 nud permanent",
        "ip -n a neigh del 192.0.2.2 dev a0",
    ),
    "down and up again": (
        "ip -n a neigh replace 192.0.2.2 lladdr 02:00:00:00:00:99 dev a0 nud stale",
        "ip -n a link set a0 down; ip -n a link set a0 up",
    ),
    "a device without ARP": ("ip -n a link set a0 arp off", "ip -n a link set a0 arp on"),
    "a queue that drops": ("tc -n a qdisc add dev a0 root bfifo limit 1", "tc -n a qdisc del dev a0 root"),
    "by a script": (
        f"{IN_B} iptables -P INPUT DROP; printf '{IN_B} iptables -P INPUT ACCEPT\\n' >/tmp/fix.sh",
        "sh /tmp/fix.sh",
    ),
    "by nsenter": (f"{IN_B} iptables -P INPUT DROP", "nsenter --net=/run/netns/b iptables -P INPUT ACCEPT"),
    "in the background": (f"{IN_B} iptables -P INPUT DROP", f"{{ {IN_B} iptables -P INPUT ACCEPT; }} & wait"),
}


@pytest.mark.parametrize(("broken", "repaired"), REPAIRS.values(), ids=REPAIRS)
@judged
def test_a_repair_is_seen_whatever_it_changed(factory: WorldFactory, broken: str, repaired: str) -> None:
    """In a submission too, where the next line undoes it; what was broken had not passed."""
    up = (*LADDER[:2], "ip -n b link set b0 up", "ip -n a link set a0 up; " + broken)
    assert reached(graded(factory, MEET, *up, UNDO)) == []
    assert reached(graded(factory, MEET, *up, repaired, UNDO)) == ["meet"]


@judged
def test_ports_that_were_isolated_are_repaired(factory: WorldFactory) -> None:
    """No link, address or route tells of it."""
    lines = (
        "ip netns add a; ip netns add b; ip link add wangpo type bridge; ip link set wangpo up",
        "ip link add pa type veth peer name a0 netns a; ip link add pb type veth peer name b0 netns b",
        "ip link set pa master wangpo up; ip link set pb master wangpo up",
        "bridge link set dev pa isolated on; bridge link set dev pb isolated on",
        "ip -n a addr add 192.0.2.1/24 dev a0; ip -n b addr add 192.0.2.2/24 dev b0",
        "ip -n a link set a0 up; ip -n b link set b0 up",
    )
    assert reached(graded(factory, MEET, *lines, UNDO)) == []
    assert reached(graded(factory, MEET, *lines, "bridge link set dev pb isolated off", UNDO)) == ["meet"]


@judged
def test_a_repair_by_a_job_is_seen_while_nothing_is_typed(factory: WorldFactory) -> None:
    """At the next line, or at the end."""
    job = f"(sleep 1; {IN_B} iptables -P INPUT ACCEPT) &"
    broken = (*LADDER[:2], f"{IN_B} iptables -P INPUT DROP", LADDER[2])
    assert reached(graded(factory, MEET, *broken, job, "sleep 1.5", UNDO)) == ["meet"]
    assert reached(graded(factory, MEET, *broken, job)) == ["meet"]


@judged
def test_what_raises_no_event_is_noticed_only_while_a_probe_is_pending(factory: WorldFactory) -> None:
    """Then a filter makes another network; where nothing is pending nobody reads filters."""

    async def body(stage: Stage) -> None:
        live = stage.live
        await stage.type(*LADDER[:2], f"{IN_B} iptables -P INPUT DROP")
        assert not live.session.probing
        await live.run(LADDER[2], ignored, TERMS)
        assert live.observe().probing
        assert await live.settle(brief=True) == ()
        assert not live.observe().probing, "it was tried in this very network"
        other = await live.open_second("b", ignored)
        await other.run("iptables -P INPUT ACCEPT", ignored, TERMS)
        assert live.observe().probing, "a second terminal's filter"
        assert [step.id for step in await live.settle(brief=True)] == ["meet"]

    play(factory, plan_of("meet: link b0 netns b up; ping 192.0.2.2 netns a"), body)


@judged
def test_what_only_our_probe_put_into_a_table_is_nobody_s_doing(factory: WorldFactory) -> None:
    """The step that asks for the neighbour is passed by the learner's own packets."""
    plan = plan_of("meet: ping 192.0.2.2 netns a", "know: neigh 192.0.2.2 netns a dev a0")
    assert reached(graded(factory, plan, *LADDER)) == ["meet"]
    assert reached(graded(factory, plan, *LADDER, f"{IN_A} ping -c 1 192.0.2.2")) == ["meet", "know"]


@judged
def test_a_repair_of_a_pending_resolution_is_seen(factory: WorldFactory) -> None:
    """The learner's own echoes had asked for a MAC that nobody told; it is asked for anew at once."""
    lines = (
        *LADDER[:2],
        "ip -n a link set a0 up; ip -n b link set b0 up; ip -n b link set b0 arp off",
        f"{IN_A} ping -c 1 -W 0.3 192.0.2.2",
        "ip -n b link set b0 arp on",
        UNDO,
    )
    assert reached(graded(factory, MEET, *lines)) == ["meet"]


# --- what it costs ----------------------------------------------------------------------------------------------------

MANY = plan_of(
    "one: ping 192.0.2.2 netns a within 60s",
    "two: connect 192.0.2.2 80 netns a within 60s",
    "three: not ping 192.0.2.1 netns a within 60s",
    "four: ping 192.0.2.77 netns a within 60s",
    "five: ping 192.0.2.78 netns a within 60s; connect 192.0.2.79 1 netns a within 60s",
)
SILENT = f"{LADDER[0]}; {LADDER[1]}; {LADDER[2]}; {IN_B} iptables -P INPUT DROP; ip -n a link set lo up"


@judged
def test_who_does_nothing_waits_for_nothing(factory: WorldFactory) -> None:
    """Each check would give its probe a minute."""
    result = graded(factory, MANY, "true")
    assert reached(result) == []
    assert result.duration_ms < 20_000


@judged
def test_all_that_fails_is_waited_for_once_and_at_the_same_time(factory: WorldFactory) -> None:
    """Six probes of five seconds each, and three lines."""
    plan = plan_of(*(f"s{number}: ping 192.0.2.{number} netns a within 5s" for number in range(30, 36)))
    result = graded(factory, plan, SILENT, "ip link", "true", limits=None)
    assert reached(result) == []
    assert 5_000 <= result.duration_ms < 20_000


@judged
def test_a_probe_that_held_is_not_repeated_for_nothing(factory: WorldFactory) -> None:
    """The kernel of the one who is asked counts the echoes."""

    async def body(stage: Stage) -> None:
        async def echoes() -> int:
            turn = await stage.live.run(f"{IN_B} grep -m2 Icmp: /proc/net/snmp", ignored, TERMS)
            names, values = (line.split() for line in turn.output.decode().splitlines() if line.startswith("Icmp:"))
            return int(dict(zip(names, values, strict=True))["InEchos"])

        await stage.type(*LADDER)
        await wait_until_settled(stage.live, 5.0)
        assert stage.live.session.states[0].reached
        counts = []
        for _ in range(40):  # what the kernel does by itself for a while is reason to ask again
            await stage.live.finish()
            assert stage.live.session.states[0].holds
            counts.append(await echoes())
            if counts[-3:-1] == counts[-2:]:
                return
            await asyncio.sleep(0.1)
        pytest.fail(f"it was asked again and again: {counts}")

    play(factory, plan_of("meet: ping 192.0.2.2 netns a", "never: netns nowhere"), body, Order.ANY)


@judged
def test_the_step_at_hand_is_passed_before_the_next_one_s_probe_is_tried(factory: WorldFactory) -> None:
    """That one cannot hold, and would take a minute."""
    plan = plan_of("meet: ping 192.0.2.2 netns a", "far: ping 192.0.2.3 netns a within 60s")

    async def body(stage: Stage) -> None:
        await stage.live.run("; ".join(LADDER), ignored, TERMS)
        stage.live.observe()
        async with asyncio.timeout(40):
            async for passed in stage.live.settling():
                if passed:
                    assert [step.id for step in passed] == ["meet"]
                    return

    play(factory, plan, body)


# --- servers that start -----------------------------------------------------------------------------------------------

SLOW = (
    "perl -MSocket -e 'select(undef,undef,undef,{seconds}); socket(S,PF_INET,SOCK_STREAM,0); "
    "bind(S,sockaddr_in(80,INADDR_ANY)); listen(S,9); sleep'"
)
WRAPPER = "printf '#!/bin/sh\\nsleep 0.7\\nexec /sbin/ip \"$@\"\\n' >/tmp/ip; chmod +x /tmp/ip"


@judged
def test_a_step_that_is_passed_meanwhile_hides_no_server_that_starts(factory: WorldFactory) -> None:
    """What was executed before a pass is no look after it; but it still runs, and is about to listen."""
    plan = plan_of("meet: ping 192.0.2.2 netns a; not link late", "serve: listen 80 netns b", "late: link late")
    lines = (*LADDER[:2], f"{IN_B} {SLOW.format(seconds=1.5)} & {LADDER[2]}", "kill %1; wait")
    assert reached(graded(factory, plan, *lines)) == ["meet", "serve"]


@judged
def test_a_program_that_has_not_entered_its_namespace_yet_is_waited_for(factory: WorldFactory) -> None:
    """`ip` takes its time before it becomes the server, while another one listens on that port elsewhere."""
    plan = plan_of("serve: listen 80 netns b")
    lines = (
        LADDER[0],
        WRAPPER,
        f"ip netns exec a {SLOW.format(seconds=0)} &",
        f"/tmp/ip netns exec b {SLOW.format(seconds=0)} &",
        "true",
        "kill %1 %2; wait",
    )
    assert reached(graded(factory, plan, *lines)) == ["serve"]


@judged
def test_a_server_is_found_by_the_connection_that_waits_for_it(factory: WorldFactory) -> None:
    """Refused until it listens."""
    assert reached(graded(factory, CALL, *LADDER, f"{IN_B} {SLOW.format(seconds=0.6)} &", "kill %1; wait")) == ["call"]
