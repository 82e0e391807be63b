"""What was typed at several terminals is kept with its place in time, and done again in the same way."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lab_harness import judged
from short_lesson import plan_of
from test_live_session import Stage, ignored, reached, staged

from nstutor.grading.grade import grade
from nstutor.grading.limits import GradingLimits
from nstutor.grading.submission import Submission
from nstutor.kernel.process import foreground, standstill
from nstutor.lab.home_archive import put_changes
from nstutor.lab.world_factory import WorldFactory
from nstutor.progress.own_work import OwnWork, recorded
from nstutor.progress.record import Progress
from nstutor.progress.run_log import Journal, rebuild
from nstutor.session.live import LiveSession
from nstutor.session.replay import RecordedLine, press
from nstutor.session.steps import Plan
from nstutor.shell.bash import Bash
from nstutor.shell.pty import State
from nstutor.shell.turn import LineResult, RunOptions

SERVER = 'python3 -c "import socket; socket.create_server((str(), 7000)).accept()"'
CLIENT = "ip netns exec eden bash -c 'echo > /dev/tcp/127.0.0.1/7000' && ip netns add told"


@dataclass
class Terminal:
    """One of the learner's terminals, and the record of what is typed there."""

    live: LiveSession
    journal: Journal
    number: int = 0
    bash: Bash | None = None

    async def line(self, text: str, *, changed: bool = True) -> LineResult:
        """Type a line, and keep it when it has ended."""
        started, where = time.time(), self.live.namespace_stack(self.bash)[-1]
        if self.number:
            self.journal.begin(text, where, shell=self.number, started=started)
        turn = await self.live.run(text, ignored, RunOptions(20.0), self.bash)
        self.journal.record(turn, where, changed=changed, shell=self.number, started=started)
        return turn

    async def start(self, text: str) -> asyncio.Task[LineResult]:
        """Type a line whose program waits for something, and wait until it does."""
        task = asyncio.create_task(self.line(text))
        bash = self.bash or self.live.bash
        async with asyncio.timeout(10):
            before = None
            while bash.state is not State.RUNNING or (now := _calls(bash)) is None or now != before:
                before = _calls(bash)
                await asyncio.sleep(0.05)
        return task


def _calls(bash: Bash) -> tuple[bytes, ...] | None:
    group = foreground(bash.pty.master)
    return standstill(group) if group not in (None, bash.pty.pid) else None


@dataclass
class Desk:
    """A learner at a lab, who opens terminals in it."""

    stage: Stage
    journal: Journal

    @property
    def own(self) -> Terminal:
        """The lesson's own terminal."""
        return Terminal(self.stage.live, self.journal)

    async def attach(self, netns: str) -> Terminal:
        """Another terminal."""
        bash = await self.stage.live.open_second(netns, ignored)
        return Terminal(self.stage.live, self.journal, self.journal.new_shell(), bash)


@contextlib.asynccontextmanager
async def desk(factory: WorldFactory, plan: Plan, progress: Progress) -> AsyncIterator[Desk]:
    """Somebody who begins the lesson."""
    async with staged(factory, plan) as stage:
        yield Desk(stage, Journal.fresh(progress, plan.lesson, None))


@contextlib.asynccontextmanager
async def rebuilt(
    factory: WorldFactory, plan: Plan, progress: Progress
) -> AsyncIterator[tuple[Stage, tuple[RecordedLine, ...]]]:
    """The lab as it is when the learner comes back, and what could not be typed."""
    async with staged(factory, plan) as stage:
        journal = Journal.latest(progress, plan.lesson)
        assert journal is not None
        put = partial(put_changes, stage.live.world)
        yield stage, await rebuild(stage.live, journal, lambda _count, _of: None, put)


def namespaces(stage: Stage) -> set[str]:
    """Those that are there now."""
    return set(stage.live.look().namespaces)


async def says(stage: Stage, line: str) -> str:
    """What a line prints."""
    return (await stage.live.run(line, ignored, RunOptions(20.0))).output.decode()


