"""A lesson on paper, or in a pager: what `learn` shows of it, from its first line to its last."""

from __future__ import annotations

from nstutor.lesson.model import Lesson, Step
from nstutor.ui.screen import Screen


def show(lesson: Lesson, screen: Screen, *, solutions: bool) -> None:
    """Print the lesson; with hints, solutions and what is said after each pass only if that is wanted."""
    screen.lesson(lesson)
    for number, step in enumerate(lesson.steps, 1):
        screen.step(lesson, number, step)
        for question in step.questions:
            screen.asked(question)
        if solutions:
            _show_solution(number, step, screen)


def _show_solution(number: int, step: Step, screen: Screen) -> None:
    for index, hint in enumerate(step.hints, 1):
        screen.hint(index, len(step.hints), hint)
    for script in step.solutions:
        screen.console.print()
        screen.code(script.text)
    if step.why:
        screen.passed(number, step, ahead=False)
