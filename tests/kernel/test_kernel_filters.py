"""Filters, policy rules and other tables than main, as iptables, nft and ip make them and as they are read."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from kernel_world import World, a_world, as_judge

from nstutor.kernel.filterwords import read_options
from nstutor.kernel.model import Kind, Part, Snapshot
from nstutor.kernel.parts import Chain, FilterRule, Netfilter, Setting

FILTERS = frozenset[Part]({Kind.NETFILTER})

SAME_RULES = [
    (
        "-t nat -A POSTROUTING -s 10.0.0.0/24 ! -o lo -j MASQUERADE",
        "nat postrouting ip saddr 10.0.0.0/24 oifname != lo masquerade",
    ),
    (
        "-t nat -A PREROUTING -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.2:80",
        "nat prerouting tcp dport 8080 dnat to 10.0.0.2:80",
    ),
    (
        "-t nat -A POSTROUTING -s 10.0.0.2 -j SNAT --to-source 10.9.9.9",
        "nat postrouting ip saddr 10.0.0.2 snat to 10.9.9.9",
    ),
    (
        "-t nat -A PREROUTING -p tcp --dport 8081 -j REDIRECT --to-ports 80",
        "nat prerouting tcp dport 8081 redirect to :80",
    ),
    (
        "-A FORWARD -i eth0 -d 10.0.0.2 -p udp --sport 53 -j ACCEPT",
        "filter forward iifname eth0 ip daddr 10.0.0.2 udp sport 53 accept",
    ),
    (
        "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "filter forward ct state established,related accept",
    ),
    (
        "-A INPUT -m state --state NEW -p tcp -m multiport --dports 443,80 -j DROP",
        "filter input ct state new tcp dport {80, 443} drop",
    ),
    ("-A INPUT -p icmp --icmp-type echo-request -j DROP", "filter input icmp type echo-request drop"),
    ("-A INPUT -p tcp --dport 23 -j REJECT", "filter input tcp dport 23 reject with icmp port-unreachable"),
    ("-A INPUT -p tcp --dport 24 -j REJECT --reject-with tcp-reset", "filter input tcp dport 24 reject with tcp reset"),
    ("-A INPUT -p udp -j LOG --log-prefix 'a word '", 'filter input meta l4proto udp log prefix \\"a word \\"'),
    ("-A INPUT -m mark --mark 7 -j RETURN", "filter input meta mark 7 return"),
    ("-t mangle -A PREROUTING -i eth0 -j MARK --set-mark 1", "mangle prerouting iifname eth0 meta mark set 1"),
    ("-A INPUT -p tcp --dport 1024: -j RETURN", "filter input tcp dport >= 1024 return"),
    ("-A INPUT -p udp --sport :1023 -j DROP", "filter input udp sport < 1024 drop"),
    ("-A INPUT -p udp -m multiport --dports 7,5000:65535,9 -j DROP", "filter input udp dport {9, 7, 5000-65535} drop"),
    ("-A INPUT -s 192.0.2.7 -j STRANGERS", "filter input ip saddr 192.0.2.7 jump STRANGERS"),
]
"""Arguments of iptables', and the same as a table, a chain and words of nft's."""

NFT_TABLES = """
nft add table ip nat
nft add chain ip nat prerouting '{ type nat hook prerouting priority dstnat; }'
nft add chain ip nat postrouting '{ type nat hook postrouting priority srcnat; }'
nft add table inet filter
nft add chain inet filter STRANGERS
nft add chain inet filter input '{ type filter hook input priority filter; }'
nft add chain inet filter forward '{ type filter hook forward priority filter; policy drop; }'
nft add table ip mangle
nft add chain ip mangle prerouting '{ type filter hook prerouting priority mangle; }'
"""


def chains(snapshot: Snapshot, netns: str = "host") -> list[Chain]:
    """The chains of a namespace, of what could be read."""
    found = snapshot.namespaces[netns].netfilter
    assert found is not None
    assert found.unread is None
    return list(found.chains)


def rules(snapshot: Snapshot, table: str, chain: str) -> set[str]:
    """The rules of a chain, as one line each."""
    called = [found for found in chains(snapshot) if found.is_called(table, chain)]
    return {str(rule) for found in called for rule in found.rules}


def rules_of(snapshot: Snapshot, table: str, chain: str) -> list[FilterRule]:
    """The rules of a chain, in their order."""
    return [rule for found in chains(snapshot) if found.is_called(table, chain) for rule in found.rules]


def seen(world: World, parts: frozenset[Part] = FILTERS) -> Snapshot:
    """What an observer sees once."""
    with world.observer() as observer:
        return observer.snapshot(parts)


def place_of(arguments: str) -> tuple[str, str]:
    """The table and chain that it is put into."""
    words = arguments.split()
    return (words[1] if words[0] == "-t" else "filter"), words[words.index("-A") + 1]


@as_judge
def test_nft_and_iptables_say_the_same() -> None:
    """Each rule, made by either program, is read in the same words, at the place that iptables has for it."""
    by_iptables = "\n".join(["iptables -N STRANGERS", *(f"iptables {arguments}" for arguments, _ in SAME_RULES)])
    family = {"nat": "ip nat", "filter": "inet filter", "mangle": "ip mangle"}
    by_nft = NFT_TABLES + "\n".join(
        f'nft "add rule {family[words.split()[0]]} {words.split(maxsplit=1)[1]}"' for _, words in SAME_RULES
    )
    for script in (by_iptables, by_nft):
        with a_world(script) as world:
            found = seen(world)
            for arguments, _ in SAME_RULES:
                here = [
                    rule.options
                    for chain in chains(found)
                    for rule in chain.rules
                    if chain.is_called(*place_of(arguments))
                ]
                words = shlex.split(arguments)
                wanted = set(read_options(words[words.index("-A") + 2 :]))
                assert any(wanted <= set(options) for options in here), (arguments, here)


@as_judge
def test_a_negation_and_a_policy_are_read() -> None:
    """`! -o lo` is not `-o lo`; the policy is that of the chain, of either program's."""
    with a_world("iptables -P FORWARD DROP; iptables -A FORWARD ! -i lo -j ACCEPT") as world:
        found = seen(world)
        assert rules(found, "filter", "FORWARD") == {"! -i lo -j ACCEPT"}
        assert {chain.name: chain.policy for chain in chains(found)}["FORWARD"] == "DROP"
    with a_world(NFT_TABLES) as world:
        forward = next(chain for chain in chains(seen(world)) if chain.name == "forward")
        assert (forward.policy, forward.families, forward.hook) == ("DROP", (4, 6), ("filter", "FORWARD"))


