"""Print the ratios of the budgets as a Markdown table. Run by hand: python tests/bench/bench.py [--rounds N]

Each row is measured round by round in turn with what it is compared to, in this one run; the medians are compared.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import pty
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "lessons")]

from check_runs import by_name
from mixed import LIMITS, submissions, write
from processes import descendants

from nstutor.checks.registry import compile_lesson
from nstutor.grading.grade import grade
from nstutor.grading.limits import GradingLimits
from nstutor.grading.submission import Submission
from nstutor.kernel.model import Kind
from nstutor.kernel.probe import ping
from nstutor.kernel.probe_types import PingProbe
from nstutor.lab.limits import Limits
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.world import World
from nstutor.lab.world_factory import WorldFactory
from nstutor.lesson.catalog import find
from nstutor.lesson.parse import load
from nstutor.session.live import LiveSession
from nstutor.session.steps import Order, Plan, StepMachine
from nstutor.shell.bash import Bash
from nstutor.shell.marks import environment, make_nonce
from nstutor.shell.turn import RunOptions

BRIDGE = """\
ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add wangpo type bridge
ip link add wp2xmq type veth peer name xmq2wp
ip link add pjl2wp type veth peer name wp2pjl
ip link set xmq2wp netns ximenqing-ns
ip link set pjl2wp netns panjinlian-ns
ip link set wp2xmq master wangpo
ip link set wp2pjl master wangpo
ip -n ximenqing-ns addr add dev xmq2wp 192.168.188.96/24
ip -n panjinlian-ns addr add dev pjl2wp 192.168.188.69/24
ip -n ximenqing-ns link set xmq2wp up
ip -n panjinlian-ns link set pjl2wp up
ip link set wangpo up
ip link set wp2xmq up
ip link set wp2pjl up
"""
TERMS = RunOptions(120.0)
MIB = 1 << 20


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    ours: str
    other: str
    ratio: str
    bound: str


def silent(_: bytes) -> None:
    """Output that nobody reads."""


def ms(seconds: float) -> str:
    """Milliseconds for people."""
    return f"{1000 * seconds:.1f} ms"


async def timed(action: Callable[[], Awaitable[object]]) -> float:
    """Seconds that an action takes."""
    began = time.perf_counter()
    await action()
    return time.perf_counter() - began


def run(command: list[str], script: str = "") -> float:
    """Seconds of a whole process."""
    began = time.perf_counter()
    subprocess.run(command, input=script.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def compare(what: str, ours: list[float], other: list[float], bound: str) -> Row:
    """A row of two medians and their ratio."""
    mine, theirs = statistics.median(ours), statistics.median(other)
    return Row(what, ms(mine), ms(theirs), f"{mine / theirs:.2f}", bound)


# --- whole processes ----------------------------------------------------------------------------------------------


def as_installed(folder: str) -> None:
    """Let Python keep compiled modules, as pip leaves them behind, whatever this environment says of that."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = os.path.join(folder, "compiled")


def first_prompt(folder: str) -> tuple[float, int]:
    """Seconds to the first prompt of `nstutor learn veth`, and the memory (PSS) of its processes a second later."""
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(XDG_DATA_HOME=tempfile.mkdtemp(dir=folder), TERM="xterm", COLUMNS="80", LINES="24")
        os.execv(sys.executable, [sys.executable, "-m", "nstutor", "learn", "veth"])
    seen = read_until(terminal, "❯".encode())
    seconds = time.perf_counter() - began
    if not seen:
        raise SystemExit("no prompt came")
    read_until(terminal, b"\0", 1.5)
    memory = proportional(pid)
    os.write(terminal, b":quit\r")
    read_until(terminal, b"\0", 0.5)
    os.close(terminal)
    os.waitpid(pid, 0)
    return seconds, memory


