"""The bottom toolbar: the step's checks as boxes that tick, and the keys."""

from __future__ import annotations

from prompt_toolkit.application import get_app
from prompt_toolkit.formatted_text import AnyFormattedText, FormattedText
from prompt_toolkit.utils import get_cwidth

from nstutor.checks.base import Check, Status, Verdict
from nstutor.text.i18n import N_, _
from nstutor.ui.lesson_run import LessonRun

KEYS, FIRST_KEY = N_("F1 hint  F2 map  F3 check"), N_("F1 hint")
BOXES = {Status.PASSED: ("class:good", "☑"), Status.FAILED: ("class:todo", "☐"), Status.NOT_CHECKED: ("class:dim", "☐")}


def toolbar(room: LessonRun) -> AnyFormattedText:
    """One line, as wide as the terminal."""
    width = get_app().output.get_size().columns
    state = room.session.current
    steps = room.plan.lesson.steps
    head = f" {room.plan.lesson.id} {min(room.number, len(steps))}/{len(steps)}  "
    if state is None:
        return _spread([("bold", head), ("class:good", _("every step passed"))], _(":quit leaves"), width)
    if room.arrived.is_set():
        following = _("Enter: {step}").format(step=state.step.title)
        return _spread([("bold", head), ("class:dim", following)], _(KEYS), width)
    if room.live.snapshot is None:
        # Before the first look there is nothing to tick.
        return _spread([("bold", head)], _(KEYS), width)
    parts = [("bold", head), *_boxes(room.plan.checks[state.step.id], state.verdicts)]
    if room.session.open_question() is not None:
        parts += [("class:todo", " ? :answer")]
    return _spread(parts, _(KEYS), width)


def _boxes(checks: tuple[Check, ...], verdicts: tuple[Verdict, ...]) -> list[tuple[str, str]]:
    parts: list[tuple[str, str]] = []
    for index, check in enumerate(checks):
        status = verdicts[index].status if index < len(verdicts) else Status.NOT_CHECKED
        style, box = BOXES[status]
        parts += [(style, f" {box} "), (style if status is Status.PASSED else "", check.label), ("", " ")]
    return parts


def _spread(left: list[tuple[str, str]], right: str, width: int) -> FormattedText:
    """Left part, gap, right part; what does not fit is cut on the left part's end, and the keys go first."""
    used = sum(get_cwidth(text) for _style, text in left)
    if used + get_cwidth(right) + 3 > width:
        right = _(FIRST_KEY) if used + get_cwidth(_(FIRST_KEY)) + 3 <= width else ""
    shown: list[tuple[str, str]] = []
    room = width - get_cwidth(right) - 2
    for style, text in left:
        if get_cwidth(text) > room:
            shown.append(("class:dim", "…"))
            room -= 1
            break
        shown.append((style, text))
        room -= get_cwidth(text)
    return FormattedText([*shown, ("", " " * max(0, room)), ("class:dim", f" {right}")])