@as_judge
def test_a_comparison_is_no_equality() -> None:
    """What nft compares by order meets none of the ports beside it; `--syn` is read as it is kept."""
    by_nft = 'nft "add rule inet filter input tcp dport > 80 drop"'
    script = f"{NFT_TABLES}{by_nft}\niptables -A OUTPUT -p tcp --syn -j DROP"
    with a_world(script) as world:
        found = seen(world)
        assert rules(found, "filter", "INPUT") == {"-p tcp --dport 81:65535 -j DROP"}
        syn = read_options(["-p", "tcp", "--syn", "-j", "DROP"])
        assert rules(found, "filter", "OUTPUT") == {" ".join(map(str, syn))}


@as_judge
def test_both_programs_at_once() -> None:
    """What iptables made is told once, in its own words; nft's own tables stand beside it."""
    script = """
    iptables -A INPUT -p tcp -m state --state NEW -j ACCEPT
    ip6tables -A INPUT -s fd00::/64 -j DROP
    nft add table ip other
    nft add chain ip other mine
    nft add rule ip other mine counter drop
    """
    with a_world(script) as world:
        found = chains(seen(world))
        told = [(chain.families, chain.table, chain.name, str(rule)) for chain in found for rule in chain.rules]
        assert sorted(told) == [
            ((4,), "filter", "INPUT", "-p tcp --ctstate NEW -j ACCEPT"),
            ((4,), "other", "mine", "-j DROP"),
            ((6,), "filter", "INPUT", "-s fd00::/64 -j DROP"),
        ]


@as_judge
def test_the_older_iptables_is_read_as_well() -> None:
    """Its tables are no nftables; a change of them is noticed, and one of its counters is not."""
    with a_world() as world:
        # The file that lists its tables belongs to whoever the namespace's root was when that was made.
        world.run("ip netns add r")
        world.run("ip netns exec r iptables-legacy -t nat -A POSTROUTING -s 10.0.0.0/24 -j MASQUERADE")
        with world.observer() as observer:
            found = chains(observer.snapshot(FILTERS), "r")
            assert [str(rule) for chain in found for rule in chain.rules] == ["-s 10.0.0.0/24 -j MASQUERADE"]
            world.run("ip netns exec r iptables-legacy -A INPUT -i lo -j ACCEPT; ip -n r link set lo up")
            assert observer.changed()
            observer.snapshot(FILTERS)
            world.run("ip netns exec r ping -c 1 -q 127.0.0.1")
            observer.snapshot(FILTERS)
            assert not observer.changed()
            world.run("ip netns exec r iptables-legacy -F INPUT")
            assert observer.changed()


