"""Words that `ip` and `bridge` did not understand."""

from __future__ import annotations

import re

from nstutor.cmdline import tokens
from nstutor.coach import lines, places
from nstutor.coach.advice import Advice, Attempt
from nstutor.text.i18n import _
from nstutor.text.typo import meant_by

OBJECTS = ("address", "addr", "route", "rule", "neighbour", "neigh", "link", "monitor", "netns")
_VERBS = ("add", "change", "delete", "flush", "replace", "set", "show", "up", "down")
_NETNS_VERBS = ("add", "attach", "delete", "exec", "identify", "list", "list-id", "monitor", "pids", "set")
_KEYWORDS = {
    "link": ("up", "down", "master", "nomaster", "netns", "name", "address", "type", "mtu", "peer", "alias"),
    "address": ("dev", "broadcast", "label", "scope", "peer"),
    "route": ("via", "dev", "src", "metric", "table", "scope", "onlink"),
    "neighbour": ("lladdr", "dev", "nud"),
}
_KINDS = ("veth", "bridge", "dummy", "vlan", "macvlan", "ipvlan", "vxlan", "tun", "bond", "vrf", "gre", "wireguard")


def unknown_netns_verb(attempt: Attempt, name: str) -> Advice | None:
    """`Command "ximenqing-ns" is unknown, try "ip netns help"`: mostly a forgotten `exec`."""
    held = lines.holding(attempt, name)
    if name in attempt.after.namespaces:
        command = tokens.insert(attempt.line, held[1], "exec") if held else None
        return Advice(_("`exec` is missing before {name}.").format(name=name), command)
    return _misspelt(attempt, name, _NETNS_VERBS)


def unknown_link_verb(attempt: Attempt, name: str) -> Advice | None:
    """`Command "br0" is unknown, try "ip link help"`: mostly a `set` too few."""
    held = lines.holding(attempt, name)
    following = held and next((word for word in held[0].words if word.start > held[1].start), None)
    if held and following:
        command, word = held
        if name in ("up", "down"):
            swapped = attempt.line[: word.start] + f"set {following.text} {name}" + attempt.line[following.end :]
            return Advice(_("`set` and the device come before {name}.").format(name=name), swapped)
        if command.netns and attempt.after.link(command.netns, name):
            text = _("`set` is missing before {name}.").format(name=name)
            return Advice(text, tokens.insert(attempt.line, word, "set"))
    return unknown_verb(attempt, name)


def unknown_verb(attempt: Attempt, name: str) -> Advice | None:
    """`Command "x" is unknown, try "ip address help"`."""
    if places.devices_called(attempt.after, name):
        return Advice(_("A verb is missing before {name}, such as `show`.").format(name=name))
    return _misspelt(attempt, name, ("add", "change", "delete", "flush", "replace", "set", "show"))


def unknown_object(attempt: Attempt, name: str) -> Advice | None:
    """`Object "ls" is unknown, try "ip help"`."""
    if name in ("ls", "list", "show"):
        text = _(
            "`ip {word}` does not say of what: `ip link` lists devices, `ip addr` addresses, `ip netns` namespaces."
        )
        return Advice(text.format(word=name))
    if name in _VERBS:
        return _verb_first(attempt, name)
    if name in attempt.after.namespaces:
        return Advice(_("{name} is a namespace: `ip -n {name} …`, or `ip netns exec {name} …`.").format(name=name))
    if places.devices_called(attempt.after, name):
        text = _("{name} is a device: before it come object and verb, as in `ip link show {name}`.")
        return Advice(text.format(name=name))
    return _misspelt(attempt, name, OBJECTS)


def unknown_bridge_object(attempt: Attempt, name: str) -> Advice | None:
    """`Object "lnk" is unknown, try "bridge help"`."""
    return _misspelt(attempt, name, ("link", "fdb", "mdb", "vlan", "monitor"))


def garbage(attempt: Attempt, name: str) -> Advice | None:
    """`Error: either "dev" is duplicate, or "mastr" is a garbage`."""
    held = lines.holding(attempt, name)
    if held is None:
        return None
    command, word = held
    if re.fullmatch(r"/[0-9]{1,3}", name):
        joined = attempt.line[: word.start].rstrip() + attempt.line[word.start :]
        return Advice(_("No space before {name}: address and prefix length are one word.").format(name=name), joined)
    subject = object_of(command)
    if subject in ("address", "route", "neighbour") and name == "netns":
        text = _("`ip {object}` knows no netns: the namespace goes in front, `ip -n NAME {object} …`.")
        return Advice(text.format(object=subject))
    kinds = [text for text in command.texts if text in _KINDS]
    if subject == "link" and kinds and "type" not in command.texts:
        text = _("`type` is missing before {type}, and the device's name comes first.")
        return Advice(text.format(type=kinds[0]))
    if subject in ("address", "route", "neighbour") and command.netns and attempt.after.link(command.netns, name):
        return Advice(_("`dev` is missing before {name}.").format(name=name), tokens.insert(attempt.line, word, "dev"))
    return _misspelt(attempt, name, _KEYWORDS.get(subject or "", ()))


