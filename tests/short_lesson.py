"""Lessons in a line for each step, for tests of what is made of them."""

from __future__ import annotations

from nstutor.checks.registry import compile_lesson
from nstutor.lesson.parse import parse
from nstutor.session.steps import Plan

ASK = "?"
"""In front of a line: a question, `? TEXT = ANSWER`."""


def lesson_text(*steps: str) -> str:
    """The Markdown of a lesson: each step is `ID [.required]: CHECK; CHECK; ? QUESTION = ANSWER`."""
    return "---\nformat: 1\nid: short\ntitle: A short lesson\n---\nHello.\n\n" + "\n".join(map(_step, steps))


def plan_of(*steps: str) -> Plan:
    """The compiled lesson."""
    lesson = parse(lesson_text(*steps), "short.md")
    return Plan(lesson, compile_lesson(lesson))


def _step(step: str) -> str:
    head, _, body = step.partition(": ")
    name, _, required = head.partition(" ")
    lines = [line.strip() for line in body.split(";") if line.strip()]
    checks = [line for line in lines if not line.startswith(ASK)]
    fences = [f"```check\n{chr(10).join(checks)}\n```\n"] if checks else []
    fences += [_question(line) for line in lines if line.startswith(ASK)]
    attributes = f"{{#{name}{' ' + required if required else ''}}}"
    fences += ["```hint\nThink.\n```\n", "```solution\ntrue\n```\n"]
    return f"## The step {name} {attributes}\n\nProse.\n\n" + "\n".join(fences)


def _question(line: str) -> str:
    text, _, answer = line.removeprefix(ASK).partition("=")
    return f"```ask\n{text.strip()}\nanswer: ={answer}\n```\n"
