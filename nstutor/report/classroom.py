"""The class report: one HTML page that needs nothing beside itself, not even a script."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO

from nstutor.checks.base import Status
from nstutor.grading.result import CheckResult, Result, StepResult, now
from nstutor.report.markup import Markup, element, escaped, joined
from nstutor.report.style import CSS
from nstutor.text.i18n import _, in_use, n_

MOST_WRONG_TURNS = 12
SIGNS = {Status.PASSED: "✓", Status.FAILED: "✗", Status.NOT_CHECKED: "–"}


@dataclass
class _Class:
    """What is counted over all submissions; that alone is kept in memory."""

    first: Result | None = None
    submissions: int = 0
    passed: int = 0
    broken: int = 0
    void: int = 0
    """Neither passed nor failed: but for this number nothing is counted of them."""
    scores: Counter[int] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    """Step id to how many passed it."""
    wrong_turns: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Step id and message to how many submissions got it, there first of all."""

    def count(self, result: Result) -> None:
        """One more."""
        self.first = self.first or result
        self.submissions += 1
        if result.void:
            self.void += 1
            return
        self.passed += result.passed
        self.broken += result.error is not None
        self.scores[result.score] += 1
        said: dict[str, str] = {}
        for step in result.steps:
            self.reached[step.id] += step.status is Status.PASSED
            for check in step.checks if step.status is Status.FAILED else ():
                if check.verdict.status is Status.FAILED:
                    # What is wrong in one step is often wrong in a later one as well.
                    said.setdefault(check.verdict.message, step.id)
        self.wrong_turns.update((step, message) for message, step in said.items())

    @property
    def counted(self) -> int:
        """How many the shares and the mean are of."""
        return self.submissions - self.void


class ClassReport:
    """The submissions wait in a file without a name until what is counted over all of them can be written above."""

    def __init__(self, file: TextIO, alone: bool) -> None:  # noqa: ARG002  # a class of one is a class
        self._file, self._class = file, _Class()
        self._waiting = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  # until end()

    def add(self, result: Result) -> None:
        """See Report."""
        self._class.count(result)
        self._waiting.write(f"{_submission(result, number=self._class.submissions)}\n")

    def end(self) -> None:
        """See Report."""
        self._file.write(_head(self._class))
        with self._waiting as waiting:
            waiting.seek(0)
            for line in waiting:
                self._write(line)
        self._file.write("</main></body></html>\n")

    def _write(self, text: str) -> None:
        encoding = self._file.encoding or "utf-8"
        self._file.write(text.encode(encoding, "xmlcharrefreplace").decode(encoding))


def _head(found: _Class) -> str:
    first = found.first
    if first is None:
        return "<!DOCTYPE html><html><body><main>"
    title = _("Class report: {lesson}").format(lesson=first.lesson_title)
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    metas = (
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
    )
    head = element("head", *metas, element("title", title), element("style", Markup(CSS)))
    parts = (
        *_summary(found, first),
        *_steps(found, first),
        *_wrong_turns(found, first),
        element("h2", _("Submissions")),
    )
    language = escaped(in_use())
    return f'<!DOCTYPE html>\n<html lang="{language}">{head}\n<body><main>{joined(*parts)}\n'


def _summary(found: _Class, first: Result) -> Iterator[Markup]:
    yield element("h1", first.lesson_title)
    made = _("lesson {id} · sha256 {sha} · {date}").format(id=first.lesson, sha=first.sha256[:12], date=now())
    yield element("p", made, class_="dim")
    total = sum(score * times for score, times in found.scores.items())
    numbers = [
        (str(found.submissions), n_("submission", "submissions", found.submissions)),
        (str(found.passed), _("passed")),
        (f"{total / max(1, found.counted):.1f} / {first.max_score}", _("mean score")),
    ]
    if found.broken:
        numbers.append((str(found.broken), _("could not be graded")))
    if found.void:
        numbers.append((str(found.void), _("void")))
    yield element("div", *(element("div", element("b", number), words) for number, words in numbers), class_="numbers")


def _steps(found: _Class, first: Result) -> Iterator[Markup]:
    yield element("h2", _("Who passed which step"))
    rows = [_step_row(number, step, found) for number, step in enumerate(first.steps, 1)]
    yield element("table", element("tbody", *rows), class_="steps")


