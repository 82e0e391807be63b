"""The parts of whose changes no event tells: who listens, settings, filters; and what nstutor's connection finds."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from kernel_world import World, a_world, as_judge, eventually

from nstutor.kernel.connect import connect
from nstutor.kernel.model import Kind, Part, Snapshot
from nstutor.kernel.parts import Listener, Setting
from nstutor.kernel.probe_types import ConnectProbe, ConnectResult

TWO = """
ip netns add near
ip netns add far
ip link add near0 netns near type veth peer name far0 netns far
ip -n near addr add 10.0.0.1/24 dev near0
ip -n far addr add 10.0.0.2/24 dev far0
ip -n near addr add fd00::1/64 dev near0 nodad
ip -n far addr add fd00::2/64 dev far0 nodad
ip -n near link set near0 up
ip -n far link set far0 up
ip -n far link set lo up
"""
FORWARD, RANGE = Setting("net/ipv4/ip_forward"), Setting("net/ipv4/ip_local_port_range")
ASK = ConnectProbe("10.0.0.2", 8080, "near")

SERVER = """
import socket, sys
kind, host, port = sys.argv[1:]
family = socket.AF_INET6 if ":" in host else socket.AF_INET
server = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
server.bind((host, int(port)))
if kind == "tcp":
    server.listen(5)
