"""`nstutor lesson show FILE|LESSON`: a lesson as a handout."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from nstutor.errors import PASSED, CannotRunHereError, UsageError
from nstutor.report.output import opened, refuse_unwritable
from nstutor.text.i18n import _
from nstutor.text.streams import tell

if TYPE_CHECKING:
    from nstutor.lesson.model import Lesson


def show(arguments: argparse.Namespace) -> int:
    """Write the handout. Raises LessonError for a lesson with faults, UsageError where it cannot be written."""
    from nstutor.lesson.catalog import find
    from nstutor.lesson.languages import notice
    from nstutor.lesson.parse import load

    lesson = load(find(arguments.path), seed=arguments.seed)
    if told := notice(lesson):
        tell(told)
    refuse_unwritable(arguments.output)
    # The page is made first: its lab moves us to other mounts, across which no file can be given its name (link(2)).
    page = _html(lesson, solutions=arguments.solutions) if arguments.format == "html" else None
    with opened(arguments.output) as file:
        if page is None:
            _write_term(lesson, file, solutions=arguments.solutions)
        else:
            file.write(page)
    return PASSED


def _write_term(lesson: Lesson, file: TextIO, *, solutions: bool) -> None:
    from rich.console import Console

    from nstutor.ui import handout
    from nstutor.ui.screen import THEME, Screen

    handout.show(lesson, Screen(Console(file=file, theme=THEME, highlight=False)), solutions=solutions)


def _html(lesson: Lesson, *, solutions: bool) -> str:
    from nstutor.lesson.catalog import course
    from nstutor.picture.inline import svg_of
    from nstutor.report.handout import Handout, as_html
    from nstutor.report.markdown import described

    def image(target: str, description: str) -> str:
        try:
            return svg_of(lesson.path, target, description)
        except UsageError as error:
            tell(str(error))
            return described(target, description)

    name = lesson.id if lesson.path in map(str, course()) else f"./{os.path.basename(lesson.path)}"
    return as_html(Handout(lesson, name, _pictures(lesson), image, solutions))


def _pictures(lesson: Lesson) -> Mapping[str, str]:
    """The network after each step that changed it; none, with a word, where no lab can be made."""
    import asyncio

    from nstutor.checks.registry import compile_lesson
    from nstutor.lab.supervisor import become_supervisor
    from nstutor.lab.world_factory import WorldFactory
    from nstutor.proof.step_pictures import draw_steps
    from nstutor.session.steps import Plan

    plan = Plan(lesson, compile_lesson(lesson))
    try:
        become_supervisor()
        with WorldFactory() as factory:
            return asyncio.run(draw_steps(plan, factory))
    except CannotRunHereError as error:
        tell(_("The handout has no pictures, for no lab can be made here."))
        tell(str(error))
        return {}
