"""Rules of nft's, names that look like rules, and chains that nobody calls, as they are read by netlink."""

from __future__ import annotations

import shlex

from kernel_world import a_world, as_judge
from test_kernel_filters import NFT_TABLES, chains, rules_of, seen

STRANGE = [
    "meta skuid 0 accept",
    "ip saddr . tcp dport { 10.0.0.1 . 80 } accept",
    "ct mark 1 drop",
    "ct state vmap { new : drop }",
    "fib saddr type local drop",
    "limit rate 5/minute accept",
    "@th,0,16 80 drop",
    "ip saddr != { 10.0.0.1, 10.0.0.3 } drop",
    "tcp flags syn / syn,ack drop",
    "tcp flags & (syn | ack) == syn drop",
    "ip saddr & 255.255.0.0 == 10.0.0.0 drop",
    "meta mark set ct mark",
    "meta mark set meta mark or 0x1",
    "tcp dport vmap { 80 : accept, 81-90 : drop }",
    "tcp option maxseg size set 1400",
    "queue num 1",
    "notrack",
    "ip ttl set 4",
    "tcp dport != 80-90 reject with tcp reset",
    "numgen inc mod 2 0 drop",
    "ip6 saddr fd00::/64 icmpv6 type echo-request drop",
    "iifname { a, b } counter log drop",
    "ip dscp cs1 drop",
    "meta l4proto { tcp, udp } th dport 53 accept",
    "quota over 1 mbytes drop",
    "reject",
]
"""Rules of nft's that say what iptables cannot, or says otherwise."""


@as_judge
def test_whatever_nft_can_say_is_read() -> None:
    """A rule with something that is not understood is there, names it, and keeps no other from being read."""
    added = "\n".join(f'nft "add rule inet filter input {words}" || true' for words in STRANGE)
    script = (
        f"{NFT_TABLES}{added}\nnft add rule ip nat prerouting dnat to tcp dport map '{{ 80 : 10.0.0.1 }}'\n"
        "nft add rule ip nat postrouting snat to 10.0.0.1-10.0.0.9"
    )
    with a_world(script) as world:
        read = chains(seen(world))
        made = next(chain for chain in read if chain.name == "input").rules
        assert len(made) > len(STRANGE) // 2
        assert {"lookup", "cmp", "numgen", "fib", "quota"} & {rule.unknown for rule in made}
        nat = [rule for chain in read if chain.table == "nat" for rule in chain.rules]
        assert [(str(rule), rule.unknown) for rule in nat] == [
            ("-p tcp -j DNAT", "lookup"),
            ("-j SNAT --to-source 10.0.0.1-10.0.0.9", None),
        ]


SAYS = [
    ("meta skuid 0 accept", "--uid-owner 0 -j ACCEPT"),
    ("tcp flags & (syn | ack) == syn drop", "-p tcp --tcp-flags ACK,SYN SYN -j DROP"),
    ("tcp flags syn drop", "-p tcp --tcp-flags SYN SYN -j DROP"),
    ("ip saddr & 255.255.0.0 == 10.0.0.0 drop", "-s 10.0.0.0/16 -j DROP"),
    (
        "ip saddr 10.0.0.1 ip daddr 10.0.0.2 tcp sport 1 tcp dport 2 accept",
        "-s 10.0.0.1/32 -d 10.0.0.2/32 -p tcp --sport 1 --dport 2 -j ACCEPT",
    ),
    ("ip saddr 10.0.0.1-10.0.0.4 drop", "--src-range 10.0.0.1-10.0.0.4 -j DROP"),
    ("ip saddr { 10.0.0.0/24, 192.0.2.1 } drop", "-s 10.0.0.0/24,192.0.2.1/32 -j DROP"),
    ('iifname \\"eth*\\" drop', "-i eth+ -j DROP"),
    ("iif lo accept", "-i lo -j ACCEPT"),
    ("ct mark 7 meta mark & 0xff == 0x10 return", "-m connmark --mark 0x7 --mark 0x10/0xff -j RETURN"),
    ("ct state { established, related } accept", "--ctstate ESTABLISHED,RELATED -j ACCEPT"),
    ("ct state != invalid accept", "! --ctstate INVALID -j ACCEPT"),
    ("limit rate 5/minute burst 7 packets accept", "--limit 5/minute --limit-burst 7 -j ACCEPT"),
    ("tcp dport != { 22, 80-90 } drop", "-p tcp ! --dports 22,80:90 -j DROP"),
    ("icmp type destination-unreachable icmp code 1 drop", "-p icmp --icmp-type 3/1 -j DROP"),
    ("ip ttl 7 drop", "--ttl-eq 7 -j DROP"),
    ('ip protocol 47 drop comment \\"a name\\"', "-p gre -j DROP --comment a name"),
    ("meta mark set meta mark & 0xffffff00 | 0x5", "-j MARK --set-xmark 0x5/0xff"),
    (
        'udp dport 1-1023 log group 3 prefix \\"x\\" drop',
        "-p udp --dport 1:1023 -j NFLOG --nflog-prefix x --nflog-group 3 -j DROP",
    ),
    ("tcp dport 80 reject", "-p tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable"),
]
"""Words of nft's in a table of IPv4's, and the same in iptables'."""


