"""Shells in a world: several, one after another, on terminals that work, in a namespace by name, watched."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import termios
import time

import pytest
from kernel_world import eventually
from lab_harness import COMMAND_SECONDS, judged, read_until, run, shell

from nstutor.errors import UsageError, WorldDiedError
from nstutor.lab.limits import Limits
from nstutor.lab.world import ShellProcess
from nstutor.lab.world_factory import WorldFactory

BASH = ("/bin/bash", "--norc", "--noediting", "-i")
# linux/seccomp.h: _IOWR('!', 0, struct seccomp_notif of 80 bytes), _IOWR('!', 1, struct seccomp_notif_resp of 24).
NOTIF_RECV, NOTIF_SEND, CONTINUE = 0xC0502100, 0xC0182101, 1


def ends(process: ShellProcess) -> bool:
    """Whether the process ends within the deadline."""
    return bool(select.select([process.pidfd], [], [], COMMAND_SECONDS)[0])


def answer_all(process: ShellProcess) -> list[int]:
    """Let every watched system call through until the process has ended; their numbers."""
    assert process.notify is not None
    seen: list[int] = []
    deadline = time.monotonic() + COMMAND_SECONDS
    while time.monotonic() < deadline:
        ready = select.select([process.notify, process.pidfd], [], [], COMMAND_SECONDS)[0]
        if process.notify not in ready:
            return seen
        with contextlib.suppress(FileNotFoundError):  # it was killed while it waited
            notification = fcntl.ioctl(process.notify, NOTIF_RECV, bytes(80))
            identity, _, _, number = struct.unpack_from("=QIIi", notification)
            seen.append(number)
            fcntl.ioctl(process.notify, NOTIF_SEND, struct.pack("=QqiI", identity, 0, 0, CONTINUE))
        if process.pidfd in ready:
            return seen
    raise AssertionError(f"the process did not end; seen were {seen}")


@judged
def test_a_second_shell_after_exit(factory: WorldFactory) -> None:
    """After `exit` of the outermost shell the next one finds the same network and files."""
    with factory.world(Limits.learning()) as world:
        with shell(world, BASH) as first:
            os.write(first.master, b"ip netns add eden; cd /tmp; echo kept > file; exit\n")
            assert ends(first)
        assert run(world, "ip netns; cat /tmp/file; tty").split() == ["eden", "kept", "/dev/pts/0"]


@judged
def test_a_second_shell_after_everything_was_killed(factory: WorldFactory) -> None:
    """What `kill -9 -1` reaches are the learner's processes, and not the world."""
    with factory.world(Limits.learning()) as world:
        with shell(world, BASH) as first, shell(world, BASH) as second:
            os.write(first.master, b"ip netns add eden; (kill -9 -1)\n")
            assert ends(first)
            assert ends(second)
        assert run(world, "ip netns").split() == ["eden"]


@judged
def test_a_terminal_has_job_control_and_a_size(factory: WorldFactory) -> None:
    """Ctrl-C ends and Ctrl-Z stops what is in front; the window's size is what was asked for."""
    wait = "sh -c 'echo started; exec sleep 100'\n"
    with factory.world(Limits.learning()) as world:
        process = world.start_shell(BASH, {"PS1": "ready> "}, rows=33, columns=111, watch=False)
        read_until(process, lambda text: "ready> " in text)
        for typed, expected in (
            ("stty size\n", "33 111\n"),
            (wait, "started\n"),
            ("\x03", "ready> "),
            (wait, "started\n"),
            ("\x1a", "Stopped"),
            ("jobs\n", "[1]+"),
            ("kill %1; exec true\n", "exec true\n"),
        ):
            os.write(process.master, typed.encode())
            read_until(process, lambda text, expected=expected: expected in text)  # type: ignore[misc]
        assert ends(process)


@judged
def test_who_is_in_front_can_be_asked_from_outside(factory: WorldFactory) -> None:
    """`pid` is in the judge's numbering: it is what tcgetpgrp on the master says, and /proc knows its namespaces."""
    with factory.world(Limits.learning()) as world, shell(world, BASH) as process:
        os.write(process.master, b"echo be''gun\n")
        read_until(process, lambda text: "begun" in text)
        assert os.tcgetpgrp(process.master) == process.pid
        assert os.stat(f"/proc/{process.pid}/ns/net").st_ino == os.fstat(world.netns).st_ino
        assert termios.tcgetattr(process.slave)[3] & termios.ICANON


@judged
def test_a_second_terminal_straight_in_a_namespace(factory: WorldFactory) -> None:
    """netns= gives a shell what `ip netns exec` would: that network, its sysfs, its files of /etc."""
    with factory.world(Limits.learning()) as world:
        run(
            world,
            "ip netns add eden; ip -n eden link add wangpo type bridge; mkdir /etc/netns/eden; "
            "echo nameserver 10.0.0.53 > /etc/netns/eden/resolv.conf",
        )
        look = "ip netns identify; ls /sys/class/net | sort | paste -sd' '; cat /etc/resolv.conf; id -u"
        assert run(world, look, netns="eden").split("\n") == ["eden", "lo wangpo", "nameserver 10.0.0.53", "0", ""]
        assert run(world, "ip netns identify; grep -c nameserver /etc/resolv.conf").split() == ["0"]


