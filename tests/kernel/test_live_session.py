"""One lesson in one real world: what is typed, what is seen of it, and at which moment."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from lab_harness import judged
from short_lesson import lesson_text, plan_of

from nstutor.checks.registry import compile_lesson
from nstutor.errors import WorldDiedError
from nstutor.grading.grade import grade
from nstutor.grading.limits import GradingLimits
from nstutor.grading.result import Result
from nstutor.grading.submission import Submission
from nstutor.kernel.diff import Change
from nstutor.kernel.executions import Executions
from nstutor.kernel.probe_types import PingProbe
from nstutor.lab.limits import Limits
from nstutor.lab.world_factory import WorldFactory
from nstutor.lesson.parse import parse
from nstutor.progress.record import Progress
from nstutor.progress.run_log import Journal, rebuild
from nstutor.session.live import LiveSession
from nstutor.session.settle import wait_until_settled
from nstutor.session.setup import play_setup
from nstutor.session.steps import Order, Plan, StepMachine
from nstutor.shell.turn import Ended, LineResult, RunOptions

TERMS = RunOptions(40.0, pace=True)
EDEN = plan_of("build: netns eden", "tear: not netns eden")


def ignored(_: bytes) -> None:
    """Nobody watches."""


@dataclass
class Stage:
    """A world with its live, and the steps that were passed so far."""

    live: LiveSession
    passed: list[str]

    async def type(self, *lines: str) -> LineResult:
        """Type lines, observing after each as the program does; the last line's turn."""
        turn = None
        for line in lines:
            turn = await self.live.run(line, ignored, TERMS)
            await self.look()
        assert turn is not None
        return turn

    async def look(self) -> tuple[Change, ...]:
        """Observe, with the probes that are wanted; what changed."""
        observed = self.live.observe()
        steps = [*observed.passed, *(await self.live.settle() if observed.probing else ())]
        self.passed += [step.id for step in steps]
        return observed.changes


@contextlib.asynccontextmanager
async def staged(factory: WorldFactory, plan: Plan, order: Order = Order.IN_TURN) -> AsyncIterator[Stage]:
    """A fresh world in which the lesson begins."""
    with factory.world(Limits.grading()) as world, LiveSession(world, StepMachine(plan, order)) as live:
        await live.open(ignored)
        await play_setup(live)
        live.begin()
        yield Stage(live, [])


def play(
    factory: WorldFactory, plan: Plan, body: Callable[[Stage], Awaitable[None]], order: Order = Order.IN_TURN
) -> None:
    """Run the body on a stage of its own."""

    async def whole() -> None:
        async with staged(factory, plan, order) as stage:
            await body(stage)

    asyncio.run(whole())


def graded(factory: WorldFactory, plan: Plan, *lines: str, limits: GradingLimits | None = None) -> Result:
    """What a submission of these lines comes to."""
    return asyncio.run(grade(plan, Submission("work.sh", lines), factory, limits or GradingLimits(total_seconds=30.0)))


def reached(result: Result) -> list[str]:
    """The steps that it reached."""
    return [step.id for step in result.steps if step.reached]


# --- what a lesson gives ----------------------------------------------------------------------------------------------


@judged
@pytest.mark.parametrize("order", Order)
def test_what_the_setup_passed_through_is_nobody_s_pass(factory: WorldFactory, order: Order) -> None:
    """A state on the setup's way, and what the setup looked at, count for no step; the same counts once it is typed."""
    text = lesson_text("look: ran -- ip addr", "down: link eth0 down")
    given = "```setup\nip link add eth0 type veth peer name uplink\nip link set eth0 up\nip addr show dev eth0\n```"
    lesson = parse(text.replace("Hello.", given), "given.md")

    async def body(stage: Stage) -> None:
        await stage.look()
        assert stage.passed == []
        await stage.type("ip addr show dev eth0")
        assert stage.passed == ["look"]
        await stage.type("ip link set eth0 down")
        assert stage.passed == ["look", "down"]

    play(factory, Plan(lesson, compile_lesson(lesson)), body, order)


