"""What nstutor may ask the network itself, and what comes of it."""

from __future__ import annotations

from nstutor import NamedTuple
from nstutor.kernel.model import PingProbe, PingResult


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