def read_until(terminal: int, words: bytes, seconds: float = 20.0) -> bool:
    """Read a terminal until the words come, answering what prompt_toolkit asks of it."""
    deadline, seen = time.monotonic() + seconds, b""
    while words not in seen and (left := deadline - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            try:
                seen += os.read(terminal, 65536)
            except OSError:
                return words in seen
            if b"\x1b[6n" in seen:
                os.write(terminal, b"\x1b[1;1R")
                seen = seen.replace(b"\x1b[6n", b"")
    return words in seen


def proportional(pid: int) -> int:
    """Bytes of PSS of a process."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith("Pss:"))


def whole_processes(rounds: int) -> list[Row]:
    """What is measured before this process becomes a judge."""
    imports = [sys.executable, "-c", "import prompt_toolkit, rich.console"]
    ours, other, memory = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        as_installed(folder)
        first_prompt(folder)
        for _ in range(rounds):
            seconds, used = first_prompt(folder)
            ours.append(seconds)
            memory.append(used)
            other.append(run(imports))
    return [
        compare("`nstutor learn veth` to its first prompt / importing its libraries", ours, other, "≤ 1.2"),
        Row("memory of a learner's session", f"{max(memory) / MIB:.0f} MiB", "", "", "≤ 60 MB"),
    ]


# --- processor time -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def accounted() -> Iterator[Path]:
    """A control group (cgroups(7)) that counts the processor time of all processes in it. Raises OSError.

    wait4(2) tells nothing of those that the kernel reaps, as it does all below a process that ignores SIGCHLD.
    """
    root = Path("/sys/fs/cgroup")
    group = (root if (root / "cgroup.procs").exists() else root / "cpuacct") / f"nstutor-bench-{os.getpid()}"
    group.mkdir()
    try:
        yield group
    finally:
        group.rmdir()


def processor_seconds(command: list[str], group: Path) -> float:
    """User plus system time of a command and all that it starts, until the last of them has ended."""

    def used() -> float:
        if (group / "cpuacct.usage").exists():
            return int((group / "cpuacct.usage").read_text()) / 1e9
        return int((group / "cpu.stat").read_text().split()[1]) / 1e6

    before, tasks = used(), group / "cgroup.procs"
    run(["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(tasks), *command])
    while tasks.read_text():
        time.sleep(0.01)
    return used() - before


MININET = ("mn", "--switch", "lxbr", "--controller", "none", "--topo", "single,2", "--test", "pingpair")
BARE = ("unshare", "-nmuipf", "--mount-proc", "sh", "-c", 'mount -t tmpfs t /run; ip link set lo up; exec "$@"', "-")


def one_file(rounds: int) -> list[Row]:
    """Grading one file, against Mininet, which builds the same network, pings both ways and takes it down."""
    if os.geteuid() or not shutil.which("mn"):
        print("skipped: one file / Mininet (mn is not installed, or only real root can show this)", file=sys.stderr)
        return []
    ours, other = [], []
    with tempfile.TemporaryDirectory() as folder, accounted() as group:
        as_installed(folder)
        script = Path(folder, "work.sh")
        script.write_text(BRIDGE, encoding="utf-8")
        command = [sys.executable, "-m", "nstutor", "check", "bridge", str(script)]
        processor_seconds(command, group)
        for _ in range(rounds):
            ours.append(processor_seconds(command, group))
            other.append(processor_seconds([*BARE, *MININET], group))
    return [compare("processor time of `check bridge FILE` / of Mininet's `--test pingpair`", ours, other, "≤ 1.0")]


# --- many submissions ---------------------------------------------------------------------------------------------


def class_of(folder: str, count: int, more: str) -> str:
    """A folder with so many submissions of `bridge`, each with these lines behind the solution."""
    place = tempfile.mkdtemp(dir=folder)
    for number in range(count):
        Path(place, f"{number:03}.sh").write_text(f"{BRIDGE}{more}\n", encoding="utf-8")
    return place


def two_cores(folder: str, count: int) -> list[Row]:
    """A class of CPU-bound submissions on two cores and on one of them."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        return []
    place = class_of(folder, count, "for ((i = 0; i < 500000; i++)); do :; done")
    seconds = {}
    for used in (cores, cores[:1]):
        pinned = ["taskset", "-c", ",".join(map(str, used))]
        seconds[len(used)] = run([*pinned, sys.executable, "-m", "nstutor", "check", "bridge", place])
    return [
        Row(
            f"grading {count} CPU-bound submissions on two cores / on one",
            f"{seconds[2]:.1f} s",
            f"{seconds[1]:.1f} s",
            f"{seconds[1] / seconds[2]:.2f}",
            "≥ 1.8",
        )
    ]


def memory_of_jobs(folder: str, jobs: int = 6) -> Row:
    """Memory (PSS) of all processes of a grading, by the number of submissions that are graded at a time."""
    place = class_of(folder, jobs, "sleep 4")
    command = [sys.executable, "-m", "nstutor", "check", "bridge", place, "--jobs", str(jobs)]
    most = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as grading:
        while grading.poll() is None:
            with contextlib.suppress(OSError, StopIteration):
                most = max(most, sum(map(proportional, [grading.pid, *descendants(grading.pid)])))
    return Row(f"memory of a grading, {jobs} at a time, for each", f"{most / jobs / MIB:.0f} MiB", "", "", "≤ 60 MB")


def mixed_class(folder: str, count: int) -> Row:
    """A class with known verdicts (tests/lessons/mixed.py): how many of them are right."""
    known = submissions(count)
    place = write(Path(folder, "mixed"), known)
    command = [sys.executable, "-m", "nstutor", "check", "bridge", str(place), "--format", "json", *LIMITS]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    reports = by_name(json.loads(done.stdout))
    right = sum(submission.judged_right(reports[name]) for name, submission in known.items())
    return Row(f"right verdicts on {count} mixed submissions, {seconds:.0f} s", str(right), str(count), "", "all")


def classes(count: int) -> list[Row]:
    """What is about a whole class; it takes minutes."""
    with tempfile.TemporaryDirectory() as folder:
        return [*two_cores(folder, count), memory_of_jobs(folder), mixed_class(folder, count)]


# --- in worlds ----------------------------------------------------------------------------------------------------


async def plain_bash(world: World) -> Bash:
    """A bash of the world that nobody watches, for comparison."""
    nonce = make_nonce()
    shell = world.start_shell(["/bin/bash", "--noediting", "-i"], environment(nonce), watch=False)
    bash = Bash(shell, nonce)
    await bash.start(silent)
    return bash


async def fresh_world(factory: WorldFactory, rounds: int) -> Row:
    """A world, made and ready."""
    ours, other = [], []
    for _ in range(rounds):
        # The factory begins the next world while nobody waits for one, as before a :reset.
        await asyncio.sleep(0.2)
        began = time.perf_counter()
        world = factory.world(Limits.grading())
        ours.append(time.perf_counter() - began)
        world.close()
        other.append(run(["unshare", "-Urnmpf", "--mount-proc", "true"]))
    return compare("a fresh world / `unshare -Urnmpf --mount-proc true`", ours, other, "≤ 2")


async def one_line(live: LiveSession, rounds: int) -> Row:
    """A line with a program in it, typed at the prompt with its verdict, over the same line in a plain bash."""
    plain = await plain_bash(live.world)
    ours, other = [], []

    async def typed() -> None:
        await live.run("/bin/true", silent, TERMS)
        live.observe()

    for _ in range(5 * rounds):
        ours.append(await timed(typed))
        other.append(await timed(lambda: plain.run("/bin/true", silent, TERMS)))
    plain.close()
    mine, theirs = statistics.median(ours), statistics.median(other)
    return Row("one line over the same line in plain bash", ms(mine), ms(theirs), f"+ {ms(mine - theirs)}", "≤ + 3 ms")


async def verdict(live: LiveSession, rounds: int) -> Row:
    """A snapshot judged, against nine `ip -j` in the same lab."""
    plain = await plain_bash(live.world)
    for line in BRIDGE.splitlines():
        await live.run(line, silent, TERMS)
    asked = "for n in ximenqing-ns panjinlian-ns; do for o in link addr route; do ip -n $n -j $o; done; done"
    asked = f"{{ {asked}; for o in link addr route; do ip -j $o; done; }} >/dev/null"
    ours, other = [], []
    for index in range(5 * rounds):
        # Something must have changed, or the answer would come from memory.
        await live.run(f"ip link set wangpo mtu {1400 + index % 50}", silent, TERMS)
        began = time.perf_counter()
        live.look(frozenset({Kind.ROUTES}))
        live.session.observe(live.observation())
        ours.append(time.perf_counter() - began)
        other.append(await timed(lambda: plain.run(asked, silent, TERMS)))
    plain.close()
    return compare("a verdict on a 3-namespace lab / `ip -j link, addr, route` in each", ours, other, "≤ 0.25")


async def sighted(live: LiveSession, rounds: int) -> Row:
    """An echo that is watched on its way through the bridge, against one of which only the answer counts."""
    snapshot, world = live.look(), live.world
    watched, plain = (PingProbe("192.168.188.69", "ximenqing-ns", through) for through in ("wangpo", None))
    times: dict[PingProbe, list[float]] = {watched: [], plain: []}
    for _ in range(10 * rounds):
        for probe, seconds in times.items():
            seconds.append(await timed(lambda: ping(probe, snapshot, world.root, world.netns, 3.0)))  # noqa: B023
        await asyncio.sleep(0.05)  # the closing of its sockets, beside the loop, is not the next one's
    return compare("a sighted probe / a plain one, 3 namespaces", times[watched], times[plain], "≤ 1.3")


async def grading(plan: Plan, factory: WorldFactory, rounds: int) -> Row:
    """A whole submission, against the same script in a bare unshare."""
    submission = Submission("bench", tuple(BRIDGE.splitlines()))
    bare = ["unshare", "-Urnmpf", "--mount-proc", "sh", "-c", "mount -t tmpfs t /run; ip link set lo up; exec bash -s"]
    ours, other = [], []
    for _ in range(rounds):
        ours.append(await timed(lambda: grade(plan, submission, factory, GradingLimits())))
        other.append(run(bare, BRIDGE))
    return compare("grading a submission of `bridge` / the script in a bare `unshare`", ours, other, "≤ 1.5")


async def flood(live: LiveSession) -> Row:
    """Endless output at the learner's prompt."""
    lines = "yes | head -c 20M"
    null = os.open(os.devnull, os.O_WRONLY)
    ours = await timed(lambda: live.run(lines, lambda data: void(null, data), TERMS))
    other = run(["script", "-qc", lines, "/dev/null"])
    os.close(null)
    what = "`yes \\| head -c 20M`: speed / that of `script -c`"
    return Row(what, f"{20 / ours:.1f} MB/s", f"{20 / other:.1f} MB/s", f"{other / ours:.2f}", "≥ 0.5")


def void(descriptor: int, data: bytes) -> None:
    """Write it where nobody reads, as a terminal would take it."""
    os.write(descriptor, data)


async def many(plan: Plan, factory: WorldFactory, rounds: int) -> Row:
    """Cost per namespace of a look at 500 and at 50 of them."""
    cost = {}
    for number in (50, 500):
        limits = Limits(4096, None, 256 * MIB, 4096, number + 10, 128 * MIB, None)
        with factory.world(limits) as world, LiveSession(world, StepMachine(plan, Order.ANY)) as live:
            await live.open(silent)
            await live.run(f"for i in $(seq {number}); do ip netns add n$i; done", silent, TERMS)
            seconds = []
            for _ in range(rounds):
                live.snapshot = None
                began = time.perf_counter()
                live.look()
                seconds.append((time.perf_counter() - began) / number)
            cost[number] = seconds
    return compare("a look at 500 namespaces / at 50, per namespace", cost[500], cost[50], "≤ 1.2")


async def in_worlds(rounds: int) -> list[Row]:
    """What needs a judge."""
    lesson = load(find("bridge"))
    plan = Plan(lesson, compile_lesson(lesson))
    with WorldFactory() as factory:
        rows = [await fresh_world(factory, 2 * rounds)]
        with factory.world(Limits.learning()) as world, LiveSession(world, StepMachine(plan, Order.ANY)) as live:
            await live.open(silent)
            live.begin()
            rows += [await one_line(live, rounds), await verdict(live, rounds)]
            rows += [await sighted(live, rounds), await flood(live)]
        rows += [await grading(plan, factory, rounds), await many(plan, factory, rounds)]
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--class", type=int, default=200, dest="count", metavar="N", help="submissions in a class")
    rounds, count = vars(parser.parse_args()).values()
    rows = whole_processes(rounds) + one_file(rounds) + classes(count)
    become_supervisor()
    rows += asyncio.run(in_worlds(rounds))
    print("| what | ours | the other | ratio | budget |\n| --- | --- | --- | --- | --- |")
    for row in rows:
        print(f"| {row.what} | {row.ours} | {row.other} | {row.ratio} | {row.bound} |")
    load_average = Path("/proc/loadavg").read_text(encoding="ascii").split()[0]
    print(f"\nPython {sys.version.split()[0]}, Linux {os.uname().release}, load {load_average}")


if __name__ == "__main__":
    main()
