"""The learner's own work on a lesson, out of their record: to be graded, or to be handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nstutor.checks.answer import in_any_language
from nstutor.errors import UsageError
from nstutor.grading.answers import written
from nstutor.grading.submission import Submission, Typed
from nstutor.lesson.model import Lesson
from nstutor.lesson.parse import load
from nstutor.progress.export import Work, script_of
from nstutor.progress.provenance import evidence
from nstutor.progress.record import Progress
from nstutor.progress.rows import OPEN, Command, Pass, Run
from nstutor.progress.run_log import awaited, only_looks, recorded_line
from nstutor.progress.script import Script
from nstutor.session.replay import RecordedLine, in_order
from nstutor.text.i18n import _


@dataclass(frozen=True)
class OwnWork:
    """A run of the lesson, with the lesson as it was in it."""

    lesson: Lesson
    run: Run
    progress: Progress

    def submission(self) -> Submission:
        """What was typed, to be typed again."""
        notes = () if self.run.sha256 == self.lesson.sha256 else (_("the lesson has changed since this was typed"),)
        work = recorded(self.progress, self.run, self.lesson, _("your own work"))
        return work._replace(notes=notes, evidence=evidence(self.progress, self.lesson, self.run))

    def script(self) -> Script:
        """The same as a script."""
        home = self.progress.home_at_start(self.run)
        commands = self.progress.commands(self.run)
        passes = self.progress.passes(self.run)
        waits = {command.number: awaited(command, passes)[1] for command in commands}
        work = Work(commands, home, waits, answer_lines(self.progress, self.run, self.lesson))
        return script_of(self.lesson, work, evidence(self.progress, self.lesson, self.run))


def answer_lines(progress: Progress, run: Run, lesson: Lesson) -> tuple[tuple[float, str], ...]:
    """When each answer of the run was given, and how a script says it: the same in every language."""
    said = []
    for at, answer in progress.replies(run):
        step = lesson.step(answer.step)
        if step is not None and answer.question < len(step.questions):
            text = in_any_language(step.questions[answer.question], answer.text)
            said.append((at, written(answer.step, answer.question, text)))
    return tuple(said)


def own_submission(path: str) -> Submission:
    """The newest work on the lesson of this file, to be graded. Raises UsageError where there is none."""
    with Progress.open() as progress:
        return own_work(progress, Path(path)).submission()


def own_work(progress: Progress, path: Path) -> OwnWork:
    """The newest work on the lesson of this file. Raises UsageError where there is none."""
    lesson = load(path)
    run = progress.newest_worked_run(lesson.id)
    if run is None:
        raise UsageError(
            _("nothing is recorded for {lesson} yet").format(lesson=lesson.id),
            _("Work on it: nstutor learn {lesson}\nGrade a script: nstutor check {lesson} FILE").format(
                lesson=lesson.id
            ),
        )
    seed = progress.seed(run)
    return OwnWork(lesson if seed is None else load(path, seed=seed), run, progress)


def recorded(progress: Progress, run: Run, lesson: Lesson, name: str) -> Submission:
    """A run as a submission that is typed again."""
    commands, passes = progress.commands(run), progress.passes(run)
    replies = answer_lines(progress, run, lesson)
    by_number = {command.number: command for command in commands}
    typed = tuple(_typed(line, by_number[line.number], passes) for line in in_order(map(recorded_line, commands)))
    lines = sorted(
        [*((one.recorded.began, one.recorded.line, one) for one in typed), *((at, line, None) for at, line in replies)],
        key=lambda line: line[0],
    )
    return Submission(
        name=name,
        lines=tuple(line for _at, line, _typed in lines),
        seed=progress.seed(run),
        typed=tuple(one for _at, _line, one in lines) if typed else (),
        home=progress.home_at_start(run),
    )


def _typed(line: RecordedLine, command: Command, passes: Sequence[Pass]) -> Typed:
    """A line as it is graded: there also what only looked is typed, for that is what some steps ask for."""
    looked = line.skipped and line.effect is None and only_looks(line.line) and command.ended != OPEN
    steps, seconds = awaited(command, passes)
    return Typed(
        line._replace(skipped=line.skipped and not looked),
        fatal=line.skipped and line.effect is None and not looked and command.ended != OPEN,
        awaited=steps,
        seconds=seconds,
    )
