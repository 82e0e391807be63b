"""What one world can take of what the kernel has once, or for each user, and how long we wait for what others have."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from lab_harness import in_child, judged, needs_root, run, shell

from nstutor.errors import CannotRunHereError
from nstutor.kernel.model import Kind
from nstutor.kernel.observer import Observer
from nstutor.lab.identity import is_machine_root
from nstutor.lab.limits import TERMINALS, Limits
from nstutor.lab.memory import UNMEASURABLE
from nstutor.lab.scarcity import SCARCE, Patience, patiently
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.usage import out_of_sight
from nstutor.lab.world_factory import WorldFactory
from nstutor.linux import syscalls as sys_

IN_FLIGHT = """
import array, os, socket
held, null = [], os.open("/dev/null", 0)
try:
    while True:
        pair = socket.socketpair()
        held += pair
        for _ in range(20):
            pair[0].sendmsg([b"x"], [(1, 1, array.array("i", [null] * 253))])
except OSError as error:
    print(error.errno, flush=True)
socket.socketpair()[0].recv(1)
"""
FORKS = """
import os, time
forks = 0
for user in range(1, 13):
    os.setuid(user)
    try:
        while True:
            if os.fork() == 0:
                time.sleep(60)
            forks += 1
    except OSError:
        pass
print(forks, flush=True)
time.sleep(60)
"""


@needs_root
@judged
def test_each_world_of_root_is_another_user(factory: WorldFactory) -> None:
    """No two worlds share an id, and none has one of the machine's."""
    sleep = ("/bin/sleep", "60")
    with factory.world(Limits.grading()) as one, factory.world(Limits.grading()) as two, WorldFactory() as other:
        with (
            other.world(Limits.grading()) as three,
            shell(one, sleep) as a,
            shell(two, sleep) as b,
            shell(three, sleep) as c,
        ):
            users = [os.stat(f"/proc/{process.pid}").st_uid for process in (a, b, c)]
    assert len(set(users)) == 3
    assert all(0x78000000 < user < 0x80000000 for user in users), users


@judged
def test_descriptors_in_flight_stop_nobody_else(factory: WorldFactory) -> None:
    """A world that left as many in sockets as it may keeps neither its next shell nor another world from starting."""
    with factory.world(Limits.grading()) as world, shell(world, ("/usr/bin/python3", "-c", IN_FLIGHT)) as taker:
        read = b""
        while b"\n" not in read:
            read += os.read(taker.master, 100)
        assert int(read) in {errno.ETOOMANYREFS, errno.EMFILE}
        assert run(world, "echo same").strip() == "same"
        with factory.world(Limits.grading()) as other:
            assert run(other, "echo other").strip() == "other"


@judged
def test_the_limit_on_processes_counts_every_user(factory: WorldFactory) -> None:
    """Who becomes another user inside gets no further processes for it."""
    with factory.world(Limits.grading()._replace(processes=40)) as world:
        with shell(world, ("/usr/bin/python3", "-c", FORKS)) as bomb:
            read = b""
            while b"\n" not in read:
                read += os.read(bomb.master, 100)
            assert 30 < int(read) <= 40
            assert world.resources().processes <= 40


@judged
def test_terminals_and_watches_are_bounded(factory: WorldFactory) -> None:
    """A world's own devpts and its user namespace have a bound each, far below the machine's."""
    take = "for i in {1..200}; do exec {x}<>/dev/ptmx || break; done 2>/dev/null; echo $i"
    watch = "python3 -c 'import ctypes; c = ctypes.CDLL(None); print(sum(c.inotify_init() >= 0 for i in range(99)))'"
    with factory.world(Limits.learning()) as world:
        assert run(world, take).strip() == str(TERMINALS)  # one is the shell's own
        assert run(world, watch).strip() == "16"
        assert "No space" in run(world, "unshare -C true")


@judged
def test_what_a_world_hides_is_seen(factory: WorldFactory) -> None:
    """A covered tmpfs counts as much as it may hold, and one that a process is in is measured."""
    cover = "mkdir /tmp/m; mount -t tmpfs -o size={} a /tmp/m; mount -t tmpfs -o size=1M b /tmp/m"
    with factory.world(Limits.grading()) as world, shell(world, ("/bin/sleep", "60")):
        assert world.out_of_sight() == 0
        run(world, cover.format("8M"))
        assert world.out_of_sight() == 8 << 20
    inside = "mkdir /tmp/m; mount -t tmpfs a /tmp/m; cd /tmp/m; mount -t tmpfs b /tmp/m; head -c 9M /dev/zero > x; "
    with (
        factory.world(Limits.grading()) as world,
        shell(world, ("/bin/bash", "-c", f"{inside} echo x; sleep 60")) as at,
    ):
        assert os.read(at.master, 100)
        assert 9 << 20 <= world.resources().tmpfs_bytes < 20 << 20
        assert world.out_of_sight() == 0


