"""What nstutor may ask the network itself, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nstutor import NamedTuple
from nstutor.text.names import HOST

if TYPE_CHECKING:
    from nstutor.kernel.way import Detour, Sighting


class PingProbe(NamedTuple):
    """A question for the network: does an echo from `netns` to `address` come back, and how did it travel?"""

    address: str
    netns: str
    through: str | None = None
    """A bridge in host that request and reply must cross from one port to another."""


class PingResult(NamedTuple):
    """What became of a PingProbe."""

    answered: bool
    crossed: bool = False
    """With `through`: the bridge itself passed the request on from one port to another, and the reply back."""
    error: str | None = None
    """Text of the errno that kept the echo from being sent ("Network is unreachable")."""
    way: tuple[Sighting, ...] = ()
    """With `through`: where its packets were seen, in the order of time in each namespace."""
    dev: str | None = None
    """The device that the echo left from in its own namespace, if known."""
    detour: Detour | None = None
    """With `through`: why it is not shown that the bridge passed them on, where that is known."""

    @property
    def path(self) -> tuple[str, ...]:
        """Devices of host that saw the echo, in order of first sight; empty when it never passed host."""
        return tuple(dict.fromkeys(seen.dev for seen in self.way if (seen.netns, seen.kind) == (HOST, "request")))


class ConnectProbe(NamedTuple):
    """A question for the network: does a TCP connection from `netns` to that port of `address` open?"""

    address: str
    port: int
    netns: str


class ConnectResult(NamedTuple):
    """What became of a ConnectProbe."""

    answered: bool
    """It opened."""
    error: str | None = None
    """Text of the errno that it ended with ("Connection refused"); None also where nothing came back in time."""


Probe = PingProbe | ConnectProbe
ProbeResult = PingResult | ConnectResult