# --- where the learner stands -----------------------------------------------------------------------------------------


@judged
def test_standing_names_the_namespaces_of_nested_shells(factory: WorldFactory) -> None:
    """From the outermost shell to the one in front, and back again with each exit."""

    async def body(stage: Stage) -> None:
        await stage.type("ip netns add greenland", "ip netns add eden")
        assert stage.live.namespace_stack() == ("host",)
        assert not stage.live.bash.front.nested
        await stage.type("ip netns exec greenland bash")
        assert stage.live.namespace_stack() == ("host", "greenland")
        await stage.type("nsenter --net=/run/netns/eden bash")
        assert stage.live.namespace_stack() == ("host", "greenland", "eden")
        assert stage.live.bash.front.nested
        await stage.type("bash")
        assert stage.live.namespace_stack() == ("host", "greenland", "eden"), "neighbours that are equal are told once"
        await stage.type("exit", "exit")
        assert stage.live.namespace_stack() == ("host", "greenland")
        await stage.type("exit")
        assert stage.live.namespace_stack() == ("host",)

    play(factory, EDEN, body)


@judged
def test_a_shell_without_marks_stands_where_the_kernel_says(factory: WorldFactory) -> None:
    """Dash prints no marks; its namespace is known all the same."""

    async def body(stage: Stage) -> None:
        await stage.type("ip netns add greenland")
        turn = await stage.type("ip netns exec greenland dash")
        assert turn.ended is Ended.WAITING
        assert stage.live.namespace_stack() == ("host", "greenland")
        assert (await stage.type("exit")).ended is Ended.READY
        assert stage.live.namespace_stack() == ("host",)

    play(factory, EDEN, body)


@judged
def test_a_namespace_without_a_name_is_named_by_its_number(factory: WorldFactory) -> None:
    """`unshare -n` makes one that no `ip netns` knows; a renamed one has its new name."""

    async def body(stage: Stage) -> None:
        await stage.type("unshare -n bash")
        _, inner = stage.live.namespace_stack()
        assert inner.startswith("net:[")
        await stage.type("exit", "ip netns add old", "ip netns exec old bash")
        assert stage.live.namespace_stack() == ("host", "old")

    play(factory, EDEN, body)


@pytest.mark.parametrize("shell", ["bash", "env -i /bin/bash", "sh"])
@judged
def test_a_tab_in_a_nested_shell_is_a_blank(factory: WorldFactory, shell: str) -> None:
    """A submission's indented lines are no wish for completion: readline would offer, or insert, what fits."""

    async def body(stage: Stage) -> None:
        await stage.type("ip netns add greenland", f"ip netns exec greenland {shell}")
        await stage.type("\tip link add\teden0 type bridge", "exit")
        assert stage.live.look().link("greenland", "eden0")

    play(factory, EDEN, body)


# --- the moment of a state --------------------------------------------------------------------------------------------


MID_LINE = {
    "in one line": ("ip netns add eden; ip netns del eden",),
    "in a function": ("work() { ip netns add eden; ip netns del eden; }", "work"),
    "in a loop": ("for verb in add del; do", "ip netns $verb eden", "done"),
    "in a script": ("printf 'ip netns add eden\\nip netns del eden\\n' >/tmp/work.sh", "sh /tmp/work.sh"),
    "in a batch of two programs": ("(ip netns add eden && ip netns del eden)",),
    "in the background": ("{ ip netns add eden; ip netns del eden; } & wait",),
}


@pytest.mark.parametrize("lines", MID_LINE.values(), ids=MID_LINE)
@pytest.mark.parametrize("order", Order)
@judged
def test_a_state_in_the_middle_of_a_line_is_seen(factory: WorldFactory, order: Order, lines: Sequence[str]) -> None:
    """Both steps are passed by one line that builds eden and tears it down."""

    async def body(stage: Stage) -> None:
        await stage.type(*lines)
        assert stage.passed == ["build", "tear"]

    play(factory, EDEN, body, order)


