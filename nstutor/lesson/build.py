"""A lesson from the parts of its file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nstutor.lesson import fences as read_fence
from nstutor.lesson import frontmatter
from nstutor.lesson.blocks import ATTRIBUTES_RE, Fence, Heading, Section, sections
from nstutor.lesson.faults import Faults
from nstutor.lesson.filled import filled, filled_text
from nstutor.lesson.frontmatter import ID_RE, FrontMatter
from nstutor.lesson.model import Lesson, Script, Step
from nstutor.lesson.points import Worth, read_worth
from nstutor.lesson.source import Source
from nstutor.lesson.variables import draw
from nstutor.text.i18n import _


def build(source: Source, seed: str, faults: Faults) -> Lesson | None:
    """The lesson, as far as it can be read, with the values that the seed draws; its faults are noted."""
    front = frontmatter.read(source, faults)
    if front is None or front.variables is None:
        return None
    variant = draw(front.variables, seed, front.id) if front.variables else None
    source = filled(source, variant, front.end, faults)
    introduction, *rest = sections(source.lines, front.end + 1, faults)
    lesson = _lesson(source, front, introduction, rest, faults)
    _refuse_doubles(lesson, faults)
    return lesson._replace(title=filled_text(lesson.title, variant), variant=variant) if variant else lesson


def _lesson(
    source: Source, front: FrontMatter, introduction: Section, rest: Sequence[Section], faults: Faults
) -> Lesson:
    if not rest:
        faults.add(max(1, len(source.lines)), 1, _("the lesson has no step; a step is a heading `## Title {#id}`"))
    if front.id and front.id in front.requires:
        faults.add(1, 1, _("the lesson `requires` itself: {id}").format(id=front.id))
    steps = tuple(_step(section, faults) for section in rest)
    _refuse_mark(front, steps, faults)
    return Lesson(
        path=source.path,
        sha256=source.sha256,
        id=front.id,
        title=front.title,
        requires=front.requires,
        tools=front.tools,
        minutes=front.minutes,
        introduction=introduction.prose,
        setup=_setup(introduction, faults),
        solutions_all=_solutions_all(introduction, faults),
        steps=steps,
        source=source.lines,
        pass_mark=front.pass_mark,
    )


def _refuse_mark(front: FrontMatter, steps: Sequence[Step], faults: Faults) -> None:
    most = sum(step.points for step in steps)
    if steps and front.pass_mark and not front.pass_mark.percent and front.pass_mark.number > most:
        message = _("`pass` asks for {number} points; the steps have {most}")
        faults.add_line(front.pass_line, message.format(number=front.pass_mark.number, most=most))


def _of(section: Section, kind: str) -> tuple[Fence, ...]:
    return tuple(fence for fence in section.fences if fence.kind == kind)


def _setup(introduction: Section, faults: Faults) -> Script | None:
    found = _of(introduction, "setup")
    read_fence.only_words(found, "", faults)
    for fence in found[1:]:
        message = _("a lesson has one `setup`; the first stands in line {line}").format(line=found[0].line)
        faults.add_line(fence.line, message)
    return read_fence.script(found[0]) if found else None


def _solutions_all(introduction: Section, faults: Faults) -> tuple[Script, ...]:
    for fence in introduction.fences:
        if fence.kind not in ("setup", "solution"):
            message = _("a `{kind}` fence belongs in a step, under its heading").format(kind=fence.kind)
            faults.add_line(fence.line, message)
    found = _of(introduction, "solution")
    read_fence.only_words(found, "all", faults)
    return tuple(read_fence.script(fence) for fence in found)


@dataclass(frozen=True, slots=True)
class _Title:
    """A heading taken apart."""

    title: str
    id: str
    worth: Worth


def _step(section: Section, faults: Faults) -> Step:
    heading = section.heading or Heading("", 1)
    title = _title(heading, faults)
    whys = _of(section, "why")
    step = Step(
        id=title.id,
        title=title.title,
        line=heading.line,
        prose=section.prose,
        checks=tuple(line for fence in _of(section, "check") for line in read_fence.checks(fence)),
        solutions=tuple(read_fence.script(fence) for fence in _of(section, "solution")),
        hints=tuple(fence.text for fence in _of(section, "hint")),
        why=whys[0].text if whys else "",
        questions=tuple(read_fence.question(fence, faults) for fence in _of(section, "ask")),
        wrongs=tuple(read_fence.wrong(fence, faults) for fence in _of(section, "wrong")),
        required=title.worth.required,
        points=title.worth.points,
        bonus=title.worth.bonus,
        already=read_fence.already(_of(section, "check"), faults),
    )
    _refuse_misplaced(section, faults)
    _refuse_incomplete(step, faults)
    return step


def _refuse_misplaced(section: Section, faults: Faults) -> None:
    for fence in _of(section, "setup"):
        faults.add_line(fence.line, _("`setup` belongs in the introduction, before the first step"))
    for fence in _of(section, "why")[1:]:
        faults.add_line(fence.line, _("a step has one `why`"))
    plain = ("solution", "hint", "ask", "why")
    read_fence.only_words([fence for fence in section.fences if fence.kind in plain], "", faults)


def _refuse_incomplete(step: Step, faults: Faults) -> None:
    missing = {
        _("this step has no title"): not step.title,
        _("this step has no check and no question"): not (step.checks or step.questions),
        _("this step has no hint"): not step.hints,
        _("this step has no solution"): not step.solutions,
    }
    for message in (message for message, is_missing in missing.items() if is_missing):
        faults.add_line(step.line, message)
    names = Counter(wrong.name for wrong in step.wrongs if wrong.name)
    for wrong in step.wrongs:
        if names[wrong.name] > 1:
            message = _("two wrong attempts of this step are called `{name}`").format(name=wrong.name)
            faults.add_line(wrong.line, message)


def _title(heading: Heading, faults: Faults) -> _Title:
    match = ATTRIBUTES_RE.search(heading.text)
    title = heading.text[: match.start()].strip() if match else heading.text.strip()
    words = match["words"].split() if match else []
    ids = [word[1:] for word in words if word.startswith("#")]
    if len(ids) != 1:
        wanted = f"`{{#{_slug(title)}}}`"
        message = _("this step needs one id: write {wanted} at the end of the heading").format(wanted=wanted)
        faults.add_line(heading.line, message)
    for identity in ids:
        if not ID_RE.match(identity):
            message = _("`{id}`: an id is made of small letters, digits and hyphens").format(id=f"#{identity}")
            faults.add_line(heading.line, message)
    worth = read_worth([word for word in words if not word.startswith("#")], heading.line, faults)
    return _Title(title, ids[0] if ids else "", worth)


def _slug(title: str) -> str:
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join(words[:2]) or "id"


def _refuse_doubles(lesson: Lesson, faults: Faults) -> None:
    first: dict[str, Step] = {}
    for step in lesson.steps:
        other = first.setdefault(step.id, step)
        if step.id and other is not step:
            message = _("the id `{id}` is taken by the step in line {line}").format(id=step.id, line=other.line)
            faults.add_line(step.line, message)
