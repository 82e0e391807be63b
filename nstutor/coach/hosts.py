"""Whom to ping: names that cannot be resolved, and counts that are none."""

from __future__ import annotations

import re

from nstutor.cmdline import tokens
from nstutor.coach import lines, places
from nstutor.coach.advice import Advice, Attempt
from nstutor.text.i18n import _

_DOTTED = re.compile(r"\d+([.,。．]\d+){3}")


def bad_host(attempt: Attempt, name: str) -> Advice | None:
    """A name that cannot be resolved: a namespace, a device, an address with a slip in it."""
    if _DOTTED.fullmatch(name):
        return _bad_dotted(attempt, name)
    address, slash, _length = name.partition("/")
    if slash and _DOTTED.fullmatch(address):
        return Advice(_("Whom to ask is an address without a prefix length."), lines.replaced(attempt, name, address))
    devices = [(link.netns, link.name) for link in places.devices_called(attempt.after, name)]
    addresses = [
        str(a.interface.ip)
        for a in attempt.after.addresses()
        if (a.netns == name or (a.netns, a.dev) in devices) and a.family == "inet" and a.dev != "lo"
    ]
    if name not in attempt.after.namespaces and not devices:
        return None
    return Advice(_wants_address(bool(devices), len(addresses)).format(name=name, address="".join(addresses[:1])))


def _wants_address(device: bool, known: int) -> str:
    """The sentence for a device or a namespace with so many addresses."""
    if known == 0:
        return (
            _("{name} is a device; ping wants an address, and it has none yet.")
            if device
            else (_("{name} is a namespace; ping wants an address, and it has none yet."))
        )
    if known == 1:
        return (
            _("{name} is a device; ping wants an address: {address}.")
            if device
            else (_("{name} is a namespace; ping wants an address: {address}."))
        )
    return (
        _("{name} is a device; ping wants an address.")
        if device
        else (_("{name} is a namespace; ping wants an address."))
    )


def bad_count(attempt: Attempt, name: str) -> Advice | None:
    """`ping -c 127.0.0.1`."""
    for command in lines.of(attempt):
        count = command.after("-c")
        if count and count.text == name and not count.text.isdigit():
            return Advice(_("-c wants a number of echoes: `-c 3`."), tokens.insert(attempt.line, count, "3"))
    return None


def _bad_dotted(attempt: Attempt, name: str) -> Advice | None:
    numbers = re.split(r"\D", name)
    high = next((number for number in numbers if int(number) > 255), None)
    if high:
        return Advice(_("Each of an address's four numbers is at most 255, not {high}.").format(high=high))
    return Advice(_("The four numbers are separated by dots."), lines.replaced(attempt, name, ".".join(numbers)))