@judged
def test_the_untouched_world_passes_nothing(factory: WorldFactory) -> None:
    """`not netns eden` holds from the start and counts for nothing; one who only looks has passed nothing."""

    async def body(stage: Stage) -> None:
        await stage.type("ip netns", "ip link show", "true")
        assert stage.passed == []
        await stage.live.finish()
        assert [state.reached for state in stage.live.session.states] == [False, False]

    play(factory, EDEN, body, Order.ANY)


@judged
def test_looking_counts_from_the_last_step_of_doing(factory: WorldFactory) -> None:
    """A look before the doing is none after it; one in the very same line, behind it, is."""
    plan = plan_of("build: netns eden", "look: ran -- ip netns")

    async def before(stage: Stage) -> None:
        await stage.type("ip netns", "ip netns add eden")
        assert stage.passed == ["build"]
        await stage.type("ip netns list")
        assert stage.passed == ["build", "look"]

    async def together(stage: Stage) -> None:
        await stage.type("ip netns; ip netns add eden; ip netns")
        assert stage.passed == ["build", "look"]

    play(factory, plan, before)
    play(factory, plan, together)


@judged
def test_changes_are_counted_from_the_beginning_of_the_line(factory: WorldFactory) -> None:
    """What a line changed is told once, also where it was seen in the middle; a looking line changes nothing."""

    async def body(stage: Stage) -> None:
        await stage.live.run("ip netns add eden; ip link add wangpo type bridge; true", ignored, TERMS)
        changed = [(change.sign, change.subject) for change in await stage.look()]
        assert changed == [("+", "netns eden"), ("+", "wangpo")]
        await stage.live.run("ip link", ignored, TERMS)
        assert await stage.look() == ()

    play(factory, EDEN, body)


@judged
def test_the_surroundings_of_a_lesson_are_no_change_of_the_learners(factory: WorldFactory) -> None:
    """What `setup` made is there, and neither told as a change nor a step that was passed."""
    text = lesson_text("plug: link wangpo up").replace("Hello.", "```setup\nip link add wangpo type bridge\n```")
    lesson = parse(text, "given.md")
    plan = Plan(lesson, compile_lesson(lesson))

    async def body(stage: Stage) -> None:
        await stage.live.run("true", ignored, TERMS)
        assert await stage.look() == ()
        await stage.type("ip link set wangpo up")
        assert stage.passed == ["plug"]

    play(factory, plan, body)


# --- probes -----------------------------------------------------------------------------------------------------------

LADDER = (
    "ip netns add a; ip netns add b; ip link add a0 netns a type veth peer name b0 netns b",
    "ip -n a addr add 192.0.2.1/24 dev a0; ip -n b addr add 192.0.2.2/24 dev b0",
    "ip -n a link set a0 up; ip -n b link set b0 up",
)
"""Two namespaces that reach each other; the addresses are of RFC 5737 and stay in the world."""
PING = PingProbe("192.0.2.2", "a")


@judged
def test_a_probe_is_sent_when_the_network_changed_and_not_before(factory: WorldFactory) -> None:
    """The ladder's last line is what makes the echo come back."""

    async def body(stage: Stage) -> None:
        await stage.type(*LADDER[:2])
        assert stage.passed == []
        await stage.type(LADDER[2])
        assert stage.passed == ["meet"]

    play(factory, plan_of("meet: ping 192.0.2.2 netns a"), body)