@judged
def test_namespaces_that_are_none_are_refused(factory: WorldFactory) -> None:
    """A name that is missing, a plain file, a pipe, a symlink or a path is told as no namespace; the world goes on."""
    with factory.world(Limits.learning()) as world:
        run(
            world,
            "touch /run/netns/file; mkfifo /run/netns/pipe; ln -s /proc/self/ns/net /run/netns/link; "
            "touch /run/netns/mnt; mount --bind /proc/self/ns/mnt /run/netns/mnt; mkdir /run/netns/folder",
        )
        for name in ("eden", "file", "pipe", "link", "mnt", "folder", "", ".", "..", "../../etc/passwd", "x" * 300):
            with pytest.raises(UsageError, match="no network namespace"):
                world.start_shell(BASH, {}, netns=name)
        assert run(world, "echo fine").strip() == "fine"


@judged
def test_executions_are_notified(factory: WorldFactory) -> None:
    """With watch, the exec of the shell itself, of its children and their ends wait for the listener's answer."""
    with factory.world(Limits.learning()) as world:
        process = world.start_shell(("/bin/bash", "-c", "/bin/true; exec /bin/true"), {})
        seen = answer_all(process)
        execve = seen[0]
        assert seen.count(execve) == 3
        assert len(set(seen)) == 2


@judged
def test_a_watched_shell_waits_and_can_be_killed(factory: WorldFactory) -> None:
    """Without an answer the first exec waits; the end of the world does not."""
    with factory.world(Limits.learning()) as world:
        process = world.start_shell(BASH, {})
        assert process.notify is not None
        assert not select.select([process.pidfd], [], [], 0)[0]
        world.close()
        assert select.select([process.pidfd], [], [], 0)[0]


@judged
def test_a_program_that_is_not_there(factory: WorldFactory) -> None:
    """The exec's failure is said on the terminal, and the world goes on."""
    with factory.world(Limits.learning()) as world:
        with shell(world, ("no-such-shell",)) as process:
            assert ends(process)
            assert "no-such-shell: No such file or directory" in read_until(process, lambda _: False)
        assert run(world, "echo fine").strip() == "fine"


@judged
def test_the_environment_is_clean_but_for_what_is_asked_for(factory: WorldFactory) -> None:
    """Nothing of the judge's environment comes along; the caller's variables win."""
    os.environ["NSTUTOR_SECRET"] = "x"
    with factory.world(Limits.learning()) as world:
        with shell(world, ("/usr/bin/env",), environment={"TERM": "xterm", "PS2": "\x1b]133;P;nonce\x07"}) as process:
            said = dict(line.split("=", 1) for line in read_until(process, lambda _: False).split("\n")[:-1])
        assert set(said) == {"ENV", "HOME", "LANG", "LOGNAME", "PATH", "PS2", "SHELL", "TERM", "USER"}
        assert (said["TERM"], said["PS2"], said["LANG"]) == ("xterm", "\x1b]133;P;nonce\x07", "C.UTF-8")


@judged
def test_signals_and_descriptors_are_those_of_a_fresh_login(factory: WorldFactory) -> None:
    """No signal is ignored or blocked, and only the terminal is open."""
    with factory.world(Limits.learning()) as world:
        said = run(world, "grep -E '^Sig(Blk|Ign)|^NoNewPrivs' /proc/self/status; ls /proc/self/fd")
        words = said.split()
        assert words[:6] == ["SigBlk:", "0" * 16, "SigIgn:", "0" * 16, "NoNewPrivs:", "1"]
        assert words[6:] == ["0", "1", "2", "3"]  # 3 is ls's own


@judged
def test_a_world_that_is_gone_says_so(factory: WorldFactory) -> None:
    """A shell in a dead world is a WorldDiedError, not a hang."""
    with factory.world(Limits.learning()) as world:
        keeper = os.dup(world.init)
        signal.pidfd_send_signal(keeper, signal.SIGKILL)
        assert select.select([keeper], [], [], COMMAND_SECONDS)[0]
        os.close(keeper)
        with pytest.raises(WorldDiedError):
            world.start_shell(BASH, {})
        assert world.resources().processes == 0


@judged
def test_what_starts_is_told_from_what_waits_and_what_works(factory: WorldFactory) -> None:
    """A fork that has executed nothing yet starts; a program does until it sleeps, or has worked for a second."""
    with factory.world(Limits.learning()) as world:
        with shell(world, ("/bin/sleep", "1000")):
            eventually(lambda: not world.starting())
        with shell(world, ("/bin/bash", "-c", "while :; do :; done")):
            eventually(world.starting)
            eventually(lambda: not world.starting(), COMMAND_SECONDS)
        # It opens a pipe that nobody writes to: a background job's own input is empty, and it would be over at once.
        with shell(world, ("/bin/bash", "-c", "mkfifo /tmp/pipe; (read -r word </tmp/pipe) & wait")):
            eventually(world.starting)
