"""What a world keeps from whoever is in it: the machine, its files, the keeper, and more than its share."""

from __future__ import annotations

import os
import platform
import select
import signal
import time
from pathlib import Path

import pytest
from lab_harness import in_child, judged, read_until, run, shell, status_of

from nstutor.lab.limits import Limits
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.world_factory import WorldFactory

CALL = "import ctypes, os; c = ctypes.CDLL(None, use_errno=True); r = {call}; print(r, ctypes.get_errno())"
INT_0X80 = """
import ctypes, mmap
memory = mmap.mmap(-1, 4096, prot=7)
memory.write(bytes.fromhex('b814000000cd80c3'))  # mov eax, 20 (getpid); int 0x80; ret
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))()
"""

ATTEMPTS_TO_WRITE = [
    "touch /usr/nstutor-was-here",
    "touch /boot/nstutor-was-here",
    "touch /nstutor-was-here",
    "touch /opt/nstutor/bin/nstutor-was-here",
    "echo >> /opt/nstutor/bin/sudo",
    "echo nstutor >> /.etc/passwd",
    "echo nstutor >> /usr/bin/env",
    "mount -o remount,rw /usr",
    "mount -o remount,rw,bind /usr",
    "mount -o remount,rw,bind /",
    "mount -o remount,rw,bind /.etc",
    "umount /usr",
    "umount -l /usr",
    "umount -l /.etc",
    "umount -l /etc",
    "umount -l /root",
    "umount -l /proc",
    "umount -l /dev/null",
    "mount --bind /usr /mnt && mount -o remount,rw,bind /mnt",
    "mknod /tmp/disk b 254 0 && head -c 1 /tmp/disk",
    "mount -t ext4 /dev/vda /mnt",
    "echo core > /proc/sys/kernel/core_pattern",
    "echo c > /proc/sysrq-trigger",
    "echo 1000 > /proc/sys/user/max_user_namespaces && unshare -U true",
    "hostname other; nsenter -t 1 -u true",
]


@pytest.mark.parametrize("attempt", ATTEMPTS_TO_WRITE)
def test_nothing_of_the_machine_can_be_written(attempt: str) -> None:
    """Writing to the machine's files and settings fails, and so does undoing what keeps them from being written."""

    @judged
    def body(factory: WorldFactory) -> None:
        with factory.world(Limits.learning()) as world:
            assert status_of(world, attempt) != 0

    body()
    names = [place for place in ("/usr", "/boot", "/") if os.path.exists(f"{place}/nstutor-was-here")]
    assert not names


@judged
def test_an_overlay_over_the_machines_programs_stays_in_the_world(factory: WorldFactory) -> None:
    """An overlay is a learner's right, and what is written there reaches no file of the machine."""
    before = os.stat("/usr/bin").st_mtime_ns
    with factory.world(Limits.learning()) as world:
        make = "mkdir /tmp/u /tmp/w; mount -t overlay -o lowerdir=/usr/bin,upperdir=/tmp/u,workdir=/tmp/w o /usr/bin"
        run(world, f"{make}; touch /usr/bin/planted")
    assert os.stat("/usr/bin").st_mtime_ns == before
    assert not os.path.exists("/usr/bin/planted")


@judged
def test_everything_deleted_is_only_the_worlds(factory: WorldFactory) -> None:
    """Deleting / takes the world's own files; programs are still there and another shell starts."""
    with factory.world(Limits.learning()) as world:
        run(world, "rm -rf --no-preserve-root / 2>/dev/null; true")
        assert run(world, "echo still; ls /usr/bin/env").split() == ["still", "/usr/bin/env"]
    assert os.path.getsize("/etc/passwd") > 0


@judged
def test_homes_and_other_files_of_the_machine_cannot_be_seen(factory: WorldFactory, tmp_path: Path) -> None:
    """A file of the user's, nstutor's own package and the judge's directories do not exist in a world."""
    secret = tmp_path / "secret"
    secret.write_text("answer")
    package = Path(__file__).parents[2] / "nstutor"
    with factory.world(Limits.learning()) as world:
        for path in (secret, tmp_path, package, Path.home() if Path.home() != Path("/root") else tmp_path):
            assert run(world, f"test -e {path} && echo seen") == "", path
        assert run(world, "ls -A /home /root /tmp /mnt /srv").split() == ["/home:", "/mnt:", "/root:", "/srv:", "/tmp:"]
        assert run(world, "find / -xdev -name secret 2>/dev/null; find / -name 'test_lab_*' 2>/dev/null") == ""