def _step_row(number: int, step: StepResult, found: _Class) -> Markup:
    share = round(100 * found.reached[step.id] / max(1, found.counted))
    looks = element("span", _("only looks"), class_="chip") if not step.points else Markup()
    bar = element("div", element("div", style=f"width:{share}%"), class_="bar", title=f"{share} %")
    return element(
        "tr",
        element("td", str(number), class_="number"),
        element("td", step.title, " ", looks),
        element("td", bar),
        element("td", f"{share} %", class_="number"),
        element("td", f"{found.reached[step.id]}/{found.counted}", class_="number dim"),
        class_="looks" if not step.points else "",
    )


def _wrong_turns(found: _Class, first: Result) -> Iterator[Markup]:
    yield element("h2", _("Where they went wrong"))
    titles = {step.id: f"{number}. {step.title}" for number, step in enumerate(first.steps, 1)}
    most = found.wrong_turns.most_common(MOST_WRONG_TURNS)
    if not most:
        yield element("p", _("Nowhere."), class_="dim")
        return
    rows = [
        element(
            "tr",
            element("td", f"{times} ×", class_="number"),
            element("td", message),
            element("td", titles.get(step, step), class_="dim"),
        )
        for (step, message), times in most
    ]
    yield element("table", element("tbody", *rows), class_="turns")
    if len(found.wrong_turns) > len(most):
        more = len(found.wrong_turns) - len(most)
        yield element("p", n_("and {n} other", "and {n} others", more).format(n=more), class_="dim")


def _submission(result: Result, number: int) -> Markup:
    outcome, mark = _outcome(result)
    summary = element(
        "summary",
        element("span", result.submission, class_="name"),
        element("span", *map(_dot, result.steps), class_="dots"),
        element("span", f"{result.score} / {result.max_score}", class_="number"),
        element("span", outcome, class_=f"chip {mark}"),
    )
    commands = n_("{n} command", "{n} commands", result.commands).format(n=result.commands)
    facts = f"{commands} · {result.duration_ms / 1000:.1f} s · {result.started}"
    said = [element("p", text, class_="note") for text in ([result.error] if result.error else []) + [*result.notes]]
    body = (element("p", facts, class_="dim"), *said, element("ol", *map(_step, result.steps)), _picture(result))
    # In one line, for the lines of the waiting file are copied one by one; SVG and <p> mind no newline.
    return element("details", summary, *body, id=f"s{number}")


def _outcome(result: Result) -> tuple[str, str]:
    """What it came to, and the class of its chip."""
    if result.error is not None:
        return _("void") if result.void else _("could not be graded"), "broken"
    return (_("passed"), "passed") if result.passed else (_("not passed"), "failed")


def _dot(step: StepResult) -> Markup:
    return element("i", SIGNS[step.status], class_=step.status.value, title=step.title)


def _step(step: StepResult) -> Markup:
    points = f"{step.earned} / {step.points}" if step.points else _("only looks")
    when = _("after {ms} ms").format(ms=step.reached_ms) if step.reached_ms is not None else ""
    undone = _("reached, but undone by the end") if step.reached and not step.holds and step.points else ""
    head = element(
        "div",
        element("span", SIGNS[step.status], class_=step.status.value),
        " ",
        element("b", step.title),
        element("span", " · ".join(filter(None, (points, when, undone))), class_="dim right"),
    )
    if step.status is not Status.FAILED:
        return element("li", head)
    return element("li", head, element("ul", *map(_check, step.checks)))


def _check(check: CheckResult) -> Markup:
    sign = element("span", SIGNS[check.verdict.status], class_=check.verdict.status.value)
    verdict = check.verdict
    style = "said" if verdict.status is Status.FAILED else "dim"
    words = element("div", verdict.message, class_=style) if verdict.message else Markup()
    advice = element("div", verdict.advice, class_="dim") if verdict.advice else Markup()
    return element("li", sign, " ", element("code", check.check), words, advice)


def _picture(result: Result) -> Markup:
    if result.picture is None:
        return Markup()
    caption = element("figcaption", _("The network at the end"), class_="dim")
    return element("figure", caption, Markup(result.picture))
