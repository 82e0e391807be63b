"""Snapshots and events, with `ip -j` in the same namespaces as the oracle."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
from ipaddress import ip_interface
from typing import Any

from kernel_world import BRIDGE, World, a_world, as_judge, eventually

from nstutor.kernel.events import drain, event_socket
from nstutor.kernel.model import Kind, Namespace, Snapshot
from nstutor.kernel.observer import MOST_OF_A_KIND, Observer
from nstutor.kernel.registry import identity_of_fd
from nstutor.text.names import HOST

ALL = frozenset(Kind)

# Equal interface indexes everywhere: each namespace's first devices are 2 and 3.
RING = """
for n in a b c; do ip netns add $n; ip -n $n link set lo up; done
ip -n a link add right type veth peer name left netns b
ip -n b link add right type veth peer name left netns c
ip -n c link add right type veth peer name left netns a
for n in a b c; do ip -n $n link set left up; ip -n $n link set right up; done
"""

VARIETY = f"""
{BRIDGE}
ip link add p0 type veth peer name p1
ip link set p0 up mtu 1400
ip addr add 10.1.0.1/24 dev p0
ip addr add 10.2.0.1 peer 10.2.0.2/30 dev p0
ip addr add fd00::1/64 dev p0 nodad
ip addr add 10.3.0.1/24 dev p1 scope link
ip link set p1 up address 02:00:00:00:00:0a
ip route add default via 10.1.0.254 metric 50
ip route add 10.9.0.0/16 nexthop via 10.1.0.2 nexthop via 10.1.0.3
ip route add blackhole 10.8.0.0/16
ip route add fd01::/48 via fd00::2
ip route add 10.7.0.0/16 via inet6 fd00::3
ip route add 10.5.0.0/16 dev p0 src 10.1.0.1
ip route add 10.6.0.0/16 dev p0 table 77
ip rule add from 10.1.0.9 table 77
ip neigh add 10.1.0.7 lladdr 02:00:00:00:00:77 dev p0 nud permanent
bridge fdb add 02:00:00:00:00:99 dev wp2xmq master static
ip link add mv link p1 type macvlan
"""


def _link_of(said: dict[str, Any]) -> tuple[object, ...]:
    info = said.get("linkinfo", {})
    kind = "loopback" if said["link_type"] == "loopback" else info.get("info_kind")
    state = info.get("info_slave_data", {}).get("state") if info.get("info_slave_kind") == "bridge" else None
    flags = said["flags"]
    up, carrier = "UP" in flags, "LOWER_UP" in flags
    ends = (said["ifindex"], said["ifname"], kind, up, carrier, said["operstate"], said["mtu"])
    return (*ends, said["address"], said.get("master"), state)


def _links(namespace: Namespace) -> list[tuple[object, ...]]:
    return [
        (k.index, k.name, k.type, k.up, k.carrier, k.operstate, k.mtu, k.address, k.master, k.port)
        for k in namespace.links
    ]


def _addresses_of(said: list[dict[str, Any]]) -> set[tuple[object, ...]]:
    return {
        (link["ifname"], ip_interface(f"{a['local']}/{a['prefixlen']}"), a["scope"], a.get("tentative", False))
        for link in said
        for a in link.get("addr_info", ())
    }


def _routes_of(said: list[dict[str, Any]]) -> set[tuple[object, ...]]:
    found: set[tuple[object, ...]] = set()
    for route in said:
        for hop in route.get("nexthops", [route]):
            via = hop.get("gateway") or (hop.get("via") or {}).get("host")
            words = (route["dst"], via, hop.get("dev"), route.get("prefsrc"), route.get("metric"), route["type"])
            found.add(words)
    return found


def _routes(namespace: Namespace) -> set[tuple[object, ...]]:
    assert namespace.routes is not None
    return {(_prefix(str(r.dst)), r.via, r.dev, r.src, r.metric, r.type) for r in namespace.routes}


def _prefix(dst: str) -> str:
    if dst in {"0.0.0.0/0", "::/0"}:
        return "default"
    return dst.removesuffix("/32").removesuffix("/128")


def _same_as_ip(world: World, snapshot: Snapshot) -> None:
    for name, namespace in snapshot.namespaces.items():
        assert _links(namespace) == [_link_of(said) for said in world.ip(name, "link show")]
        addresses = {(a.dev, a.interface, a.scope, a.tentative) for a in namespace.addresses}
        assert addresses == _addresses_of(world.ip(name, "addr show"))
        said = world.ip(name, "route show") + world.ip(name, "-6 route show")
        assert _routes(namespace) == _routes_of(said)
        neighbours = {(n.dst, n.lladdr, n.dev, n.state) for n in namespace.neighbours or ()}
        expected = world.ip(name, "neigh show nud all")
        assert neighbours == {(n["dst"], n.get("lladdr"), n["dev"], n["state"][0]) for n in expected}


def test_pyroute2_is_not_imported_before_it_is_needed() -> None:
    """The first prompt does not wait for it."""
    rooms = "observer, executions, probe, process, waiting, hop"
    program = f"import sys; from nstutor.kernel import {rooms}; sys.exit('pyroute2' in sys.modules)"
    assert subprocess.run((sys.executable, "-c", program), check=False).returncode == 0


def test_decoding_needs_of_pyroute2_its_message_classes_only() -> None:
    """Its front, which imports everything else of it, is brought by who asks for what stands there."""
    program = (
        "import sys; from nstutor.kernel import decode; decode.load(); before = {*sys.modules}\n"
        "import pyroute2; assert pyroute2.netlink.rtnl.ifinfmsg, 'its submodules are there'\n"
        "from pyroute2 import IPRoute; assert pyroute2.IPRoute is IPRoute and pyroute2.__version__\n"
        "print(*(name for name in sys.modules if name.startswith('pyroute2.') and name not in before))\n"
    )
    done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"pyroute2.iproute", "pyroute2.ndb.main", "pyroute2.netlink.nfnetlink"} <= {*done.stdout.split()}


@as_judge
def test_links_addresses_routes_and_neighbours_are_what_ip_says() -> None:
    """A snapshot of a bridge, veths, odd addresses and routes agrees with `ip -j` in every namespace."""
    with a_world(VARIETY) as world, world.observer() as observer:

        def steady() -> bool:
            return not any(a.tentative for a in observer.snapshot().addresses())

        eventually(steady)
        observer.drain()
        snapshot = observer.snapshot(ALL)
        _same_as_ip(world, snapshot)
        assert list(snapshot.namespaces) == [HOST, "panjinlian-ns", "ximenqing-ns"]
        assert len(snapshot.namespaces[HOST].links) == 7
        assert len(list(snapshot.routes())) > 12


@as_judge
def test_rules_and_forwarding_entries_are_read() -> None:
    """A rule that was added and a static forwarding entry are in the snapshot."""
    with a_world(VARIETY) as world, world.observer() as observer:
        host = observer.snapshot(ALL).namespaces[HOST]
        assert host.rules is not None
        assert len(host.rules) == len(world.ip(HOST, "rule")) + len(world.ip(HOST, "-6 rule"))
        found = [e for e in host.fdb or () if e.mac == "02:00:00:00:00:99" and e.master]
        assert [(e.dev, e.master, e.permanent) for e in found] == [("wp2xmq", "wangpo", False)]
        assert any(e.permanent and e.dev == "wp2pjl" for e in host.fdb or ())


MANY = f"""
ip link set lo up
for i in $(seq {MOST_OF_A_KIND + 200}); do echo route add 10.0.$((i / 250)).$((i % 250))/32 dev lo; done | ip -b -
ip netns add other
ip -n other link set lo up
ip -n other route add 10.0.0.1/32 dev lo
"""


@as_judge
def test_of_more_than_anybody_needs_only_the_first_is_read() -> None:
    """A namespace with thousands of routes is cut and says so; what is read after it is whole."""
    with a_world(MANY) as world, world.observer() as observer:
        snapshot = observer.snapshot(ALL)
        host, other = snapshot.namespaces[HOST], snapshot.namespaces["other"]
        assert len(host.routes or ()) == MOST_OF_A_KIND
        assert host.cut
        assert host.rules
        assert len(other.routes or ()) == 1
        assert not other.cut
        assert observer.snapshot(ALL).namespaces == snapshot.namespaces


@as_judge
def test_only_what_is_needed_is_read() -> None:
    """Parts that nobody asked for are None."""
    with a_world() as world, world.observer() as observer:
        host = observer.snapshot(frozenset({Kind.ROUTES})).namespaces[HOST]
        assert host.routes == ()
        assert (host.rules, host.neighbours, host.fdb) == (None, None, None)


@as_judge
def test_peers_are_found_among_equal_interface_indexes() -> None:
    """In a ring of namespaces whose devices all have the same indexes each end knows its own peer."""
    with a_world(RING) as world, world.observer() as observer:
        snapshot = observer.snapshot()
        assert len({link.index for link in snapshot.links() if link.type == "veth"}) == 2
        after = {"a": "b", "b": "c", "c": "a"}
        for here, there in after.items():
            right, left = snapshot.link(here, "right"), snapshot.link(there, "left")
            assert right is not None
            assert left is not None
            assert (right.peer, right.peernetns) == ("left", there)
            assert (left.peer, left.peernetns) == ("right", here)


@as_judge
def test_both_ends_of_a_pair_in_one_namespace_are_each_others_peer() -> None:
    """The kernel gives no namespace id for such a pair."""
    with a_world("ip link add x type veth peer name y") as world, world.observer() as observer:
        ends = [(k.name, k.peer, k.peernetns) for k in observer.snapshot().links() if k.type == "veth"]
        assert sorted(ends) == [("x", "y", HOST), ("y", "x", HOST)]


@as_judge
def test_a_peer_in_a_namespace_without_a_name_is_unknown() -> None:
    """A veth whose other end went into an unnamed namespace has no peer that can be named."""
    setup = """
    ip link add x type veth peer name y
    mkfifo /tmp/ready
    unshare -n sh -c 'echo > /tmp/ready; exec sleep 1000' > /dev/null 2>&1 &
    read -r line < /tmp/ready
    ip link set y netns $!
    """
    with a_world(setup) as world:
        with world.observer() as observer:
            end = observer.snapshot().link(HOST, "x")
            assert end is not None
            assert (end.type, end.peer, end.peernetns) == ("veth", None, None)


@as_judge
def test_a_deleted_namespace_goes_while_the_observer_lives() -> None:
    """Nothing of ours keeps it: the veth's other end vanishes within moments."""
    with a_world(f"{RING}\nip link add out type veth peer name in netns a") as world, world.observer() as observer:
        assert observer.snapshot(ALL).link(HOST, "out")
        world.run("ip netns del a")
        eventually(lambda: observer.snapshot(ALL).link(HOST, "out") is None, 3.0)
        assert set(observer.snapshot().namespaces) == {HOST, "b", "c"}


