"""Which ports close a loop of bridges, and which may forward again once it is gone."""

from __future__ import annotations

import pytest
from snapshots import snapshot

from nstutor.kernel.loops import closing, is_held, needless
from nstutor.kernel.model import Snapshot

BRIDGES = ("host one bridge up", "host two bridge up", "host three bridge up", "far one bridge up")


def pair(near: str, far: str, netns: str = "host", port: str = "forwarding") -> tuple[str, str]:
    """Both ends of a veth pair, each `DEV@BRIDGE`; the second one in this namespace, with this state."""
    (dev, master), (peer, other) = near.split("@"), far.split("@")
    return (
        f"host {dev} veth up carrier master={master} port=forwarding peer={peer}@{netns}",
        f"{netns} {peer} veth up carrier master={other} port={port} peer={dev}@host",
    )


@pytest.mark.parametrize(
    ("pairs", "wanted"),
    [
        ((), []),
        ((pair("a@one", "b@two"),), []),
        ((pair("a@one", "b@one"),), ["a"]),
        ((pair("a@one", "b@one"), pair("c@one", "d@one")), ["a", "c"]),
        ((pair("a@one", "b@two"), pair("c@one", "d@two")), ["c"]),
        ((pair("a@one", "b@two"), pair("c@two", "d@three")), []),
        ((pair("a@one", "b@two"), pair("c@two", "d@three"), pair("e@three", "f@one")), ["e"]),
        ((pair("a@one", "b@one", "far"),), []),
        ((pair("a@one", "b@two"), pair("c@one", "d@two", port="blocking")), []),
    ],
    ids=["none", "joined", "itself", "twice-itself", "parallel", "row", "ring", "another-house", "stp"],
)
def test_what_closes_a_loop(pairs: tuple[tuple[str, str], ...], wanted: list[str]) -> None:
    """One port of each pair that joins what is joined already; bridges of one name in two namespaces are two."""
    found = snapshot(*BRIDGES, *(line for both in pairs for line in both))
    assert [port.dev for port in closing(found)] == wanted


def parallel(second: str) -> Snapshot:
    """Two bridges with two pairs between them, of which the second's far end is in this state."""
    return snapshot(*BRIDGES, *pair("a@one", "b@two"), *pair("c@one", "d@two", port=second))


def test_what_is_held_may_forward_when_the_other_way_is_gone() -> None:
    """As long as both ways are there it is held; it is forgotten once it left its bridge or was down."""
    (port,) = closing(parallel("forwarding"))
    (far,) = [port._replace(dev="d", index=7, peer="c", bridge="two")]
    held = parallel("disabled")
    assert is_held(held, far)
    assert needless(held, (far,)) == ()
    alone = snapshot(
        *BRIDGES,
        "host a veth up carrier peer=b@host",
        "host b veth up carrier peer=a@host",
        *pair("c@one", "d@two", port="disabled"),
    )
    assert needless(alone, (far,)) == (far,)
    unplugged = snapshot(
        *BRIDGES,
        *pair("a@one", "b@two"),
        "host c veth up carrier peer=d@host",
        "host d veth up carrier master=two port=disabled peer=c@host",
    )
    assert needless(unplugged, (far,)) == (far,)
    assert not is_held(parallel("forwarding"), far)
