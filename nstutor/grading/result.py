"""What grading one submission came to, as records that every format renders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nstutor import NamedTuple
from nstutor.checks.base import Check, Status, Verdict
from nstutor.errors import BUG, CANNOT_RUN, NOT_PASSED, PASSED
from nstutor.session.step_state import StepState
from nstutor.session.steps import Order, Plan, StepMachine
from nstutor.text.i18n import _

if TYPE_CHECKING:
    from nstutor.lesson.points import PassMark
    from nstutor.lesson.variables import Variant

VERSION = 1
"""Version of the JSON; it changes when a field goes or gets another meaning."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class CheckResult(NamedTuple):
    """One check line and its verdict."""

    check: str
    goal: str
    line: int
    verdict: Verdict


class StepResult(NamedTuple):
    """One step; `points` are 0 for a step that only looks."""

    id: str
    title: str
    status: Status
    reached: bool
    holds: bool
    points: int
    checks: tuple[CheckResult, ...]
    reached_ms: int | None = None
    """Milliseconds from the start of the grading to the moment at which it was reached."""
    bonus: bool = False
    """Its points are added, and not asked for."""
    why: str = ""
    """Why it was not judged, where that is not because it only looks."""

    @property
    def earned(self) -> int:
        """The points that it gave."""
        return self.points if self.status is Status.PASSED else 0

    @property
    def cause(self) -> CheckResult | None:
        """The first check that failed, else the first that was not checked: what the reader should see first."""
        ranked = [
            check
            for status in (Status.FAILED, Status.NOT_CHECKED)
            for check in self.checks
            if check.verdict.status is status
        ]
        return ranked[0] if ranked else None


class Result(NamedTuple):
    """One graded submission. `error` is set when the grading itself could not be finished."""

    lesson: str
    lesson_title: str
    lesson_path: str
    sha256: str
    submission: str
    steps: tuple[StepResult, ...]
    commands: int
    duration_ms: int
    notes: tuple[str, ...] = ()
    """Limits that were hit, lines that could not be typed."""
    error: str | None = None
    broke: int = BUG
    """With `error`: the exit code for it."""
    started: str = ""
    """When the grading began, as now() gives it."""
    picture: str | None = None
    """The network at the end, as SVG, if it was asked for."""
    mark: PassMark | None = None
    """What the lesson asks for; None where that is every step that counts."""

    variant: Variant | None = None
    """The values that it was graded with."""
    evidence: Mapping[str, Json] | None = None
    """How the work came about, as far as that is known; it is no part of the verdict."""
    void_reason: str | None = None
    """Why the verdict does not count: something that the submission shares with others may have made it fail."""
    again: bool = False
    """With `void_reason`: on a calm machine it may come out otherwise."""

    @property
    def void(self) -> bool:
        """Whether it neither passed nor failed: `steps` and `score` are what was judged, and `error` says why."""
        return self.void_reason is not None

    @property
    def max_score(self) -> int:
        """Points of the steps that count; those of a bonus come on top."""
        return sum(step.points for step in self.steps if not step.bonus)

    @property
    def score(self) -> int:
        """Points of the steps that were passed, those of a bonus among them."""
        return sum(step.earned for step in self.steps)

    @property
    def bonus(self) -> int:
        """How many points of the score are a bonus."""
        return sum(step.earned for step in self.steps if step.bonus)

    @property
    def pass_mark(self) -> int | None:
        """The score that is enough; None where every step that counts must be passed."""
        return None if self.mark is None else self.mark.of(self.max_score)

    @property
    def passed(self) -> bool:
        """Whether the score is enough."""
        enough = self.score - self.bonus == self.max_score if self.pass_mark is None else self.score >= self.pass_mark
        # Nothing of nothing is no pass.
        return self.error is None and enough and self.max_score > 0

    @property
    def exit_code(self) -> int:
        """What nstutor ends with if there is no worse one."""
        return self.broke if self.error is not None else PASSED if self.passed else NOT_PASSED


def voided(result: Result, reason: str, *, again: bool = False) -> Result:
    """The same result as one that does not count, for this reason of the machine's."""
    error = _("the verdict is void: {reason}").format(reason=reason)
    return result._replace(void_reason=reason, error=error, broke=CANNOT_RUN, again=again)


