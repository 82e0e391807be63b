"""Plays one lesson in fresh worlds and prints as JSON what came of each of its solutions and wrong attempts.

A program of its own, because it becomes a judge: `python prover.py FILE.md`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nstutor.checks.answer import parse_answer
from nstutor.checks.registry import compile_lesson
from nstutor.coach.advice import Attempt
from nstutor.coach.explain import explain
from nstutor.conductor import Conductor
from nstutor.lab.judge import become_judge
from nstutor.lab.world import Limits, Maker
from nstutor.lesson.model import Lesson, Script, Step
from nstutor.lesson.parse import load
from nstutor.session import Order, Plan, Session
from nstutor.shell.turn import Ended, Terms

TERMS = Terms(20.0, pace=True)


def lines_of(scripts: Iterable[Script]) -> list[str]:
    """The lines of some scripts, one after the other."""
    return [line.text for script in scripts for line in script.lines]


@dataclass
class Play:
    """One world, one session, and all that a learner would have been told."""

    conductor: Conductor
    told: list[str] = field(default_factory=list)

    async def type(self, lines: Sequence[str]) -> None:
        """Type the lines, observing after each command as the program does."""
        for line in lines:
            before = self.conductor.snapshot or self.conductor.look()
            where = self.conductor.standing()[-1]
            turn = await self.conductor.run(line, lambda _: None, TERMS)
            if turn.ended is Ended.MORE:
                continue
            if self.conductor.observe().probing:
                await self.conductor.settle()
            output = turn.output.decode(errors="replace")
            after = self.conductor.snapshot or before
            advice = explain(Attempt(line, output, turn.status or 0, where, before, after))
            if advice is not None:
                self.told += [advice.text, advice.command or ""]

    async def answer(self) -> str | None:
        """Answer the open questions of the step at hand; what is wrong with one, if anything."""
        session = self.conductor.session
        while (index := session.open_question()) is not None and session.current is not None:
            question = session.current.step.questions[index]
            step = session.position
            if question.answer and parse_answer(question.answer, "").read(self.conductor.look()) is None:
                return f"question {index + 1} of {session.current.step.id} has no answer in this state"
            session.answer(index, self.conductor.scene())
            if session.position != step:
                break
        return None

    def messages(self, index: int) -> list[str]:
        """What the checks of a step say."""
        return [verdict.message for verdict in self.conductor.session.states[index].verdicts if not verdict.passed]


class Prover:
    """Proves one lesson."""

    def __init__(self, lesson: Lesson, maker: Maker) -> None:
        self.lesson, self.maker = lesson, maker
        self.plan = Plan(lesson, compile_lesson(lesson))

    async def in_turn(self, chosen: dict[int, int]) -> list[str]:
        """Play the lesson step by step, with alternative solutions for the chosen steps; what went wrong."""
        faults = []
        with self.maker.world(Limits.grading()) as world, Conductor(world, Session(self.plan, Order.IN_TURN)) as conductor:
            await conductor.open(lambda _: None)
            conductor.begin()
            play = Play(conductor)
            last = max(chosen) + 1 if chosen else len(self.lesson.steps)
            for index, step in enumerate(self.lesson.steps[:last]):
                if conductor.session.position > index and not conductor.session.states[index].vacuous:
                    faults.append(f"{step.id} was passed before its solution")
                await play.type(lines_of([step.solutions[chosen.get(index, 0)]]))
                if (fault := await play.answer()) is not None:
                    faults.append(fault)
                if conductor.session.position <= index:
                    faults.append(f"{step.id} is not passed by its solution: {play.messages(index)}")
        return faults

    async def in_one_go(self) -> list[str]:
        """Type the whole solution as a submission; the steps that it loses."""
        with self.maker.world(Limits.grading()) as world, Conductor(world, Session(self.plan, Order.ANY)) as conductor:
            await conductor.open(lambda _: None)
            conductor.begin()
            play = Play(conductor)
            await play.type(lines_of(step.solutions[0] for step in self.lesson.steps))
            await conductor.finish()
            states = conductor.session.states
            lost = [index for index, state in enumerate(states) if self.plan.checks[state.step.id] and not state.reached]
            return [f"{states[index].step.id}: {play.messages(index)}" for index in lost]

    async def wrong(self, index: int, number: int) -> dict[str, object]:
        """Play a wrong attempt where its step begins; whether the step was reached, and what the learner was told."""
        step = self.lesson.steps[index]
        attempt = step.wrongs[number]
        with self.maker.world(Limits.grading()) as world, Conductor(world, Session(self.plan, Order.ANY)) as conductor:
            await conductor.open(lambda _: None)
            conductor.begin()
            play = Play(conductor)
            if not attempt.from_empty:
                await play.type(lines_of(earlier.solutions[0] for earlier in self._before(index, step)))
            play.told.clear()
            await play.type(lines_of([attempt.script]))
            await conductor.finish()
            told = play.told + play.messages(index)
            return {"reached": conductor.session.states[index].reached, "told": told}

    def _before(self, index: int, step: Step) -> list[Step]:
        """The steps that a step builds on; those that only look leave nothing behind."""
        return [earlier for earlier in self.lesson.steps[:index] if not self.plan.looks(earlier) or earlier.id == step.id]


async def prove(lesson: Lesson, maker: Maker) -> dict[str, object]:
    """Everything about the lesson."""
    prover = Prover(lesson, maker)
    alternatives, wrongs = {}, {}
    for index, step in enumerate(lesson.steps):
        for number in range(1, len(step.solutions)):
            alternatives[f"{step.id}/{number}"] = await prover.in_turn({index: number})
        for number, attempt in enumerate(step.wrongs):
            wrongs[f"{step.id}/{attempt.name}"] = await prover.wrong(index, number)
    return {
        "in_turn": await prover.in_turn({}),
        "in_one_go": await prover.in_one_go(),
        "alternatives": alternatives,
        "wrongs": wrongs,
    }


def main() -> None:
    """Prove the lesson named on the command line."""
    become_judge()
    with Maker() as maker:
        print(json.dumps(asyncio.run(prove(load(sys.argv[1]), maker))))


if __name__ == "__main__":
    main()