@as_judge
def test_the_learner_does_not_see_the_observer() -> None:
    """No namespace id appears in `ip netns list`, whatever was read."""
    with a_world("ip netns add a; ip netns add b") as world, world.observer() as observer:
        observer.snapshot(ALL)
        assert world.run("ip netns list").split() == ["b", "a"]


@as_judge
def test_events_of_every_namespace_arrive_also_of_a_new_one() -> None:
    """A change in any namespace that a snapshot has seen makes the event socket readable."""
    with a_world("ip netns add a") as world, world.observer() as observer:
        observer.snapshot()
        assert not observer.drain()
        for command in ("ip -n a link set lo up", "ip link set lo down", "ip -n a addr add 10.0.0.1/8 dev lo"):
            world.run(command)
            assert select.select([observer], [], [], 5)[0], command
            assert observer.drain(), command
            assert not observer.drain()
        world.run("ip netns add b")
        assert observer.drain()
        observer.snapshot()
        assert not observer.drain()
        world.run("ip -n b link set lo up")
        assert observer.drain()


@as_judge
def test_rules_and_routes_and_neighbours_are_events() -> None:
    """Each kind of change that a check can be about makes `drain` true."""
    setup = "ip link add x type veth peer name y; ip link set x up; ip addr add 10.0.0.1/24 dev x"
    with a_world(setup) as world, world.observer() as observer:
        for command in (
            "ip rule add from 10.0.0.1 table 9",
            "ip route add 10.9.0.0/16 via 10.0.0.7",
            "ip neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev x",
            "ip -6 rule add from fd00::1 table 9",
        ):
            observer.snapshot()
            world.run(command)
            assert observer.drain(), command


