"""Plays one lesson in fresh worlds, each time in another way, and says what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

from nstutor.lab.world_factory import WorldFactory
from nstutor.lesson.model import Line, Script, Step
from nstutor.proof.model import Command, Finding, Kind, Mutant, MutantResult, Outcome, StepReference, Task
from nstutor.proof.playback import SECONDS, Playback, stage
from nstutor.proof.state import names_of, state_of
from nstutor.session.steps import Order, Plan

LEARNED = ("neigh", "fdb")
"""Families whose facts come from traffic: a ping of a step that only looks may be what makes them hold."""


class Prover:
    """Proves one lesson, one task at a time."""

    def __init__(self, plan: Plan, factory: WorldFactory) -> None:
        self._plan, self._maker = plan, factory
        self._steps = plan.lesson.steps

    async def run(self, task: Task) -> Outcome:
        """Play what the task asks for."""
        match task.kind:
            case Kind.REFERENCE:
                return await self.reference()
            case Kind.ALTERNATIVE:
                return await self.alternative(task.step, task.number, task.reference)
            case Kind.ONE_GO:
                lines = [line for step in self._steps for line in step.solutions[0].lines]
                return await self.submission(lines, "is lost when the whole solution is typed in one go", looks=True)
            case Kind.ALL:
                script = self._plan.lesson.solutions_all[task.number]
                where = f"is not passed by the `solution all` in line {script.lines[0].number}"
                return await self.submission(script.lines, where, looks=False)
            case Kind.WRONG:
                return await self.wrong(task.step, task.number, task.reference)
            case Kind.MUTANT:
                assert task.mutant is not None
                return await self.mutant(task.mutant, task.reference)

    async def reference(self) -> Outcome:
        """The steps in turn, each with its first solution."""
        findings: list[Finding] = []
        references: list[StepReference] = []
        failed = len(self._steps)
        async with stage(self._plan, self._maker, Order.IN_TURN) as play:
            for index, step in enumerate(self._steps):
                findings += self._before(play, index)
                reference, wrong = await self._solve(play, index, step.solutions[0])
                references.append(reference)
                findings += wrong
                if play.session.position <= index:
                    play.skip(index)
                    await play.observe()
                    failed = min(index, failed)
            return Outcome(tuple(findings), frozenset(play.failed), dict(play.took), tuple(references[:failed]))

    async def alternative(self, index: int, number: int, reference: Sequence[StepReference]) -> Outcome:
        """The steps up to this one, solved by another of its solutions."""
        async with stage(self._plan, self._maker, Order.IN_TURN) as play:
            await self._reach(play, index, reference)
            _, findings = await self._solve(play, index, self._steps[index].solutions[number])
            return Outcome(tuple(findings), frozenset(play.failed))

    async def submission(self, lines: Sequence[Line], what: str, *, looks: bool) -> Outcome:
        """Type lines as a submission; each step that it should pass and does not is a finding.

        With `looks`, the steps that only look must be passed as well.
        """
        async with stage(self._plan, self._maker, Order.ANY) as play:
            await play.type(lines)
            await play.finish()
            findings = _too_long(play, "")
            for index, (step, state) in enumerate(zip(self._steps, play.session.states, strict=True)):
                counts = self._plan.checks[step.id] and (looks or not self._plan.only_looks(step))
                if counts and not state.reached:
                    findings.append(Finding(step.line, _with_reasons(f"this step {what}", play, index), step.id))
            return Outcome(tuple(findings), frozenset(play.failed))

    async def wrong(self, index: int, number: int, reference: Sequence[StepReference]) -> Outcome:
        """A wrong attempt: it must not pass its step, and its words must be said."""
        step = self._steps[index]
        attempt = step.wrongs[number]
        async with stage(self._plan, self._maker, Order.ANY) as play:
            if not attempt.from_empty:
                for earlier in self._needed(index, reference):
                    await play.type(self._steps[earlier].solutions[0].lines)
            play.told.clear()
            await play.type(attempt.script.lines)
            await play.finish()
            told = [*play.told, *play.messages(index)]
            findings = []
            if play.session.states[index].reached:
                findings.append(Finding(attempt.line, f"the wrong attempt `{attempt.name}` passes its step", step.id))
            elif not any(attempt.expected in text for text in told):
                findings.append(Finding(self._words_line(attempt.line), _unsaid(attempt.expected, told), step.id))
            return Outcome(tuple(findings), frozenset(play.failed))

    async def mutant(self, mutant: Mutant, reference: Sequence[StepReference]) -> Outcome:
        """A solution with a slip: whether its own step or a later one fails by it."""
        async with stage(self._plan, self._maker, Order.IN_TURN) as play:
            await self._reach(play, mutant.step, reference)
            typed = [Line(text, mutant.number) for text in mutant.lines]
            await play.type(typed, mutant.seconds)
            await play.answer(mutant.step)
            fate = await self._fate(play, mutant, reference)
            return Outcome(
                self._unnoticed(mutant, play, reference) if fate is MutantResult.UNNOTICED else (),
                frozenset(play.failed),
                fate=fate,
            )

    async def _fate(self, play: Playback, mutant: Mutant, reference: Sequence[StepReference]) -> MutantResult | None:
        """None where it takes a step to know that its own solution does not pass."""
        for index in range(mutant.step, len(reference)):
            if index > mutant.step and play.session.position <= index:
                await play.type(self._steps[index].solutions[0].lines)
                await play.answer(index)
            if play.session.position <= index:
                return MutantResult.NOTICED
            same = _stands_as(play, reference[index])
            if same and mutant.excusable:
                return MutantResult.EQUIVALENT
            if same and index == len(self._steps) - 1:
                return MutantResult.UNNOTICED
        return MutantResult.UNNOTICED if len(reference) == len(self._steps) else None

    def _unnoticed(self, mutant: Mutant, play: Playback, reference: Sequence[StepReference]) -> tuple[Finding, ...]:
        here, there = state_of(play.look()), reference[-1].after
        differs = [*(f"no `{line}`" for line in sorted(there - here)), *(f"`{line}`" for line in sorted(here - there))]
        end = f"; at the end there is {', '.join(differs[:2])}" if differs else ""
        return (Finding(mutant.number, f"{mutant.words} is not noticed{end}", self._steps[mutant.step].id),)

    # --- parts of a play ------------------------------------------------------------------------------------------

    def _before(self, play: Playback, index: int) -> list[Finding]:
        """Whether the step fails before its solution, as it must unless it says why not."""
        step, verdicts = self._steps[index], play.session.states[index].verdicts
        holds = play.session.position > index or (bool(verdicts) and all(verdict.passed for verdict in verdicts))
        if holds and not step.already:
            words = "this step holds before its solution; if it may, say so: ```check already: REASON"
            return [Finding(_first_check(step), words, step.id)]
        if step.already and not holds:
            return [Finding(_first_check(step), "this step says `already` and fails before its solution", step.id)]
        return []

    async def _solve(self, play: Playback, index: int, script: Script) -> tuple[StepReference, list[Finding]]:
        """Type a solution and answer the questions; what it did, and what keeps the step from being passed."""
        before = play.look()
        play.commands.clear()
        await play.type(script.lines)
        unanswerable = await play.answer(index)
        step, after = self._steps[index], play.look()
        findings = _too_long(play, step.id)
        findings += [
            Finding(question.line, "the kernel has no answer to this question after the solution", step.id)
            for question in unanswerable
        ]
        if play.session.position <= index:
            findings += self._failures(play, index, script)
        names = names_of((before, after))
        reference = StepReference(
            tuple(play.commands), state_of(before), state_of(after), play.namespace_stack(), names
        )
        return reference, findings

    def _failures(self, play: Playback, index: int, script: Script) -> list[Finding]:
        step, verdicts = self._steps[index], play.session.states[index].verdicts
        judged = zip(self._plan.checks[step.id], verdicts, strict=False)
        failed = [(check.line, verdict.message) for check, verdict in judged if not verdict.passed]
        where = script.lines[0].number
        words = f"the step is not passed by the solution in line {where}"
        return [Finding(line, f"{words}: {message}", step.id) for line, message in failed[:1]] or [
            Finding(step.line, words, step.id)
        ]

    async def _reach(self, play: Playback, index: int, reference: Sequence[StepReference]) -> None:
        """Play the steps before this one; those that leave nothing behind are passed over."""
        needed = self._needed(index, reference)
        for earlier in range(index):
            if earlier in needed:
                await play.type(self._steps[earlier].solutions[0].lines)
                await play.answer(earlier)
            if play.session.position <= earlier:
                play.skip(earlier)
        await play.observe()

    def _needed(self, index: int, reference: Sequence[StepReference]) -> list[int]:
        """The steps that must be played so that this one can be."""
        learns = any(line.text.removeprefix("not ").startswith(LEARNED) for _, line in self._plan.lesson.check_lines())
        looks = [
            self._plan.only_looks(step) and step_reference.changes_nothing and not learns
            for step, step_reference in zip(self._steps, reference, strict=False)
        ]
        return [earlier for earlier in range(index) if not looks[earlier]]

    def _words_line(self, start: int) -> int:
        """The line of a wrong attempt's `=> WORDS`."""
        source = self._plan.lesson.source
        return next((n for n in range(start, len(source) + 1) if source[n - 1].lstrip().startswith("=>")), start)


def _stands_as(play: Playback, reference: StepReference) -> bool:
    return play.namespace_stack() == reference.namespace_stack and state_of(play.look()) == reference.after


def _first_check(step: Step) -> int:
    return step.checks[0].number if step.checks else step.line


def _too_long(play: Playback, step: str) -> list[Finding]:
    late = list[Command](play.late)
    play.late.clear()
    return [Finding(one.number, f"this command did not end within {SECONDS:.0f} s", step) for one in late]


def _with_reasons(text: str, play: Playback, index: int) -> str:
    reasons = play.messages(index)
    return f"{text}: {reasons[0]}" if reasons else text


def _unsaid(expected: str, told: Sequence[str]) -> str:
    said = [text for text in dict.fromkeys(told) if text]
    return f"the learner does not read `{expected}`, but " + ("; ".join(f"`{text}`" for text in said) or "nothing")
