"""One lesson in one world: a line goes in, verdicts come out. The same path for `learn`, `check` and every proof."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Self

from nstutor.checks.base import Observation
from nstutor.kernel import process
from nstutor.kernel.basics import Kind
from nstutor.kernel.executions import Executions
from nstutor.kernel.registry import Registry
from nstutor.kernel.watching import Watching
from nstutor.lab.resource_monitor import ResourceMonitor
from nstutor.lab.world import ShellProcess, World
from nstutor.lesson.model import Step
from nstutor.session.outcome import LineOutcome
from nstutor.session.probe_cache import ProbeCache, rounds
from nstutor.session.steps import Order, StepMachine, StepUpdate
from nstutor.shell.bash import Bash
from nstutor.shell.levels import Level, levels
from nstutor.shell.marks import environment, make_nonce
from nstutor.shell.turn import Ended, LineResult, OutputCallback, RunOptions
from nstutor.text.names import HOST

if TYPE_CHECKING:
    from nstutor.kernel.basics import Execution
    from nstutor.kernel.model import Part, Snapshot
    from nstutor.kernel.observer import Observer
    from nstutor.kernel.probe_types import Probe

_LOG = logging.getLogger(__name__)
PROBED: frozenset[Part] = frozenset({Kind.NEIGHBOURS, Kind.FDB, Kind.REACH})
"""What is read beside a probe: what decides it, a stale neighbour that it fails by, and what it must leave behind."""
MEMORY = 2 << 30
"""Bytes that a learner's world may use."""
SHELL = ("/bin/bash", "--noediting", "-i")