def now() -> str:
    """The date and time in UTC, to the second (ISO 8601)."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ungraded(plan: Plan, submission: str, error: str, broke: int = BUG) -> Result:
    """The result of a submission that could not be graded: every step is there, and none was checked."""
    lesson = plan.lesson
    steps = tuple(step._replace(status=Status.NOT_CHECKED) for step in step_results(StepMachine(plan, Order.ANY)))
    return Result(
        lesson.id,
        lesson.title,
        lesson.path,
        lesson.sha256,
        submission,
        steps,
        0,
        0,
        error=error,
        broke=broke,
        started=now(),
        mark=lesson.pass_mark,
        variant=lesson.variant,
    )


def step_results(session: StepMachine, began: float = 0.0) -> tuple[StepResult, ...]:
    """The session's steps as they stand; it began at this time, by the clock of its observations."""
    return tuple(_step_result(session, index, began) for index in range(len(session.states)))


def _step_result(session: StepMachine, index: int, began: float) -> StepResult:
    plan, state = session.plan, session.states[index]
    looks = plan.looks(state.step)
    status = Status.PASSED if state.reached else Status.NOT_CHECKED if looks else Status.FAILED
    checks = zip(plan.checks[state.step.id], _verdicts(session, index), strict=False)
    results = (*(_check_result(check, verdict, state) for check, verdict in checks), *_answer_results(plan, state))
    reached_ms = None if state.reached_at is None else round(1000 * (state.reached_at - began))
    points = 0 if looks else state.step.points
    return StepResult(
        state.step.id,
        state.step.title,
        status,
        state.reached,
        state.holds,
        points,
        results,
        reached_ms,
        bonus=state.step.bonus and not looks,
    )


def _verdicts(session: StepMachine, index: int) -> tuple[Verdict, ...]:
    """The step's verdicts; where it holds and is not passed for all that, they say why."""
    verdicts, first = session.states[index].verdicts, session.waits_for(index)
    if first is None or not all(verdict.passed for verdict in verdicts):
        return verdicts
    message = _("counts only once `{id}` is passed: {title}").format(id=first.id, title=first.title)
    waits = Verdict(Status.NOT_CHECKED, message)
    return tuple(waits for _ in verdicts)


def _check_result(check: Check, verdict: Verdict, state: StepState) -> CheckResult:
    # A look that was left out costs nothing, so it is no failure either.
    if not state.reached and check.looks and not state.step.required and verdict.status is Status.FAILED:
        verdict = Verdict(Status.NOT_CHECKED, verdict.message, verdict.expected, verdict.actual)
    return CheckResult(check.text, check.goal, check.line, verdict)


def _answer_results(plan: Plan, state: StepState) -> Iterator[CheckResult]:
    """Each question that a submission must answer, as a check; the right answer is not told."""
    for index, question in enumerate(state.step.questions if plan.asks(state.step) else ()):
        verdict = Verdict(Status.PASSED)
        if index in state.wrong:
            verdict = Verdict(Status.FAILED, _("the answer to question {n} is wrong").format(n=index + 1))
        elif index not in state.answered:
            verdict = Verdict(Status.FAILED, _("question {n} is not answered").format(n=index + 1))
        yield CheckResult(f"ask {index + 1}", question.text, question.line, verdict)


def as_json(result: Result) -> Mapping[str, Json]:
    """The documented object for one submission (docs/json.md)."""
    return {
        "version": VERSION,
        "lesson": {"id": result.lesson, "sha256": result.sha256},
        "submission": result.submission,
        "variant": _variant_json(result.variant),
        "passed": result.passed,
        "score": result.score,
        "max_score": result.max_score,
        "bonus": result.bonus,
        "pass_mark": result.pass_mark,
        "steps": [_step_json(step) for step in result.steps],
        "commands": result.commands,
        "started": result.started,
        "duration_ms": result.duration_ms,
        "evidence": None if result.evidence is None else dict(result.evidence),
        "notes": list(result.notes),
        "error": result.error,
        "void": result.void,
        "void_reason": result.void_reason,
    }


def _variant_json(variant: Variant | None) -> Json:
    return None if variant is None else {"seed": variant.seed, "values": dict(variant.texts)}


def _step_json(step: StepResult) -> Json:
    return {
        "id": step.id,
        "title": step.title,
        "status": step.status.value,
        "reached": step.reached,
        "reached_ms": step.reached_ms,
        "holds": step.holds,
        "points": step.points,
        "bonus": step.bonus,
        "checks": [
            {
                "check": check.check,
                "line": check.line,
                "status": check.verdict.status.value,
                "message": check.verdict.message,
                "expected": check.verdict.expected,
                "actual": check.verdict.actual,
            }
            for check in step.checks
        ],
    }