@as_judge
def test_what_nft_says_is_understood() -> None:
    """Each rule comes to just these options."""
    script = "nft add table ip t\nnft add chain ip t c\n" + "\n".join(f'nft "add rule ip t c {nft}"' for nft, _ in SAYS)
    with a_world(script) as world:
        read = rules_of(seen(world), "t", "c")
        assert [f"{rule.unknown or ''}{rule}" for rule in read] == [words for _, words in SAYS]


NAMES = ["x\n:INPUT DROP [0:0]\n#", "x\n[0:0] -A POSTROUTING -o eth0 -j MASQUERADE\n#", "-j DROP", 'a" -j DROP "b']
"""Names that read like lines of `iptables-save`."""


@as_judge
def test_a_name_is_no_rule() -> None:
    """Whatever a name says, it makes no chain, no policy and no option."""
    with a_world("touch /tmp/none") as world:
        for name in NAMES:
            word = shlex.quote(name)
            world.run(f"iptables -A OUTPUT -m recent --set --name {word} || true")
            for kind in (
                f"-m comment --comment {word}",
                f"-p udp -m string --algo bm --string {word}",
                f"-j LOG --log-prefix {shlex.quote(name[:29])}",
                f"-j NFLOG --nflog-prefix {word}",
            ):
                world.run(f"iptables -A OUTPUT {kind} || true; iptables-legacy -A OUTPUT {kind} || true")
        found = seen(world)
        policies = {chain.policy for chain in chains(found) if chain.hook}
        options = [option for chain in chains(found) for rule in chain.rules for option in rule.options]
        assert policies == {"ACCEPT"}
        assert not [chain for chain in chains(found) if chain.is_called("nat", "POSTROUTING")]
        assert "DROP" not in {option.value for option in options if option.name == "-j"}
        assert {rule.unknown for chain in chains(found) for rule in chain.rules} >= {None, "recent", "string"}


@as_judge
def test_what_the_kernel_does_not_call_is_no_chain_of_iptables() -> None:
    """A chain called INPUT without a hook, one at another hook, and a table that is switched off."""
    script = """
    nft add table ip filter
    nft add chain ip filter INPUT
    nft add rule ip filter INPUT drop
    nft add chain ip filter FORWARD '{ type filter hook output priority 0; policy drop; }'
    nft add table ip off '{ flags dormant; }'
    nft add chain ip off in '{ type filter hook input priority 0; policy drop; }'
    nft add rule ip off in drop
    """
    with a_world(script) as world:
        found = seen(world)
        assert [rules_of(found, "filter", name) for name in ("INPUT", "FORWARD")] == [[], []]
        assert [chain.name for chain in chains(found) if chain.is_called("filter", "OUTPUT")] == ["FORWARD"]


@as_judge
def test_a_rule_of_one_family_in_a_table_of_both() -> None:
    """Whether the rule itself says so, or what it looks at."""
    script = f"""{NFT_TABLES}
    nft add rule inet filter input meta nfproto ipv6 tcp dport 80 drop
    nft add rule inet filter input ip saddr 10.0.0.1 drop
    nft add rule inet filter input udp dport 53 drop
    """
    with a_world(script) as world:
        assert [rule.family for rule in rules_of(seen(world), "filter", "INPUT")] == [6, 4, None]