@as_judge
def test_a_change_is_remembered_until_the_next_snapshot() -> None:
    """`changed` says so as often as it is asked."""
    with a_world("ip netns add a") as world, world.observer() as observer:
        assert observer.changed()
        observer.snapshot()
        assert not observer.changed()
        world.run("ip -n a link set lo up")
        assert observer.changed()
        assert observer.changed()
        observer.snapshot()
        assert not observer.changed()


@as_judge
def test_lost_events_count_as_a_change() -> None:
    """More events than the socket holds are a reason to look, whatever they were; afterwards it works as before."""
    everything = frozenset(range(200))
    with event_socket((1,)) as events:
        events.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        subprocess.run(("ip", "-batch", "-"), input="link set lo up\nlink set lo down\n" * 20, text=True, check=True)
        assert drain(events, everything)
        assert not drain(events, everything)
        subprocess.run(("ip", "link", "set", "lo", "up"), check=True)
        assert drain(events, frozenset())
        assert not drain(events, frozenset())


@as_judge
def test_mounts_wake_up_once_for_a_namespace_that_comes_or_goes() -> None:
    """The descriptor is quiet, then readable, then quiet again without anything being read."""
    with a_world("ip netns add a") as world, world.observer() as observer:
        loop = select.epoll()
        loop.register(observer.mounts_fileno(), select.EPOLLIN)
        assert not loop.poll(0)
        for command in ("ip netns add b", "ip netns del a"):
            world.run(command)
            assert loop.poll(5), command
            assert observer.changed(), f"the loop's own asking took the news of: {command}"
            observer.snapshot()
            assert not loop.poll(0)
        loop.close()


