"""A private world for the tests of the kernel's view, and a judge's place to look at it from."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest

from nstutor.kernel.observer import Observer, preload
from nstutor.lab.supervisor import become_supervisor

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")

# /tmp is a private one, but for the folder in it that holds the tests and their Python, if there is one.
_KEPT = next((f"/tmp/{Path(at).parts[2]}" for at in (sys.prefix, __file__) if at.startswith("/tmp/")), "/")
_START = f"""
mount -t tmpfs tmpfs /run && mkdir /run/netns /run/kept && mount --rbind {_KEPT} /run/kept || exit 1
mount -t tmpfs tmpfs /tmp && mkdir -p {_KEPT} && ip link set lo up || exit 1
[ {_KEPT} = / ] || mount --rbind /run/kept {_KEPT} || exit 1
umount -l /run/kept && rmdir /run/kept || exit 1
read -r pid rest < /proc/self/stat  # by the machine's own /proc, and so in its numbering
echo "$pid" && exec cat
"""


def as_judge(test: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Run the test in a forked process that has moved into the judge's place; pytest itself must stay outside."""

    @functools.wraps(test)
    def forked(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        preload()  # here, so that the children need not each import it
        report, out = os.pipe()
        pid = os.fork()
        if pid == 0:
            _judge(out, functools.partial(test, *args, **kwargs))
        os.close(out)
        with open(report, encoding="utf-8", errors="replace") as file:
            failure = file.read()
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status or failure:
            pytest.fail(failure or f"the judge ended with status {status}", pytrace=False)

    return forked


def _judge(out: int, test: Callable[[], None]) -> None:
    os.set_inheritable(out, False)
    status = 1
    try:
        become_supervisor()
        test()
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it is belongs into the report of the process that waits
        os.write(out, traceback.format_exc().encode())
    finally:
        sys.stdout.flush()
        os._exit(status)


@dataclass(frozen=True)
class World:
    """A learner's world: its first process, its root directory and its first network namespace."""

    pid: int
    root: int
    netns: int

    @property
    def enter(self) -> tuple[str, ...]:
        """The command that runs its arguments inside."""
        return ("nsenter", "-t", str(self.pid), "-U", "-m", "-n", "-p", "--preserve-credentials")

    def run(self, script: str) -> str:
        """Run a script of sh inside, which must succeed; what it prints."""
        command = (*self.enter, "sh", "-exc", script)
        done = subprocess.run(command, capture_output=True, text=True, errors="surrogateescape", check=False)
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def ip(self, netns: str, arguments: str) -> Any:  # noqa: ANN401 - it is JSON
        """What `ip -j` says in a namespace of the world."""
        where = "" if netns == "host" else f"-n {netns} "
        return json.loads(self.run(f"ip {where}-d -j {arguments}") or "[]")

    def observer(self) -> Observer:
        """An observer of this world."""
        return Observer(self.root, self.netns, self.pid)


@contextmanager
def a_world(setup: str = "") -> Iterator[World]:
    """A new world, after the setup script has run in it; it ends with the block."""
    flags = ("--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child")
    first = subprocess.Popen(
        ("unshare", *flags, "sh", "-c", _START), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdin is not None
    assert first.stdout is not None
    root = netns = -1
    try:
        pid = int(first.stdout.readline())
        root = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_CLOEXEC)
        netns = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        world = World(pid, root, netns)
        if setup:
            world.run(setup)
        yield world
    finally:
        first.stdin.close()
        first.wait()
        first.stdout.close()
        for fd in (root, netns):
            if fd >= 0:
                os.close(fd)


POLL = 0.005
"""Seconds between two looks: what is looked for needs the processor as well."""


def eventually(look: Callable[[], Value], seconds: float = 20.0) -> Value:
    """The first value of `look` that is true, which must come in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = look()
        if value:
            return value
        assert time.monotonic() < deadline, f"{look} is still {value!r} after {seconds} s"
        time.sleep(POLL)


BRIDGE = """
ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add wangpo type bridge
ip link add wp2xmq type veth peer name xmq2wp
ip link add wp2pjl type veth peer name pjl2wp
ip link set xmq2wp netns ximenqing-ns
ip link set pjl2wp netns panjinlian-ns
ip link set wp2xmq master wangpo
ip link set wp2pjl master wangpo
ip -n ximenqing-ns addr add 192.168.188.96/24 dev xmq2wp
ip -n panjinlian-ns addr add 192.168.188.69/24 dev pjl2wp
ip -n ximenqing-ns link set xmq2wp up
ip -n panjinlian-ns link set pjl2wp up
ip link set wp2xmq up
ip link set wp2pjl up
ip link set wangpo up
"""
