"""`nstutor check LESSON --here`: judge the network that nstutor was started in."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from nstutor.commands.learn import default_seed_name
from nstutor.errors import UsageError
from nstutor.report.output import words_for_failure
from nstutor.text.i18n import _

if TYPE_CHECKING:
    from nstutor.lesson.model import Lesson
    from nstutor.session.steps import Plan


def judge(arguments: argparse.Namespace, plan_of: Callable[[Lesson], Plan]) -> int:
    """Report what the network came to; its exit code."""
    from nstutor.grading.here import judge_here
    from nstutor.lesson.catalog import find
    from nstutor.lesson.parse import load
    from nstutor.report.formats import refuse_impossible, reporting

    if arguments.submissions:
        raise UsageError(_("--here judges the network that is there, and no files"))
    seed = default_seed_name() if arguments.seed is None else arguments.seed
    plan = plan_of(load(find(arguments.lesson), seed=seed))
    refuse_impossible(arguments.format, arguments.output, True)
    result = judge_here(plan, _("here"))
    with reporting(arguments.format, arguments.output, True) as report, words_for_failure(arguments.output):
        report.add(result)
        report.end()
    return result.exit_code
