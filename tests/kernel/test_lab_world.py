"""What a world is like from inside: the network, the tools, the files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lab_harness import in_child, judged, read_until, run, shell, status_of

from nstutor.errors import CannotRunHereError, UsageError
from nstutor.lab.contents import SHIMS
from nstutor.lab.identity import Tier, is_machine_root
from nstutor.lab.limits import Limits
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.world_factory import WorldFactory
from nstutor.linux import syscalls


@judged
def test_the_learner_is_root_of_a_machine_called_host(factory: WorldFactory) -> None:
    """A world starts with user 0, the host name `host`, the home /root and a terminal of its own."""
    with factory.world(Limits.learning()) as world:
        said = run(world, "id -u; hostname; pwd; tty; echo $HOME $LANG $USER; cat /etc/hostname")
        assert said.split("\n") == ["0", "host", "/root", "/dev/pts/0", "/root C.UTF-8 root", "host", ""]
        assert world.tier is (Tier.ROOT if is_machine_root() else Tier.ROOTLESS)


@judged
def test_loopback_of_host_is_up_and_nothing_else_is_there(factory: WorldFactory) -> None:
    """Host begins with `lo`, up, and no other device or route."""
    with factory.world(Limits.learning()) as world:
        assert run(world, "ip -br link show").split()[:2] == ["lo", "UNKNOWN"]
        assert run(world, "ip -br link | wc -l; ip route | wc -l; ls /sys/class/net").split() == ["1", "0", "lo"]
        assert "1 received" in run(world, "ping -c 1 -W 2 127.0.0.1")


@judged
def test_ping_works_without_a_raw_socket(factory: WorldFactory) -> None:
    """The kernel's echo sockets (icmp(7), ping_group_range) are open to the learner too."""
    with factory.world(Limits.learning()) as world:
        program = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP); print('made')"
        assert run(world, f'/usr/bin/env python3 -c "{program}"').strip() == "made"
        assert run(world, "cat /proc/sys/net/ipv4/icmp_ratelimit").strip() == "0"


@judged
def test_named_namespaces_with_a_ladder_between_them(factory: WorldFactory) -> None:
    """Namespaces, exec and veth work; a new namespace's `lo` is down, and its sysfs shows its own devices."""
    with factory.world(Limits.learning()) as world:
        script = """
            ip netns add eden && ip netns add greenland
            ip link add left type veth peer name right
            ip link set left netns eden && ip link set right netns greenland
            ip -n eden addr add 10.9.0.1/24 dev left && ip -n eden link set left up
            ip -n greenland addr add 10.9.0.2/24 dev right && ip -n greenland link set right up
            ip -n eden -br link show lo | tr -s ' ' | cut -d' ' -f1-2
            ip netns exec eden ls /sys/class/net | paste -sd' '
            ip netns exec eden ping -c 1 -W 3 10.9.0.2 | grep -o '1 received'
        """
        assert run(world, script).split("\n") == ["lo DOWN", "left lo", "1 received", ""]


@judged
def test_tools_that_give_up_root_work(factory: WorldFactory) -> None:
    """A tcpdump drops its user and hands over its file, also where one id is all there is."""
    with factory.world(Limits.learning()) as world:
        script = "ping -c 9 -i 0.2 127.0.0.1 >/dev/null & tcpdump -i lo -c 2 -w {file}; tcpdump -r {file}"
        for file in ("/tmp/capture", "/root/capture"):
            said = run(world, script.format(file=file))
            assert "2 packets captured" in said
            assert said.count("ICMP echo") == 2


@judged
def test_firewall_rules_and_settings(factory: WorldFactory) -> None:
    """iptables, nft and the network's sysctls are the learner's; the machine's own settings are not."""
    with factory.world(Limits.learning()) as world:
        assert status_of(world, "iptables -t nat -A POSTROUTING -j MASQUERADE") == 0
        assert status_of(world, "iptables -A INPUT -p icmp -j DROP") == 0
        assert "icmp" in run(world, "iptables -S")
        assert run(world, "sysctl -w net.ipv4.ip_forward=1").strip() == "net.ipv4.ip_forward = 1"
        assert status_of(world, "sysctl -w kernel.panic=7") != 0