@judged
def test_a_probe_that_failed_by_a_stale_neighbour_is_sent_again_after_the_flush(factory: WorldFactory) -> None:
    """A neighbour entry with an old MAC makes a right network fail; forgetting it is enough."""
    plan = plan_of("meet: ping 192.0.2.2 netns a within 500ms")
    stale = "ip -n a neigh replace 192.0.2.2 lladdr 02:00:00:00:00:99 dev a0 nud stale"

    async def body(stage: Stage) -> None:
        await stage.type(LADDER[0], LADDER[1], f"{LADDER[2]}; {stale}")
        assert stage.passed == []
        (verdict,) = stage.live.session.states[0].verdicts
        assert "remembers an old MAC" in verdict.message
        await stage.type("ip -n a neigh flush all")
        assert stage.passed == ["meet"]

    play(factory, plan, body)


@judged
def test_a_result_of_a_network_that_changed_meanwhile_is_dropped(factory: WorldFactory) -> None:
    """The address goes while its echo is waited for: what is judged at the end is the network as it then is."""
    plan = plan_of("meet: ping 192.0.2.2 netns a within 1s")

    async def body(stage: Stage) -> None:
        await stage.type(*LADDER[:2])
        await stage.live.run(f"{LADDER[2]}; ip -n b addr del 192.0.2.2/24 dev b0", ignored, TERMS)
        assert stage.live.observe().probing
        settling = asyncio.ensure_future(stage.live.settle())
        await stage.live.run("ip -n b addr add 192.0.2.2/24 dev b0", ignored, TERMS)
        assert [step.id for step in await settling] == ["meet"]

    play(factory, plan, body)


@judged
def test_within_bounds_the_time_that_an_echo_is_waited_for(factory: WorldFactory) -> None:
    """An echo that nobody answers is given up after the time that the check gives it."""

    async def seconds(within: str) -> float:
        loop = asyncio.get_running_loop()
        async with staged(factory, plan_of(f"meet: ping 192.0.2.3 netns a within {within}")) as stage:
            await stage.type(*LADDER[:2])
            await stage.live.run(LADDER[2], ignored, TERMS)
            began = loop.time()
            await stage.look()
            return loop.time() - began

    assert asyncio.run(seconds("200ms")) < 1.0
    assert asyncio.run(seconds("1500ms")) >= 1.5


@judged
def test_a_probe_that_succeeds_in_the_untouched_world_counts_after_the_step_before(factory: WorldFactory) -> None:
    """`not ping` holds before anything was built: it counts once the ladder stood, and was taken down."""
    plan = plan_of("meet: ping 192.0.2.2 netns a", "part: not ping 192.0.2.9 within 500ms")
    assert reached(graded(factory, plan, "true")) == []
    assert reached(graded(factory, plan, *LADDER)) == ["meet", "part"]


UP = ("ip -n a addr add 2001:db8::1/64 dev a0; ip -n b addr add 2001:db8::2/64 dev b0", *LADDER[1:])
UNREST = "for i in {1..40}; do ip addr add 192.0.2.9/32 dev lo; ip addr del 192.0.2.9/32 dev lo; done &"
"""Eighty changes, by which a probe belongs to no state of the network."""

LATE_SERVER = (
    "ip netns exec b perl -MSocket -e 'sleep 1; socket(S,PF_INET,SOCK_STREAM,0); "
    "bind(S,sockaddr_in(80,INADDR_ANY)); listen(S,9); sleep' &"
)


@judged
@pytest.mark.parametrize(
    ("check", "more"),
    [
        ("ping 192.0.2.2 netns a", ""),
        ("ping 192.0.2.2 netns a", UNREST),
        ("ping 2001:db8::2 netns a", ""),
        ("connect 192.0.2.2 80 netns a", LATE_SERVER),
        ("link a0 netns a operstate UP; link b0 netns b operstate UP", ""),
    ],
    ids=["ping", "changing", "duplicates", "server", "operstate"],
)
def test_what_comes_true_by_the_setup_alone_is_nobody_s_work(factory: WorldFactory, check: str, more: str) -> None:
    """Though the network has not come to rest when the setup is over; it counts once the step before it is passed."""
    setup = "\n".join(("```setup", LADDER[0], *UP, *([more] if more else []), "```"))
    lesson = parse(lesson_text("down: link a0 netns a down", f"back: {check}").replace("Hello.", setup), "given.md")
    plan = Plan(lesson, compile_lesson(lesson))
    assert reached(graded(factory, plan, "true", "sleep 2")) == []
    again = "ip -n a link set a0 up; ip -n a addr replace 2001:db8::1/64 dev a0 nodad"
    assert reached(graded(factory, plan, "ip -n a link set a0 down", again)) == ["down", "back"]