def twice(
    factory: WorldFactory,
    tmp_path: Path,
    plan: Plan,
    work: Callable[[Desk], Awaitable[None]],
    then: Callable[[Stage], Awaitable[None]],
    *,
    scripted: bool = True,
) -> list[str]:
    """Do some work, look at it; rebuild it, look at it again; grade it, and the script of it: the steps reached."""

    async def whole() -> list[str]:
        with Progress(tmp_path / "progress.sqlite") as progress:
            async with desk(factory, plan, progress) as found:
                await work(found)
                await then(found.stage)
            for _life in range(2):
                async with rebuilt(factory, plan, progress) as (stage, left_out):
                    assert left_out == ()
                    await then(stage)
            run = progress.latest_run(plan.lesson.id)
            assert run is not None
            own = recorded(progress, run, plan.lesson, "own")
            result = await grade(plan, own, factory, GradingLimits(total_seconds=60.0))
            assert (result.error, result.notes) == (None, ())
            if scripted:
                script = OwnWork(plan.lesson, run, progress).script()
                assert script.told == ""
                said = await grade(plan, Submission("work.sh", tuple(script.lines)), factory, GradingLimits())
                assert (reached(said), said.error, said.notes) == (reached(result), None, ()), script.text
            return reached(result)

    return asyncio.run(whole())


@judged
def test_a_client_finds_its_server_again(factory: WorldFactory, tmp_path: Path) -> None:
    """A server in front of an attached terminal runs while the lesson's own shell talks to it."""
    plan = plan_of("told: netns told", "more: link more netns eden")

    async def work(desk: Desk) -> None:
        await desk.own.line("ip netns add eden; ip -n eden link set lo up")
        second = await desk.attach("eden")
        served = await second.start(SERVER)
        await desk.own.line(CLIENT)
        assert (await served).status == 0
        await second.line("ip link add more type bridge")

    async def then(stage: Stage) -> None:
        assert namespaces(stage) == {"host", "eden", "told"}

    assert twice(factory, tmp_path, plan, work, then) == ["told", "more"]


@judged
def test_what_is_interrupted_is_so_after_what_it_saw(factory: WorldFactory, tmp_path: Path) -> None:
    """A monitor in a second terminal sees again what the first one does, until its Ctrl-C; a nested shell stands."""
    plan = plan_of("seen: netns seen")

    async def work(desk: Desk) -> None:
        second = await desk.attach("host")
        monitor = await second.start("ip monitor link > /tmp/seen")
        await desk.own.line("ip link add wangpo type bridge")
        await desk.own.line("ip netns add eden")
        await desk.own.line("ip netns exec eden bash")
        assert second.bash is not None
        second.bash.send(b"\x03")
        await monitor
        await second.line("grep -q wangpo /tmp/seen && ip netns add seen")

    async def then(stage: Stage) -> None:
        assert namespaces(stage) == {"host", "eden", "seen"}
        assert stage.live.namespace_stack() == ("host", "eden")

    assert twice(factory, tmp_path, plan, work, then) == ["seen"]


@judged
def test_what_never_ended_runs_again(factory: WorldFactory, tmp_path: Path) -> None:
    """A server that still ran when the lesson was left listens again, and the lesson's own shell is free."""
    plan = plan_of("listens: listen 7000 netns eden")

    async def work(desk: Desk) -> None:
        await desk.own.line("ip netns add eden")
        second = await desk.attach("eden")
        await second.line("cd /tmp; word=here")
        (await second.start(f"echo $word $PWD > /tmp/said; {SERVER}")).cancel()

    async def then(stage: Stage) -> None:
        assert "0.0.0.0:7000" in await says(stage, "ss -Nltn eden 2>/dev/null || ip netns exec eden ss -ltn")
        assert await says(stage, "cat /tmp/said") == "here /tmp\r\n"

    assert twice(factory, tmp_path, plan, work, then) == ["listens"]


