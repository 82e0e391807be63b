"""Near misses of namespaces, devices, addresses, routes, neighbours and forwarding entries: one row for each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checks_scenes import WANGPO, Net, addr, judge, link, lo, messages, ran, route, veth

from nstutor.checks.base import Status
from nstutor.checks.judging import name_each_cause_once
from nstutor.kernel.model import FdbEntry, Neighbour

EMPTY = Net(())
HOUSES = Net((), names=("ximenqing-ns", "panjinlian-ns"))
GREENLAND = Net((), names=("greenland",))
LADDERS = Net((*veth("host/wp2xmq", "host/xmq2wp"), *veth("host/wp2pjl", "host/pjl2wp")), names=HOUSES.names)
WP2PJL = "link wp2pjl netns host type veth master wangpo"
XMQ2WP = "link xmq2wp netns ximenqing-ns type veth peer wp2xmq peernetns host"
XMQ_ADDR = "addr 192.168.188.96/24 dev xmq2wp netns ximenqing-ns"
PJL = addr("panjinlian-ns", "pjl2wp", "192.168.188.69/24")
XMQ = addr("ximenqing-ns", "xmq2wp", "192.168.188.96/24")

FAILED: list[tuple[str, Net, str]] = [
    # netns
    ("netns greenland", EMPTY, "greenland does not exist yet"),
    ("netns greenland", Net((), names=("Greenland",)), "the name is Greenland; it must be greenland"),
    ("netns greenland", Net((), names=("grenland",)), "there is grenland: one letter off greenland"),
    ("netns greenland", Net((link("host", "greenland"),)), "greenland is a device in host; it must be a namespace"),
    (
        "netns eden",
        Net((), dead=("eden",)),
        "; outside it is only a dead file: delete it with `ip netns delete eden` and add it from host",
    ),
    ("not netns eden", Net((), names=("eden",)), "eden still exists"),
    # link: is it there?
    ("link wangpo type bridge", EMPTY, "wangpo does not exist"),
    ("link wangpo netns greenland", GREENLAND, "wangpo does not exist in greenland"),
    ("link wangpo netns any", EMPTY, "wangpo does not exist"),
    ("link wangpo type bridge", Net((), names=("wangpo",)), "wangpo is a namespace; it must be a device in host"),
    (
        "link wangpo type bridge",
        Net((link("ximenqing-ns", "wangpo", type="bridge"),)),
        "wangpo is in ximenqing-ns; it belongs in host",
    ),
    ("link wangpo type bridge", Net((link("host", "Wangpo"),)), "the name is Wangpo; it must be wangpo"),
    ("link wangpo type bridge", Net((link("host", "wangpoo"),)), "there is wangpoo: one letter off wangpo"),
    ("link wangpo type bridge", Net((link("host", "wangp"),)), "there is wangp: one letter off wangpo"),
    ("link wangpo type bridge", Net((link("host", "wanqpo"),)), "there is wanqpo: one letter off wangpo"),
    ("link wangpo type bridge", Net((link("host", "wagnpo"),)), "there is wagnpo: one letter off wangpo"),
    ("link veth1", Net((link("host", "veth0"),)), "veth1 does not exist"),
    (
        XMQ2WP,
        replace(LADDERS, links=veth("panjinlian-ns/xmq2wp", "host/wp2xmq")),
        "xmq2wp is in panjinlian-ns; it belongs in ximenqing-ns",
    ),
    (
        XMQ2WP,
        replace(LADDERS, links=veth("host/xmq2wp", "ximenqing-ns/wp2xmq")),
        "xmq2wp is in host; it belongs in ximenqing-ns, and wp2xmq is in ximenqing-ns; it belongs in host",
    ),
    (XMQ2WP, LADDERS, "xmq2wp is in host; it belongs in ximenqing-ns"),
    (
        "link ximenqing netns ximenqing-ns",
        replace(HOUSES, links=veth("host/ximenqing", "host/panjinlian")),
        "ximenqing is in host; it belongs in ximenqing-ns: ximenqing is a device, ximenqing-ns the namespace",
    ),
    (
        "link wp2pjl type veth peer pjl2wp",
        Net(veth("host/pjl2wp", "host/veth0")),
        "wp2pjl does not exist: the other end of pjl2wp is veth0",
    ),
    (
        "link eth0 netns c2 peer p2",
        Net(veth("c1/eth0", "host/p1"), names=("c2",)),
        "eth0 does not exist in c2; the eth0 in c1 is the other end of p1",
    ),
    # link: what is it?
    ("link wangpo type bridge", Net(veth("host/wangpo", "host/veth0")), "wangpo is of type veth, not bridge"),
    ("link eth0 type veth", Net((link("host", "eth0"),)), "eth0 has no type; it must be of type veth"),
    (
        "link wp2xmq type veth peer xmq2wp",
        Net(veth("host/wp2xmq", "host/pjl2wp")),
        "the other end of wp2xmq is pjl2wp; it should be xmq2wp",
    ),
    (
        "link wp2xmq peer xmq2wp",
        Net((link("host", "wp2xmq", type="bridge"),)),
        "wp2xmq is of type bridge, not veth: it has no other end",
    ),
    (
        "link wp2xmq peer xmq2wp",
        Net((link("host", "wp2xmq", type="veth"),)),
        "the other end of wp2xmq is in a namespace without a name; it should be xmq2wp",
    ),
    (
        XMQ2WP,
        replace(LADDERS, links=veth("ximenqing-ns/xmq2wp", "panjinlian-ns/wp2xmq")),
        "wp2xmq is in panjinlian-ns; it belongs in host",
    ),
    # link: is it plugged in?
    (WP2PJL, WANGPO.but("wp2pjl", master=None), "wp2pjl has no master; plug it into wangpo"),
    (WP2PJL, WANGPO.but("wp2pjl", master="wangpo2"), "wp2pjl is plugged into wangpo2; it belongs in wangpo"),
    (WP2PJL, LADDERS, "wp2pjl has no master; wangpo does not exist"),
    (
        WP2PJL,
        replace(LADDERS, names=("wangpo",)),
        "wp2pjl has no master; wangpo is a namespace; it must be a device in host",
    ),
    (WP2PJL, EMPTY, "wp2pjl does not exist"),
    # link: its state
    ("link wangpo up", WANGPO.but("wangpo", up=False), "wangpo is down"),
    ("link xmq2wp netns ximenqing-ns up", WANGPO.but("xmq2wp", up=False), "xmq2wp in ximenqing-ns is down"),
    ("link lo netns greenland up", GREENLAND, "lo in greenland is down"),
    (
        "link lo netns greenland up",
        replace(GREENLAND, links=(lo("eden", up=True),)),
        "lo in greenland is down; lo was set up in eden",
    ),
    ("link wangpo down", WANGPO, "wangpo is up; it must be down"),
    (
        "link wp2pjl carrier on",
        WANGPO.but("wp2pjl", carrier=False).but("pjl2wp", up=False),
        "wp2pjl has no carrier: the other end, pjl2wp in panjinlian-ns, is down",
    ),
    ("link wp2pjl carrier on", WANGPO.but("wp2pjl", carrier=False, up=False), "wp2pjl is down"),
    ("link wp2pjl carrier off", WANGPO, "wp2pjl has carrier; it must have none"),
    ("link wangpo carrier on", WANGPO.but("wangpo", carrier=False), "wangpo has no carrier: none of its ports has"),
    (
        "link b carrier on",
        Net((link("host", "b", type="bridge", carrier=False),)),
        "b has no carrier: nothing is plugged into it",
    ),
    (
        "link wp2pjl port forwarding",
        WANGPO.but("wp2pjl", port="disabled").but("wangpo", up=False),
        "as a port, wp2pjl is disabled; it must be forwarding: wangpo is down",
    ),
    ("link wangpo port forwarding", WANGPO, "wangpo is not plugged into a bridge"),
    ("link wangpo mtu 1400", WANGPO, "wangpo has mtu 1500; it must be 1400"),
    (
        "link wangpo address 02:00:00:00:00:FF",
        WANGPO.but("wangpo", address="02:00:00:00:00:01"),
        "wangpo has the MAC 02:00:00:00:00:01; it must be 02:00:00:00:00:ff",
    ),
    (
        "link lo netns greenland operstate UP",
        replace(GREENLAND, links=(lo("greenland", up=True),)),
        "lo in greenland is in state UNKNOWN; it must be UP",
    ),
    ("not link wangpo", WANGPO, "wangpo exists in host; it must not"),
    ("not link xmq2wp netns any up", WANGPO, "xmq2wp in ximenqing-ns is up; it must not"),
    ("not link wp2xmq up master wangpo", WANGPO, "wp2xmq is up and has master wangpo; it must not"),
    # addr
    (XMQ_ADDR, WANGPO.with_addresses(), "xmq2wp in ximenqing-ns does not have 192.168.188.96/24"),
    (XMQ_ADDR, LADDERS, "xmq2wp is in host; it belongs in ximenqing-ns"),
    (
        XMQ_ADDR,
        WANGPO.with_addresses(addr("panjinlian-ns", "pjl2wp", "192.168.188.96/24")),
        "192.168.188.96/24 is on pjl2wp in panjinlian-ns; it belongs on xmq2wp in ximenqing-ns",
    ),
    (
        XMQ_ADDR,
        WANGPO.with_addresses(addr("ximenqing-ns", "lo", "192.168.188.96/24")),
        "192.168.188.96/24 is on lo in ximenqing-ns; it belongs on xmq2wp in ximenqing-ns",
    ),
    (
        XMQ_ADDR,
        WANGPO.with_addresses(addr("ximenqing-ns", "xmq2wp", "192.168.188.96/32")),
        "xmq2wp has 192.168.188.96/32; it must be 192.168.188.96/24",
    ),
    (
        XMQ_ADDR,
        WANGPO.with_addresses(addr("host", "wp2xmq", "192.168.188.96/16")),
        "192.168.188.96/16 is on wp2xmq in host; it must be 192.168.188.96/24 on xmq2wp in ximenqing-ns",
    ),
    (
        XMQ_ADDR,
        WANGPO.with_addresses(addr("ximenqing-ns", "xmq2wp", "192.168.188.69/24")),
        "xmq2wp in ximenqing-ns has 192.168.188.69/24, not 192.168.188.96/24",
    ),
    (
        "addr 10.0.0.1 dev wangpo",
        WANGPO.with_addresses(addr("host", "wangpo", "10.0.0.1/24")),
        "wangpo has 10.0.0.1/24; it must be 10.0.0.1/32",
    ),
    (
        "addr 10.0.0.1/24 netns ximenqing-ns",
        WANGPO.with_addresses(addr("host", "wangpo", "10.0.0.1/24")),
        "10.0.0.1/24 is on wangpo in host; it belongs in ximenqing-ns",
    ),
    (
        "addr 10.0.0.1/24 dev wangpo scope link",
        WANGPO.with_addresses(addr("host", "wangpo", "10.0.0.1/24")),
        "10.0.0.1/24 on wangpo has scope global; it must be link",
    ),
    ("addr inet6 dev wangpo", WANGPO, "wangpo has no inet6 address"),
    ("addr inet dev lo netns greenland", GREENLAND, "lo in greenland is down"),
    (
        "addr 127.0.0.1/8 dev lo netns greenland",
        replace(GREENLAND, addresses=(addr("host", "lo", "127.0.0.1/8"),)),
        "lo in greenland is down",
    ),
    (
        "not addr 192.168.188.69/24 dev wp2pjl",
        WANGPO.with_addresses(PJL, addr("host", "wp2pjl", "192.168.188.69/24")),
        "192.168.188.69/24 is on wp2pjl in host as well",
    ),
    (
        "not addr 192.168.188.69/24 netns host",
        WANGPO.with_addresses(addr("host", "wp2pjl", "192.168.188.69/24")),
        "192.168.188.69/24 is on wp2pjl in host; it must not be there",
    ),
    # route
    ("route default via 10.0.0.1 netns greenland", GREENLAND, "greenland has no route default"),
    (
        "route default via 10.0.0.1",
        Net((), routes=(route("host", "0.0.0.0/0", "eth0", "10.0.0.2"),)),
        "the route default in host goes via 10.0.0.2; it must go via 10.0.0.1",
    ),
    ("route 10.0.0.0/8 dev b", WANGPO.but("wangpo", name="b", up=False), "b is down: it can have no route"),
    (
        "route 10.0.0.0/8 dev a",
        Net((), routes=(route("host", "10.0.0.0/8", "b"),)),
        "the route 10.0.0.0/8 in host leaves by b; it must leave by a",
    ),
    ("route 10.0.0.0/8 dev a", EMPTY, "a does not exist"),
    (
        "route 10.0.0.0/8 src 10.0.0.1",
        Net((), routes=(route("host", "10.0.0.0/8", "b"),)),
        "the route 10.0.0.0/8 in host has src of its device; it must be 10.0.0.1",
    ),
    (
        "route 10.0.0.0/8",
        Net((), routes=(route("host", "10.0.0.0/8", kind="blackhole"),)),
        "the route 10.0.0.0/8 in host is of type blackhole",
    ),
    (
        "route 10.0.0.0/8",
        Net((), routes=(route("host", "10.0.0.0/16", "b"),)),
        "host has a route 10.0.0.0/16; it must be 10.0.0.0/8",
    ),
    (
        "route default via 10.0.0.1 netns greenland",
        Net((), routes=(route("host", "0.0.0.0/0", "b", "10.0.0.1"),), names=("greenland",)),
        "the route default is in host; it belongs in greenland",
    ),
    (
        "not route default",
        Net((), routes=(route("host", "0.0.0.0/0", "eth0"),)),
        "host has a route default; it must not",
    ),
    # neigh, fdb
    ("neigh 10.0.0.1", EMPTY, "host does not know 10.0.0.1 as a neighbour"),
    (
        "neigh 10.0.0.1 lladdr 02:00:00:00:00:02",
        Net((), neighbours=(Neighbour("host", "10.0.0.1", "02:00:00:00:00:01", "b", "STALE"),)),
        "the neighbour 10.0.0.1 of host has the MAC 02:00:00:00:00:01; it must be 02:00:00:00:00:02",
    ),
    (
        "neigh 10.0.0.1 lladdr 02:00:00:00:00:02",
        Net((), neighbours=(Neighbour("host", "10.0.0.1", None, "b", "FAILED"),)),
        "the neighbour 10.0.0.1 of host has no MAC; it must be 02:00:00:00:00:02",
    ),
    (
        "not neigh 10.0.0.1 state failed",
        Net((), neighbours=(Neighbour("host", "10.0.0.1", None, "b", "FAILED"),)),
        "host knows 10.0.0.1 state FAILED as a neighbour; it must not",
    ),
    (
        "link tun0 address 02:00:00:00:00:02",
        Net((link("host", "tun0", type="tun", address=None),)),
        "tun0 has no MAC; it must be 02:00:00:00:00:02",
    ),
    (
        "neigh 10.0.0.1 state reachable",
        Net((), neighbours=(Neighbour("host", "10.0.0.1", None, "b", "FAILED"),)),
        "the neighbour 10.0.0.1 of host is in state FAILED; it must be REACHABLE",
    ),
    (
        "neigh 10.0.0.1 dev wangpo",
        replace(WANGPO, neighbours=(Neighbour("host", "10.0.0.1", None, "b", "FAILED"),)),
        "the neighbour 10.0.0.1 of host is behind b; it must be behind wangpo",
    ),
    (
        "fdb 02:00:00:00:00:01 dev wp2xmq master other",
        replace(WANGPO, fdb=(FdbEntry("host", "02:00:00:00:00:01", "wp2xmq", "wangpo", False, None),)),
        "wp2xmq is plugged into wangpo; it belongs in other",
    ),
    (
        "fdb 02:00:00:00:00:01 dev wp2xmq master wangpo",
        replace(
            WANGPO.but("wp2xmq", master=None), fdb=(FdbEntry("host", "02:00:00:00:00:01", "wp2xmq", None, False, None),)
        ),
        "wp2xmq has no master; plug it into wangpo",
    ),
    ("fdb ximenqing-ns/xmq2wp dev wp2xmq", WANGPO, "nobody has learnt ximenqing-ns/xmq2wp behind wp2xmq"),
    (
        "fdb 02:00:00:00:00:01 dev wp2xmq",
        replace(WANGPO, fdb=(FdbEntry("host", "02:00:00:00:00:01", "wp2pjl", "wangpo", False, None),)),
        "02:00:00:00:00:01 is known behind wp2pjl; it must be behind wp2xmq",
    ),
]

NOT_CHECKED: list[tuple[str, Net, str]] = [
    ("link lo netns greenland up", EMPTY, "greenland does not exist yet"),
    ("addr 127.0.0.1/8 dev lo netns greenland", EMPTY, "greenland does not exist yet"),
    ("route default netns greenland", EMPTY, "greenland does not exist yet"),
    ("neigh 10.0.0.1 netns greenland", EMPTY, "greenland does not exist yet"),
    ("fdb host/b dev b netns greenland", EMPTY, "greenland does not exist yet"),
    ("ping 127.0.0.1 netns greenland", EMPTY, "greenland does not exist yet"),
    ("ran netns greenland -- ip link", EMPTY, "greenland does not exist yet"),
    ("not link lo netns greenland", EMPTY, "greenland does not exist yet"),
    ("not addr 10.0.0.1/8 netns greenland", EMPTY, "greenland does not exist yet"),
    ("link lo netns eden", Net((), dead=("eden",)), "eden was added inside an `ip netns exec` shell"),
    ("link wp2xmq peer xmq2wp peernetns nowhere", LADDERS, "nowhere does not exist yet"),
    ("link wangpo address nobody/eth0", WANGPO, "nobody/eth0 does not exist yet"),
]

PASSED: list[tuple[str, Net]] = [
    ("netns greenland", GREENLAND),
    ("not netns eden", EMPTY),
    ("link wangpo", WANGPO),
    ("link wangpo type bridge up carrier on mtu 1500 operstate up", WANGPO),
    ("link wp2xmq type veth master wangpo port forwarding peer xmq2wp peernetns ximenqing-ns", WANGPO),
    ("link xmq2wp netns any peer wp2xmq", WANGPO),
    ("link wp2xmq address host/wp2xmq", WANGPO),
    ("not link wangpo netns ximenqing-ns", WANGPO),
    ("not link wangpo down", WANGPO),
    (XMQ_ADDR, WANGPO),
    ("addr 192.168.188.96/24 netns any", WANGPO),
    ("addr inet dev xmq2wp netns ximenqing-ns scope global", WANGPO),
    ("not addr inet dev wangpo", WANGPO),
    ("addr fd00::1/64 dev b", Net((link("host", "b"),), addresses=(addr("host", "b", "fd00:0::1/64"),))),
    ("route 192.168.188.0/24 dev xmq2wp netns ximenqing-ns", WANGPO),
    ("route default via 10.0.0.1", Net((), routes=(route("host", "0.0.0.0/0", "eth0", "10.0.0.1"),))),
    ("route default via fe80::1", Net((), routes=(route("host", "::/0", "eth0", "fe80::1"),))),
    ("route 192.168.188.0/24 netns any", WANGPO),
    ("not route default", WANGPO),
    (
        "neigh 10.0.0.1 lladdr host/wangpo dev b",
        replace(
            WANGPO.but("wangpo", name="b"), neighbours=(Neighbour("host", "10.0.0.1", "02:00:00:00:00:62", "b", "X"),)
        )
        .but("b", name="wangpo", address="02:00:00:00:00:62")
        .but("wp2xmq", name="b"),
    ),
    (
        "fdb ximenqing-ns/xmq2wp dev wp2xmq master wangpo",
        replace(
            WANGPO.but("xmq2wp", address="02:00:00:00:00:01"),
            fdb=(FdbEntry("host", "02:00:00:00:00:01", "wp2xmq", "wangpo", False, None),),
        ),
    ),
]


def test_tables_have_rows() -> None:
    """The tables hold what they are meant to hold."""
    assert len(FAILED) > 70
    assert len(NOT_CHECKED) > 10
    assert len(PASSED) > 20


@pytest.mark.parametrize(("text", "net", "message"), FAILED)
def test_a_near_miss_is_named(text: str, net: Net, message: str) -> None:
    """A check that does not hold fails with one line that names the object and what is wrong with it."""
    verdict = judge(text, net)
    assert verdict.status is Status.FAILED
    assert verdict.message.endswith(message)
    assert "\n" not in verdict.message


@pytest.mark.parametrize(("text", "net", "message"), NOT_CHECKED)
def test_a_failed_precondition_is_not_checked(text: str, net: Net, message: str) -> None:
    """A check in a namespace that does not exist is neither passed nor failed, also when it is denied."""
    verdict = judge(text, net)
    assert verdict.status is Status.NOT_CHECKED
    assert message in verdict.message


@pytest.mark.parametrize(("text", "net"), PASSED)
def test_what_holds_passes(text: str, net: Net) -> None:
    """A check that holds passes, and its denial does not."""
    assert judge(text, net).status is Status.PASSED
    denial = text.removeprefix("not ") if text.startswith("not ") else f"not {text}"
    assert judge(denial, net).status is Status.FAILED


def test_expected_and_actual_are_told() -> None:
    """A report can show what was expected and what was found."""
    verdict = judge(WP2PJL, WANGPO.but("wp2pjl", master="wangpo2"))
    assert (verdict.expected, verdict.actual) == ("wangpo", "wangpo2")


def test_no_length_is_explained() -> None:
    """An address added without a prefix length gets the reason for its /32, one of another length does not."""
    host = WANGPO.with_addresses(addr("ximenqing-ns", "xmq2wp", "192.168.188.96/32"))
    wide = WANGPO.with_addresses(addr("ximenqing-ns", "xmq2wp", "192.168.188.96/16"))
    assert "/32" in (judge(XMQ_ADDR, host).advice or "")
    assert judge(XMQ_ADDR, wide).advice is None


@pytest.mark.parametrize("text", ["link wangpo type bridge", "addr 10.0.0.1/24 dev wangpo"])
def test_a_forgotten_exit_is_suspected(text: str) -> None:
    """What was made where the learner's shell stands, and belongs elsewhere, suggests a forgotten `exit`."""
    net = Net((link("greenland", "wangpo", type="bridge"),))
    assert "forgotten `exit`" in (judge(text, net, shell="greenland").advice or "")
    assert judge(text, net, shell="host").advice is None
    assert judge(text, net).advice is None


