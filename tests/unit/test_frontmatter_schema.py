"""docs/frontmatter.schema.json says of the front matter what the reader of lessons does with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from nstutor.errors import LessonError
from nstutor.lesson.frontmatter import KEYS, LONGEST_MINUTES
from nstutor.lesson.parse import parse

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "frontmatter.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
LESSONS = sorted([*ROOT.glob("lessons/*.md"), *ROOT.glob("tests/data/lessons/*.md")])
RESERVED = {"lang"}
"""Keys that the schema has and that not every nstutor reads."""

BODY = "## Do it {#do}\n```check\nnetns eden\n```\n```solution\nip netns add eden\n```\n```hint\n`ip netns add`\n```\n"
GOOD = {"format": "1", "id": "a-1", "title": "A lesson"}

CASES: list[tuple[dict[str, str], bool]] = [
    ({}, True),
    ({"requires": "[veth, loopback]", "tools": "[ip, iptables-legacy, x86_64]", "minutes": "600"}, True),
    ({"requires": "[]", "minutes": "1"}, True),
    ({"format": "2"}, False),
    ({"format": "one"}, False),
    ({"id": "A Lesson"}, False),
    ({"id": "''"}, False),
    ({"title": "' '"}, False),
    ({"title": "[a]"}, False),
    ({"requires": "veth"}, False),
    ({"requires": "[Veth]"}, False),
    ({"requires": "[[veth]]"}, False),
    ({"tools": "[../ip]"}, False),
    ({"tools": "{ip: 1}"}, False),
    ({"minutes": "0"}, False),
    ({"minutes": "601"}, False),
    ({"minutes": "long"}, False),
    ({"minute": "5"}, False),
    ({"pass": "80 %"}, True),
    ({"pass": "1"}, True),
    ({"pass": "1 point"}, True),
    ({"pass": "0"}, False),
    ({"pass": "101 %"}, False),
    ({"pass": "[1]"}, False),
    ({"vars": "{a: {names: [x, y]}, n: {subnet: 10.0.0.0/8, length: 24}, h: {host: n}, m: {numbers: 1-9}}"}, True),
    ({"vars": "{a: {names: []}}"}, False),
    ({"vars": "{a: {names: [x, x]}}"}, False),
    ({"vars": "{A: {numbers: 1-9}}"}, False),
    ({"vars": "{a: {numbers: many}}"}, False),
    ({"vars": "{a: {subnet: 10.0.0.0/8}}"}, False),
    ({"vars": "{a: {numbers: 1-9, length: 3}}"}, False),
    ({"vars": "[a]"}, False),
]


def front_matter(path: Path) -> object:
    """The front matter of a lesson file, as any YAML reader sees it."""
    return yaml.safe_load(path.read_text(encoding="utf-8").split("---\n")[1])


def test_the_schema_is_one() -> None:
    """By the rules of its own draft, with the reader's keys and the reader's limits."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert set(KEYS) <= set(SCHEMA["properties"]) <= {*KEYS, *RESERVED}
    assert SCHEMA["properties"]["minutes"]["maximum"] == LONGEST_MINUTES


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)
def test_every_lesson_is_valid(path: Path) -> None:
    """The course, and what the tests have."""
    VALIDATOR.validate(front_matter(path))


def test_there_are_lessons() -> None:
    """The test above is about something."""
    assert len(LESSONS) > 4


@pytest.mark.parametrize(("changed", "good"), CASES)
def test_the_schema_and_the_reader_agree(changed: dict[str, str], good: bool) -> None:
    """Of each front matter, whether it is right."""
    text = "".join(f"{key}: {value}\n" for key, value in {**GOOD, **changed}.items())
    assert VALIDATOR.is_valid(yaml.safe_load(text)) is good
    assert is_read(f"---\n{text}---\n{BODY}") is good


@pytest.mark.parametrize("key", ["format", "id", "title"])
def test_what_every_lesson_has_is_required(key: str) -> None:
    """By both."""
    text = "".join(f"{name}: {value}\n" for name, value in GOOD.items() if name != key)
    assert not VALIDATOR.is_valid(yaml.safe_load(text))
    assert not is_read(f"---\n{text}---\n{BODY}")


def is_read(text: str) -> bool:
    """Whether nstutor reads the lesson."""
    try:
        parse(text, "a.md")
    except LessonError:
        return False
    return True
