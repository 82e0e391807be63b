"""What was executed, from seccomp notifications of a real shell in a real world."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from kernel_world import World, a_world, as_judge

from nstutor.kernel.executions import Executions
from nstutor.text.names import HOST

_SHELL = """
import os, socket, sys
from nstutor.linux.seccomp_filter import install
channel = socket.socket(fileno=int(sys.argv[1]))
fd = install(watch=True)
socket.send_fds(channel, [os.readlink("/proc/self").encode()], [fd])  # its pid in the machine's numbering
channel.close()
os.close(fd)
os.execv("/bin/bash", ["bash", "-c", sys.argv[2]])
"""


@dataclass
class Watched:
    """A bash that runs a script under the filter."""

    process: subprocess.Popen[bytes]
    notify: int
    pid: int

    def finish(self, executions: Executions) -> int:
        """Handle until nobody has the filter any more; the exit status of bash."""
        deadline = time.monotonic() + 20
        while executions.handle(self.notify):
            assert time.monotonic() < deadline, executions.since(0)
            select.select([self.notify], [], [], 1)
        return self.process.wait(5)


@contextmanager
def bash(world: World, script: str, executions: Executions) -> Iterator[Watched]:
    """Start bash with the script in the world, watched by `executions`."""
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    command = (*world.enter, sys.executable, "-c", _SHELL, str(theirs.fileno()), script)
    with ours, subprocess.Popen(command, pass_fds=[theirs.fileno()], stdout=subprocess.DEVNULL) as process:
        theirs.close()
        text, (notify,), _, _ = socket.recv_fds(ours, 32, 1)
        watched = Watched(process, notify, int(text))
        executions.add(notify, watched.pid)
        try:
            yield watched
        finally:
            os.close(notify)


def run(world: World, script: str, on_exit: Callable[[], None] | None = None) -> Executions:
    """Run the script to its end; what was executed."""
    executions = Executions(on_exit)
    with bash(world, script, executions) as watched:
        watched.finish(executions)
    return executions


def seen(executions: Executions) -> list[tuple[str, int | None]]:
    """Each execution as its words and its status."""
    return [(" ".join(e.argv), e.status) for e in executions.since(0)]


@as_judge
def test_words_namespace_and_status_of_what_is_executed() -> None:
    """A program run by `ip netns exec` is recorded in its namespace, and `ip` itself in host."""
    with a_world("ip netns add a; ip -n a link set lo up") as world, world.observer() as observer:
        done = run(world, "ip netns exec a ping -c 1 -W 1 127.0.0.1; ping -c 1 127.0.0.1 -I nodev; :")
        names = [observer.names().get(e.netns) for e in done.since(0)]
        assert [e.argv[0] for e in done.since(0)] == ["ip", "ping", "ping"]
        assert names == [HOST, "a", HOST]
        assert [e.status for e in done.since(0)] == [None, 0, 2]
        assert done.since(0)[1].argv == ("ping", "-c", "1", "-W", "1", "127.0.0.1")


@as_judge
def test_functions_scripts_and_nested_shells_hide_nothing() -> None:
    """Whatever way leads to a program, the program is recorded."""
    script = r"""
    look() { ip link show "$1"; }
    look lo
    printf '#!/bin/sh\nip addr show lo\n' > /tmp/work.sh && chmod +x /tmp/work.sh && /tmp/work.sh
    bash -c 'ip route; true'
    for i in 1 2; do echo "$i"; done | cat
    """
    with a_world() as world:
        words = [text for text, _ in seen(run(world, script))]
    expected = ["ip link show lo", "/tmp/work.sh", "ip addr show lo", "bash -c ip route; true", "ip route", "cat"]
    assert [text for text in words if not text.startswith("chmod")] == expected


@as_judge
def test_statuses_belong_to_the_process_that_executed() -> None:
    """Subshells that execute nothing record nothing, and change nobody's status."""
    with a_world() as world:
        done = seen(run(world, "(exit 3); sh -c 'exit 7'; (exit 5) & wait; sh -c '(exit 4); exit 0'; :"))
        assert done == [("sh -c exit 7", 7), ("sh -c (exit 4); exit 0", 0)]


@as_judge
def test_a_program_ended_by_a_signal_has_no_status() -> None:
    """Nobody says exit_group for it; an unlucky reuse of its pid would be told by its start time."""
    with a_world() as world:
        assert seen(run(world, "sh -c 'kill -9 $$'; :")) == [("sh -c kill -9 $$", None)]