@judged
def test_terminals_that_were_closed_are_closed_again(factory: WorldFactory, tmp_path: Path) -> None:
    """By a line, by the end of file, or by the window: what they left running ends as it did then."""
    plan = plan_of("one: netns one")

    async def work(desk: Desk) -> None:
        shells = [await desk.attach("host") for _number in range(3)]
        for number, shell in enumerate(shells):
            await shell.line(f"sleep 100{number} &")
        await shells[0].line("exit")
        bash = shells[1].bash
        desk.journal.record(
            await press(desk.stage.live, b"\x04", ignored, None, bash),
            "host",
            changed=False,
            shell=shells[1].number,
        )
        assert shells[2].bash is not None
        desk.stage.live.close_second(shells[2].bash)
        desk.journal.record_end(shells[2].number)
        await desk.own.line("ip netns add one")

    async def then(stage: Stage) -> None:
        async with asyncio.timeout(10):
            while "1002" in await says(stage, "pgrep -af '[s]leep 100'"):
                await asyncio.sleep(0.05)
        assert {"1000", "1001"} <= set((await says(stage, "pgrep -af '[s]leep 100'")).split())
        assert namespaces(stage) == {"host", "one"}

    assert twice(factory, tmp_path, plan, work, then) == ["one"]


@judged
def test_a_terminal_whose_namespace_is_not_there_is_told(factory: WorldFactory, tmp_path: Path) -> None:
    """Its lines are not typed anywhere else."""
    plan = plan_of("one: netns one")

    async def whole() -> None:
        with Progress(tmp_path / "progress.sqlite") as progress:
            async with desk(factory, plan, progress) as found:
                second = await found.attach("host")
                await second.line("ip netns add one")
            with progress._database.transaction():
                progress._database.write("UPDATE command SET netns = 'eden'")
            async with rebuilt(factory, plan, progress) as (stage, left_out):
                assert [line.line for line in left_out] == ["ip netns add one"]
                assert namespaces(stage) == {"host"}
            run = progress.latest_run(plan.lesson.id)
            assert run is not None
            own = recorded(progress, run, plan.lesson, "own")
            (note,) = (await grade(plan, own, factory, GradingLimits(total_seconds=60.0))).notes
            assert note.startswith("line 1 was not typed again, for its terminal stood in eden, which is not there: ip")

    asyncio.run(whole())


@judged
def test_back_to_where_a_step_began_its_terminals_stand_as_they_did(factory: WorldFactory, tmp_path: Path) -> None:
    """A server that ran when the step before was passed runs again, though it was ended later."""
    plan = plan_of("one: netns one", "two: netns two")

    async def whole() -> None:
        with Progress(tmp_path / "progress.sqlite") as progress:
            async with desk(factory, plan, progress) as found:
                second = await found.attach("host")
                served = await second.start(SERVER)
                await found.own.line("ip netns add one")
                found.journal.record_passes(plan.lesson.steps[:1])
                assert second.bash is not None
                second.bash.send(b"\x03")
                await served
                await found.own.line("ip netns add wrong")
                found.journal.back_to_step_start()
            async with rebuilt(factory, plan, progress) as (stage, _left_out):
                assert namespaces(stage) == {"host", "one"}
                assert "0.0.0.0:7000" in await says(stage, "ss -ltn")
                assert stage.live.session.position == 1

    asyncio.run(whole())


@judged
def test_a_shell_that_another_terminal_ended_is_ended_again(factory: WorldFactory, tmp_path: Path) -> None:
    """The lesson's own gets its next line in a new one, as it did."""
    plan = plan_of("one: netns one", "two: netns two")

    async def work(desk: Desk) -> None:
        second = await desk.attach("host")
        await desk.own.line("x=old; ip netns add one")
        await second.line("/bin/kill -9 -1")
        await desk.stage.live.reopen(ignored)
        await desk.own.line('ip netns add "two$x"')

    async def then(stage: Stage) -> None:
        assert namespaces(stage) == {"host", "one", "two"}

    assert twice(factory, tmp_path, plan, work, then, scripted=False) == ["one", "two"]