LOOKS = "look .required: ran netns a -- ip addr; ran netns a -- ip link"


@judged
@pytest.mark.parametrize("order", Order)
def test_a_look_counts_from_the_moment_that_the_network_is_built(factory: WorldFactory, order: Order) -> None:
    """How long an answer takes to come is no matter of the learner's, who looks at once."""

    async def body(stage: Stage) -> None:
        for line in ("; ".join((LADDER[0], *UP)), "ip netns exec a ip addr"):
            await stage.live.run(line, ignored, TERMS)
            stage.live.observe()
        assert [step.id for step in await stage.live.settle(brief=False)] == ["meet"]
        await stage.type("ip netns exec a ip link")
        assert stage.passed == ["look"]

    play(factory, plan_of("meet: ping 2001:db8::2 netns a within 60s", LOOKS), body, order)


@judged
@pytest.mark.parametrize(
    ("broken", "repaired"),
    [
        ("ip netns exec b iptables -P INPUT DROP", "ip netns exec b iptables -P INPUT ACCEPT"),
        ("ip -n a link set a0 down", "ip -n a link set a0 up"),
    ],
)
def test_a_look_at_what_was_not_ready_does_not_count(factory: WorldFactory, broken: str, repaired: str) -> None:
    """It was before what the learner did last for the network."""

    async def body(stage: Stage) -> None:
        await stage.type("; ".join((*LADDER, broken)), "ip netns exec a ip addr", repaired, "ip netns exec a ip link")
        assert stage.passed == ["meet"]
        await stage.type("ip netns exec a ip addr")
        assert stage.passed == ["meet", "look"]

    play(factory, plan_of("meet: ping 192.0.2.2 netns a within 200ms", LOOKS), body)


# --- what the kernel does by itself -----------------------------------------------------------------------------------

STATE = "up: link a0 netns a operstate UP within 10s; link b0 netns b operstate UP within 10s"
"""Where many namespaces are taken down at the same time, the kernel's queue is long."""


@judged
def test_an_operstate_that_lags_is_waited_for(factory: WorldFactory) -> None:
    """The state follows the carrier by up to a second; the next line undoes it, and the step still counts."""
    result = graded(
        factory,
        plan_of(STATE),
        *LADDER,
        "ip -n a link set a0 down",
        "ip -n a link set a0 up",
        "ip -n a link set a0 down",
    )
    assert reached(result) == ["up"]


@judged
def test_a_device_that_lingers_after_its_namespace_is_waited_for(factory: WorldFactory) -> None:
    """`ip netns del` returns before the kernel has cleaned up: the other end in host goes a moment later."""
    plan = plan_of("build: link wp peer xmq peernetns eden", "tear: not link wp within 10s")
    lines = ["ip netns add eden", "ip link add wp type veth peer name xmq netns eden"]
    assert reached(graded(factory, plan, *lines, "ip netns del eden")) == ["build", "tear"]


@judged
def test_outwait_ends_when_nothing_comes_by_itself(factory: WorldFactory) -> None:
    """A step that lacks a command is not waited for; a veth whose other end cannot be seen is, and not for ever."""

    async def body(stage: Stage) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await stage.type("ip link add wp type veth peer name xmq")
        assert await wait_until_settled(stage.live, 5.0) == ()
        assert loop.time() - began < 1.0, "only `ip link del` can help"
        await stage.type("unshare -n bash", "nsenter -t $PPID -n ip link set xmq netns $$")
        began = loop.time()
        assert await wait_until_settled(stage.live, 5.0) == ()
        assert 0.3 < loop.time() - began < 1.5

    play(factory, plan_of("gone: not link wp within 500ms"), body, Order.ANY)


