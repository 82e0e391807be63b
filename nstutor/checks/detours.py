"""By what an echo came back, if not by the bridge's own forwarding, in words."""

from __future__ import annotations

from collections.abc import Mapping

from nstutor.kernel.way import Cause, Detour
from nstutor.text.i18n import N_, _

_MESSAGES: Mapping[Cause, str] = {
    Cause.LOCAL: N_("{netns} itself answered: {address} is its own address"),
    Cause.HOST: N_("the echo was addressed to the MAC of {dev} in host: host took it, {bridge} passed nothing on"),
    Cause.ROUTED: N_("{bridge} did not pass it on: host itself sent it from {dev} to {other}"),
    Cause.RESENT: N_(
        "{bridge} did not pass it on: what left by {other} is not the packet that came in at {dev}; a program sent it"
    ),
    Cause.REWRITTEN: N_("what came in at {dev} left by {other} with other addresses; {bridge} changes none"),
    Cause.ISOLATED: N_("{dev} and {other} are isolated ports; {bridge} passes nothing from one to the other"),
    Cause.TC: N_("a tc filter on {dev} redirects packets to {other}; that {bridge} passes them on is not shown"),
    Cause.NFT: N_(
        "an nft rule (table {dev}, chain {other}) redirects or rewrites packets; "
        "that {bridge} passes them on is not shown"
    ),
    Cause.ELSEWHERE: N_("the answer came in at {dev}, not at {other}, behind which {address} is"),
    Cause.STRANGER: N_("the answer came in at {dev}; {other}, which has {address}, has not sent it"),
    Cause.UNPROVED: N_(
        "whether {bridge} itself passes it on could not be seen beside programs that hold AF_PACKET "
        "sockets in host; end them"
    ),
}


def told(detour: Detour, address: str, netns: str, bridge: str) -> str:
    """One line for an echo from `netns` to the address that was to cross the bridge."""
    return _(_MESSAGES[detour.cause]).format(
        dev=detour.dev, other=detour.other, address=address, netns=netns, bridge=bridge
    )