@as_judge
def test_only_programs_that_exist_are_recorded() -> None:
    """Failing searches along PATH, directories and files that may not be executed are no executions."""
    script = """
    nosuchprogram
    /nonexistent/ip link
    /tmp
    echo > /tmp/plain; /tmp/plain
    ip netns exec a nosuchprogram
    cd /tmp && ln -s /bin/true true && ./true && /usr/bin/env PATH=/nowhere:/tmp true
    """
    with a_world("ip netns add a") as world:
        done = seen(run(world, script))
    env = "/usr/bin/env PATH=/nowhere:/tmp true"
    words = ["ip netns exec a nosuchprogram", "ln -s /bin/true true", "./true", env, "true"]
    assert [text for text, _ in done] == words
    assert [status == 0 for _, status in done] == [False, True, True, False, True]


@as_judge
def test_the_last_command_of_a_script_may_replace_the_shell() -> None:
    """`exec` in the outermost shell is the learner's; the start of that shell itself was the lab's."""
    with a_world() as world:
        assert seen(run(world, "exec sh -c 'exit 9'")) == [("sh -c exit 9", 9)]


@as_judge
def test_a_program_executed_by_a_thread_or_by_descriptor_counts() -> None:
    """An execve from another thread than the first takes the process's pid; fexecve names no path."""
    thread = (
        "import os, threading; threading.Thread(target=lambda: os.execv('/bin/sh', ['sh', '-c', 'exit 6'])).start()"
    )
    opened = "import os; os.execve(os.open('/bin/sh', os.O_RDONLY), ['sh', '-c', 'exit 8'], os.environ)"
    with a_world() as world:
        done = seen(run(world, f'{sys.executable} -c "{thread}"; {sys.executable} -c "{opened}"; :'))
        assert [entry for entry in done if entry[0].startswith("sh ")] == [("sh -c exit 6", 6), ("sh -c exit 8", 8)]


@as_judge
def test_the_state_between_two_programs_is_seen() -> None:
    """At the exit of a program, before it is let go, what it made stands, and what follows has not begun."""
    seen_links: list[bool] = []
    with a_world() as world, world.observer() as observer:
        run(
            world,
            "ip link add x type veth peer name y; ip link del x",
            lambda: seen_links.append(observer.snapshot().link(HOST, "x") is not None),
        )
    assert seen_links[:2] == [True, False]


@as_judge
def test_a_callback_that_fails_does_not_stop_the_learner() -> None:
    """The error comes out of `handle`, and the process goes on."""

    def fail() -> None:
        raise ValueError("on purpose")

    executions = Executions(fail)
    with a_world() as world, bash(world, "sh -c 'exit 1'; sh -c 'exit 2'; exit 3", executions) as watched:
        for _ in range(3):
            with pytest.raises(ValueError, match="on purpose"):
                watched.finish(executions)
        assert watched.finish(executions) == 3
        assert [e.status for e in executions.since(0)] == [1, 2]


@as_judge
def test_arguments_are_bounded() -> None:
    """A program with thousands of arguments, or huge ones, is recorded with the first of them."""
    with a_world() as world:
        done = run(world, "/bin/true $(seq 5000); /bin/true $(head -c 100000 /dev/zero | tr '\\0' x) y; :").since(0)
    many, huge = (e for e in done if e.argv[0] == "/bin/true")
    assert many.argv[:3] == ("/bin/true", "1", "2")
    assert len(many.argv) == 256
    assert sum(map(len, huge.argv)) <= 4096
    assert many.status == huge.status == 0


@as_judge
def test_arguments_that_are_no_text_are_kept() -> None:
    """Bytes outside UTF-8 come back by surrogateescape; an empty argument stays one."""
    with a_world() as world:
        (done,) = run(world, "/bin/true $'\\xe9' ''; :").since(0)
    assert os.fsencode(done.argv[1]) == b"\xe9"
    assert done.argv[2] == ""


@as_judge
def test_since_gives_what_is_new() -> None:
    """Serials count up from 1, and `since` leaves out what was seen."""
    with a_world() as world:
        executions = run(world, "for i in 1 2 3; do /bin/true $i; done; :")
    assert [e.serial for e in executions.since(0)] == [1, 2, 3]
    assert [e.argv[1] for e in executions.since(2)] == ["3"]
    assert executions.since(executions.last) == ()


@as_judge
def test_the_learner_dying_in_the_middle_is_no_trouble() -> None:
    """A process killed while it waits for us is passed over; when all are gone `handle` says so."""
    executions = Executions()
    with a_world() as world, bash(world, "sleep 100", executions) as watched:
        select.select([watched.notify], [], [], 5)
        os.kill(watched.pid, 9)
        watched.process.wait(5)
        assert not executions.handle(watched.notify)
        executions.remove(watched.notify)
        assert not executions.handle(watched.notify)
    assert executions.since(0) == ()
