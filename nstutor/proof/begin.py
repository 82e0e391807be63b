"""Beginning a lesson: its file, from nothing or from a script."""

from __future__ import annotations

import asyncio

from nstutor.checks.registry import compile_lesson
from nstutor.errors import UsageError, reason
from nstutor.grading.submission import read_submission
from nstutor.lab.supervisor import become_supervisor
from nstutor.lab.world_factory import WorldFactory
from nstutor.lesson.parse import parse
from nstutor.proof.derive import derive, groups_of
from nstutor.proof.skeleton import draft, skeleton
from nstutor.session.steps import Plan
from nstutor.shell.keyboard import refuse_control_characters
from nstutor.text.i18n import _


def begin(path: str, script: str | None) -> int:
    """Write a new lesson file; how many steps it has.

    Raises UsageError for a file that is there already or cannot be written, or a script that gives no step.
    """
    if not path.endswith(".md"):
        raise UsageError(
            _("{path} is no name for a lesson").format(path=path), _("A lesson is a file whose name ends in .md.")
        )
    text = skeleton(path) if script is None else _from_commands(path, script)
    steps = len(parse(text, path).steps)
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(_("cannot write {path}: {why}").format(path=path, why=reason(error))) from None
    return steps


def _from_commands(path: str, script: str) -> str:
    lines = read_submission(script).lines
    for line in lines:
        refuse_control_characters(line)
    groups = groups_of("\n".join(lines))
    # Any lesson will do: nothing is judged while the script is played.
    lesson = parse(skeleton(path), path)
    become_supervisor()
    with WorldFactory() as factory:
        derived = asyncio.run(derive(Plan(lesson, compile_lesson(lesson)), groups, factory))
    if not derived:
        raise UsageError(_("nothing in {path} changes the network or looks at it").format(path=script))
    return draft(path, derived)
