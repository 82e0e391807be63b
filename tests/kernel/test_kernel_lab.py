"""The kernel's view of a world that the lab made, with a learner who types into its bash."""

from __future__ import annotations

import asyncio
import os
import select
import time

from kernel_world import BRIDGE, eventually
from lab_harness import judged

from nstutor.kernel.executions import Executions
from nstutor.kernel.observer import Observer
from nstutor.kernel.probe import ping
from nstutor.kernel.probe_types import PingProbe
from nstutor.kernel.process import foreground, identity_of, shells
from nstutor.kernel.waiting import waits_for_line
from nstutor.lab.limits import Limits
from nstutor.lab.world import ShellProcess, World
from nstutor.lab.world_factory import WorldFactory
from nstutor.text.names import HOST


class Learner:
    """Types lines into a shell of the world, and waits until it, or a shell in it, wants the next."""

    def __init__(self, world: World) -> None:
        self.executions = Executions()
        self.shell: ShellProcess = world.start_shell(("/bin/bash", "--norc", "-i"), {"PS1": "$ "})
        assert self.shell.notify is not None
        self.notify = self.shell.notify
        self.device = os.fstat(self.shell.slave).st_rdev
        self.executions.add(self.notify, self.shell.pid)
        self.until_waiting()

    def until_waiting(self) -> None:
        """Let programs run and print until one waits for a line and nothing is left to read."""
        deadline = time.monotonic() + 20
        while True:
            assert time.monotonic() < deadline, f"nobody waits for a line: {self.executions.since(0)}"
            ready = select.select([self.notify, self.shell.master], [], [], 0.02)[0]
            if self.notify in ready:
                self.executions.handle(self.notify)
            if self.shell.master in ready:
                os.read(self.shell.master, 65536)
            group = foreground(self.shell.master)
            if not ready and group is not None and waits_for_line(group, self.device):
                return

    def type(self, line: str) -> None:
        """Type a line, and wait for the end of what it does."""
        os.write(self.shell.master, f"{line}\n".encode())
        self.until_waiting()


@judged
def test_a_learner_in_a_real_lab_is_seen(factory: WorldFactory) -> None:
    """Their programs, their network and their nested shells, from outside, in the lab as it really is."""
    with factory.world(Limits.learning()) as world:
        learner = Learner(world)
        with Observer(world.root, world.netns, learner.shell.pid) as observer:
            observer.snapshot()
            learner.type("ip netns add greenland")
            assert observer.changed()
            learner.type("ip netns exec greenland bash --norc -i")
            chain = shells(foreground(learner.shell.master) or 0, learner.shell.pid)
            assert [observer.names()[identity_of(pid) or (0, 0)] for pid in chain] == [HOST, "greenland"]
            learner.type("ip link set lo up; ping -c 1 127.0.0.1")
            learner.type("exit")
            assert observer.snapshot().namespaces["greenland"].by_name["lo"].up
            done = [(" ".join(e.argv), observer.names()[e.netns], e.status) for e in learner.executions.since(0)]
            assert done == [
                ("ip netns add greenland", HOST, 0),
                ("ip netns exec greenland bash --norc -i", HOST, None),
                ("bash --norc -i", "greenland", 0),
                ("ip link set lo up", "greenland", 0),
                ("ping -c 1 127.0.0.1", "greenland", 0),
            ]


@judged
def test_an_echo_crosses_the_bridge_of_a_real_lab(factory: WorldFactory) -> None:
    """And a deleted house takes its ladder with it, while everything of ours is still open."""
    with factory.world(Limits.learning()) as world:
        learner = Learner(world)
        for line in BRIDGE.split("\n"):
            learner.type(line)
        with Observer(world.root, world.netns, learner.shell.pid) as observer:
            question = PingProbe("192.168.188.69", "ximenqing-ns", "wangpo")
            answer = asyncio.run(ping(question, observer.snapshot(), world.root, world.netns, 3))
            assert (answer.crossed, answer.path, answer.dev) == (True, ("wp2xmq", "wp2pjl"), "xmq2wp"), answer
            learner.type("ip netns del panjinlian-ns")
            eventually(lambda: observer.snapshot().link(HOST, "wp2pjl") is None, 1.0)