@judged
def test_a_hidden_directory_below_usr_stays_hidden(factory: WorldFactory) -> None:
    """What is hidden can neither be unmounted nor reached through another mount of the directory above it."""
    assert factory
    hidden = next(path for path in Path("/usr/share").iterdir() if path.is_dir() and any(path.iterdir()))
    with WorldFactory(hidden=[hidden]) as own, own.world(Limits.learning()) as world:
        assert run(world, f"ls -A {hidden}") == ""
        for way in (
            f"umount {hidden}",
            f"umount -l {hidden}",
            f"mount --bind /usr/share /mnt && ls -A /mnt/{hidden.name} | grep .",
            f"mount --rbind /usr/share /mnt && ls -A /mnt/{hidden.name} | grep .",
            f"mount --rbind /usr/share /mnt && umount -l /mnt/{hidden.name}",
            f"mkdir /tmp/x; mount -t overlay -o lowerdir=/usr/share:/tmp/x o /mnt && ls -A /mnt/{hidden.name} | grep .",
        ):
            assert status_of(world, way) != 0, way


@judged
def test_the_keeper_cannot_be_touched(factory: WorldFactory) -> None:
    """Pid 1 can be neither killed, stopped, traced nor looked into, and there is no other process of ours."""
    with factory.world(Limits.learning()) as world:
        assert run(world, "kill -9 1; kill -STOP 1; kill -INT 1; kill -TERM 1; echo alive").split("\n")[-2] == "alive"
        for look in (
            "cat /proc/1/environ",
            "ls /proc/1/fd/",
            "ls /proc/1/root/",
            "readlink /proc/1/ns/net",
            "nsenter -t 1 -m true",
            "nsenter -t 1 -n true",
        ):
            assert status_of(world, look) != 0, look
        trace = CALL.format(call="c.ptrace(16, 1, 0, 0)")
        assert run(world, f'python3 -c "{trace}"').split() == ["-1", "1"]
        assert run(world, "ls -d /proc/[0-9]* | sort -V | head -2 | wc -l; cat /proc/1/comm").split()[0] == "2"


@judged
def test_the_graders_arguments_cannot_be_read(factory: WorldFactory) -> None:
    """The keeper is a fork of the grader: its command line would name the lesson and the other submissions."""
    with factory.world(Limits.learning()) as world:
        assert run(world, "cat /proc/1/cmdline").strip("\0") == "nstutor-lab"


@judged
def test_no_further_user_namespace(factory: WorldFactory) -> None:
    """A learner can make no user namespace, and so none in which the limits would begin anew."""
    with factory.world(Limits.learning()) as world:
        assert "No space left" in run(world, "unshare -U true")
        assert "No space left" in run(world, "unshare -Urnm true")
        assert status_of(world, "unshare -mnui true") == 0
        assert status_of(world, "unshare -pf --mount-proc true") == 0


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("c.socket(40, 1, 0)", "97"),  # AF_VSOCK: EAFNOSUPPORT
        ("c.syscall(425, 1, 0)", "1"),  # io_uring_setup
        ("c.syscall({keyctl}, 0, -5, 1)", "1"),
        ("c.syscall({bpf}, 0, 0, 0)", "1"),
        ("c.shmget(0, 4096, 0o1600)", "1"),
        ("c.syscall({reboot}, 0xfee1dead, 672274793, 0x1234567, 0)", "1"),
    ],
)
def test_system_calls_that_reach_beyond_namespaces_are_refused(call: str, expected: str) -> None:
    """vsock, io_uring, keys, bpf and reboot fail with the errno that programs expect."""
    numbers = {"x86_64": (250, 321, 169), "aarch64": (219, 280, 142)}[platform.machine()]
    named = call.format(keyctl=numbers[0], bpf=numbers[1], reboot=numbers[2])

    @judged
    def body(factory: WorldFactory) -> None:
        with factory.world(Limits.learning()) as world:
            assert run(world, f'python3 -c "{CALL.format(call=named)}"').split() == ["-1", expected]

    body()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="int 0x80 is of x86")
