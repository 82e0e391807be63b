"""`nstutor check LESSON FILE --at STEP [--shell]`: see a submission's network when a step was judged; stand in it."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nstutor.commands import limits
from nstutor.errors import NOT_PASSED, PASSED, UsageError
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.world_factory import WorldFactory
from nstutor.lesson.catalog import find
from nstutor.text.i18n import _

if TYPE_CHECKING:
    from nstutor.grading.at_step import Moment
    from nstutor.grading.submission import Submission
    from nstutor.lesson.model import Lesson, Step
    from nstutor.session.steps import Plan

WIDEST = 100


def stand(arguments: argparse.Namespace, plan_of: Callable[[Lesson], Plan]) -> int:
    """Show the moment, and with --shell stand in it; 0 if the step was reached."""
    _refuse_nonsense(arguments)
    hidden = (find(arguments.lesson), *arguments.submissions)
    become_supervisor()
    with WorldFactory(hidden=hidden) as factory:
        from nstutor.grading.variant import for_submission
        from nstutor.lesson.parse import load
        from nstutor.ui.tasks import run_to_end

        lesson = load(find(arguments.lesson))
        submission = _submission(arguments.submissions, lesson)
        plan, submission = for_submission(plan_of(lesson), submission, arguments.seed)
        index = _index(arguments.at, plan.lesson.steps)
        return run_to_end(_stand(arguments, plan, index, submission, factory))


def _refuse_nonsense(arguments: argparse.Namespace) -> None:
    """Raises UsageError for options that do not go together, and where there is no terminal to stand at."""
    from nstutor.commands.learn import require_terminal

    if arguments.at is None:
        raise UsageError(_("--shell needs to know when: --at STEP"))
    if len(arguments.submissions) > 1 or any(map(os.path.isdir, arguments.submissions)):
        raise UsageError(_("--at is about one submission"), _("Name one file."))
    if arguments.format != "text" or arguments.output is not None:
        raise UsageError(_("--at shows and writes no report; leave out --format and --output"))
    if arguments.shell:
        require_terminal(_("a shell needs a terminal for its input and output"), _("Leave out --shell."))


def _submission(paths: Sequence[str], lesson: Lesson) -> Submission:
    from nstutor.grading.submission import read_submission
    from nstutor.progress.own_work import own_submission

    return read_submission(paths[0]) if paths else own_submission(lesson.path)


def _index(word: str, steps: Sequence[Step]) -> int:
    """Of a step by number or id. Raises UsageError with the choices."""
    if word.isdecimal() and 1 <= int(word) <= len(steps):
        return int(word) - 1
    for index, step in enumerate(steps):
        if step.id == word:
            return index
    choices = ", ".join(f"{number} {step.id}" for number, step in enumerate(steps, 1))
    raise UsageError(_("there is no step {word!r}").format(word=word), _("Steps: {steps}").format(steps=choices))


async def _stand(
    arguments: argparse.Namespace, plan: Plan, index: int, submission: Submission, factory: WorldFactory
) -> int:
    from nstutor.grading.at_step import moment_of

    async with moment_of(plan, index, submission, factory, limits.limits_of(arguments)) as moment:
        _show(moment, submission, index)
        if arguments.shell:
            await _visit(moment)
        return PASSED if moment.step.reached else NOT_PASSED


def _show(moment: Moment, submission: Submission, index: int) -> None:
    """When it was, what each check of the step came to, and the network."""
    from rich.console import Console
    from rich.text import Text

    from nstutor.text.width import printable
    from nstutor.ui.map import draw
    from nstutor.ui.screen import SIGNS, THEME

    console, step = Console(theme=THEME, highlight=False), moment.step
    console.print(Text(f"  {printable(submission.name)} · {index + 1} {step.title}", "bold"), soft_wrap=True)
    console.print(Text(f"  {_when(moment, submission.lines)}", "dim"), soft_wrap=True)
    for check in step.checks:
        sign, style = SIGNS[check.verdict.status]
        console.print(Text.assemble("   ", (sign, style), f" {check.goal}"), soft_wrap=True)
        if not check.verdict.passed:
            console.print(Text(f"       {check.verdict.message}"), soft_wrap=True)
    for note in moment.notes:
        console.print(Text(f"  ! {printable(note)}", "yellow"), soft_wrap=True)
    console.print()
    console.print(draw(moment.live.look(), (), width=min(console.width, WIDEST)), soft_wrap=True)


def _when(moment: Moment, lines: Sequence[str]) -> str:
    """The line by which the step was reached, or that it never was."""
    from nstutor.text.width import printable

    if not moment.step.reached:
        return _("never reached; as it was at the end")
    if not 0 < moment.line <= len(lines):
        return _("reached before anything was typed")
    return _("as it was once line {line} had been typed: {command}").format(
        line=moment.line, command=printable(lines[moment.line - 1].strip())
    )


async def _visit(moment: Moment) -> None:
    """A shell of the grader's own beside the student's."""
    from nstutor.shell.pty import State
    from nstutor.text.names import HOST
    from nstutor.text.width import printable
    from nstutor.ui.output_filter import OutputFilter
    from nstutor.ui.shell_console import Recorder, ShellLoop, plain_console
    from nstutor.ui.tasks import end
    from nstutor.ui.terminal import own_terminal

    live = moment.live
    where = HOST if live.bash.state is State.GONE else live.namespace_stack()[-1]
    # Whatever they left running could write to this terminal, and read what is typed at it.
    live.world.end_processes()
    message = _(
        "You stand in the student's lab; their own shell was in {netns}. What still ran has been ended. `exit` "
        "leaves, and nothing is kept."
    )
    print(f"\n  {message.format(netns=printable(where))}", flush=True)
    try:
        with own_terminal() as terminal, contextlib.closing(terminal.keys):
            terminal.keys.on_closed = end
            terminal.keys.open()
            allowed = OutputFilter()
            bash = await live.open_second(
                HOST, lambda data: terminal.write(allowed(data)), terminal.size(), own_files=False
            )
            console = plain_console(terminal, live, bash, allowed)
            await ShellLoop(console, live, bash, Recorder()).run()
    finally:
        print("  " + _("The lab is gone; from here on you type to your own machine again."), flush=True)
