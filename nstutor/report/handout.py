"""A lesson as a page to read, to print and to hand out: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from nstutor.lesson.model import Lesson, Question, Step
from nstutor.report import markdown
from nstutor.report.handout_style import STYLE
from nstutor.text.i18n import _, n_

TAGS = {"zh": "zh-Hans"}
"""What HTML calls a language where that is not the name that the lesson's files have (BCP 47)."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""The page loads nothing and runs nothing, whatever may stand in a lesson (Content Security Policy Level 3)."""

START = ""
PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""


@dataclass(frozen=True)
class Handout:
    """What stands in it."""

    lesson: Lesson
    name: str
    """What `nstutor learn` calls it."""
    pictures: Mapping[str, str] = field(default_factory=dict)
    """SVG of the network after a step, by the step's id; under START what is given before the first."""
    images: markdown.Images = markdown.described
    """What becomes of the images in its prose."""
    solutions: bool = False
    """With an appendix of solutions and of what is said after each pass."""


def as_html(handout: Handout) -> str:
    """The page. Questions stand without their answers, hints are folded away."""
    lesson = handout.lesson
    given = _picture(START, _("The network that is given"), handout)
    parts = [_header(handout), markdown.block(lesson.introduction, handout.images), given, _contents(lesson)]
    parts += [_step(number, step, handout) for number, step in enumerate(lesson.steps, 1)]
    parts += [_appendix(handout)] if handout.solutions else []
    language = TAGS.get(lesson.language, lesson.language)
    return PAGE.format(
        language=escape(language), policy=escape(POLICY), title=escape(lesson.title), style=STYLE, body="".join(parts)
    )


def _header(handout: Handout) -> str:
    lesson = handout.lesson
    facts = [n_("{n} step", "{n} steps", len(lesson.steps)).format(n=len(lesson.steps))]
    facts += [n_("{n} minute", "{n} minutes", lesson.minutes).format(n=lesson.minutes)] if lesson.minutes else []
    facts += [_("after {lessons}").format(lessons=", ".join(lesson.requires))] if lesson.requires else []
    begin = _("Begin: {command}").format(command=f"<code>nstutor learn {escape(handout.name)}</code>")
    return (
        f'<header>\n<p class="course">nstutor</p>\n<h1>{markdown.inline(lesson.title)}</h1>\n'
        f'<p class="facts">{escape(" · ".join(facts))}</p>\n<p class="facts">{begin}</p>\n</header>\n'
    )


def _contents(lesson: Lesson) -> str:
    items = (f'<li><a href="#{escape(step.id)}">{markdown.inline(step.title)}</a></li>\n' for step in lesson.steps)
    return f'<nav class="contents">\n<ol>\n{"".join(items)}</ol>\n</nav>\n'


def _step(number: int, step: Step, handout: Handout) -> str:
    heading = f"<h2><span>{number}</span>{markdown.inline(step.title)}</h2>\n"
    parts = [heading, markdown.block(step.prose, handout.images)]
    parts += [*map(_question, step.questions), *_hints(step, handout)]
    parts.append(_picture(step.id, _("The network after this step"), handout))
    return f'<section class="step" id="{escape(step.id)}">\n{"".join(parts)}</section>\n'


def _picture(step: str, caption: str, handout: Handout) -> str:
    if step not in handout.pictures:
        return ""
    return f"<figure>\n<figcaption>{escape(caption)}</figcaption>\n{handout.pictures[step]}\n</figure>\n"


def _question(question: Question) -> str:
    choices = "".join(f"<li>{markdown.inline(choice)}</li>\n" for choice in question.choices)
    listed = f"<ol>\n{choices}</ol>\n" if choices else ""
    return f'<div class="question">\n{markdown.block(question.text)}{listed}</div>\n'


def _hints(step: Step, handout: Handout) -> Iterator[str]:
    if not step.hints:
        return
    yield '<div class="hints">\n'
    for number, hint in enumerate(step.hints, 1):
        label = _("Hint {number} of {count}").format(number=number, count=len(step.hints))
        yield _folded(escape(label), markdown.block(hint, handout.images))
    yield "</div>\n"


def _folded(label: str, content: str) -> str:
    return f"<details>\n<summary>{label}</summary>\n{content}</details>\n"


def _appendix(handout: Handout) -> str:
    heading = _("Solutions")
    parts = [f"<h2>{escape(heading)}</h2>\n"]
    for number, step in enumerate(handout.lesson.steps, 1):
        label = f"{number} · {markdown.inline(step.title)}"
        scripts = "".join(markdown.bash(script.text) for script in step.solutions)
        parts.append(_folded(label, scripts + markdown.block(step.why, handout.images)))
    return f'<section class="appendix">\n{"".join(parts)}</section>\n'
