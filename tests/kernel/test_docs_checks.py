"""docs/checks.md is true: every example is judged in the lab that it describes, and its grammar is the registry's."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from lab_harness import judged

from nstutor.checks.base import Check, Status, Verdict
from nstutor.checks.registry import FAMILIES, compile_lesson, family_of, parse_check
from nstutor.lab.world_factory import WorldFactory
from nstutor.lesson.model import Line
from nstutor.lesson.parse import parse
from nstutor.proof.playback import Playback, stage
from nstutor.session.settle import readable
from nstutor.session.steps import Order, Plan

DOC = (Path(__file__).parents[2] / "docs" / "checks.md").read_text(encoding="utf-8")
SETUP, LEARNER = re.findall(r"^```bash\n(.*?)^```", DOC, re.MULTILINE | re.DOTALL)
SECTIONS = dict(re.findall(r"^### (\w+)\n\n```text\n(.*?)^```", DOC, re.MULTILINE | re.DOTALL))
EXAMPLE = re.compile(r"(?P<check>.+)\n=> (?P<verdict>passes|fails|not checked)(?:: (?P<message>.+))?\n")
STATUS = {"passes": Status.PASSED, "fails": Status.FAILED, "not checked": Status.NOT_CHECKED}


@dataclass(frozen=True)
class Example:
    """A check line, and what the document says of it."""

    family: str
    check: str
    status: Status
    message: str


EXAMPLES = [
    Example(family, match["check"], STATUS[match["verdict"]], match["message"] or "")
    for family, text in SECTIONS.items()
    for match in EXAMPLE.finditer(text)
]


def lesson() -> str:
    """A lesson in the world of the examples with a step for each of them."""
    steps = "".join(
        f"## Example {{#example-{number}}}\n```check\n{example.check}\n```\n```solution\n:\n```\n```hint\nLook.\n```\n"
        for number, example in enumerate(EXAMPLES)
    )
    return f"---\nformat: 1\nid: examples\ntitle: Examples\n---\n```setup\n{SETUP}```\n{steps}"


async def judge_all(factory: WorldFactory) -> list[Verdict]:
    """What the examples come to, after the learner has typed."""
    parsed = parse(lesson(), "examples.md")
    plan = Plan(parsed, compile_lesson(parsed))
    async with stage(plan, factory, Order.ANY) as play:
        await play.type([Line(text, number) for number, text in enumerate(LEARNER.splitlines(), 1)])
        await _until_served(play)
        await play.finish()
        return [await verdict_of(plan.checks[step.id][0], play) for step in parsed.steps]


async def _until_served(play: Playback) -> None:
    """Wait for what the world has put into the background."""
    deadline = asyncio.get_running_loop().time() + 10
    while len(list(play.live.look().listeners())) < SETUP.count("listen("):
        assert asyncio.get_running_loop().time() < deadline, "the servers do not listen"
        await readable(play.live.observer.descriptors(), 0.02)


async def verdict_of(check: Check, play: Playback) -> Verdict:
    """What a check comes to in the state at hand."""
    return check.judge(play.live.observation())


def test_every_family_has_examples_of_both_kinds() -> None:
    """One that passes and one that fails, of every family that is built in, in the document's own section for it."""
    assert set(SECTIONS) == set(FAMILIES)
    for family, text in SECTIONS.items():
        mine = [example for example in EXAMPLES if example.family == family]
        assert len(mine) == text.count("\n=> "), f"an example of {family} cannot be read"
        assert {Status.PASSED, Status.FAILED} <= {example.status for example in mine}, family
        assert all(example.check.removeprefix("not ").split()[0] == family for example in mine)


@judged
def test_every_example_is_as_the_document_says(factory: WorldFactory) -> None:
    """In a real lab, with the message word for word."""
    verdicts = asyncio.run(judge_all(factory))
    wrong = [
        f"{example.check}\n  {verdict.status}: {verdict.message}\n  and not {example.status}: {example.message}"
        for example, verdict in zip(EXAMPLES, verdicts, strict=True)
        if (verdict.status, verdict.message) != (example.status, example.message)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_grammar_is_that_of_the_registry() -> None:
    """Each family has a rule of its own, with all of its keywords and no others."""
    (text,) = re.findall(r"^```ebnf\n(.*?)^```", DOC, re.MULTILINE | re.DOTALL)
    rules = dict(re.findall(r"^(\w+) *= (.*?) ;$", text, re.MULTILINE | re.DOTALL))
    assert set(re.findall(r"\w+", rules["fact"])) == set(FAMILIES)
    for family in FAMILIES:
        words = re.findall(r'"([^"]+)"', rules[family])
        assert words[0] == family
        assert set(words[1:]) - {"--"} == set(family_of(family).KEYWORDS), family
        assert len(words) == len(set(words)), family


def test_a_keyword_of_the_grammar_is_understood() -> None:
    """The registry's tables are what the families read by: a keyword that is none is refused with a suggestion."""
    assert parse_check(Line("rule lookup 100 from all", 1), "").text == "rule lookup 100 from all"