def incomplete(attempt: Attempt) -> Advice | None:
    """`Command line is not complete`: something should follow the last word."""
    words = [command.texts for command in lines.of(attempt) if command.program in ("ip", "bridge")]
    return Advice(_("Something must follow `{word}`.").format(word=words[0][-1])) if len(words) == 1 else None


def peer_without_name(attempt: Attempt) -> Advice | None:
    """`both "name" and "dev" cannot be used`, from `peer OTHER name …`."""
    for command in lines.of(attempt):
        other = command.after("peer")
        if other and other.text not in ("name", "netns"):
            return Advice(_("Behind `peer` comes `name`, then the other end's name."))
    return None


def read_as_address(attempt: Attempt, name: str) -> Advice | None:
    """`"type" is invalid lladdr`: a device called `a` is read as the keyword `address`, `b` as `broadcast`."""
    for command in lines.of(attempt):
        for word, following in zip(command.words, command.words[1:], strict=False):
            keyword = tokens.resolve(word.text, ("address", "broadcast"))
            if following.text == name and keyword and keyword != word.text:
                text = _("ip reads `{word}` as its own word `{keyword}`; a device needs a longer name.")
                return Advice(text.format(word=word.text, keyword=keyword))
    return None


def veth_usage(attempt: Attempt) -> Advice | None:
    """`ip link add … type veth` with a word it does not know: it prints its usage and no more."""
    for command in lines.of(attempt):
        word = command.after("veth")
        if word and word.text != "peer":
            meant = meant_by(word.text, ("peer",))
            fixed = tokens.swap(attempt.line, word, meant) if meant else None
            return Advice(_("Behind `type veth` comes `peer name OTHER`."), fixed)
    return None


def unknown_kind(attempt: Attempt) -> Advice | None:
    """`Unknown device type`: a slip, or a kind that this kernel was built without."""
    for command in lines.of(attempt):
        kind = command.after("type")
        if kind and kind.text in _KINDS:
            return Advice(_("The kernel of this machine has no {type} devices.").format(type=kind.text))
        if kind:
            return _misspelt(attempt, kind.text, _KINDS)
    return None


def exec_failed(attempt: Attempt, name: str) -> Advice | None:
    """`exec of "link" failed: No such file or directory`, from `ip netns exec NS link`."""
    held = lines.holding(attempt, name)
    if name in OBJECTS and held:
        fixed = tokens.insert(attempt.line, held[1], "ip")
        text = _("`ip` is missing before {name}: what follows the namespace is a whole command.")
        return Advice(text.format(name=name), fixed)
    return None


def bad_prefix(attempt: Attempt, name: str) -> Advice | None:
    """`any valid prefix is expected rather than "192.168.1.5/33"`."""
    address, slash, length = name.partition("/")
    if places.devices_called(attempt.after, name):
        return _device_before_prefix(attempt, name)
    numbers = address.split(".")
    if len(numbers) == 4 and all(number.isdigit() for number in numbers):
        high = next((number for number in numbers if int(number) > 255), None)
        if high:
            return Advice(_("Each of an address's four numbers is at most 255, not {high}.").format(high=high))
        if slash and not (length.isdigit() and int(length) <= 32):
            return Advice(_("Behind the slash stands one number, 0 to 32: how many bits name the network."))
    fixed = re.sub(r"[,。]", ".", name)
    if fixed != name:
        return Advice(_("The four numbers are separated by dots."), lines.replaced(attempt, name, fixed))
    return None


def object_of(command: tokens.Command) -> str | None:
    """Which of ip's objects a command is about, its abbreviation spelt out."""
    if command.program != "ip":
        return None
    rest, _netns = tokens.skip_ip_options(command.words)
    objects = ("address", "route", "rule", "neighbour", "link", "monitor", "netns")
    return tokens.resolve(rest[0].text, objects) if rest else None


def _verb_first(attempt: Attempt, verb: str) -> Advice:
    text = _("First the object, then the verb: `ip link set …`, `ip addr add …`.")
    held = lines.holding(attempt, verb)
    following = held and next((word for word in held[0].words if word.start > held[1].start), None)
    if held and following and following.text in OBJECTS:
        swapped = f"{attempt.line[: held[1].start]}{following.text} {verb}{attempt.line[following.end :]}"
        return Advice(text, swapped)
    return Advice(text)


def _device_before_prefix(attempt: Attempt, name: str) -> Advice:
    for command in lines.of(attempt):
        for word, following in zip(command.words, command.words[1:], strict=False):
            if word.text == name and "/" in following.text:
                swapped = f"{attempt.line[: word.start]}{following.text} dev {name}{attempt.line[following.end :]}"
                return Advice(_("`dev` is missing before {name}.").format(name=name), swapped)
    return Advice(_("`dev` is missing before {name}.").format(name=name))


def _misspelt(attempt: Attempt, word: str, table: tuple[str, ...]) -> Advice | None:
    meant = meant_by(word, table, shortest=2)
    return Advice(places.slip_sentence(word, meant), lines.replaced(attempt, word, meant)) if meant else None
