"""What is there already, what cannot be done to a device, and addresses that are not where they are looked for."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

from nstutor.cmdline import tokens
from nstutor.coach import lines, places
from nstutor.coach.advice import Advice, Attempt
from nstutor.coach.grammar import object_of
from nstutor.kernel.model import Address, Snapshot
from nstutor.text.i18n import _


def file_exists(attempt: Attempt) -> Advice | None:
    """`RTNETLINK answers: File exists` says nothing of what: the command does."""
    for command in lines.of(attempt):
        subject = object_of(command)
        advice = None
        if subject == "link":
            advice = _device_exists(attempt, command)
        elif subject == "address":
            advice = _address_exists(attempt, command)
        elif subject == "route":
            advice = _route_exists(attempt, command)
        if advice:
            return advice
    return None


def address_assigned(attempt: Attempt) -> Advice | None:
    """`ipv4: Address already assigned` (kernels from 6.3 on)."""
    return next(filter(None, (_address_exists(attempt, command) for command in lines.of(attempt))), None)


def address_not_found(attempt: Attempt) -> Advice | None:
    """`ip addr del` of an address that the device does not have, or has with another prefix length."""
    for command in lines.of(attempt):
        wanted = _first_address(command)
        if object_of(command) != "address" or wanted is None:
            continue
        held = [a for a in attempt.after.addresses() if str(a.interface.ip) == wanted.partition("/")[0]]
        here = [a for a in held if a.netns == command.netns]
        for address in here or held:
            text = _("{address} is on {dev} in {netns}.")
            return Advice(text.format(address=address.interface, dev=address.dev, netns=address.netns))
    return None


def cannot_assign(attempt: Attempt) -> Advice | None:
    """`Cannot assign requested address`: a source address of somebody else's, or the older form of `not found`."""
    for command in lines.of(attempt):
        source = command.after("-I", "-S", "-s") if command.program != "ip" else None
        if source and command.netns and lines.known(attempt.after, command.netns):
            holder = _holder(attempt.after, source.text)
            if holder is None:
                text = _("{address} is no address of {netns}: no device of the lab has it.")
                return Advice(text.format(address=source.text, netns=command.netns))
            text = _("{address} is no address of {netns}: it is on {dev} in {found}.")
            text = text.format(address=source.text, netns=command.netns, dev=holder.dev, found=holder.netns)
            return Advice(text)
    return address_not_found(attempt)


def not_supported(attempt: Attempt) -> Advice | None:
    """`Operation not supported`."""
    for command in lines.of(attempt):
        subject, netns = object_of(command), command.netns
        master = command.after("master")
        link = attempt.after.link(netns, master.text) if subject == "link" and master and netns else None
        if link and link.type not in ("bridge", "bond", "vrf", "team"):
            text = _("{name} is {what}: only a bridge can be a master.")
            return Advice(text.format(name=link.name, what=places.describe(link)))
        if subject == "link" and "lo" in command.texts:
            return Advice(_("lo belongs to its namespace: it cannot be deleted or changed so."))
        if subject == "address" and _first_address(command) is None:
            return Advice(_("The address itself is missing."))
    return unknown_kind_by_name(attempt)


def unknown_kind_by_name(attempt: Attempt) -> Advice | None:
    """Older kernels say `Operation not supported` where newer ones say `Unknown device type`."""
    for command in lines.of(attempt):
        kind = command.after("type")
        if "add" in command.texts and kind and kind.text not in ("veth", "bridge"):
            return Advice(_("The kernel of this machine has no {type} devices.").format(type=kind.text))
    return None


def immutable(attempt: Attempt) -> Advice | None:
    """`The interface netns is immutable`."""
    for command in lines.of(attempt):
        if "lo" in command.texts:
            return Advice(_("lo cannot move: each namespace has its own."))
        for text in command.texts:
            link = attempt.after.link(command.netns or "", text)
            if link and link.type == "bridge":
                advice = _("{name} is a bridge, and a bridge stays in the namespace where it was made.")
                return Advice(advice.format(name=text))
    return None


def without_prefix_length(attempt: Attempt) -> Advice | None:
    """`ip addr add 192.168.1.5 dev X` succeeds: the kernel makes it /32."""
    for command in lines.of(attempt):
        wanted = _first_address(command)
        if object_of(command) != "address" or wanted is None or "/" in wanted or "add" not in command.texts:
            continue
        new = set(attempt.after.addresses()) - set(attempt.before.addresses())
        whole = [a for a in new if str(a.interface.ip) == wanted and a.interface.network.num_addresses == 1]
        if whole and whole[0].dev != "lo":
            text = _("Without a prefix length it became {address}, a network of one: no neighbour is in it.")
            return Advice(text.format(address=whole[0].interface))
    return None


