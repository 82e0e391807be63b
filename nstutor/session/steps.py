"""The step machine: which steps are passed, what still fails and why. It does no I/O.

Snapshots, executions, probe results and answers come to it as data; what it wants probed it says. `learn` takes the
steps in their order, `check` counts each step whenever it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from nstutor import NamedTuple
from nstutor.checks.base import PASSED, Check, Observation
from nstutor.checks.plan import Plan
from nstutor.checks.standing import Standing
from nstutor.lesson.model import Step
from nstutor.session.step_state import StepState

__all__ = ["Order", "Plan", "StepMachine", "StepUpdate"]

if TYPE_CHECKING:
    from nstutor.kernel.model import Part
    from nstutor.kernel.probe_types import Probe


class Order(Enum):
    """How steps count."""

    IN_TURN = "in turn"
    """`learn`: one after another."""
    ANY = "any"
    """`check`: each whenever it holds."""


class StepUpdate(NamedTuple):
    """What one observation came to."""

    passed: tuple[Step, ...] = ()
    """Steps that were passed by it, in their order."""
    wanted: tuple[Probe, ...] = ()
    """Probes without which the observation cannot be finished; observe again with their results."""


@dataclass(eq=False, repr=False)
class StepMachine:
    """One run of a lesson."""

    plan: Plan
    order: Order
    states: list[StepState] = field(init=False)
    position: int = 0
    """IN_TURN: index of the step at hand; equal to the number of steps when all are passed."""

    _needs: dict[str, frozenset[Part]] = field(default_factory=dict, init=False, repr=False)
    _standing: Standing = field(default_factory=Standing, init=False, repr=False)

    def __post_init__(self) -> None:
        self.states = [StepState(step) for step in self.plan.lesson.steps]

    @property
    def current(self) -> StepState | None:
        """IN_TURN: the step at hand; None when the lesson is done."""
        return self.states[self.position] if self.position < len(self.states) else None

    @property
    def complete(self) -> bool:
        """Whether every step that counts was passed."""
        return all(state.reached or self.plan.looks(state.step) for state in self.states)

    def needs(self) -> frozenset[Part]:
        """What a snapshot must hold for the steps that are still open."""
        return frozenset().union(*(self._needs_of(state.step) for state in self._open()))

    def _needs_of(self, step: Step) -> frozenset[Part]:
        # It is asked with each look, and is always the same.
        if step.id not in self._needs:
            self._needs[step.id] = frozenset(part for check in self.plan.checks[step.id] for part in check.needs)
        return self._needs[step.id]

    def begin(self, observation: Observation) -> StepUpdate:
        """Look at the untouched world, before anything is typed: a step that holds in it proves nothing yet."""
        wanted: list[Probe] = []
        for state in self.states:
            # What the lesson's setup executed is nothing that the learner ran.
            state.since = observation.executions[-1].serial if observation.executions else 0
            verdicts, asks = state.judge(self._checks(state), observation)
            wanted += asks
            state.verdicts = verdicts
            state.initially_true = bool(verdicts) and all(verdict.passed for verdict in verdicts)
        return StepUpdate(wanted=tuple(dict.fromkeys(wanted)))

    def observe(self, observation: Observation) -> StepUpdate:
        """Judge the open steps in this observation and pass those that hold."""
        self._standing.note(observation)
        return self._observe_in_turn(observation) if self.order is Order.IN_TURN else self._observe_any(observation)

    def answer(self, question: int, observation: Observation) -> StepUpdate:
        """IN_TURN: the current step's question with this index was answered rightly."""
        state = self.current
        if state is None:
            return StepUpdate()
        state.answered |= {question}
        return self.observe(observation)

    def reply(self, index: int, question: int, *, right: bool) -> None:
        """ANY: the first answer to a question of the step with this index. It is judged with the next observation."""
        state = self.states[index]
        state.answered |= {question} if right else frozenset()
        state.wrong |= frozenset() if right else {question}

    def open_question(self) -> int | None:
        """IN_TURN: index of the current step's next question without an answer."""
        state = self.current
        if state is None:
            return None
        return next((i for i in range(len(state.step.questions)) if i not in state.answered), None)

    def restore(self, index: int, newest: int) -> None:
        """A step was passed before, when `newest` was the serial of the newest execution."""
        self.states[index].reached = True
        self._leave_behind(index, newest)

    def skip_to(self, position: int) -> None:
        """IN_TURN: go on at this step."""
        self.position = position

    def renewed(self, plan: Plan) -> StepMachine:
        """IN_TURN: a session of the lesson as it was changed, which stands where this one does; ids tell the steps."""
        renewed = StepMachine(plan, self.order)
        known = {state.step.id: state for state in self.states}
        newest = max((state.since for state in self.states), default=0)
        for state in renewed.states:
            old = known.get(state.step.id)
            state.since = newest if old is None else old.since
            if old is not None:
                state.reached, state.holds, state.initially_true = old.reached, old.holds, old.initially_true
                asked = zip(state.step.questions, old.step.questions, strict=False)
                same = {index for index, (new, before) in enumerate(asked) if new.asks_the_same(before)}
                state.answered = old.answered & same
        renewed.position = self._position_among([state.step.id for state in renewed.states])
        return renewed

    def _position_among(self, ids: Sequence[str]) -> int:
        """Where the step at hand is now; if it is gone, behind the nearest step before it that is still there."""
        if self.current and self.current.step.id in ids:
            return ids.index(self.current.step.id)
        before = [state.step.id for state in self.states[: self.position] if state.step.id in ids]
        return ids.index(before[-1]) + 1 if before else 0

    def finish(self, observation: Observation) -> StepUpdate:
        """Judge every step as things stand at the end; `holds` is of this moment, as is what unreached steps lack."""
        self._standing.note(observation)
        progress = self._observe_any(observation)
        wanted = list(progress.wanted)
        for state in self.states:
            verdicts, asks = state.judge(self._checks(state), observation)
            wanted += asks
            state.holds = all(verdict.passed for verdict in verdicts) and self._has_all(state)
        return StepUpdate(progress.passed, tuple(dict.fromkeys(wanted)))

    def patience(self) -> float:
        """Seconds after a change for which an open step may still come true by itself (`within`); 0 if none may."""
        return max((state.patience(self._checks(state)) for state in self._at_hand()), default=0.0)

    @property
    def silent(self) -> bool:
        """Whether a step at hand reads something of whose changes no event tells: then it must be looked at again.

        Much of what decides whether a packet arrives is of that kind.
        """
        from nstutor.kernel.model import silent

        return self.probing or any(silent(check.needs) for state in self._at_hand() for check in self._checks(state))

    @property
    def probing(self) -> bool:
        """Whether a step at hand hangs on nothing but probes."""
        from nstutor.checks.pending import only_probes_are_missing

        return any(only_probes_are_missing(state.judged(self._checks(state))) for state in self._at_hand())

    @property
    def reads_tables(self) -> bool:
        """Whether a check asks for neighbours or forwarding entries, which packets leave behind."""
        from nstutor.kernel.model import Kind

        checks = (check for checks in self.plan.checks.values() for check in checks)
        return any(check.probe is None and check.needs & {Kind.NEIGHBOURS, Kind.FDB} for check in checks)

    def unheld(self) -> frozenset[Probe]:
        """The probes by which a step at hand failed when it was judged last."""
        from nstutor.checks.pending import unheld

        return frozenset().union(*(unheld(state.judged(self._checks(state))) for state in self._at_hand()))

    def _at_hand(self) -> list[StepState]:
        if self.order is Order.IN_TURN:
            return [self.current] if self.current else []
        return [state for state in self.states if not state.reached]

    def trial(self, probe: Probe, *, brief: bool) -> float:
        """Seconds that a try of this probe may take; with `brief` it is one of many, after a command."""
        from nstutor.checks.pending import trial

        at_hand = [self.current] if self.order is Order.IN_TURN and self.current else self.states
        asking = [check for state in at_hand for check in self._checks(state) if check.probe == probe]
        return trial(asking, brief=brief) if asking else self.within(probe)

    def within(self, probe: Probe) -> float:
        """Seconds that the answer to a probe may take; the most that a check gives it."""
        return max(check.within for checks in self.plan.checks.values() for check in checks if check.probe == probe)

    # --- one step -------------------------------------------------------------------------------------------------

    def _checks(self, state: StepState) -> tuple[Check, ...]:
        return self.plan.checks[state.step.id]

    def _open(self) -> Iterable[StepState]:
        if self.order is Order.IN_TURN:
            return self.states[self.position :]
        return self.states

    def _complete(self, state: StepState) -> bool:
        """Whether a step is passed by what its last verdicts say."""
        if not all(verdict.passed for verdict in state.verdicts):
            return False
        if self.order is Order.ANY:
            return self._has_all(state)
        return len(state.answered) == len(state.step.questions)

    def _has_all(self, state: StepState) -> bool:
        """ANY: whether there is something to judge, and what must be answered was."""
        asks = self.plan.asks(state.step)
        return bool(self._checks(state) or asks) and (not asks or len(state.answered) == len(state.step.questions))

    # --- the steps in turn ----------------------------------------------------------------------------------------

    def _observe_in_turn(self, observation: Observation) -> StepUpdate:
        passed: list[Step] = []
        while (state := self.current) is not None:
            state.verdicts, wanted = state.judge(self._checks(state), observation)
            if wanted:
                return StepUpdate(tuple(passed), tuple(wanted))
            if not self._complete(state):
                break
            self._pass(self.position, observation)
            passed.append(state.step)
            self.position += 1
        return StepUpdate(tuple(passed))

    # --- any order ------------------------------------------------------------------------------------------------

    def _observe_any(self, observation: Observation) -> StepUpdate:
        passed: list[Step] = []
        wanted: list[Probe] = []
        for index, state in enumerate(self.states):
            if state.reached:
                continue
            state.verdicts, asks = state.judge(self._checks(state), observation)
            wanted += asks
            if self.waits_for(index) is None and not asks and self._complete(state):
                self._pass(index, observation)
                passed.append(state.step)
        return StepUpdate(tuple(passed), tuple(dict.fromkeys(wanted)))

    def waits_for(self, index: int) -> Step | None:
        """The step of doing before one that holds in the untouched world: that one counts only after it."""
        if not self.states[index].initially_true:
            return None
        before = next((state for state in reversed(self.states[:index]) if not self.plan.only_looks(state.step)), None)
        return before.step if before and not before.reached else None

    def _pass(self, index: int, observation: Observation) -> None:
        state = self.states[index]
        state.reached = True
        state.reached_at = observation.at
        state.verdicts = tuple(PASSED for _ in state.verdicts)
        newest = observation.executions[-1].serial if observation.executions else 0
        self._leave_behind(index, self._standing.since if self._came_late(state) else newest)

    def _came_late(self, state: StepState) -> bool:
        """Whether the step hung on nothing but the network, probed: that may have been ready long before the answer."""
        checks = self._checks(state)
        asks = state.step.questions if self.order is Order.IN_TURN else self.plan.asks(state.step)
        return any(check.probe is not None for check in checks) and not asks and not any(c.looks for c in checks)

    def _leave_behind(self, index: int, newest: int) -> None:
        """Commands run before a passed state-changing step cannot satisfy later `ran` checks."""
        if self.plan.only_looks(self.states[index].step):
            return
        for later in self.states[index + 1 :]:
            later.since = max(later.since, newest)
