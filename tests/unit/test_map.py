"""The picture of the lab, and the same as sentences."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from snapshots import BRIDGE, snapshot

from nstutor.ui.map import draw, plain

MANY = (
    *BRIDGE,
    "host eth0 - up carrier",
    "host eth0 10.0.0.5/24",
    "host eth0 fe80::1/64",
    "host spare veth peer=spare2",
    "host spare2 veth peer=spare",
    "greenland lo loopback up carrier",
    "西门庆的家 梯子 veth up peer=梯子2@潘金莲的家",
    "西门庆的家 梯子 10.1.0.1/24",
    "潘金莲的家 梯子2 veth peer=梯子@西门庆的家",
    "ab abcdefghijklmno veth peer=abcdefghijklmnp@a-namespace-with-a-name-of-forty-characters",
    "a-namespace-with-a-name-of-forty-characters abcdefghijklmnp veth peer=abcdefghijklmno@ab",
)


def test_bridge_as_in_the_screenplay() -> None:
    """A bridge with its ports, the houses at the other ends, in columns."""
    assert draw(snapshot(*BRIDGE), ["pjl2wp up"]).plain.splitlines() == [
        "  host  lo ▲",
        "   └─ wangpo  bridge ▲",
        "       ├─ wp2xmq ▲ ━━━━━━━━━━ ▲ xmq2wp  192.168.188.96/24   ximenqing-ns",
        "       └─ wp2pjl ▲ ╍╍╍╍╍╍╍╍╍╍ ▽ pjl2wp  192.168.188.69/24   panjinlian-ns",
        "     ▽ down: pjl2wp",
        "     still wanted: pjl2wp up",
    ]


def test_empty_lab_is_host_alone() -> None:
    """Nothing but host is one word."""
    assert draw(snapshot("host lo loopback")).plain == "  host"


def test_namespace_without_links_is_shown() -> None:
    """A namespace with only lo has its line, and says that lo is up."""
    drawn = draw(snapshot("greenland lo loopback up carrier", "eden lo loopback")).plain
    assert drawn.splitlines() == ["  host", "  greenland  lo ▲", "  eden"]


def test_cable_is_drawn_once() -> None:
    """Two ends in one namespace are one line, and the one between two houses is drawn in the first."""
    lines = draw(snapshot(*MANY), width=100).plain.splitlines()
    assert sum("spare2" in line for line in lines if "down:" not in line) == 1
    assert sum("梯子2" in line for line in lines if "down:" not in line) == 1


def test_link_local_addresses_are_left_out() -> None:
    """Addresses that nobody gave would only be noise."""
    drawn = draw(snapshot(*MANY)).plain
    assert "10.0.0.5/24" in drawn
    assert "fe80" not in drawn


@pytest.mark.parametrize("width", [30, 40, 60, 72, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Names in Chinese, long names, many of them: every width holds, and nothing but a name is cut."""
    drawn = draw(snapshot(*MANY, dead=("inner",)), ["pjl2wp up", "ping .69"], width).plain
    assert max(cell_len(line) for line in drawn.splitlines()) <= width


def test_narrow_terminal_keeps_every_fact() -> None:
    """At 60 columns the far end goes below its cable, and nothing is lost."""
    drawn = draw(snapshot(*BRIDGE), width=60).plain
    for fact in ("xmq2wp", "192.168.188.96/24", "ximenqing-ns", "192.168.188.69/24", "panjinlian-ns"):
        assert fact in drawn


@pytest.mark.parametrize("width", [50, 60, 80])
def test_many_addresses_do_not_hide_the_other_end(width: int) -> None:
    """Where a device's own addresses leave no room for its cable, they go below it as well."""
    lab = snapshot(
        "a panjinlian veth peer=ximenqing@b",
        "a panjinlian 192.168.188.96/24",
        "a panjinlian 192.168.188.69/24",
        "b ximenqing veth peer=panjinlian@a",
    )
    drawn = draw(lab, width=width).plain
    assert "▽ ximenqing" in drawn
    assert "192.168.188.96/24, 192.168.188.69/24" in drawn


def test_names_do_not_steer_the_terminal() -> None:
    """A namespace that is called by an escape sequence is shown as one that is not printable."""
    lab = snapshot("a\x1b]0;b\x9c lo loopback up carrier")
    assert draw(lab).plain.splitlines() == ["  host", "  a\ufffd]0;b\ufffd  lo ▲"]
    assert plain(lab).splitlines()[1].startswith("a\ufffd]0;b\ufffd: ")


def test_columns_are_aligned_with_wide_names() -> None:
    """The wires of a bridge begin in one cell column whatever the script of the names."""
    lab = snapshot(
        "host br bridge up",
        "host 王婆 veth up master=br peer=a@x",
        "host port2 veth up master=br peer=b@y",
        "x a veth up peer=王婆@host",
        "y b veth up peer=port2@host",
    )
    wires = [cell_len(line.partition("╍")[0]) for line in draw(lab).plain.splitlines() if "╍" in line]
    assert len(wires) == 2
    assert len(set(wires)) == 1


def test_sentences_say_the_same() -> None:
    """Every device has its sentence: kind, state, master, other end, addresses."""
    said = plain(snapshot(*BRIDGE))
    assert "  wp2pjl is a veth, up, without carrier, plugged into wangpo, leads to pjl2wp in panjinlian-ns." in said
    assert "  pjl2wp is a veth, down, leads to wp2pjl in host, has 192.168.188.69/24." in said
    assert said.startswith("host: 3 devices, lo is up.")
