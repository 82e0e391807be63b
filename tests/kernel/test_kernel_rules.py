"""Rules decoded from the kernel's own form, against what `iptables-save` prints of the same ones."""

from __future__ import annotations

import random
import shlex
from collections.abc import Sequence

import pytest
from kernel_world import World, a_world, as_judge

from nstutor.kernel.filterwords import read_options
from nstutor.kernel.model import Kind, Part
from nstutor.kernel.parts import Chain, FilterRule, Option

FILTERS = frozenset[Part]({Kind.NETFILTER})
IMPLIED = frozenset({Option("--log-level", "4"), Option("--limit-burst", "5")})
"""What `iptables-save` leaves out because it is what everybody means."""
RULES = 180

SOURCES = (
    "-s 10.0.0.0/24",
    "! -s 10.1.2.3",
    "-s 10.0.0.0/255.255.0.0",
    "-s 172.16.0.0/12",
    "-s 0/0",
    "-d 10/8",
    "! -d 192.0.2.0/25",
    "-d 10.0.0.1/255.0.0.255",
    "-s 128.0.0.0/1 -d 10.9.9.9",
    "",
)
SOURCES6 = ("-s fd00::/64", "! -s fd00::1", "-d 2001:db8::/33", "-s ::/0", "-s fe80::1 -d fd00::/8", "")
DEVICES_IN = ("-i eth0", "! -i lo", "-i eth+", "! -i wg+", "--in-interface fifteen_letters", "-i +", "")
DEVICES_OUT = ("-o eth0", "! -o lo", "-o eth+", "--out-interface fifteen_letters", "-o +", "")
PROTOCOLS = (
    "-p tcp --dport 80",
    "-p 6 --destination-port 1024:",
    "-p tcp ! --sport 1:7",
    "-p tcp --syn",
    "-p tcp ! --syn",
    "-p tcp --tcp-flags ALL SYN,ACK",
    "-p tcp --tcp-flags SYN,RST NONE",
    "-p udp --dport 53 --sport 1024:65535",
    "-p udp -m multiport --dports 53,67:68,500",
    "-p tcp -m multiport ! --sports 22",
    "-p tcp -m multiport --ports 1,2",
    "-p tcp -m tcp --tcp-option 5",
    "-p sctp -m multiport --sports 8,9",
    "! -p tcp",
    "-p gre",
    "-p 77",
    "-p esp",
    "-p all",
    "-p tcp --sport 5 --dport 6",
    "-p udp --dport 0:65535",
    "",
)
ICMP = (
    "-p icmp --icmp-type echo-request",
    "-p icmp --icmp-type 3/1",
    "-p icmp ! --icmp-type port-unreachable",
    "-p icmp --icmp-type any",
    "-p icmp",
    "-p 1 --icmp-type 11",
)
ICMP6 = ("-p icmpv6 --icmpv6-type echo-request", "-p ipv6-icmp ! --icmpv6-type 1/4", "-p 58")
MATCHES = (
    "-m conntrack --ctstate NEW,RELATED",
    "-m conntrack ! --ctstate INVALID",
    "-m state --state ESTABLISHED",
    "-m conntrack --ctstate DNAT,UNTRACKED",
    "-m conntrack --ctproto udp --ctdir REPLY",
    "-m conntrack --ctstatus ASSURED,CONFIRMED",
    "-m conntrack --ctorigdstport 80:90",
    "-m mark --mark 7",
    "-m mark ! --mark 0x10/0xff",
    "-m connmark --mark 7",
    "-m connmark ! --mark 1/3",
    "-m statistic --mode random --probability 0.33",
    "-m statistic --mode nth --every 3 --packet 0",
    "-m statistic --mode nth ! --every 4 --packet 2",
    "-m comment --comment 'a b; -j DROP'",
    "-m limit --limit 5/minute",
    "-m limit --limit 60/min --limit-burst 9",
    "-m limit --limit 3000/sec",
    "-m limit --limit 7/hour",
    "-m mac --mac-source 02:00:00:AA:bb:01",
    "-m mac ! --mac-source 02:00:00:00:00:01",
    "-m addrtype --dst-type LOCAL",
    "-m length --length 40:100",
    "-m length ! --length 7",
    "-m pkttype --pkt-type broadcast",
    "-m physdev --physdev-in p+ --physdev-is-bridged",
    "",
)
MATCHES4 = (
    "-m iprange --src-range 10.0.0.1-10.0.0.9",
    "-m iprange ! --dst-range 10.0.0.1-10.0.0.2",
    "-m ttl --ttl-eq 7",
    "-m ttl ! --ttl-eq 7",
    "-m ttl --ttl-lt 3",
    "-m ttl --ttl-gt 9",
    "-f",
    "! -f",
    "-m conntrack --ctorigsrc 10.0.0.0/8",
    "-m addrtype ! --src-type UNICAST,BROADCAST",
)
MATCHES6 = (
    "-m iprange --src-range fd00::1-fd00::9",
    "-m hl --hl-eq 7",
    "-m hl --hl-gt 9",
    "-m conntrack ! --ctrepldst fd00::/16",
)
OWNER = ("-m owner --uid-owner 0", "-m owner ! --uid-owner 0", "-m owner --gid-owner 0", "-m owner --socket-exists")
TARGETS = (
    "-j ACCEPT",
    "-j DROP",
    "-j RETURN",
    "-j other",
    "-g other",
    "",
    "-j LOG",
    "-j LOG --log-prefix 'a b '",
    "-j LOG --log-level debug --log-uid",
    "-j NFLOG --nflog-group 3 --nflog-prefix x",
)
REJECTS = ("-j REJECT", "-j REJECT --reject-with host-unreach", "-j REJECT --reject-with icmp-admin-prohibited")
REJECTS6 = ("-j REJECT", "-j REJECT --reject-with icmp6-no-route", "-j REJECT --reject-with icmp6-adm-prohibited")
MANGLES = (
    "-j MARK --set-mark 1",
    "-j MARK --set-mark 0x10/0xf0",
    "-j MARK --set-xmark 5/7",
    "-j MARK --or-mark 8",
    "-j MARK --and-mark 0xff",
    "-j MARK --xor-mark 3",
    "-j CONNMARK --save-mark",
    "-j CONNMARK --set-mark 9",
    "-j CONNMARK --restore-mark --nfmask 15 --ctmask 240",
)
TPROXY = ("-p tcp --dport 80 -j TPROXY --on-port 5000 --on-ip 127.0.0.1 --tproxy-mark 1/1",)
TCPMSS = (
    "-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
    "-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1400",
)
TTL = ("-j TTL --ttl-set 5", "-j TTL --ttl-dec 1")
HL = ("-j HL --hl-set 5",)
PREROUTING = (
    "-p tcp --dport 80 -j DNAT --to-destination 10.0.0.2:8080",
    "-j DNAT --to-destination 10.0.0.2",
    "-p udp -j DNAT --to-destination 10.0.0.2-10.0.0.9:1-9 --persistent",
    "-p tcp -j REDIRECT --to-ports 8",
    "-p tcp -j REDIRECT --to-port 10-20 --random",
    "-d 10.0.0.0/24 -j NETMAP --to 10.7.0.0/24",
)
PREROUTING6 = (
    "-p tcp --dport 80 -j DNAT --to-destination [fd00::2]:8080",
    "-j DNAT --to-destination fd00::2",
    "-p tcp -j REDIRECT --to-ports 8",
)
POSTROUTING = (
    "-o eth0 -j MASQUERADE",
    "-p tcp -j MASQUERADE --to-ports 1000-2000 --random-fully",
    "-j MASQUERADE",
    "-j SNAT --to-source 10.0.0.7",
    "-p tcp -j SNAT --to-source 10.0.0.7:1-2 --random",
    "-j SNAT --to-source 10.0.0.7-10.0.0.9 --persistent",
)
POSTROUTING6 = ("-o eth0 -j MASQUERADE", "-j SNAT --to-source fd00::7", "-p tcp -j SNAT --to-source [fd00::7]:1-2")