def route_not_found(attempt: Attempt) -> Advice | None:
    """`RTNETLINK answers: No such process`, from `ip route del`."""
    for command in lines.of(attempt):
        namespace = attempt.after.namespaces.get(command.netns or "")
        if object_of(command) == "route" and namespace and namespace.routes is not None:
            shown = places.listed(_prefix(route.dst) for route in namespace.routes if route.dst.version == 4)
            text = _("{netns} has routes to {prefixes}.") if shown else _("{netns} has no such route.")
            return Advice(text.format(netns=namespace.name, prefixes=shown))
    return None


def host_bits(attempt: Attempt) -> Advice | None:
    """`Invalid prefix for given prefix length`: a route to 10.1.1.5/24."""
    for command in lines.of(attempt):
        for word in command.words:
            if (network := _network_of(word.text)) and str(network) != word.text:
                fixed = tokens.swap(attempt.line, word, network)
                text = _("{address} is one host; its network is {network}.")
                return Advice(text.format(address=word.text, network=network), fixed)
    return None


def device_down(attempt: Attempt) -> Advice | None:
    """`Device for nexthop is not up`."""
    for command in lines.of(attempt):
        dev = command.after("dev")
        if dev and command.netns and attempt.after.link(command.netns, dev.text):
            ip = lines.prefix_for(command, attempt)
            text = _("{name} is down; a route needs it up first.").format(name=dev.text)
            return Advice(text, f"{ip} link set {dev.text} up")
    return None


def _device_exists(attempt: Attempt, command: tokens.Command) -> Advice | None:
    other = command.after("peer")
    names = [word for word in (command.after("add"), command.after("name"), command.after("dev")) if word]
    peer_name = _peer_name(command) if other else None
    first = next((word.text for word in names if word.text not in ("name", "dev", "type", "link")), None)
    target = command.after("netns")
    netns = target.text if target and (other is None or target.start < other.start) else command.netns
    if first and first == peer_name:
        text = _("Both ends are called {name}; in one namespace each needs a name of its own.")
        return Advice(text.format(name=first))
    for name, where in ((first, netns), (peer_name, _peer_netns(command, netns))):
        link = attempt.after.link(where or "", name or "")
        if link:
            text = _("{netns} has {name} already: it is {what}.")
            return Advice(text.format(netns=where, name=name, what=places.describe(link)))
    return None


def _peer_name(command: tokens.Command) -> str | None:
    texts = command.texts
    behind = texts[texts.index("peer") :] if "peer" in texts else ()
    if "name" in behind[:-1]:
        return behind[behind.index("name") + 1]
    return behind[1] if len(behind) > 1 and behind[1] != "netns" else None


def _peer_netns(command: tokens.Command, default: str | None) -> str | None:
    texts = command.texts
    behind = texts[texts.index("peer") :] if "peer" in texts else ()
    return behind[behind.index("netns") + 1] if "netns" in behind[:-1] else default


def _address_exists(attempt: Attempt, command: tokens.Command) -> Advice | None:
    wanted = _first_address(command)
    dev = command.after("dev")
    if wanted is None or dev is None or command.netns is None:
        return None
    sought = (command.netns, dev.text, wanted.partition("/")[0])
    for address in attempt.after.addresses():
        if (address.netns, address.dev, str(address.interface.ip)) == sought:
            text = _("{dev} in {netns} has {address} already.")
            return Advice(text.format(dev=dev.text, netns=command.netns, address=address.interface))
    return None


def _route_exists(attempt: Attempt, command: tokens.Command) -> Advice | None:
    namespace = attempt.after.namespaces.get(command.netns or "")
    for route in namespace.routes or () if namespace else ():
        if _prefix(route.dst) in command.texts or str(route.dst) in command.texts:
            way = " ".join(f"{word} {value}" for word, value in (("via", route.via), ("dev", route.dev)) if value)
            text = _("{netns} has a route to {prefix} already: {way}.")
            return Advice(text.format(netns=route.netns, prefix=_prefix(route.dst), way=way))
    return None


def _prefix(network: object) -> str:
    return "default" if str(network) in ("0.0.0.0/0", "::/0") else str(network)


def _first_address(command: tokens.Command) -> str | None:
    for text in command.texts:
        try:
            ip_interface(text)
        except ValueError:
            continue
        return text
    return None


def _network_of(text: str) -> str | None:
    try:
        return str(ip_network(text, strict=False)) if "/" in text else None
    except ValueError:
        return None


def _holder(snapshot: Snapshot, text: str) -> Address | None:
    try:
        wanted = ip_address(text)
    except ValueError:
        return None
    return next((address for address in snapshot.addresses() if address.interface.ip == wanted), None)