# --- shells that end --------------------------------------------------------------------------------------------------


@judged
def test_a_shell_that_exits_is_opened_again_in_the_same_world(factory: WorldFactory) -> None:
    """What was built stays; a new bash stands in host, and its lines count."""

    async def body(stage: Stage) -> None:
        await stage.type("ip netns add greenland")
        turn = await stage.live.run("exit 3", ignored, TERMS)
        assert turn.ended is Ended.GONE
        assert not stage.live.world.ended
        await stage.live.reopen(ignored)
        assert stage.live.namespace_stack() == ("host",)
        turn = await stage.type("ip netns list", "ip netns add eden")
        assert turn.status == 0
        assert set(stage.live.look().namespaces) == {"host", "greenland", "eden"}
        assert stage.passed == ["build"]

    play(factory, EDEN, body)


@judged
def test_kill_minus_nine_minus_one_ends_the_shell_and_is_graded(factory: WorldFactory) -> None:
    """Everything of the learner's dies; what was reached before stands, and the rest of the lines is not typed."""
    # As a builtin it would spare the shell: kill(2) never signals its caller with -1.
    result = graded(factory, EDEN, "ip netns add eden", "/bin/kill -9 -1", "ip netns del eden")
    assert result.error is None
    assert reached(result) == ["build"]


@judged
def test_a_line_that_ends_the_shell_is_still_judged(factory: WorldFactory) -> None:
    """`set -e` ends the shell at the first failure, after what the line did."""
    result = graded(factory, EDEN, "set -e", "ip netns add eden; false", "ip netns del eden")
    assert reached(result) == ["build"]
    assert result.commands == 2


@judged
def test_executions_of_a_second_shell_are_seen_too(factory: WorldFactory) -> None:
    """A second terminal of the same world: what it executes counts as the learner's."""
    plan = plan_of("look: ran -- ip link")

    async def body(stage: Stage) -> None:
        live = stage.live
        other = live.world.start_shell(["/bin/sh", "-c", "exec ip link"], {})
        live.watch(other)
        await ended(live.executions)
        await stage.look()
        assert stage.passed == ["look"]

    async def ended(executions: Executions) -> None:
        async with asyncio.timeout(10):
            while not any(entry.status is not None for entry in executions.since(0)):
                await asyncio.sleep(0.005)

    play(factory, plan, body)


@judged
def test_a_rebuilt_world_is_where_the_run_was_left(factory: WorldFactory, tmp_path: Path) -> None:
    """Commands are typed again, shells that ended are reopened; passes are on record, and nothing is news."""
    plan = plan_of("build: netns eden", "look: ran -- ip netns", "more: netns greenland")
    lines = ("ip netns add eden", "ip netns list", "x=7; exit", "ip netns exec eden bash", "cd /tmp")

    async def body(stage: Stage) -> None:
        with Progress(tmp_path / "progress.sqlite") as progress:
            journal = Journal.fresh(progress, plan.lesson, None)
            for line in lines:
                journal.record(LineResult(line, Ended.READY, 0, b"", b"", 0.0), "host", changed=True)
                journal.record_passes(plan.lesson.steps[:1] if journal.number == 1 else ())
            told: list[tuple[int, int]] = []
            await rebuild(stage.live, journal, lambda count, of: told.append((count, of)))
        assert told == [(count, 5) for count in range(1, 6)]
        assert stage.live.namespace_stack() == ("host", "eden")
        assert stage.live.session.position == 1
        await stage.live.run("pwd", ignored, TERMS)
        assert await stage.look() == ()
        assert stage.passed == ["look"], "it was typed after the pass, and counts"

    play(factory, plan, body)