@as_judge
def test_names_that_are_no_namespace_are_dead() -> None:
    """Plain files, other kinds of namespaces, links and the reserved name are kept out, and harm nothing."""
    setup = """
    ip netns add good
    cd /run/netns
    : > plain
    : > mnt && mount --bind /proc/self/ns/uts mnt
    mkfifo fifo
    mkdir folder
    ln -s /proc/1/ns/net link
    : > host && mount --bind good host
    """
    with a_world(setup) as world, world.observer() as observer:
        snapshot = observer.snapshot(ALL)
        assert set(snapshot.namespaces) == {HOST, "good"}
        assert snapshot.dead == {"plain", "mnt", "fifo", "folder", "link", HOST}
        assert snapshot.namespaces[HOST].identity == identity_of_fd(world.netns)


@as_judge
def test_a_namespace_made_in_another_mount_namespace_is_dead() -> None:
    """`ip netns add` inside an `ip netns exec` shell leaves a plain file outside it."""
    with a_world("ip netns add a; ip netns exec a ip netns add inner") as world, world.observer() as observer:
        snapshot = observer.snapshot()
        assert set(snapshot.namespaces) == {HOST, "a"}
        assert snapshot.dead == {"inner"}


@as_judge
def test_a_folder_of_names_that_leads_out_of_the_world_is_not_followed() -> None:
    """An absolute link in place of /run/netns is taken as the learner's own root has it."""
    with a_world("rmdir /run/netns; mkdir -p /tmp/x; ln -s /tmp/x /run/netns") as world:
        with world.observer() as observer:
            assert set(observer.snapshot().namespaces) == {HOST}
            world.run(": > /tmp/x/own; mount --bind /proc/self/ns/net /tmp/x/own")
            snapshot = observer.snapshot()
            assert snapshot.namespaces["own"].identity == snapshot.namespaces[HOST].identity


