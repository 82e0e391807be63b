"""A device or a namespace that is not there, or is there already."""

from __future__ import annotations

import re

from nstutor.cmdline import tokens
from nstutor.coach import lines, places
from nstutor.coach.advice import Advice, Attempt
from nstutor.kernel.model import Link
from nstutor.text.i18n import _, in_row, n_, sentences
from nstutor.text.names import HOST
from nstutor.text.typo import meant_by

_LONGEST_NAME = 15  # IFNAMSIZ - 1, linux/if.h
_PROGRAMS = frozenset(("ip", "bash", "sh", "ping", "bridge", "ifconfig", "route", "iptables", "tcpdump", "traceroute"))


def no_device(attempt: Attempt, name: str) -> Advice | None:
    """`Cannot find device "x"` and its sisters."""
    held = lines.holding(attempt, name)
    netns = held[0].netns if held else None
    if netns is None or not lines.known(attempt.after, netns) or attempt.after.link(netns, name):
        return None
    elsewhere = places.devices_called(attempt.after, name)
    if elsewhere:
        return _device_elsewhere(attempt, netns, elsewhere)
    if name in attempt.after.namespaces:
        return Advice(_("{name} is a namespace, not a device.").format(name=name))
    return _device_misspelt(attempt, netns, name) or _devices_there(attempt, netns)


def no_netns(attempt: Attempt, name: str) -> Advice | None:
    """`Cannot open network namespace "x"` and its sisters."""
    name = tokens.name_in(name) or name
    if name in attempt.after.dead:
        return dead_netns(attempt, name)
    if name in ("(null)", ""):
        return Advice(_("-n wants the name of a namespace behind it."))
    if name == HOST:
        return Advice(_("host has no name for ip: it is where your first shell stands. `exit` leads back to it."))
    if name in attempt.after.namespaces or name in attempt.before.namespaces:
        return None
    if name in _PROGRAMS:
        text = _("Before {name} comes the name of the namespace: `ip netns exec NAME {name} …`.")
        return Advice(text.format(name=name))
    return _netns_misspelt(attempt, name)


def dead_netns(attempt: Attempt, name: str) -> Advice:
    """A name in /run/netns that is no namespace outside the shell in which it was made."""
    if attempt.netns == HOST:
        text = _(
            "{name} was made inside an `ip netns exec` shell and is a dead file everywhere else. Make it anew here."
        )
        return Advice(text.format(name=name), f"ip netns del {name} && ip netns add {name}")
    text = _(
        "{name} was made inside an `ip netns exec` shell and is a dead file everywhere else. "
        "Delete it and add it again in host's own shell."
    )
    return Advice(text.format(name=name))


def dead_in_list(attempt: Attempt) -> Advice | None:
    """`ip netns` complains of a dead file without naming it."""
    dead = places.listed(sorted(attempt.after.dead))
    if dead is None:
        return None
    if len(attempt.after.dead) == 1:
        return dead_netns(attempt, dead)
    text = _("{names} were made inside an `ip netns exec` shell and are dead files everywhere else.")
    return Advice(text.format(names=dead))


def made_in_inner_shell(attempt: Attempt) -> Advice | None:
    """`ip netns add` inside an `ip netns exec` shell: it succeeds, and nobody else can use the namespace.

    ip-netns(8): exec gives its command a mount namespace of its own, and the new name is mounted only there.
    """
    new = sorted(attempt.after.dead - attempt.before.dead)
    if not new:
        return None
    text = n_(
        "{names} is usable in this shell only; `exit`, then `ip netns del` it and add it from host.",
        "{names} are usable in this shell only; `exit`, then `ip netns del` them and add them from host.",
        len(new),
    )
    return Advice(text.format(names=in_row(new)))


def netns_exists(attempt: Attempt, name: str) -> Advice | None:
    """`Cannot create namespace file … File exists`."""
    if name in attempt.after.dead:
        return dead_netns(attempt, name)
    if name not in attempt.after.namespaces:
        return None
    devices = places.listed(places.devices_of(attempt.after.namespaces[name]))
    text = (
        _("{name} is there already, with {devices}: use it as it is.")
        if devices
        else (_("{name} is there already, with nothing but lo: use it as it is."))
    )
    return Advice(text.format(name=name, devices=devices))


def bad_name(_attempt: Attempt, name: str) -> Advice | None:
    """`not a valid ifname` (iproute2), for the word that it names."""
    return _wrong_with(name)


def bad_name_in_line(attempt: Attempt) -> Advice | None:
    """The kernel's policy error does not say which attribute: look for a name of over 15 characters."""
    for command in lines.of(attempt):
        if "add" not in command.texts and "name" not in command.texts:
            continue
        for word in (command.after("add"), command.after("name"), command.after("dev")):
            if word and len(word.text.encode()) > _LONGEST_NAME:
                return _wrong_with(word.text)
    return None