def generated(seed: int, family: int) -> list[tuple[str, str, str]]:
    """Table, chain and words of as many rules, each with some matches and a target."""
    choice = random.Random(seed).choice
    four = family == 4
    sources, icmp = (SOURCES, ICMP) if four else (SOURCES6, ICMP6)
    matches = MATCHES + (MATCHES4 if four else MATCHES6)
    rejects = REJECTS if four else REJECTS6
    found = []
    for index in range(RULES):
        given = [choice(sources), choice(DEVICES_IN), choice(matches), choice(matches)]
        if given[2].split()[:2] == given[3].split()[:2]:
            given.pop()
        kind = index % 6
        if kind == 0:
            place, target = ("nat", "PREROUTING"), choice(PREROUTING if four else PREROUTING6)
        elif kind == 1:
            place, target = ("nat", "POSTROUTING"), choice(POSTROUTING if four else POSTROUTING6)
            given = [one for one in given if "mac" not in one and "physdev" not in one]
            given[1] = ""
        elif kind == 2:
            place, target = ("mangle", "PREROUTING"), choice(MANGLES + (TTL + TPROXY if four else HL))
        elif kind == 3:
            place, target = ("filter", "OUTPUT"), choice(TARGETS + OWNER)
            given = [one for one in given if "mac" not in one and "physdev" not in one]  # these know only arrivals
            given[1] = choice(DEVICES_OUT)
        elif kind == 4:
            place, target = ("mangle", "FORWARD"), choice(TCPMSS)
        else:
            place, target = ("filter", "INPUT"), choice(TARGETS + rejects)
        if " -p " not in f" {target}":
            given.append(choice(PROTOCOLS + icmp))
        if kind == 0:
            given = [one for one in given if "-d" not in one.split() or "-d" not in target.split()]
        found.append((*place, " ".join(filter(None, (*given, target)))))
    return found