@as_judge
def test_two_names_for_one_namespace_are_both_there() -> None:
    """`ip netns attach` gives a second name; peers are told by the first."""
    setup = "ip netns add a; ip link add x type veth peer name y netns a; : > /run/netns/b"
    with a_world(f"{setup}; mount --bind /run/netns/a /run/netns/b") as world, world.observer() as observer:
        snapshot = observer.snapshot(ALL)
        assert snapshot.namespaces["a"].identity == snapshot.namespaces["b"].identity
        assert snapshot.namespaces["b"].by_name["y"].peer == "x"
        assert snapshot.namespaces[HOST].by_name["x"].peernetns == "a"
        assert observer.names()[snapshot.namespaces["b"].identity] == "a"


@as_judge
def test_odd_names_are_kept_as_they_are() -> None:
    """Namespaces and devices may have names that are not UTF-8."""
    setup = r"""
    odd=$(printf 'n\351')
    ip netns add "$odd"
    ip link add "$odd" type veth peer name v netns "$odd"
    """
    with a_world(setup) as world, world.observer() as observer:
        odd = os.fsdecode(b"n\xe9")
        link = observer.snapshot(ALL).link(HOST, odd)
        assert link is not None
        assert (link.peer, link.peernetns) == ("v", odd)


@as_judge
def test_port_and_carrier_follow_the_other_end() -> None:
    """A bridge port is disabled, without carrier, when its other end is down."""
    with a_world(BRIDGE) as world, world.observer() as observer:
        eventually(lambda: _port(observer) == (True, "forwarding"))
        world.run("ip -n ximenqing-ns link set xmq2wp down")
        eventually(lambda: _port(observer) == (False, "disabled"))


def _port(observer: Observer) -> tuple[bool, str | None]:
    link = observer.snapshot().link(HOST, "wp2xmq")
    assert link is not None
    return link.carrier, link.port


@as_judge
def test_a_snapshot_survives_namespaces_that_come_and_go() -> None:
    """While a script makes and deletes namespaces every snapshot is whole and host is in it."""
    one = "ip netns add n$i; ip link add v$i type veth peer name w netns n$i; ip netns del n$i"
    with a_world("ip netns add fixed") as world, world.observer() as observer:
        pid = os.fork()
        if pid == 0:
            world.run(f"for i in $(seq 60); do {one}; done")
            os._exit(0)
        seen = 0
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            assert {HOST, "fixed"} <= set(observer.snapshot(ALL).namespaces)
            seen += 1
        assert seen > 5
        assert set(observer.snapshot().namespaces) == {HOST, "fixed"}


@as_judge
def test_nothing_stays_open() -> None:
    """After many snapshots the judge has the descriptors that it had after the first."""
    with a_world(BRIDGE) as world, world.observer() as observer:
        observer.snapshot(ALL)
        before = os.listdir("/proc/self/fd")
        for _ in range(20):
            observer.snapshot(ALL)
        assert os.listdir("/proc/self/fd") == before
        here = os.stat("/proc/self/ns/net").st_ino
        assert here not in {n.identity[1] for n in observer.snapshot().namespaces.values()}
