"""One world in which a lesson is played: what was typed, which checks failed, what the learner was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from nstutor.checks.answer import parse_answer
from nstutor.checks.base import Status
from nstutor.grading.advice import advise
from nstutor.kernel.model import Kind, Snapshot
from nstutor.lab.limits import Limits
from nstutor.lab.world_factory import WorldFactory
from nstutor.lesson.model import Line, Question
from nstutor.proof.model import Command
from nstutor.session.live import LiveSession
from nstutor.session.settle import begin_at_rest, wait_until_settled
from nstutor.session.setup import play_setup
from nstutor.session.step_state import StepState
from nstutor.session.steps import Order, Plan, StepMachine
from nstutor.shell.turn import Ended, LineResult, RunOptions

SECONDS = 30.0
"""For one command of a lesson."""
SEEN = frozenset({Kind.ROUTES, Kind.TABLES, Kind.RULES})


@dataclass
class Playback:
    """One world, one session, and what came of it so far."""

    live: LiveSession
    told: list[str] = field(default_factory=list)
    failed: set[int] = field(default_factory=set)
    """Lines of the checks that failed at some moment."""
    took: dict[int, float] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    late: list[Command] = field(default_factory=list)
    """Commands that had to be ended."""
    gone: bool = False
    """The outermost shell has ended."""
    _ready_at: float | None = None

    @property
    def session(self) -> StepMachine:
        """The session of this world."""
        return self.live.session

    async def type(self, lines: Sequence[Line], seconds: float = SECONDS) -> None:
        """Type the lines, observing after each command as the program does; each may take so many seconds."""
        pending: list[Line] = []
        for line in lines:
            if self.gone:
                return
            pending.append(line)
            executed = self.live.executions.last
            turn = await self._type(line, seconds)
            if turn.ended is not Ended.INCOMPLETE:
                count = self.live.executions.last - executed
                self._note(Command(tuple(one.text for one in pending), pending[0].number, turn.seconds, count), turn)
                pending.clear()
        await self._persist()

    def _note(self, command: Command, turn: LineResult) -> None:
        if any(line.strip() and not line.lstrip().startswith("#") for line in command.lines):
            self.commands.append(command)
        if turn.ended is Ended.TIMEOUT:
            self.late.append(command)

    async def _type(self, line: Line, seconds: float) -> LineResult:
        live = self.live
        before = live.snapshot or live.look()
        where = live.namespace_stack()[-1]
        turn = await live.run(line.text, lambda _: None, RunOptions(seconds, pace=True))
        self.gone = turn.ended is Ended.GONE
        if turn.ended is Ended.INCOMPLETE:
            return turn
        self._ready_at = asyncio.get_running_loop().time()
        await self.observe(seconds)
        advice = advise(live, turn, before, where)
        if advice is not None:
            self.told += [advice.text, advice.command or ""]
        return turn

    async def observe(self, seconds: float = SECONDS) -> None:
        """Judge what is there now, as after each command: probes are tried once, what the kernel does is waited for."""
        probing = self.live.observe().probing
        self._keep_verdicts()
        if probing:
            await self.live.settle(brief=True)
            self._keep_verdicts()
        await wait_until_settled(self.live, seconds)
        self._keep_verdicts()

    async def _persist(self) -> None:
        """IN_TURN: the lines are typed, and the probes of the step at hand get all of their time."""
        if self.session.order is Order.IN_TURN and self.session.unheld():
            self.live.retry()
            await self.live.settle()
            self._keep_verdicts()

    def _keep_verdicts(self) -> None:
        for state in self.session.states:
            self._keep_verdicts_of(state)

    def _keep_verdicts_of(self, state: StepState) -> None:
        for check, verdict in zip(self.session.plan.checks[state.step.id], state.verdicts, strict=False):
            if verdict.status is Status.FAILED:
                self.failed.add(check.line)
            if not verdict.passed:
                self.took.pop(check.line, None)
            elif self._ready_at is not None:
                self.took.setdefault(check.line, asyncio.get_running_loop().time() - self._ready_at)

    async def finish(self) -> None:
        """Judge every step as things stand at the end."""
        await self.live.finish()
        self._keep_verdicts()

    async def answer(self, step: int) -> list[Question]:
        """Answer the open questions of the step with this index, if it is at hand.

        Those that the kernel has no answer to in this state are returned.
        """
        session, unanswerable = self.session, list[Question]()
        while session.position == step and (index := session.open_question()) is not None:
            question = session.states[step].step.questions[index]
            if question.answer and not self._has_answer(question.answer):
                unanswerable.append(question)
            session.answer(index, self.live.observation())
        # What the answers passed may have made the next step want a probe.
        await self.live.settle()
        self._keep_verdicts()
        return unanswerable

    def _has_answer(self, line: Line) -> bool:
        answer = parse_answer(line, self.session.plan.lesson.path)
        return answer.read(self.live.look(answer.needs)) is not None

    def look(self) -> Snapshot:
        """All of the state that the proof compares."""
        return self.live.look(SEEN)

    def namespace_stack(self) -> tuple[str, ...]:
        """The namespaces of the shells, the outermost first; none when it has ended."""
        return () if self.gone else self.live.namespace_stack()

    def skip(self, index: int) -> None:
        """IN_TURN: go on behind the step with this index as if it had been passed."""
        self.session.restore(index, self.live.executions.last)
        self.session.skip_to(index + 1)

    def messages(self, index: int) -> list[str]:
        """What the checks of a step say to the learner."""
        verdicts = [verdict for verdict in self.session.states[index].verdicts if not verdict.passed]
        return [text for verdict in verdicts for text in (verdict.message, verdict.advice) if text]


@asynccontextmanager
async def stage(plan: Plan, factory: WorldFactory, order: Order) -> AsyncIterator[Playback]:
    """A fresh world with the lesson's setup, a shell in it, and a session that has seen it untouched."""
    with factory.world(Limits.grading()) as world, LiveSession(world, StepMachine(plan, order)) as live:
        await live.open(lambda _: None)
        await play_setup(live)
        await begin_at_rest(live)
        play = Playback(live)
        # The first step's verdicts are of the untouched world; those of the others of the end of the step before.
        await play.observe()
        yield play