@as_judge
def test_a_change_is_noticed_and_looking_is_none() -> None:
    """By the number of changes that the kernel keeps; what is the same is not read again."""
    with a_world("ip netns add r") as world, world.observer() as observer:
        first = observer.snapshot(FILTERS)
        assert first.namespaces["r"].netfilter == Netfilter()
        assert not observer.changed()
        world.run("ip netns exec r iptables -A INPUT -s 10.0.0.1 -j DROP")
        assert observer.changed()
        second = observer.snapshot(FILTERS)
        assert second.reachability != first.reachability
        assert not observer.changed()
        assert observer.snapshot(FILTERS).namespaces["r"].netfilter is second.namespaces["r"].netfilter
        world.run("ip netns exec r nft flush ruleset")
        assert observer.changed()


@as_judge
def test_a_namespace_made_again_is_another_one() -> None:
    """The same name, and the same number of changes, mean nothing."""
    script = "ip netns add r; ip netns exec r iptables -A INPUT -s 10.0.0.{} -j DROP"
    with a_world(script.format(1)) as world, world.observer() as observer:
        before = [str(rule) for chain in chains(observer.snapshot(FILTERS), "r") for rule in chain.rules]
        world.run(f"ip netns del r; {script.format(2)}")
        after = [str(rule) for chain in chains(observer.snapshot(FILTERS), "r") for rule in chain.rules]
        assert (before, after) == (["-s 10.0.0.1/32 -j DROP"], ["-s 10.0.0.2/32 -j DROP"])


@as_judge
def test_packets_are_counted_when_somebody_asks() -> None:
    """The counters are those of this moment, though no rule was changed; they make no other network."""
    counted = frozenset[Part]({Kind.COUNTERS})
    with a_world("iptables -A OUTPUT -d 127.8.8.8 -j ACCEPT") as world, world.observer() as observer:
        before = observer.snapshot(counted)
        world.run("ping -c 1 -q 127.8.8.8")
        after = observer.snapshot(counted)
        numbers = [[rule.packets for chain in chains(one) for rule in chain.rules] for one in (before, after)]
        policies = {chain.name: chain.packets for chain in chains(after)}
        assert policies == {"OUTPUT": 0}, "as `iptables -nvL` has it"
        assert numbers[0] == [0]
        assert numbers[1] > [0]
        assert before.reachability == after.reachability


@as_judge
def test_nothing_stays_behind() -> None:
    """No descriptor, and no process."""
    with a_world("iptables -A INPUT -j ACCEPT") as world:
        before = os.listdir("/proc/self/fd")
        seen(world)
        assert os.listdir("/proc/self/fd") == before
        assert len(Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()) == 1


# --- policy routing ---------------------------------------------------------------------------------------------------


@as_judge
def test_rules_are_read() -> None:
    """Each with what `ip rule` shows of it; those that every namespace has are there, too."""
    script = """
    ip rule add from 10.0.0.0/24 to 10.9.0.0/16 iif lo lookup 100 priority 50
    ip rule add fwmark 0x1/0xff oif lo lookup 200 priority 60
    ip rule add not from 10.0.0.1 blackhole priority 70
    ip -6 rule add from fd00::/64 lookup 300 priority 80
    """
    with a_world(script) as world:
        found = {(rule.family, rule.priority): rule for rule in seen(world, frozenset({Kind.RULES})).rules()}
        first = found["inet", 50]
        assert (first.src, first.dst, first.iif, first.lookup) == ("10.0.0.0/24", "10.9.0.0/16", "lo", 100)
        marked = found["inet", 60]
        assert (marked.fwmark, marked.oif, marked.lookup, marked.src) == ("0x1/0xff", "lo", 200, None)
        assert (found["inet", 70].inverted, found["inet", 70].lookup) == (True, None)
        assert (found["inet6", 80].src, found["inet6", 80].lookup) == ("fd00::/64", 300)
        assert (found["inet", 32766].lookup, found["inet", 0].lookup) == (254, 255)


@as_judge
def test_routes_of_other_tables_are_read() -> None:
    """They stand apart from those of main, which others take for all that there is."""
    script = """
    ip link add p0 type veth peer name p1; ip addr add 10.0.0.1/24 dev p0; ip link set p0 up
    ip route add default via 10.0.0.2 table 100
    ip route add 10.5.0.0/16 via 10.0.0.3 table 1000
    """
    with a_world(script) as world:
        found = seen(world, frozenset({Kind.ROUTES, Kind.TABLES}))
        assert [(str(route.dst), route.via) for route in found.routes(100)] == [("0.0.0.0/0", "10.0.0.2")]
        assert [(str(route.dst), route.via) for route in found.routes(1000)] == [("10.5.0.0/16", "10.0.0.3")]
        assert {route.table for route in found.routes()} == {254}
        assert "10.0.0.2" not in {route.via for route in found.routes()}


def test_a_setting_is_a_part_of_its_own() -> None:
    """Two settings are two parts."""
    assert len({Setting("net/ipv4/ip_forward"), Setting("net/ipv4/ip_forward"), Setting("net/a")}) == 2