@judged
def test_a_world_that_ends_while_it_is_rebuilt_names_the_way_out(factory: WorldFactory, tmp_path: Path) -> None:
    """The command is named, and how to begin without it; a ramfs counts as more memory than any world may use."""
    plan = plan_of("build: netns eden")

    async def body(stage: Stage) -> None:
        with Progress(tmp_path / "progress.sqlite") as progress:
            journal = Journal.fresh(progress, plan.lesson, None)
            line = "mount -t ramfs none /mnt; sleep 300"
            journal.record(LineResult(line, Ended.READY, 0, b"", b"", 0.0), "host", changed=True)
            with pytest.raises(WorldDiedError) as died:
                await rebuild(stage.live, journal, lambda _count, _of: None)
        assert "mount -t ramfs" in died.value.message
        assert "--fresh" in (died.value.hint or "")

    play(factory, plan, body)


# --- limits -----------------------------------------------------------------------------------------------------------


@judged
def test_the_whole_time_is_an_end_of_waiting_too(factory: WorldFactory) -> None:
    """A background job that never ends is waited for as long as the slowest check has, but not beyond the limit."""
    plan = plan_of("build: link wp operstate UP within 60s")
    limits = GradingLimits(total_seconds=1.0)
    assert graded(factory, plan, "sleep 1000 &", limits=limits).duration_ms < 10_000


@judged
def test_a_probe_is_not_waited_for_beyond_the_whole_time(factory: WorldFactory) -> None:
    """Between two lines it is tried in a moment; only at the end it gets all that its check has, once."""
    plan = plan_of("reach: ping 10.0.0.2 within 8s")
    line = (
        "ip link add v1 type veth peer name v2; ip addr add 10.0.0.1/24 dev v1; ip link set v2 up; "
        "ip link set v1 up; ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:01 dev v1"
    )
    result = graded(factory, plan, line, "ip link", "ip link", limits=GradingLimits(total_seconds=60.0))
    assert reached(result) == []
    assert result.commands == 3
    assert 8000 <= result.duration_ms < 30_000  # four times eight seconds without the bound


@judged
def test_the_limits_end_a_command_and_the_submission(factory: WorldFactory) -> None:
    """A command that never ends is ended and noted, the next one runs; once all the time is over no more is typed."""
    limits = GradingLimits(command_seconds=0.5, total_seconds=30.0)
    result = graded(factory, EDEN, "sleep 100", "ip netns add eden", limits=limits)
    assert reached(result) == ["build"]
    assert result.notes == ("line 1 was ended after 0.5 s: sleep 100",)
    over = graded(factory, EDEN, "sleep 100", "ip netns add eden", limits=GradingLimits(0.5, 0.4))
    assert reached(over) == []
    assert over.notes[-1].startswith("line 2 and later were not typed")


@judged
def test_output_without_end_is_ended(factory: WorldFactory) -> None:
    """Sixty-four kilobytes are allowed here; `yes` is ended and the next line is typed."""
    limits = GradingLimits(total_seconds=30.0, output_bytes=64 * 1024)
    result = graded(factory, EDEN, "yes", "ip netns add eden", limits=limits)
    assert reached(result) == ["build"]
    assert result.notes[0].startswith("line 1 was ended after")


@judged
def test_an_incomplete_command_is_noted(factory: WorldFactory) -> None:
    """The end of the file inside a loop: said, and what was before it counts."""
    result = graded(factory, EDEN, "ip netns add eden", "for x in 1 2; do")
    assert reached(result) == ["build"]
    assert result.notes == ("the last command is not complete: bash waits for more",)


@judged
def test_a_line_with_a_control_character_is_not_typed(factory: WorldFactory) -> None:
    """It is named with its number and column, and the others are typed."""
    result = graded(factory, EDEN, "echo \x03", "ip netns add eden")
    assert reached(result) == ["build"]
    assert result.notes[0].startswith("line 1 was not typed: the line has the control character")