@judged
def test_the_other_system_call_table_is_closed(factory: WorldFactory) -> None:
    """A 32-bit system call from a 64-bit program ends it with SIGSYS."""
    with factory.world(Limits.learning()) as world:
        assert run(world, f'python3 -c "{INT_0X80}" 2>/dev/null; echo $?').split()[-1] == "159"


@judged
def test_a_fork_bomb_stays_in_its_world(factory: WorldFactory) -> None:
    """It stops at the limit of processes, another world and the judge go on, and closing ends it at once."""
    with factory.world(Limits.grading()._replace(processes=60)) as world, factory.world(Limits.grading()) as other:
        with shell(world, ("/bin/bash", "-c", "bomb() { bomb | bomb & }; bomb; sleep 100")) as bomb:
            read_until(bomb, lambda text: "Resource temporarily unavailable" in text)
            # Of those that come and go while they are listed, a list has more than there ever were at one moment.
            before: list[str] | None = None
            while (running := sorted(world._running())) != before:
                for pid in running:
                    world._signal(pid, signal.SIGSTOP)
                before = running
            assert world.resources().processes <= 60
            assert run(other, "echo fine").strip() == "fine"
            began = time.monotonic()
            world.close()
            assert time.monotonic() - began < 5
            assert select.select([bomb.pidfd], [], [], 0)[0]


@judged
def test_limits_on_namespaces_files_memory_and_time(factory: WorldFactory) -> None:
    """Each limit is met with the kernel's own word for it."""
    limits = Limits.grading()._replace(namespaces=5, file_size=1 << 20, tmp_bytes=4 << 20, open_files=32, cpu_seconds=1)
    with factory.world(limits) as world:
        assert "No space left" in run(world, "for i in 1 2 3 4 5 6; do ip netns add n$i || break; done")
        assert run(world, "ip netns | wc -l").strip() == "5"
        assert status_of(world, "head -c 2M /dev/zero > /tmp/big") == 128 + 25  # SIGXFSZ
        assert "No space left" in run(world, "for i in 1 2 3 4 5; do head -c 1M /dev/zero > /tmp/f$i; done")
        assert "No space left" in run(world, "for i in 1 2 3 4 5; do head -c 1M /dev/zero > /root/f$i; done")
        assert "MemoryError" in run(world, "python3 -c 'bytearray(2 << 30)'")
        assert run(world, "ulimit -Hn; ulimit -Hc; ulimit -Hu").split() == ["32", "0", "256"]
        assert status_of(world, "ulimit -n 64") != 0
        assert status_of(world, "while :; do :; done") == 128 + 9


@judged
def test_endless_background_processes_end_with_the_world(factory: WorldFactory) -> None:
    """Daemons in their own sessions and namespaces are gone once close() returns."""
    world = factory.world(Limits.learning())
    run(world, "trap '' HUP; for i in 1 2 3; do ip netns add n$i; ip netns exec n$i setsid sleep 1000 & done")
    inside = world.resources().processes
    keeper = os.dup(world.init)
    world.close()
    world.close()
    assert inside >= 1
    assert select.select([keeper], [], [], 0)[0]
    os.close(keeper)


def test_the_judge_sees_nothing_of_the_machines_network() -> None:
    """A judge sits in an empty namespace of its own, keeps its files' owner, and may be asked to become one again."""
    here = os.stat("/proc/self/ns/net").st_ino
    user = os.geteuid()

    def body() -> None:
        tier = become_supervisor()
        assert become_supervisor() is tier
        assert os.stat("/proc/self/ns/net").st_ino != here
        with open("/proc/self/net/dev", encoding="ascii") as file:
            assert [line.split(":")[0].strip() for line in file if ":" in line] == ["lo"]
        assert os.stat("/proc/self").st_uid == os.geteuid() == 0
        with open("/proc/self/uid_map", encoding="ascii") as file:
            assert user == 0 or file.read().split() == ["0", str(user), "1"]

    in_child(body)