print("ready", flush=True)
sys.stdin.read()
"""
"""A server that accepts nobody itself: the kernel opens the connections."""


def seen(world: World, *parts: Part) -> Snapshot:
    """What an observer sees once."""
    with world.observer() as observer:
        return observer.snapshot(frozenset(parts))


@contextmanager
def server(world: World, netns: str, kind: str, host: str, port: int) -> Iterator[None]:
    """Something that listens in that namespace while the block runs."""
    inside = () if netns == "host" else ("ip", "netns", "exec", netns)
    command = (*world.enter, *inside, sys.executable, "-ISc", SERVER, kind, host, str(port))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        yield
        child.stdin.close()


def asked(world: World, probe: ConnectProbe, seconds: float = 3.0) -> ConnectResult:
    """Try a connection in the present state."""
    return asyncio.run(connect(probe, seen(world), world.root, world.netns, seconds))


# --- who listens ------------------------------------------------------------------------------------------------------


@as_judge
def test_listeners_are_read() -> None:
    """Of either protocol and family, with the address that they are bound to."""
    with a_world(TWO) as world, server(world, "far", "tcp", "127.0.0.1", 80), server(world, "far", "udp", "::", 53):
        found = seen(world, Kind.LISTENERS)
        assert found.namespaces["far"].listeners == (
            Listener("far", "tcp", "127.0.0.1", 80),
            Listener("far", "udp", "::", 53),
        )
        assert found.namespaces["near"].listeners == found.namespaces["host"].listeners == ()
        assert seen(world).namespaces["far"].listeners is None


@as_judge
def test_a_connection_is_no_listener() -> None:
    """What is connected listens to nobody."""
    with a_world(TWO) as world, server(world, "far", "tcp", "0.0.0.0", 8080):
        assert asked(world, ASK) == ConnectResult(answered=True)
        listeners = list(seen(world, Kind.LISTENERS).listeners())
        assert [(one.netns, one.local, one.port) for one in listeners] == [("far", "0.0.0.0", 8080)]


@as_judge
def test_a_new_listener_is_noticed_without_an_event() -> None:
    """The observer compares what it saw with what there is, if the snapshot was asked for it."""
    with a_world("ip netns add far") as world, world.observer() as observer:
        observer.snapshot(frozenset({Kind.LISTENERS}))
        assert not observer.changed()
        with server(world, "far", "tcp", "0.0.0.0", 8080):
            assert observer.changed()
            observer.snapshot(frozenset({Kind.LISTENERS}))
            assert not observer.changed()
        assert observer.changed()
        observer.snapshot()
        with server(world, "far", "tcp", "0.0.0.0", 8080):
            assert not observer.changed(), "nobody asked for it"


# --- settings ---------------------------------------------------------------------------------------------------------


@as_judge
def test_settings_are_those_of_each_namespace() -> None:
    """One is read in every namespace; several numbers stand with single blanks, whatever the kernel prints."""
    with a_world(f"{TWO}\nip netns exec far sysctl -qw net.ipv4.ip_forward=1") as world:
        missing = Setting("net/ipv4/conf/near0/no_such_thing")
        found = seen(world, FORWARD, RANGE, missing)
        values = {name: found.setting(name, FORWARD.key) for name in found.namespaces}
        assert values == {"host": "0", "near": "0", "far": "1"}
        assert found.setting("near", RANGE.key) == "32768 60999"
        assert found.setting("near", missing.key) is None


@as_judge
def test_a_setting_of_a_device_whose_name_has_a_dot() -> None:
    """The path has the name as it is."""
    with a_world("ip link add eth0.1 type veth peer name p\nsysctl -qw net.ipv4.conf.eth0/1.rp_filter=2") as world:
        key = "net/ipv4/conf/eth0.1/rp_filter"
        assert seen(world, Setting(key)).setting("host", key) == "2"


@as_judge
def test_a_changed_setting_is_noticed() -> None:
    """No event tells of icmp_echo_ignore_all; of devices that were just made some come behind the first look."""
    with a_world("ip netns add near") as world, world.observer() as observer:
        observer.snapshot(frozenset({Setting("net/ipv4/icmp_echo_ignore_all")}))
        assert not observer.changed()
        world.run("ip netns exec near sysctl -qw net.ipv4.icmp_echo_ignore_all=1")
        assert observer.changed()


@as_judge
def test_a_deleted_namespace_is_a_change_and_no_error() -> None:
    """The silent parts of a namespace that has gone cannot be read any more."""
    with a_world(TWO) as world, world.observer() as observer:
        observer.snapshot(frozenset({FORWARD, Kind.LISTENERS, Kind.NETFILTER}))
        world.run("ip netns del near")
        assert observer.changed()
        assert "near" not in observer.snapshot(frozenset({FORWARD})).namespaces


# --- a connection -----------------------------------------------------------------------------------------------------


@as_judge
def test_a_connection_opens_and_nothing_stays() -> None:
    """By IPv4 and IPv6; the descriptors are closed, and the namespace that asked can go at once."""
    with a_world(TWO) as world, server(world, "far", "tcp", "::", 8080):
        before = os.listdir("/proc/self/fd")
        assert asked(world, ASK).answered
        assert asked(world, ConnectProbe("fd00::2", 8080, "near")).answered
        assert asked(world, ConnectProbe("127.0.0.1", 8080, "far")).answered
        assert os.listdir("/proc/self/fd") == before
        world.run("ip netns del near")
        eventually(lambda: not [link for link in world.ip("far", "link") if link["ifname"] == "far0"])


@as_judge
def test_a_connection_that_does_not_open_says_why() -> None:
    """Refused where nobody listens, or only on another address; silence where a filter drops."""
    with a_world(TWO) as world:
        assert asked(world, ASK) == ConnectResult(answered=False, error="Connection refused")
        with server(world, "far", "tcp", "127.0.0.1", 8080):
            assert asked(world, ASK) == ConnectResult(answered=False, error="Connection refused")
        assert asked(world, ConnectProbe("10.9.9.9", 80, "near")).error == "Network is unreachable"
        assert asked(world, ConnectProbe("10.0.0.2", 80, "nobody")).error == "No such file or directory"
        world.run("ip netns exec far iptables -A INPUT -p tcp -j DROP")
        assert asked(world, ASK, 0.3) == ConnectResult(answered=False)


@pytest.mark.parametrize("address", ["::1", "127.0.0.1"])
@as_judge
def test_a_refused_connection_to_lo(address: str) -> None:
    """A namespace's own loopback is a place like any other."""
    with a_world(TWO) as world:
        assert asked(world, ConnectProbe(address, 80, "far")).error == "Connection refused"
