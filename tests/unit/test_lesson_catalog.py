"""The course, and how a lesson is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from nstutor.errors import UsageError
from nstutor.lesson.catalog import course, find
from nstutor.lesson.parse import load
from nstutor.text.width import width
from nstutor.ui.prose import pieces


def test_the_course_is_in_order_and_whole() -> None:
    """The shipped lessons come by number, each under the id that its file name says, and none requires a later one."""
    lessons = [load(path) for path in course()]
    assert [lesson.id for lesson in lessons[:4]] == ["first-look", "loopback", "veth", "bridge"]
    assert [path.stem.split("-", 1)[1] for path in course()] == [lesson.id for lesson in lessons]
    seen: set[str] = set()
    for lesson in lessons:
        assert set(lesson.requires) <= seen
        seen.add(lesson.id)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_drawings_fit_a_narrow_window(language: str) -> None:
    """No line of an introduction's drawing is wider than 60 columns, in which it stands four from the left."""
    introductions = [load(path, language).introduction for path in course()]
    drawings = [piece.text for text in introductions for piece in pieces(text) if piece.is_code]
    assert len(drawings) >= 2
    assert max(width(line) for drawing in drawings for line in drawing.splitlines()) <= 56


@pytest.mark.parametrize("name", ["bridge", "3", "03", "03-bridge", "03-bridge.md"])
def test_a_lesson_has_several_names(name: str) -> None:
    """Id, number and file name find the same lesson."""
    assert find(name).name == "03-bridge.md"


def test_a_file_is_found_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is taken as it is; a file in the current folder wins over the course."""
    assert find("some/where.md") == Path("some/where.md")
    (tmp_path / "03-bridge.md").touch()
    monkeypatch.chdir(tmp_path)
    assert find("03-bridge.md") == Path("03-bridge.md")
    assert find("bridge") != Path("bridge")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("brigde", "there is no lesson 'brigde'; did you mean `bridge`?"),
        ("xyzzy", "there are: first-look, loopback, veth, bridge"),
        ("my.md", "there is no file 'my.md'"),
        ("", "there is no lesson ''"),
    ],
)
def test_an_unknown_name_is_a_usage_error(name: str, words: str) -> None:
    """A name that nothing answers to gets the nearest one, or all there are."""
    with pytest.raises(UsageError) as caught:
        find(name)
    assert words in str(caught.value)
