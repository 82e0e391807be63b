"""One world in which a lesson is played: what was typed, which checks failed, what the learner was told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from nstutor.checks.answer import parse_answer
from nstutor.checks.base import Status
from nstutor.coach.advice import Attempt
from nstutor.coach.explain import explain
from nstutor.conductor import Conductor
from nstutor.kernel.model import Kind, Snapshot
from nstutor.lab.world import Limits, Maker
from nstutor.lesson.model import Line, Question
from nstutor.patience import begin_at_rest, outwait
from nstutor.proof.model import Command
from nstutor.session import Order, Plan, Session, StepState
from nstutor.shell.turn import Ended, Terms, Turn

SECONDS = 30.0
"""For one command of a lesson."""
SEEN = frozenset({Kind.ROUTES, Kind.TABLES, Kind.RULES})


@dataclass
class Play:
    """One world, one session, and what came of it so far."""

    conductor: Conductor
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
    def session(self) -> Session:
        """The session of this world."""
        return self.conductor.session

    async def type(self, lines: Sequence[Line], seconds: float = SECONDS) -> None:
        """Type the lines, observing after each command as the program does; each may take so many seconds."""
        pending: list[Line] = []
        for line in lines:
            if self.gone:
                return
            pending.append(line)
            executed = self.conductor.executions.last
            turn = await self._type(line, seconds)
            if turn.ended is not Ended.MORE:
                count = self.conductor.executions.last - executed
                self._note(Command(tuple(one.text for one in pending), pending[0].number, turn.seconds, count), turn)
                pending.clear()
        await self._persist()

    def _note(self, command: Command, turn: Turn) -> None:
        if any(line.strip() and not line.lstrip().startswith("#") for line in command.lines):
            self.commands.append(command)
        if turn.ended is Ended.TIMEOUT:
            self.late.append(command)

    async def _type(self, line: Line, seconds: float) -> Turn:
        conductor = self.conductor
        before = conductor.snapshot or conductor.look()
        where = conductor.standing()[-1]
        turn = await conductor.run(line.text, lambda _: None, Terms(seconds, pace=True))
        self.gone = turn.ended is Ended.GONE
        if turn.ended is Ended.MORE:
            return turn
        self._ready_at = asyncio.get_running_loop().time()
        await self.observe(seconds)
        output = turn.output.decode(errors="replace")
        advice = explain(Attempt(line.text, output, turn.status or 0, where, before, conductor.snapshot or before))
        if advice is not None:
            self.told += [advice.text, advice.command or ""]
        return turn

    async def observe(self, seconds: float = SECONDS) -> None:
        """Judge what is there now, as after each command: probes are tried once, what the kernel does is waited for."""
        probing = self.conductor.observe().probing
        self._keep_verdicts()
        if probing:
            await self.conductor.settle(brief=True)
            self._keep_verdicts()
        await outwait(self.conductor, seconds)
        self._keep_verdicts()

    async def _persist(self) -> None:
        """IN_TURN: the lines are typed, and the probes of the step at hand get all of their time."""
        if self.session.order is Order.IN_TURN and self.session.unheld():
            self.conductor.retry()
            await self.conductor.settle()
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
        await self.conductor.finish()
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
            session.answer(index, self.conductor.scene())
        # What the answers passed may have made the next step want a probe.
        await self.conductor.settle()
        self._keep_verdicts()
        return unanswerable

    def _has_answer(self, line: Line) -> bool:
        answer = parse_answer(line, self.session.plan.lesson.path)
        return answer.read(self.conductor.look(answer.needs)) is not None

    def look(self) -> Snapshot:
        """All of the state that the proof compares."""
        return self.conductor.look(SEEN)

    def standing(self) -> tuple[str, ...]:
        """The namespaces of the shells, the outermost first; none when it has ended."""
        return () if self.gone else self.conductor.standing()

    def skip(self, index: int) -> None:
        """IN_TURN: go on behind the step with this index as if it had been passed."""
        self.session.restore(index, self.conductor.executions.last)
        self.session.skip_to(index + 1)

    def messages(self, index: int) -> list[str]:
        """What the checks of a step say to the learner."""
        verdicts = [verdict for verdict in self.session.states[index].verdicts if not verdict.passed]
        return [text for verdict in verdicts for text in (verdict.message, verdict.advice) if text]


@asynccontextmanager
async def stage(plan: Plan, maker: Maker, order: Order) -> AsyncIterator[Play]:
    """A fresh world with the lesson's setup, a shell in it, and a session that has seen it untouched."""
    with maker.world(Limits.grading()) as world, Conductor(world, Session(plan, order)) as conductor:
        await conductor.open(lambda _: None)
        await conductor.play_setup()
        await begin_at_rest(conductor)
        play = Play(conductor)
        # The first step's verdicts are of the untouched world; those of the others of the end of the step before.
        await play.observe()
        yield play