def restored(rules: Sequence[tuple[str, str, str]]) -> str:
    """What `iptables-restore` takes for these rules."""
    lines = []
    for table in ("filter", "nat", "mangle"):
        lines += [f"*{table}", *([":other - [0:0]"] if table == "filter" else [])]
        # Its quotation marks are double ones.
        lines += [f"-A {chain} {words}".replace("'", '"') for where, chain, words in rules if where == table]
        lines.append("COMMIT")
    return "\n".join((*lines, ""))


def saved(text: str) -> dict[tuple[str, str], list[tuple[Option, ...]]]:
    """The rules that `iptables-save` prints, by table and chain."""
    table, found = "", dict[tuple[str, str], list[tuple[Option, ...]]]()
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith("-A "):
            _, chain, *words = shlex.split(line)
            found.setdefault((table, chain), []).append(read_options(words))
    return found


def made(world: World, program: str, rules: Sequence[tuple[str, str, str]]) -> list[Chain]:
    """The chains that are read after a program has made the rules in `r`."""
    world.run(f"ip netns add r; ip netns exec r {program}-restore <<'EOF'\n{restored(rules)}EOF\n")
    with world.observer() as observer:
        found = observer.snapshot(FILTERS).namespaces["r"].netfilter
    assert found is not None
    assert found.unread is None
    return list(found.chains)


def rules_at(chains: Sequence[Chain], table: str, name: str) -> list[FilterRule]:
    """The rules of that chain."""
    return [rule for chain in chains if chain.is_called(table, name) for rule in chain.rules]


PROGRAMS = [("iptables-nft", 4), ("ip6tables-nft", 6), ("iptables-legacy", 4), ("ip6tables-legacy", 6)]


@pytest.mark.parametrize(("program", "family"), PROGRAMS)
def test_rules_are_what_iptables_save_prints(program: str, family: int) -> None:
    """Each generated rule is decoded to just the options that the oracle prints, in its place and order."""
    _compare(program, family)


@as_judge
def _compare(program: str, family: int) -> None:
    rules = generated(7, family)
    with a_world() as world:
        chains = made(world, program, rules)
        oracle = saved(world.run(f"ip netns exec r {program}-save"))
        assert sum(map(len, oracle.values())) == len(rules)
        wrong = []
        for (table, name), wanted in oracle.items():
            read = rules_at(chains, table, name)
            assert len(read) == len(wanted), (table, name)
            wrong += [
                (rule, options)
                for rule, options in zip(read, wanted, strict=True)
                if set(rule.options) - IMPLIED != set(options) - IMPLIED or rule.unknown
            ]
            lines = [words for where, chain, words in rules if (where, chain) == (table, name)]
            spelt = [read_options(shlex.split(words)) for words in lines]
            wrong += [(rule, words) for words, rule in zip(spelt, read, strict=True) if not all(map(rule.says, words))]
        report = "\n".join(f"{rule.unknown or ''}|{rule}\n  {' '.join(map(str, options))}" for rule, options in wrong)
        assert not wrong, f"{len(wrong)} of {len(rules)}\n{report}"
