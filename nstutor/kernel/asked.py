"""What nstutor may ask the network itself, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass

from nstutor.kernel.model import PingProbe, PingResult


@dataclass(frozen=True, slots=True)
class ConnectProbe:
    """A question for the network: does a TCP connection from `netns` to that port of `address` open?"""

    address: str
    port: int
    netns: str


@dataclass(frozen=True, slots=True)
class ConnectResult:
    """What became of a ConnectProbe."""

    answered: bool
    """It opened."""
    error: str | None = None
    """Text of the errno that it ended with ("Connection refused"); None also where nothing came back in time."""


Probe = PingProbe | ConnectProbe
ProbeResult = PingResult | ConnectResult