def test_lo_set_up_in_host_is_seen_from_what_was_run() -> None:
    """Host's lo is always up, so only the command tells that the wrong lo was set up; one that failed tells nothing."""
    text = "link lo netns greenland up"
    said = "lo in greenland is down; lo was set up in host"
    for line in ("ip link set lo up", "ip l s dev lo up", "ifconfig lo up"):
        assert judge(text, GREENLAND, executions=ran(line)).message == said
    assert judge(text, GREENLAND, executions=ran("ip link set lo up", status=2)).message == "lo in greenland is down"
    assert judge(text, GREENLAND, executions=ran("ip link set eth0 up")).message == "lo in greenland is down"


def test_of_several_devices_with_the_name_the_nearest_is_judged() -> None:
    """`netns any` passes when one of them is right, and else speaks of the one that is nearest."""
    wrong, right = link("a", "eth0", type="bridge", up=False), link("b", "eth0", type="veth", up=False)
    assert judge("link eth0 netns any type veth up", Net((wrong, right))).message == "eth0 in b is down"
    assert judge("link eth0 netns any type veth down", Net((wrong, right))).passed


def test_a_message_cannot_drive_the_terminal() -> None:
    """The kernel allows an escape sequence as a device's name; a message shows it harmlessly."""
    evil = link("host", "wangpo", type="veth", peer="\x1b[2J")
    verdict = judge("link wangpo peer xmq2wp", Net((evil,)))
    assert "\x1b" not in verdict.message + (verdict.actual or "")


def test_each_cause_is_named_once() -> None:
    """The second check that fails for one cause is not checked, with the cause as its reason."""
    net = WANGPO.but("wp2xmq", up=False)
    lines = ("link wp2xmq up master wangpo", "link wp2xmq up", "link wangpo down")
    said = name_each_cause_once(judge(line, net) for line in lines)
    assert [verdict.status for verdict in said] == [Status.FAILED, Status.NOT_CHECKED, Status.FAILED]
    assert said[1].message == "wp2xmq is down"


def test_a_missing_device_is_said_alike_by_link_and_addr() -> None:
    """So that the two count as one cause."""
    assert len(set(messages(("link b", "addr 10.0.0.1/8 dev b", "route 10.0.0.0/8 dev b"), EMPTY))) == 1
