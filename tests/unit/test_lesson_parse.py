"""A lesson file becomes a Lesson, whole and in its order."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from nstutor.errors import UsageError
from nstutor.lesson.model import Lesson, Line
from nstutor.lesson.parse import load, parse

DATA = Path(__file__).parent.parent / "data" / "lessons"
WHOLE = DATA / "whole.md"


@pytest.fixture(scope="module")
def whole() -> Lesson:
    """A lesson with everything in it."""
    return load(WHOLE)


def test_front_matter(whole: Lesson) -> None:
    """The front matter's values come as they were written."""
    assert (whole.id, whole.title, whole.minutes) == ("whole", "A lesson: with everything", 20)
    assert (whole.requires, whole.tools) == (("veth", "loopback"), ("ip", "ping", "tcpdump"))
    assert whole.path == str(WHOLE)
    assert whole.sha256 == hashlib.sha256(WHOLE.read_bytes()).hexdigest()


def test_introduction(whole: Lesson) -> None:
    """The introduction keeps fences for people and gives up those for the machine."""
    assert whole.introduction == "The introduction.\n\n```text\na drawing\n```\n\nMore of it."
    assert whole.setup is not None
    assert whole.setup.text == "ip link add eth0 type veth peer name uplink\n"
    assert [script.text for script in whole.solutions_all] == ["ip netns add eden\nip netns delete eden\n"]


def test_steps(whole: Lesson) -> None:
    """Headings of level 2 are steps, written with `##` or underlined."""
    assert [(step.id, step.title, step.required) for step in whole.steps] == [
        ("found", "Found a house", False),
        ("look", "Look", True),
    ]
    assert [whole.source[step.line - 1] for step in whole.steps] == [
        "## Found a house {#found}",
        "Look {#look .required}",
    ]
    assert whole.step("look") is whole.steps[1]
    assert whole.step("nowhere") is None


def test_prose(whole: Lesson) -> None:
    """A step's prose is its Markdown without the heading and the machine's fences."""
    assert whole.steps[0].prose == (
        "Prose before,\n\n```sh\nan example, not for the machine\n```\n\n"
        "and prose behind.\n\n### A heading of the prose"
    )
    assert whole.steps[1].prose == ""


def test_checks_know_their_place(whole: Lesson) -> None:
    """A check line comes without blanks around it, with its number and first column; comments are left out."""
    first, second = whole.steps[0].checks
    assert first == Line("netns eden", whole.source.index("netns eden") + 1, 1)
    assert (second.text, second.column) == ("not netns Eden   within 3s", 3)
    assert whole.source[second.number - 1] == "  not netns Eden   within 3s"
    assert [step.id for step, _ in whole.check_lines()] == ["found", "found"]


def test_scripts_stand_as_written(whole: Lesson) -> None:
    """A script keeps its blank lines and indentation; the second solution is an alternative."""
    first, second = whole.steps[0].solutions
    assert first.text == "cat > f <<'X'\n  two\n\nX\nip netns add eden\n"
    assert second.text == "ip netns add eden # another way\n"


def test_hints_and_why(whole: Lesson) -> None:
    """Hints come weakest first; `why` is Markdown."""
    assert whole.steps[0].hints == ("Weak.", "Strong: `ip netns add NAME`")
    assert whole.steps[0].why == "Because.\n\nTwo paragraphs."
    assert whole.steps[1].why == ""


def test_wrong_attempts(whole: Lesson) -> None:
    """A wrong attempt has a name, commands, the words of its message, and a place to start from."""
    capital, nothing = whole.steps[0].wrongs
    assert (capital.name, capital.expected, capital.from_empty) == ("a capital letter", "the name is Eden", False)
    assert capital.script.text == "ip netns add Eden\n"
    assert (nothing.name, nothing.from_empty) == ("nothing at all", True)
    assert whole.source[capital.line - 1] == "```wrong a capital letter"


def test_questions(whole: Lesson) -> None:
    """A question asks the kernel, or has its answer in the lesson."""
    asked, chosen = whole.steps[1].questions
    assert (asked.text, asked.choices, asked.fixed) == ("What state is lo in?\nIn eden, I mean.", (), None)
    assert asked.answer is not None
    assert (asked.answer.text, asked.answer.column) == ("link lo netns eden operstate", 9)
    assert (chosen.text, chosen.choices, chosen.answer, chosen.fixed) == ("Is host listed?", ("yes", "no"), None, "no")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n"),
    ],
)
def test_how_lines_end_does_not_matter(change: object, whole: Lesson) -> None:
    """A byte order mark, Windows line ends and a missing last newline change nothing."""
    assert callable(change)
    changed = parse(change(WHOLE.read_text(encoding="utf-8")), "x.md")
    assert changed.steps == whole.steps
    assert changed.introduction == whole.introduction


def test_yaml_has_no_traps() -> None:
    """What YAML would read as a boolean, a number or a date stays the text that was written."""
    text = WHOLE.read_text(encoding="utf-8").replace("id: whole", "id: no")
    lesson = parse(text.replace("[veth, loopback]", "[on, 0123, 1e3]"), "x.md")
    assert (lesson.id, lesson.requires) == ("no", ("on", "0123", "1e3"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere.md", "No such file"),
        ("", "directory"),
        ("bad\0name.md", "null"),
    ],
)
def test_what_cannot_be_read_is_a_usage_error(name: str, words: str) -> None:
    """A missing file, a directory and an impossible name are told apart, without a traceback."""
    with pytest.raises(UsageError, match=words):
        load(f"{DATA}/{name}")


def test_a_device_or_a_huge_file_is_no_lesson(tmp_path: Path) -> None:
    """Reading ends with a clear word where it would never end."""
    with pytest.raises(UsageError, match="not a regular file"):
        load("/dev/zero")
    huge = tmp_path / "huge.md"
    huge.write_bytes(b"x" * (1024 * 1024 + 1))
    with pytest.raises(UsageError, match="larger than 1024 KiB"):
        load(huge)
