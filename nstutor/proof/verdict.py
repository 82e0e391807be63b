"""From what came of each play to what is said about the lesson."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from nstutor.lesson.model import Step
from nstutor.proof.model import CheckTimes, Finding, Kind, LessonProof, MutantResult, Outcome, StepProof, Task
from nstutor.session.steps import Plan

Played = tuple[Task, Outcome]


def lesson_proof(plan: Plan, played: Sequence[Played], runs: int, seconds: float) -> LessonProof:
    """Everything about one lesson that was played in so many runs."""
    findings = [*_counted(played, runs), *_never_failed(plan, played)]
    known = {step.id for step in plan.lesson.steps}
    return LessonProof(
        path=plan.lesson.path,
        steps=tuple(_step_proof(index, step, played, findings) for index, step in enumerate(plan.lesson.steps)),
        findings=tuple(sorted(finding for finding in findings if finding.step not in known)),
        solutions=sum(len(step.solutions) for step in plan.lesson.steps) + len(plan.lesson.solutions_all),
        points=plan.points,
        times=tuple(_times(plan, played)) if runs > 1 else (),
        runs=runs,
        seconds=seconds,
        source=plan.lesson.source,
        seed=plan.lesson.variant.seed if plan.lesson.variant else None,
    )


def _counted(played: Sequence[Played], runs: int) -> Iterator[Finding]:
    """Each finding once; one that not every run had says so."""
    counts = Counter(finding for _, outcome in played for finding in dict.fromkeys(outcome.findings))
    for finding, count in counts.items():
        rare = f" (in {count} of {runs} runs)" if count < runs else ""
        yield Finding(finding.line, finding.message + rare, finding.step)


def _never_failed(plan: Plan, played: Sequence[Played]) -> Iterator[Finding]:
    """The checks that no play made fail, if all was played."""
    if not any(task.kind is Kind.ONE_GO for task, _ in played):
        return
    failed = {line for _, outcome in played for line in outcome.failed}
    for step in plan.lesson.steps:
        for check in plan.checks[step.id]:
            if check.line not in failed:
                words = "never failed in all that was tried and so proves nothing; add a `wrong` that it stops"
                yield Finding(check.line, f"this check {words}", step.id)


def _step_proof(index: int, step: Step, played: Sequence[Played], findings: Sequence[Finding]) -> StepProof:
    fates = _fates(index, played)
    return StepProof(
        id=step.id,
        title=step.title,
        line=step.line,
        already=bool(step.already),
        alternatives=len(step.solutions) - 1,
        wrongs=len(step.wrongs),
        mutants=sum(fate is not MutantResult.EQUIVALENT for fate in fates),
        noticed=fates.count(MutantResult.NOTICED),
        equivalent=fates.count(MutantResult.EQUIVALENT),
        findings=tuple(sorted(finding for finding in findings if finding.step == step.id)),
    )


def _fates(index: int, played: Sequence[Played]) -> list[MutantResult]:
    """One fate for each mutant of a step: the worst of all runs."""
    rank = [MutantResult.EQUIVALENT, MutantResult.NOTICED, MutantResult.UNNOTICED]
    worst: dict[tuple[object, ...], MutantResult] = {}
    for task, outcome in played:
        if task.kind is Kind.MUTANT and task.step == index and outcome.fate:
            worst[task.key] = max(worst.get(task.key, MutantResult.EQUIVALENT), outcome.fate, key=rank.index)
    return list(worst.values())


def _times(plan: Plan, played: Sequence[Played]) -> Iterator[CheckTimes]:
    runs = [outcome.took for task, outcome in played if task.kind is Kind.REFERENCE]
    for step in plan.lesson.steps:
        for check in plan.checks[step.id]:
            seconds = tuple(took[check.line] for took in runs if check.line in took)
            yield CheckTimes(check.line, check.text, seconds)
