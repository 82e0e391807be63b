"""A judge that is killed at any moment leaves nothing behind."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import time

import pytest
from lab_harness import in_child, judged, run, shell

from nstutor.errors import WorldDiedError
from nstutor.lab.limits import Limits
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.world_factory import WorldFactory

PR_SET_CHILD_SUBREAPER = 36
MOMENTS = 48
GONE_SECONDS = 30.0
LIVELY_SECONDS = 30.0
"""For a world to come to life, however busy the machine is."""
LIVELY = """
trap '' HUP
for i in 1 2 3; do ip netns add n$i; ip netns exec n$i setsid sleep 1000 & done
(setsid sleep 1000 &)
tcpdump -i lo >/dev/null 2>&1 &
wait
"""


def _lead_a_busy_life(ready: int) -> None:
    """What a judge does, without end: a lively world after the other, with two terminals each."""
    become_supervisor()
    with WorldFactory() as factory:
        while True:
            pending = factory.request(Limits.learning())
            with factory.world(Limits.learning()) as world, pending.wait(), shell(world, ("/bin/bash", "-c", LIVELY)):
                run(world, "while [ $(ip netns | wc -l) -lt 3 ]; do :; done")
                os.write(ready, b".")


def _mounts() -> list[str]:
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        return sorted(file)


def _wait_until_childless() -> list[int]:
    """Reap all children, adopted ones included, until there is none; the pids of those that stayed."""
    deadline = time.monotonic() + GONE_SECONDS
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                signal.sigtimedwait([signal.SIGCHLD], 0.1)
        except ChildProcessError:
            return []
    return _children_of(os.getpid())


def _kill_one_judge(after: float, worlds: int = 0) -> float:
    """Start a judge and kill it after so many lively worlds and seconds; the seconds that it had lived."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            os.close(reader)
            _lead_a_busy_life(writer)
        finally:
            os._exit(1)
    began = time.monotonic()
    os.close(writer)
    pidfd = os.pidfd_open(child)
    for _ in range(worlds):
        assert select.select([reader], [], [], LIVELY_SECONDS)[0], "no world came to life"
        assert os.read(reader, 1), "the judge ended by itself"
    ended = select.select([pidfd], [], [], after)[0]
    assert not ended, "the judge ended by itself"
    lived = time.monotonic() - began
    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    os.close(pidfd)
    os.close(reader)
    stayed = _wait_until_childless()
    assert not stayed, f"killed after {lived:.3f} s, the judge left processes: {stayed}"
    return lived


def _adopt_orphans() -> None:
    """Become the parent of every descendant whose parent dies (PR_SET_CHILD_SUBREAPER): none can hide."""
    assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])


def test_a_killed_judge_leaves_no_process_namespace_or_mount() -> None:
    """SIGKILL at each of many moments of its life, from before the first world to the second lively one.

    How long that is, is measured: a moment is no number of seconds on a machine that may be busy.
    """

    def body() -> None:
        _adopt_orphans()
        mounts = _mounts()
        whole = _kill_one_judge(0, worlds=2)
        for moment in range(MOMENTS):
            _kill_one_judge(whole * moment / MOMENTS)
        # A namespace lives by processes, mounts and descriptors (namespaces(7)): no process is left to hold one.
        assert _mounts() == mounts

    in_child(body, seconds=300)


def _children_of(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


@judged
def test_a_keeper_made_ahead_may_die(factory: WorldFactory) -> None:
    """The factory has a keeper ready before anybody asks; when that one was killed, a world is made all the same."""
    factory.world(Limits.learning()).close()
    deadline = time.monotonic() + GONE_SECONDS
    while (spare := _children_of(_children_of(os.getpid())[0])) == []:
        assert time.monotonic() < deadline, "no keeper was made ahead"
    pidfd = os.pidfd_open(spare[0])
    signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    assert select.select([pidfd], [], [], GONE_SECONDS)[0]
    os.close(pidfd)
    with factory.world(Limits.learning()) as world:
        assert run(world, "echo fine").strip() == "fine"


@judged
def test_a_killed_maker_ends_its_worlds(factory: WorldFactory) -> None:
    """When the factory is killed, its worlds are gone and say so; no further one can be had."""
    with factory.world(Limits.learning()) as world, shell(world, ("/bin/bash", "-c", LIVELY)) as process:
        os.kill(_children_of(os.getpid())[0], signal.SIGKILL)
        for pidfd in (world.init, process.pidfd):
            assert select.select([pidfd], [], [], GONE_SECONDS)[0]
        with pytest.raises(WorldDiedError):
            world.start_shell(("/bin/true",), {})
        with pytest.raises(WorldDiedError):
            factory.world(Limits.learning())


def test_a_judge_that_ends_by_itself_leaves_nothing() -> None:
    """An exit without closing anything, as by an exception, is as clean as a kill."""

    def careless() -> None:
        become_supervisor()
        factory = WorldFactory().__enter__()
        run(factory.world(Limits.learning()), "trap '' HUP; setsid sleep 1000 &")
        os._exit(0)

    def body() -> None:
        _adopt_orphans()
        child = os.fork()
        if child == 0:
            try:
                careless()
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert _wait_until_childless() == []

    in_child(body)
