"""Tells the learner what was passed, what comes next, and puts a step's question once the rest of it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nstutor.lesson.model import Step
from nstutor.ui.lesson_run import LessonRun


class Announcer:
    """Keeps passes from the moment they are seen to the moment when there is room on the screen to tell of them."""

    def __init__(self, room: LessonRun, following: Callable[[], str | None], announced: Callable[[], None]) -> None:
        self._room, self._following, self._announced = room, following, announced
        self._pending: list[tuple[Step, bool]] = []
        """Each with whether it is known that it was passed ahead."""
        self._asked: set[tuple[str, int]] = set()
        """Questions that were put after the checks held."""

    @property
    def waiting(self) -> bool:
        """Whether there is a pass to tell of, or a question to put."""
        return bool(self._pending) or self._due() is not None

    def note(self, steps: Sequence[Step], *, ahead: bool = False) -> None:
        """Steps were passed: keep that for good, and tell of it later; `ahead` by what had passed the one before."""
        self._pending += ((step, ahead) for step in steps)
        with self._room.screen.told():
            self._room.note_passes(steps)

    def ask_again(self) -> None:
        """The step was shown anew: its question may be put anew."""
        self._asked.clear()

    def show_again(self) -> None:
        """The step at hand, from its heading; and its question where the rest is done, be it from the beginning."""
        self._room.arrived.clear()
        self.ask_again()
        due = self._due()
        if due is None:
            self._room.show_step()
            return
        step, index = due
        self._asked.add((step.id, index))
        self._room.show_step(step.questions[index])

    async def passed(self, steps: Sequence[Step]) -> None:
        """Steps were passed by something other than a command: an answer, a look that was asked for."""
        self.note(steps)
        await self.announce()

    async def announce(self) -> None:
        """Tell the passes, and what comes next."""
        room, steps = self._room, self._pending
        self._pending = []
        lesson_steps = room.plan.lesson.steps
        for index, (step, ahead) in enumerate(steps):
            room.screen.passed(lesson_steps.index(step) + 1, step, ahead=ahead or index > 0)
        if not steps:
            self._ask_when_checks_hold()
            return
        if room.step is None:
            room.screen.finished(room.plan.lesson, self._following())
        else:
            room.screen.next_step(room.number, room.step)
        room.arrived.set()
        self._announced()

    def put(self, step: Step, index: int) -> None:
        """Put a question of the step at hand; if everything else is done, it is not put again for that."""
        if self._due() == (step, index):
            self._asked.add((step.id, index))
        self._room.screen.question(step.questions[index])

    def _ask_when_checks_hold(self) -> None:
        """Everything is done but the question: put it, once."""
        due = self._due()
        if due is not None:
            self.put(*due)
            self._room.screen.console.print()

    def _due(self) -> tuple[Step, int] | None:
        """The step at hand and its question, once the checks hold, that was not put then."""
        state, index = self._room.session.current, self._room.session.open_question()
        if state is None or index is None or not state.verdicts or (state.step.id, index) in self._asked:
            return None
        holds = all(verdict.passed for verdict in state.verdicts)
        return (state.step, index) if holds and not self._room.arrived.is_set() else None