@judged
def test_with_too_few_open_files_no_namespace_is_left_out(factory: WorldFactory) -> None:
    """A snapshot has all of them, or says what it lacked: it never tells that one does not exist."""
    with factory.world(Limits.grading()) as world, Observer(world.root, world.netns) as observer:
        run(world, "ip netns add eden")
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        used, codes = os.dup(0), []
        os.close(used)
        for more in range(8):
            resource.setrlimit(resource.RLIMIT_NOFILE, (used + more, hard))
            try:
                assert "eden" in observer.snapshot(frozenset({Kind.ROUTES, Kind.LISTENERS})).namespaces
            except OSError as error:
                codes.append(error.errno)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        assert 0 < len(codes) < 8
        assert set(codes) == {errno.EMFILE}


@judged
def test_what_ends_while_we_look_hides_nothing(factory: WorldFactory) -> None:
    """Programs that come and go leave a world's own tmpfs in sight, at each of many looks."""
    with factory.world(Limits.grading()) as world, shell(world, ("/bin/bash", "-c", "while :; do /bin/true; done")):
        looks = [world.out_of_sight() for _ in range(2000)]
    assert max(looks) == 0, f"{sum(map(bool, looks))} of {len(looks)} looks were wrong, by at most {max(looks)} bytes"


@judged
def test_a_shell_that_has_not_begun_hides_nothing(factory: WorldFactory) -> None:
    """Until it executes, its memory is one that an ordinary user's judge may not look at."""
    with factory.world(Limits.grading()) as world:
        process = world.start_shell(("/bin/bash",), {})  # nobody allows the exec
        assert world.resources().processes == 1
        assert world.out_of_sight() == 0
        for fd in (process.pidfd, process.master, process.slave, process.notify):
            assert fd is not None
            os.close(fd)


CLOSED = "import ctypes; ctypes.CDLL(None).prctl({option}, 0); print(flush=True); input()"


@pytest.mark.parametrize("option", [sys_.PR_SET_DUMPABLE, sys_.PR_SET_PDEATHSIG])
def test_a_program_that_may_not_be_looked_at_hides_much(option: int, tmp_path: Path) -> None:
    """Like one that is executed from a file which it may not read; but real root may look at anything."""
    command = (sys.executable, "-c", CLOSED.format(option=option))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        program.stdout.readline()
        (tmp_path / str(program.pid)).symlink_to(f"/proc/{program.pid}")
        processes = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
        closed = option == sys_.PR_SET_DUMPABLE and not is_machine_root()
        assert out_of_sight(processes) == (UNMEASURABLE if closed else 0)
        os.close(processes)
        program.communicate(b"\n")


def _failing(times: int, code: int) -> Callable[[], str]:
    left = iter(range(times))

    def call() -> str:
        if next(left, None) is not None:
            raise OSError(code, os.strerror(code))
        return "done"

    return call


@pytest.mark.parametrize("code", sorted(SCARCE))
def test_what_others_give_back_is_waited_for(code: int) -> None:
    """A call is made again while there is too little of something."""
    assert patiently(_failing(3, code)) == "done"


def test_other_failures_are_not_waited_for() -> None:
    """A failure that time does not heal is raised at once; and patience that ran out comes back with a success."""
    with pytest.raises(PermissionError):
        patiently(_failing(1, errno.EPERM))
    patience = Patience(0.02)
    assert patience.allows(errno.ENOSPC)
    while patience.allows(errno.ENOSPC):
        pass
    assert not patience.allows(errno.ENOSPC)
    patience.renew()
    assert patience.allows(errno.ENOSPC)


def test_a_world_is_waited_for() -> None:
    """Where no further namespace is allowed for a moment, the world stands when one is; else the refusal says why."""

    def body() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            sys_.prctl(sys_.PR_SET_DUMPABLE, 1)
        become_supervisor()
        sys_.write_once("/proc/sys/user/max_net_namespaces", "0")
        with WorldFactory(once=True) as factory:
            pending = factory.request(Limits.grading())
            if os.fork() == 0:
                time.sleep(0.5)
                sys_.write_once("/proc/sys/user/max_net_namespaces", "1000")
                os._exit(0)
            with pending.wait() as world:
                assert run(world, "echo stands").strip() == "stands"
            sys_.write_once("/proc/sys/user/max_net_namespaces", "0")
            with pytest.raises(CannotRunHereError) as refused:
                factory.world(Limits.grading())
            assert "namespace" in refused.value.message, refused.value

    in_child(body)
