"""What stands inside the fences for the machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nstutor.lesson.blocks import Fence
from nstutor.lesson.faults import Faults
from nstutor.lesson.model import Line, Question, Script, Wrong
from nstutor.text.i18n import _
from nstutor.text.typo import nearest

FROM_EMPTY = "from empty"
ALREADY = "already"
ARROW = "=>"
WIDE_COLON_RE = re.compile(r"\s*(\w+)(：)")
"""As a Chinese keyboard writes it."""


def script(fence: Fence) -> Script:
    """A fence of bash."""
    return Script(fence.lines)


def checks(fence: Fence) -> tuple[Line, ...]:
    """The check lines of a fence, each from its first word on; a line with `#` in front is a comment."""
    return tuple(_stripped(line) for line in fence.filled if not line.text.lstrip().startswith("#"))


def _stripped(line: Line) -> Line:
    text = line.text.strip()
    return Line(text, line.number, line.column + line.text.find(text))


def already(found: Sequence[Fence], faults: Faults) -> str:
    """Why a step's checks may hold before its solution: `already: REASON` behind the word of a `check` fence."""
    reasons = [_reason(fence, faults) for fence in found if fence.argument]
    return next((reason for reason in reasons if reason), "")


def _reason(fence: Fence, faults: Faults) -> str:
    key, colon, reason = (part.strip() for part in fence.argument.partition(":"))
    if key != ALREADY or not colon:
        near = nearest(key.split()[0] if key else "", (ALREADY,))
        message = (
            _("unexpected `{words}`; did you mean `{key}: REASON`?")
            if near
            else (_("unexpected `{words}`; write ```check or ```check {key}: REASON"))
        )
        faults.add_line(fence.line, message.format(words=fence.argument, key=ALREADY))
    elif not reason:
        message = _("words must follow `{key}:`, why the step may hold before its solution").format(key=ALREADY)
        faults.add_line(fence.line, message)
    return reason if key == ALREADY else ""


def wrong(fence: Fence, faults: Faults) -> Wrong:
    """Read a wrong attempt: its name behind the fence's word, bash, and last `=> WORDS`."""
    name, from_empty = _wrong_name(fence.argument)
    if not name:
        faults.add_line(fence.line, _("a wrong attempt has a name: ```wrong one port left out"))
    body, expected = _split_arrow(fence, faults)
    if fence.filled and not any(line.text.strip() for line in body):
        faults.add_line(fence.line, _("a wrong attempt has at least one command"))
    for line in body:
        if line.text.strip() == FROM_EMPTY:
            message = _("`{words}` stands in the fence's first line, behind the name").format(words=FROM_EMPTY)
            faults.add_line(line.number, message)
    return Wrong(name, Script(body), expected, from_empty, fence.line)


def _wrong_name(argument: str) -> tuple[str, bool]:
    if argument == FROM_EMPTY or argument.endswith(f" {FROM_EMPTY}"):
        return argument.removesuffix(FROM_EMPTY).rstrip(" ,:"), True
    return argument, False


def _split_arrow(fence: Fence, faults: Faults) -> tuple[tuple[Line, ...], str]:
    arrows = [line for line in fence.filled if line.text.lstrip().startswith(ARROW)]
    if fence.filled and (not arrows or fence.filled[-1] is not arrows[-1]):
        faults.add_line(fence.line, _("a wrong attempt ends with a line `=> WORDS of its message`"))
    for line in arrows[:-1]:
        faults.add_line(line.number, _("a wrong attempt has one line `=> WORDS`"))
    expected = arrows[-1].text.strip().removeprefix(ARROW).strip() if arrows else ""
    if arrows and not expected:
        faults.add_line(arrows[-1].number, _("words must follow `{word}`").format(word=ARROW))
    return tuple(line for line in fence.lines if line not in arrows), expected


@dataclass
class Asked:
    """The lines of a question by what they are."""

    text: list[str]
    choices: list[str]
    answer: Line | None = None
    in_choices: bool = False


def question(fence: Fence, faults: Faults) -> Question:
    """Read a question: its text, `choices:` with `- ` lines if there are any, and `answer:`."""
    asked = lines_of_question(fence, faults)
    fixed = _fixed(asked, fence, faults)
    answer = asked.answer if fixed is None else None
    return Question("\n".join(asked.text).strip(), tuple(asked.choices), answer, fixed, fence.line)


def lines_of_question(fence: Fence, faults: Faults) -> Asked:
    """Tell a question's lines apart; each question has a text."""
    asked = Asked([], [])
    for line in fence.lines:
        _read_question_line(asked, line, faults)
    if fence.filled and not "".join(asked.text).strip():
        faults.add_line(fence.line, _("the question has no text"))
    return asked


def _read_question_line(asked: Asked, line: Line, faults: Faults) -> None:
    text = line.text.strip()
    key, colon, value = text.partition(":")
    if colon and key == "answer":
        if asked.answer is not None:
            faults.add_line(line.number, _("a question has one `answer:`"))
        value = value.strip()
        asked.answer = Line(value, line.number, line.column + len(line.text.rstrip()) - len(value))
        asked.in_choices = False
    elif text == "choices:":
        asked.in_choices = True
    elif asked.in_choices and text.startswith("- "):
        asked.choices.append(text[2:].strip())
    elif text and (asked.in_choices or asked.answer is not None):
        _refuse_question_line(asked, line, faults)
    elif not text or not _is_misspelt(key, colon, line, faults):
        asked.text.append(line.text)


def _refuse_question_line(asked: Asked, line: Line, faults: Faults) -> None:
    message = (
        _("expected `- CHOICE` or `answer:` here")
        if asked.in_choices
        else (_("expected nothing behind `answer:` here"))
    )
    faults.add_line(line.number, message)


def _is_misspelt(key: str, colon: str, line: Line, faults: Faults) -> bool:
    wide = WIDE_COLON_RE.match(line.text)
    if wide:
        key, colon = wide[1], wide[2]
    near = nearest(key, ("answer", "choices"), 0.75) if colon and re.fullmatch(r"\w+", key) else None
    if near:
        message = _("unknown word `{word}`; did you mean `{near}:`?").format(word=key + colon, near=near)
        faults.add(line.number, line.column, message, len(key))
    return near is not None


def _fixed(asked: Asked, fence: Fence, faults: Faults) -> str | None:
    """The answer that the lesson itself gives (`answer: = TEXT`), if it does."""
    if asked.answer is None or not asked.answer.text:
        _refuse_unanswered(asked.answer, fence, faults)
        return None
    if not asked.answer.text.startswith("="):
        return None
    fixed = asked.answer.text[1:].strip()
    if not fixed or (asked.choices and fixed not in asked.choices):
        message = _("the answer is not one of the choices") if fixed else _("words must follow `{word}`")
        faults.add_line(asked.answer.number, message.format(word="="))
    return fixed


def _refuse_unanswered(answer: Line | None, fence: Fence, faults: Faults) -> None:
    if answer is not None:
        faults.add_line(answer.number, _("an answer is an expression (`link lo operstate`) or `= TEXT`"))
    elif fence.filled:
        faults.add_line(fence.line, _("the question has no `answer:`"))


def only_words(fences: Sequence[Fence], allowed: str, faults: Faults) -> None:
    """Note a fault for each fence that has other words behind its kind than the allowed ones."""
    for fence in fences:
        if fence.argument != allowed:
            wanted = f"```{fence.kind} {allowed}".rstrip()
            message = _("unexpected `{words}`; write {wanted}").format(words=fence.argument, wanted=wanted)
            faults.add_line(fence.line, message)
