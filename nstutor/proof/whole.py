"""The proof of lesson files: which plays there are to be, and what they come to together."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from nstutor.errors import Fault, UsageError
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.workers import Workers
from nstutor.lab.world_factory import WorldFactory
from nstutor.proof.form import read_plan
from nstutor.proof.languages import LanguageProof, languages_of
from nstutor.proof.model import Kind, LessonProof, Outcome, StepReference, Task
from nstutor.proof.prover import Prover
from nstutor.proof.slips import mutants
from nstutor.proof.verdict import Played, lesson_proof
from nstutor.session.steps import Plan
from nstutor.text.i18n import PRIMARY, speaking

SEEDS = 3
"""With how many seeds a lesson is proved that declares variables."""

Submit = Callable[[Task], Future[Outcome]]
Told = Callable[[int, int], None]
"""Is told how many plays are done, and how many are known of."""


@dataclass
class _File:
    """A lesson file while it is proved."""

    path: str
    plan: Plan | None = None
    languages: tuple[LanguageProof, ...] = ()
    faults: tuple[Fault, ...] = ()
    error: str = ""
    played: list[Played] = field(default_factory=list)
    seconds: float = 0.0

    def proof(self, times: int) -> LessonProof:
        """What it came to."""
        if self.plan is None:
            return LessonProof(self.path, self.faults, self.error)
        return replace(lesson_proof(self.plan, self.played, times, self.seconds), languages=self.languages)


def prove(
    paths: Sequence[str], jobs: int, times: int, told: Told, demanded: Sequence[str] = (), *, seeds: int = SEEDS
) -> list[LessonProof]:
    """Prove the lesson files, each of its plays `times` times, so many at a time.

    Translations into the `demanded` languages must be there and complete. A lesson that declares variables is proved
    with so many seeds, `1`, `2`, …, each a proof of its own.

    To be called while there is one thread. Raises CannotRunHereError where no world can be made.
    """
    files = [file for path in paths for file in _variants(path, demanded, seeds)]
    plans = {number: file.plan for number, file in enumerate(files) if file.plan}
    queue = deque(Task(number, Kind.REFERENCE, run=run) for run in range(times) for number in plans)
    if plans:
        # The workers are ended first: what is still played ends with them, and then the threads, which wait for that.
        with ThreadPoolExecutor(jobs) as threads, Workers(lambda: _performing(plans)) as workers:
            _play(lambda task: threads.submit(workers.perform, task), jobs, queue, files, told)
    return [file.proof(times) for file in files]


def _variants(path: str, demanded: Sequence[str], seeds: int) -> list[_File]:
    """The file; where it declares variables, with the first seed to the last."""
    first = _read(path, demanded, "1")
    if first.plan is None or first.plan.lesson.variant is None:
        return [first]
    return [first, *(_read(path, demanded, str(number)) for number in range(2, seeds + 1))]


def _read(path: str, demanded: Sequence[str], seed: str) -> _File:
    try:
        plan, faults = read_plan(path, seed)
    except UsageError as error:
        return _File(path, error=str(error))
    return _File(path, plan, languages_of(plan.lesson, demanded) if plan else (), faults)


def _play(submit: Submit, jobs: int, queue: deque[Task], files: Sequence[_File], told: Told) -> None:
    done, known = 0, len(queue)
    told(done, known)
    began = time.monotonic()
    for task, outcome in _outcomes(submit, jobs, queue):
        file = files[task.lesson]
        assert file.plan is not None
        file.played.append((task, outcome))
        file.seconds = time.monotonic() - began
        if task.kind is Kind.REFERENCE and outcome.reference:
            more = list(_tasks(file.plan, task, outcome.reference))
            queue.extend(more)
            known += len(more)
        done += 1
        told(done, known)


def _outcomes(submit: Submit, jobs: int, queue: deque[Task]) -> Iterator[tuple[Task, Outcome]]:
    """The outcomes of all tasks as they come; tasks may be added meanwhile. Raises what a worker raised."""
    running: dict[Future[Outcome], Task] = {}
    while queue or running:
        while queue and len(running) < jobs:
            task = queue.popleft()
            running[submit(task)] = task
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            yield running.pop(future), future.result()


def _tasks(plan: Plan, reference: Task, steps: tuple[StepReference, ...]) -> Iterator[Task]:
    """What is to be played once the solutions of these first steps, or of all, are known to pass them."""
    number, run = reference.lesson, reference.run
    if len(steps) == len(plan.lesson.steps):
        yield Task(number, Kind.ONE_GO, reference=steps, run=run)
        for other in range(len(plan.lesson.solutions_all)):
            yield Task(number, Kind.ALL, number=other, reference=steps, run=run)
    for index, step in enumerate(plan.lesson.steps[: len(steps)]):
        for other in range(1, len(step.solutions)):
            yield Task(number, Kind.ALTERNATIVE, index, other, reference=steps, run=run)
        for other in range(len(step.wrongs)):
            yield Task(number, Kind.WRONG, index, other, reference=steps, run=run)
        lines = [(line.number, line.text) for line in step.solutions[0].lines]
        for mutant in mutants(index, steps[index], lines, looks=plan.only_looks(step)):
            yield Task(number, Kind.MUTANT, index, mutant=mutant, reference=steps, run=run)


@contextmanager
def _performing(plans: dict[int, Plan]) -> Iterator[Callable[[Task], Outcome]]:
    """In a worker (workers.py): a judge with a factory of worlds. What is read is compared in the primary language."""
    become_supervisor()
    with WorldFactory() as factory, speaking(PRIMARY):
        provers = {number: Prover(plan, factory) for number, plan in plans.items()}
        yield lambda task: asyncio.run(_perform(provers[task.lesson], task))


async def _perform(prover: Prover, task: Task) -> Outcome:
    """Play one task; what goes wrong in the loop's own callbacks is ours, and no finding."""
    faults: list[BaseException] = []

    def on_fault(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        fault = context.get("exception")
        faults.append(fault if isinstance(fault, BaseException) else RuntimeError(str(context.get("message"))))

    asyncio.get_running_loop().set_exception_handler(on_fault)
    outcome = await prover.run(task)
    if faults:
        raise faults[0]
    return outcome