@judged
def test_a_second_traceroute_is_complete(factory: WorldFactory) -> None:
    """The rate limit of ICMP errors is off in host, so repeating a traceroute loses no hop."""
    with factory.world(Limits.learning()) as world:
        said = run(world, "for i in 1 2 3; do traceroute -n -q 3 -w 1 127.0.0.1; done")
        assert said.count("127.0.0.1  ") == 3
        assert "*" not in said


@judged
def test_a_tunnel_device_can_be_made_where_the_machine_lets_anybody(factory: WorldFactory) -> None:
    """A tap is made exactly when others may open /dev/net/tun."""
    with factory.world(Limits.learning()) as world:
        allowed = os.path.exists("/dev/net/tun") and os.stat("/dev/net/tun").st_mode & 0o006 == 0o006
        assert (status_of(world, "ip tuntap add tap0 mode tap") == 0) == allowed


@judged
def test_a_namespace_has_files_of_its_own(factory: WorldFactory) -> None:
    """What stands in /etc/netns/NAME is /etc for `ip netns exec NAME`."""
    with factory.world(Limits.learning()) as world:
        script = """
            ip netns add eden; mkdir /etc/netns/eden; echo nameserver 10.0.0.53 > /etc/netns/eden/resolv.conf
            ip netns exec eden cat /etc/resolv.conf; grep -c nameserver /etc/resolv.conf
        """
        assert "nameserver 10.0.0.53" in run(world, script)


@judged
def test_etc_and_the_places_to_write_are_there(factory: WorldFactory) -> None:
    """/etc can be edited, /tmp, /var/tmp, /run and /dev/shm written, /dev/fd and pipes by name used."""
    with factory.world(Limits.learning()) as world:
        places = ("/etc/x", "/tmp/x", "/var/tmp/x", "/var/log/x", "/run/x", "/dev/shm/x", "/root/x")
        for place in places:
            assert status_of(world, f"echo x > {place}") == 0, place
        assert run(world, "cat <(echo through) /dev/null; echo discarded > /dev/null").strip() == "through"
        assert run(world, "sed -i 's/ host$/ stone/' /etc/hosts && grep -c ' stone' /etc/hosts").strip() == "1"
        assert run(world, "getent passwd root | cut -d: -f1; getent hosts localhost | wc -l").split() == ["root", "1"]


@judged
def test_the_texts_that_the_maker_was_given_are_in_etc(factory: WorldFactory) -> None:
    """The bashrc and inputrc come from whoever makes the WorldFactory."""
    assert factory
    own = WorldFactory(bashrc="echo from the bashrc\n", inputrc="set bell-style none\n")
    with own, own.world(Limits.learning()) as world:
        assert run(world, "cat /etc/bash.bashrc /etc/inputrc") == "echo from the bashrc\nset bell-style none\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sudo id -u", "0"),
        ("/usr/bin/env sudo -E -u root -- id -u", "0"),
        ("sudo -nEu root id -u", "0"),
        ("sudo --user=root id -u", "0"),
        ("sudo A=1 B='2 3' bash -c 'echo $A $B'", "1 2 3"),
        ("sudo -- C=4 printenv C", "4"),
        ("sudo echo -i x", "-i x"),
        ("sudo -i echo 'a  b'", "a  b"),
        ("sudo -s echo 'a  b'", "a  b"),
        ("cd /tmp; sudo -i pwd", "/root"),
        ("cd /tmp; sudo -s pwd", "/tmp"),
        ("sudo sudo sudo id -u", "0"),
        ("sudo -i sudo id -u", "0"),
        ("sudo false; echo $?", "1"),
        ("sudo -v; echo $?", "0"),
        ("sudo 2>/dev/null; echo $?", "1"),
        ("sudo nosuch; echo $?", "sudo: nosuch: command not found\n1"),
        ("type -P sudo", f"{SHIMS}/sudo"),
        ("echo 'echo in' | sudo -s", "in"),
    ],
)
def test_sudo_runs_its_arguments(line: str, expected: str) -> None:
    """The sudo of the lab takes what people type and simply runs it."""

    @judged
    def body(factory: WorldFactory) -> None:
        with factory.world(Limits.learning()) as world:
            assert run(world, line).strip() == expected

    body()


@judged
def test_several_worlds_beside_each_other(factory: WorldFactory) -> None:
    """Worlds that are asked for together do not see each other, and ending one leaves the other."""
    first, second = factory.request(Limits.learning()), factory.request(Limits.grading())
    with second.wait() as other:
        with first.wait() as world:
            assert run(world, "ip netns add eden; ip netns").strip() == "eden"
        assert run(other, "ip netns; echo still here").strip() == "still here"


