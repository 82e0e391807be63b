"""What `nft -j list ruleset` prints (libnftables-json(5)), as chains with rules in iptables' words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from nstutor.kernel.filterwords import LAST_PORT, canonical, hook_of
from nstutor.kernel.parts import Chain, FilterRule, Option

FAMILIES: Mapping[str, tuple[int, ...]] = {"ip": (4,), "ip6": (6,), "inet": (4, 6)}
"""nft's families that iptables has as well; `bridge`, `arp` and `netdev` have other tools."""

Json = Any
Place = tuple[str, str, str]
"""Family, table and chain."""

FIELDS: Mapping[tuple[str, str], str] = {
    ("ip", "saddr"): "-s", ("ip", "daddr"): "-d", ("ip6", "saddr"): "-s", ("ip6", "daddr"): "-d",
    ("ip", "protocol"): "-p", ("ip6", "nexthdr"): "-p", ("icmp", "type"): "--icmp-type",
    ("icmpv6", "type"): "--icmpv6-type", ("ip", "ttl"): "--ttl-eq",
    **{(protocol, f"{end}port"): f"--{end}port" for protocol in ("tcp", "udp", "th", "sctp") for end in "sd"},
}  # fmt: skip
META: Mapping[str, str] = {"iifname": "-i", "iif": "-i", "oifname": "-o", "oif": "-o", "l4proto": "-p",
                           "mark": "--mark"}  # fmt: skip
SEVERAL: Mapping[str, str] = {"--sport": "--sports", "--dport": "--dports"}
"""iptables has another option where there are several ports."""
PROTOCOLS = ("tcp", "udp", "sctp", "icmp", "icmpv6")
"""Of these, a field tells which protocol is meant."""
BOUNDS: Mapping[str, Callable[[int], tuple[int, int]]] = {
    "<": lambda end: (0, end - 1),
    "<=": lambda end: (0, end),
    ">": lambda end: (end + 1, LAST_PORT),
    ">=": lambda end: (end, LAST_PORT),
}
"""The first and the last port that meet a comparison."""
VERDICTS: Mapping[str, str] = {"accept": "ACCEPT", "drop": "DROP", "return": "RETURN"}


def chains_of(ruleset: Json, netns: str, known: Collection[tuple[str, str]]) -> Iterator[Chain]:
    """The chains of the namespace that is called `netns`, but for the tables that are known already.

    Those are given as family and name: what `iptables` has put there, `nft` shows in part only.
    """
    entries: Sequence[Json] = ruleset.get("nftables", ())
    rules: dict[Place, list[FilterRule]] = {}
    for rule in (entry["rule"] for entry in entries if "rule" in entry):
        rules.setdefault((rule["family"], rule["table"], rule["chain"]), []).append(_rule(rule.get("expr", ())))
    for chain in (entry["chain"] for entry in entries if "chain" in entry):
        if chain["family"] in FAMILIES and (chain["family"], chain["table"]) not in known:
            yield _chain(chain, netns, rules.get((chain["family"], chain["table"], chain["name"]), []))


def _chain(chain: Json, netns: str, rules: Sequence[FilterRule]) -> Chain:
    called = "hook" in chain
    hook = hook_of(chain["type"], chain["hook"], chain.get("prio", 0)) if called else None
    policy = chain.get("policy", "accept").upper() if called else None
    return Chain(netns, FAMILIES[chain["family"]], chain["table"], chain["name"], hook, policy, tuple(rules))


def _rule(expressions: Sequence[Json]) -> FilterRule:
    options: list[Option] = []
    packets = None
    for expression in expressions:
        [(kind, body)] = expression.items()
        if kind == "counter" and isinstance(body, dict):
            packets = body.get("packets")
        elif kind in STATEMENTS:
            options += (canonical(option) for option in STATEMENTS[kind](body))
        elif kind in VERDICTS:
            options.append(Option("-j", VERDICTS[kind]))
    return FilterRule(tuple(dict.fromkeys(options)), packets)


def _match(body: Json) -> Iterator[Option]:
    left, negated = body["left"], body["op"] == "!="
    if "payload" in left:
        protocol, name = left["payload"].get("protocol", ""), FIELDS.get(_field(left["payload"]))
        if protocol in PROTOCOLS:
            yield Option("-p", protocol)
    elif "meta" in left:
        name = META.get(left["meta"]["key"])
    else:
        name = "--ctstate" if left.get("ct", {}).get("key") == "state" else None
    if name is not None:
        values = _values(_bounded(body["op"], body["right"]))
        yield Option(SEVERAL.get(name, name) if len(values) > 1 else name, ",".join(values), negated)


def _bounded(operator: str, right: Json) -> Json:
    """What is compared with, as a range where an operator sets one end of it: iptables has that for ports."""
    if operator not in BOUNDS:
        return right
    if not isinstance(right, int):
        return f"{operator}{right}"
    low, high = BOUNDS[operator](right)
    return {"range": [low, high]}


def _field(payload: Json) -> tuple[str, str]:
    return payload.get("protocol", ""), payload.get("field", "")


def _values(right: Json) -> list[str]:
    """The value or values that are compared with."""
    if isinstance(right, list):
        return [value for one in right for value in _values(one)]
    if isinstance(right, dict):
        if "set" in right:
            return _values(right["set"])
        if "prefix" in right:
            return [f"{right['prefix']['addr']}/{right['prefix']['len']}"]
        if "range" in right:
            return [":".join(map(str, right["range"]))]
        return ["?"]
    return [str(right)]


def _reject(body: Json) -> Iterator[Option]:
    yield Option("-j", "REJECT")
    how = body or {}
    if how.get("type") == "tcp reset":
        yield Option("--reject-with", "tcp-reset")
    elif "expr" in how:
        yield Option("--reject-with", f"{'icmp6' if how.get('type') == 'icmpv6' else 'icmp'}-{how['expr']}")


def _translate(target: str, option: str) -> Callable[[Json], Iterator[Option]]:
    def read(body: Json) -> Iterator[Option]:
        yield Option("-j", target)
        place = body or {}
        address = _values(place["addr"])[0] if "addr" in place else ""
        port = f"{':' if address else ''}{_values(place['port'])[0]}" if "port" in place else ""
        if address or port:
            yield Option(option, address + port)

    return read


def _log(body: Json) -> Iterator[Option]:
    yield Option("-j", "LOG")
    if body and "prefix" in body:
        yield Option("--log-prefix", body["prefix"])


def _mangle(body: Json) -> Iterator[Option]:
    if body.get("key", {}).get("meta", {}).get("key") == "mark":
        yield Option("-j", "MARK")
        yield Option("--set-xmark", ",".join(_values(body["value"])))


STATEMENTS: Mapping[str, Callable[[Json], Iterator[Option]]] = {
    "match": _match,
    "reject": _reject,
    "masquerade": _translate("MASQUERADE", "--to-ports"),
    "redirect": _translate("REDIRECT", "--to-ports"),
    "snat": _translate("SNAT", "--to-source"),
    "dnat": _translate("DNAT", "--to-destination"),
    "jump": lambda body: iter([Option("-j", body["target"])]),
    "goto": lambda body: iter([Option("-g", body["target"])]),
    "log": _log,
    "mangle": _mangle,
}