class LiveSession:
    """Holds a world, its shell and the eyes of the kernel together, and tells the session what they see."""

    def __init__(
        self,
        world: World,
        session: StepMachine,
        terminal: str = "dumb",
        size: tuple[int, int] = (24, 80),
        memory: int = MEMORY,
    ) -> None:
        self.world = world
        self.session = session
        self.bash: Bash
        self._attached: list[Bash] = []
        self.snapshot: Snapshot | None = None
        """The newest one, read at `changed_at` by the loop's clock."""
        self.changed_at = 0.0
        self._terminal, self._size = terminal, size
        self._seen_parts: frozenset[Part] = frozenset()
        self._nonce = make_nonce()
        self.monitor = ResourceMonitor(world, memory)
        self._registry = Registry(world.root, world.netns)
        self._observer: Observer | None = None
        self.executions = Executions(on_exit=self._on_exit)
        self._watching = Watching(self.executions, self.monitor.sample)
        self._baseline: Snapshot | None = None
        """The snapshot up to which changes were told."""
        self._mid_line: list[Step] = []
        self._exits = 0
        self._judged: tuple[Snapshot | None, int, int, frozenset[int]] | None = None
        self._wanted: tuple[Probe, ...] = ()
        self.judging = True
        """Off while a world is set up, or rebuilt: nobody passes anything then that is not on record."""
        self.closed = False
        self.background: OutputCallback = lambda _: None
        self.shell_gone: Callable[[], None] = lambda: None
        """Called when the outermost shell ends while no line runs."""
        self.noticed: Callable[[], None] = lambda: None
        """Called when a program's end was reason to look: the event that told of the change is used up by that."""
        self.probes = ProbeCache(world)

    # --- the shell ------------------------------------------------------------------------------------------------

    async def open(self, show: OutputCallback) -> LineResult:
        """Start the outermost shell and wait for its first prompt; also again after it has exited."""
        self.bash = self._start(None, self._size)
        self.bash.background = lambda data: self.background(data)  # noqa: PLW0108 - it is set later
        self.bash.gone = lambda: self.shell_gone()  # noqa: PLW0108 - likewise
        return await self.bash.start(show)

    async def open_second(
        self, netns: str, show: OutputCallback, size: tuple[int, int] | None = None, *, own_files: bool = True
    ) -> Bash:
        """Start a shell beside it in this namespace, for close_second(). Raises UsageError, WorldDiedError, OSError.

        Without `own_files` it reads nothing that somebody may have written in the lab: no bashrc, no inputrc.
        """
        shell = SHELL if own_files else (SHELL[0], "--norc", "--noprofile", *SHELL[1:])
        self._attached.append(bash := self._start(None if netns == HOST else netns, size or self._size, shell))
        bash.background = show
        await bash.start(show)
        return bash

    def close_second(self, bash: Bash) -> None:
        """Hang up the terminal of a shell beside the outermost one."""
        self._attached.remove(bash)
        bash.close()

    def _start(self, netns: str | None, size: tuple[int, int], argv: Sequence[str] = SHELL) -> Bash:
        inputrc = "/etc/inputrc" if argv is SHELL else "/dev/null"
        variables = environment(self._nonce) | {"TERM": self._terminal, "HISTFILE": "", "INPUTRC": inputrc}
        shell = self.world.start_shell(argv, variables, *size, netns)
        self.watch(shell)
        return Bash(shell, self._nonce)

    async def reopen(self, show: OutputCallback) -> None:
        """Another outermost shell, after one that has ended. Raises WorldDiedError where that was the world's end."""
        ended = self.bash
        try:
            await self.open(show)
        finally:
            if self.bash is not ended:
                ended.close()

    def running(self) -> Execution | None:
        """The program that was started last and still runs."""
        return next((entry for entry in reversed(self.executions.since(0)) if entry.status is None), None)

    def watch(self, shell: ShellProcess) -> None:
        """Answer for what a shell of the lab's executes: each of them stands still until it is noted."""
        if shell.notify is not None:
            self._watching.add(shell.notify, shell.pid)

    async def run(self, line: str, show: OutputCallback, terms: RunOptions, bash: Bash | None = None) -> LineResult:
        """Type one line, into the outermost shell or another, and wait until that is ready again, or has ended."""
        if self._baseline is None:
            self._baseline = self.snapshot or self.look()
        turn = await (bash or self.bash).run(line, show, terms)
        self.monitor.sample()  # all that it started may be over by the next look
        if turn.ended is not Ended.INCOMPLETE:
            self.retry()
        return turn

    def namespace_stack(self, bash: Bash | None = None) -> tuple[str, ...]:
        """The namespaces of a terminal's shells from the outermost to the one in front; equal neighbours only once."""
        return tuple(level.netns for level in self.levels(bash))

    def levels(self, bash: Bash | None = None) -> tuple[Level, ...]:
        """The same, with the shells that were started in each of them behind the first one."""
        return levels((bash or self.bash).pty, self._registry.identities())

    def jobs(self) -> int:
        """How many programs run besides the shells from each outermost one to the one in front of it."""
        ours = (process.shells_on(bash.pty.master, bash.pty.pid) for bash in (self.bash, *self._attached))
        return self.world.processes() - sum(map(len, ours))

    # --- the kernel -----------------------------------------------------------------------------------------------

    @property
    def observer(self) -> Observer:
        """The observer of this world, made when it is first needed."""
        if self._observer is None:
            # Decoding costs an import that the first prompt does not wait for.
            from nstutor.kernel.observer import Observer

            self._observer = Observer(self.world.root, self.world.netns, self.bash.pty.pid)
        return self._observer

    def look(self, extra: frozenset[Part] = frozenset()) -> Snapshot:
        """The state as it is now, of what the session needs; read anew only if the kernel told of a change."""
        parts = self.session.needs() | extra | {Kind.ROUTES} | (PROBED if self.session.probing else frozenset())
        if self.snapshot is None or Kind.COUNTERS in parts or not parts <= self._seen_parts or self.observer.changed():
            self.snapshot = self.observer.snapshot(parts)
            self._seen_parts = parts
            self.changed_at = asyncio.get_running_loop().time()
            _LOG.debug("look: %s in %s", ", ".join(sorted(map(str, parts))), ", ".join(self.snapshot.namespaces))
        return self.snapshot

    def observation(self) -> Observation:
        """What checks may be judged from now, probes of this very state of the network included."""
        snapshot, now = self.snapshot or self.look(), asyncio.get_running_loop().time()
        where = self.namespace_stack()[-1] if self.bash.state.value != "gone" else None
        running = self.executions.newest_running() if Kind.LISTENERS in self.session.needs() else None
        return Observation(snapshot, self.executions.since(0), self.probes.results(snapshot), where, now, running)

    def reset_baseline(self) -> None:
        """Reset the baseline: changes up to now are not reported to the learner."""
        self._baseline = self.look()

    def begin(self) -> StepUpdate:
        """Show the session the untouched world; what it would want to have probed there."""
        self.look()
        return self.session.begin(self.observation())

    def observe(self) -> LineOutcome:
        """Look, and let the session judge; probes that it wants are not run."""
        before = self._baseline or self.snapshot
        after = self._baseline = self.look()
        progress = self._judge()
        passed = (*self._mid_line, *progress.passed)
        self._mid_line.clear()
        return LineOutcome(passed, bool(progress.wanted), before, after)

    def _judge(self) -> StepUpdate:
        """Let the session judge, unless nothing happened since it did."""
        if (seen := (self.snapshot, self.executions.last, self._exits, self.executions.running())) == self._judged:
            return StepUpdate(wanted=self._wanted)
        progress = self.session.observe(self.observation())
        self._judged, self._wanted = seen, progress.wanted
        return progress

    async def settle(self, until: float = float("inf"), *, brief: bool | None = None) -> tuple[Step, ...]:
        """Run the probes that the session wants, as long as the loop's clock allows; the steps that were passed."""
        return tuple([step async for steps in self.settling(until, brief=brief) for step in steps])

    def settling(self, until: float = float("inf"), *, brief: bool | None = None) -> AsyncIterator[tuple[Step, ...]]:
        """The same, round by round: what is passed is known before the next step's probes are tried.

        `brief` tries are over in a moment; the others last as long as the checks allow (`within`). Unless said, steps
        in turn have that time, for only the one at hand takes it; of all steps in any order none has it before the end.
        """
        brief = self.session.order is Order.ANY if brief is None else brief
        return self._rounds(self.session.observe, until, brief=brief)

    async def finish(self, until: float = float("inf")) -> tuple[Step, ...]:
        """The state at the end: judge every step. What a probe came to stands where the network is the same."""
        persistent = self.probes.persist(self.session, self.executions.last, self.look(PROBED))
        passed = self._rounds(self.session.finish, until, brief=not persistent)
        return tuple([step async for steps in passed for step in steps])

    def _rounds(
        self, judge: Callable[[Observation], StepUpdate], until: float, *, brief: bool
    ) -> AsyncIterator[tuple[Step, ...]]:
        return rounds(lambda: judge(self.observation()), partial(self.probe, brief=brief), until)

    async def probe(self, wanted: Sequence[Probe], most: float = float("inf"), *, brief: bool = False) -> None:
        """Run these, all at once, each as long as its checks allow; observation() has what they came to."""
        seconds = {probe: min(self.session.trial(probe, brief=brief), most) for probe in wanted}
        await self.probes.run(seconds, lambda: self.look(PROBED), tables=self.session.reads_tables)
        self._judged = None

    def retry(self) -> None:
        """Something was done: let every probe that a step at hand failed by be tried again.

        Whatever it was: not all that decides whether a packet arrives can be read.
        """
        if self.probes.forget(self.session.unheld()):
            self._judged = None

    def forget_probes(self) -> None:
        """Let every probe be tried again."""
        self.probes.forget()
        self._judged = None

    def _on_exit(self) -> None:
        """A program of the learner's is about to end: what it did stands, and nothing has happened since."""
        self._exits += 1
        if not self.judging or self._observer is None or not self._observer.changed():
            return
        self.look()
        self._mid_line += self._judge().passed
        self.noticed()

    def close(self) -> None:
        """Let go of everything that belongs to the world; the world itself is its factory's."""
        self.closed = True
        self.monitor.close()
        self._watching.close()
        self.shell_gone = lambda: None
        for bash in (*self._attached, *([self.bash] if hasattr(self, "bash") else [])):
            bash.close()
        if self._observer is not None:
            self._observer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