@judged
def test_descriptors_of_a_world_lead_into_it(factory: WorldFactory) -> None:
    """`root` finds the learner's namespaces by name, `netns` is host's, `keeper` reads as ended only after the end."""
    with factory.world(Limits.learning()) as world:
        run(world, "ip netns add eden")
        inside = run(world, "stat -Lc %i /proc/self/ns/net /run/netns/eden").split()
        named = os.stat(f"/proc/self/fd/{world.root}/run/netns/eden")
        assert [str(os.fstat(world.netns).st_ino), str(named.st_ino)] == inside


@judged
def test_resources_see_processes_memory_and_a_tmpfs_of_the_learners(factory: WorldFactory) -> None:
    """What the learner starts, holds and writes is counted, also in a mount they made, and in a ramfs as too much."""
    with factory.world(Limits.learning()) as world:
        make = "mkdir /tmp/m; mount -t tmpfs none /tmp/m; head -c 30M /dev/zero > /tmp/m/x"
        run(world, f"{make}; trap '' HUP; sleep 100 &")
        after = world.resources()
        assert after.processes == 1
        assert 30 << 20 <= after.tmpfs_bytes < 60 << 20
        assert 0 < after.process_bytes < 30 << 20
        run(world, "mount -t ramfs none /tmp/m")
        assert world.resources().memory_bytes > 1 << 39


MEMFD = (
    "import os, time; f = os.memfd_create('x'); os.write(f, bytes(30 << 20)); print('written', flush=True); "
    "time.sleep(99)"
)
DETACHED = "mount -t tmpfs none /mnt; cd /mnt; head -c 30M /dev/zero > x; umount -l /mnt; echo written; sleep 99"


@pytest.mark.parametrize("way", [f'python3 -c "{MEMFD}"', DETACHED], ids=["memfd", "detached tmpfs"])
def test_resources_see_memory_in_files_that_are_mounted_nowhere(way: str) -> None:
    """A memfd, and a tmpfs that was unmounted while somebody is in it, are counted as long as they are held."""

    @judged
    def body(factory: WorldFactory) -> None:
        with factory.world(Limits.learning()) as world:
            before = world.resources().tmpfs_bytes
            with shell(world, ("/bin/bash", "-c", way)) as process:
                read_until(process, lambda said: "written" in said)
                assert world.resources().tmpfs_bytes >= 30 << 20
            assert before < 20 << 20

    body()


@judged
def test_resources_tell_threads_namespaces_and_what_is_full(factory: WorldFactory) -> None:
    """Threads count as processes do, a namespace counts without a name, and a full /tmp is named."""
    with factory.world(Limits.grading()._replace(tmp_bytes=1 << 20)) as world:
        run(world, "trap '' HUP; unshare -n sleep 99 & head -c 2M /dev/zero > /tmp/x")
        found = world.resources()
        assert found.threads == found.processes == world.processes() == 1
        assert len(found.netns) == 1
        assert "/tmp" in found.full


@judged
def test_a_home_that_is_no_directory_is_refused(factory: WorldFactory, tmp_path: Path) -> None:
    """A file as a home is the caller's mistake and told as such."""
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(UsageError, match="not a directory"):
        factory.request(Limits.learning(), file)


REFUSALS = 30


def _become_ordinary() -> None:
    """Give up being root, for good; a change of ids closes /proc/PID to its own process (proc(5))."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)


def test_worlds_that_cannot_be_made_leave_no_descriptors_behind() -> None:
    """A limit on pid namespaces, set in the judge's own user namespace, refuses one world like the other."""

    def refused(factory: WorldFactory) -> int:
        with pytest.raises(CannotRunHereError):
            factory.world(Limits.grading())
        return len(os.listdir(f"/proc/{factory._pid}/fd"))

    def body() -> None:
        _become_ordinary()
        become_supervisor()
        syscalls.write_once("/proc/sys/user/max_pid_namespaces", "0")
        with WorldFactory() as factory:
            # It answers before it has tidied up, and may be about to try the next one: a few come and go.
            assert max(refused(factory) for _ in range(REFUSALS)) < REFUSALS

    in_child(body)