def _wrong_with(name: str) -> Advice | None:
    length = len(name.encode())
    if length > _LONGEST_NAME:
        text = _("A device's name has at most {most} bytes; {name} has {n}.")
        return Advice(text.format(most=_LONGEST_NAME, name=name, n=length))
    if "/" in name:
        return Advice(_("A device's name may not contain a slash."))
    if re.search(r"\s", name):
        return Advice(_("A device's name may not contain a space."))
    return None


def _device_elsewhere(attempt: Attempt, netns: str, found: list[Link]) -> Advice:
    name, where = found[0].name, places.listed(link.netns for link in found)
    held = lines.holding(attempt, name)
    moved = attempt.before.link(netns, name) is not None
    if held and (master := held[0].after("master")) and master.text == name:
        text = _("{name} is in {netns}: a port and its bridge must be in the same namespace.")
        return Advice(text.format(name=name, netns=where))
    text = _("{name} is in {found} now.") if moved else _("{name} is in {found}, not in {netns}.")
    text = text.format(name=name, found=where, netns=netns)
    if held is None or len(found) > 1:
        return Advice(text)
    if held[0].named is None:
        return Advice(text, _through_netns(attempt, held[0], found[0].netns))
    own = places.listed(places.devices_of(attempt.after.namespaces[netns]))
    return Advice(sentences(text, _("{netns} has {names}.").format(netns=netns, names=own)) if own else text)


def _through_netns(attempt: Attempt, command: tokens.Command, netns: str) -> str | None:
    """The same line with `ip -n NS`, where it is one plain `ip` call from host's shell."""
    plain = len(lines.of(attempt)) == 1 and command.program == "ip" and attempt.netns == HOST
    return tokens.swap(attempt.line, command.words[0], f"ip -n {netns}") if plain and netns != HOST else None


def _device_misspelt(attempt: Attempt, netns: str, name: str) -> Advice | None:
    here = meant_by(name, places.devices_of(attempt.after.namespaces[netns]))
    if here:
        text = _("{netns} has no device {name}. {slip}.")
        text = text.format(netns=netns, name=name, slip=places.slip(name, here))
        return Advice(text, lines.replaced(attempt, name, here))
    there = meant_by(name, (link.name for link in attempt.after.links() if not link.loopback))
    found = places.devices_called(attempt.after, there) if there else []
    if there is None or len(found) != 1:
        return None
    text = _("{netns} has no device {name}. {slip}, in {found}.")
    return Advice(text.format(netns=netns, name=name, slip=places.slip(name, there), found=found[0].netns))


def _devices_there(attempt: Attempt, netns: str) -> Advice | None:
    own = places.devices_of(attempt.after.namespaces[netns])
    if not own:
        return Advice(_("{netns} has no device but lo.").format(netns=netns))
    names = places.listed(own)
    return Advice(_("{netns} has {names}.").format(netns=netns, names=names)) if names else None


def _netns_misspelt(attempt: Attempt, name: str) -> Advice | None:
    meant = places.netns_meant(attempt.after, name)
    devices = places.devices_called(attempt.after, name)
    command = _with_netns(attempt, name, meant) if meant else None
    if devices:
        where = places.listed(link.netns for link in devices) or _("several namespaces")
        text = (
            _("{name} is a device (in {netns}). The namespace is called {meant}.")
            if meant
            else (_("{name} is a device (in {netns})."))
        )
        return Advice(text.format(name=name, netns=where, meant=meant), command)
    if meant:
        begun = meant.startswith(name) and len(meant) > len(name) + 1
        text = _("The namespace is called {meant}.").format(meant=meant) if begun else places.slip_sentence(name, meant)
        return Advice(text, command)
    there = [other for other in attempt.after.namespaces if other != HOST]
    if not there:
        return Advice(_("No namespace has been made yet."))
    names = places.listed(there)
    return Advice(n_("There is {names}.", "There are {names}.", len(there)).format(names=names)) if names else None


def _with_netns(attempt: Attempt, name: str, meant: str) -> str | None:
    line = lines.replaced(attempt, name, meant)
    targets = [word for command in lines.of(attempt) if (word := command.after("netns")) and word.text == name]
    if line is None and len(targets) == 1:
        return tokens.swap(attempt.line, targets[0], meant)
    if line is None and attempt.line.count(f"netns/{name}") == 1:
        return attempt.line.replace(f"netns/{name}", f"netns/{meant}")
    return line


def no_device_in_words(attempt: Attempt) -> Advice | None:
    """A message without the name: the device is the word behind `dev`."""
    named = [word.text for command in lines.of(attempt) if (word := command.after("dev"))]
    return next((advice for name in named if (advice := no_device(attempt, name))), None)
