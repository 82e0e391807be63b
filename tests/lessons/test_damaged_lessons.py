"""Damaged copies of the shipped lessons: each damage is reported at its line."""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path

import pytest
from damage import FORM, PLAY, TABLE, Draft, Found
from proof_runs import FaultJson, LessonJson, everything_held_against, prove

from nstutor.lesson.catalog import course, find

DATA = Path(__file__).parent.parent / "data" / "lessons"
PLAYED = find("veth").stem
"""Of this one the first step is played with each damage that only plays show."""
CASES = [(path.stem, name) for path in course() for name, row in TABLE.items() if row[0] == FORM]
CASES += [(PLAYED, name) for name, row in TABLE.items() if row[0] == PLAY]

# What is damaged in the translation of tests/data/lessons/cellar.md, and what stands where it is reported.
TRANSLATION: dict[str, tuple[str, str, str, str]] = {
    "an id of no step": ("{#dig}", "{#dog}", "## 挖一个地窖 {#dog}", "did you mean `dig`?"),
    "a doubled id": ("{#look}", "{#lo}", "## 看看里面 {#lo}", "is taken by the step in line"),
    "another order": ("{#dig}", "{#look}", "## 打开它的 lo {#lo}", "keep its order"),
    "a check": ("```why\n现在", "```check\nnetns x\n```\n\n```why\n现在", "```check", "a translation has no `check`"),
    "another language": ("lang: zh", "lang: en", "lang: en", "`lang` must be `"),
    "a choice too few": ("- 一块也没有\n", "", "```ask", "3 choices in the lesson itself, and 2 here"),
    "a hint too many": (
        "```ask\n一个",
        "```hint\n还有\n```\n\n```ask\n一个",
        "```hint",
        "this step has 2 `hint` in the lesson itself",
    ),
    "another address": ("127.0.0.1/8 里", "127.0.0.2/8 里", "127.0.0.2/8", "127.0.0.2/8 stands nowhere"),
    "a hint that gives the solution away": (
        "地窖就是一个命名空间。",
        "输入 ip netns add cellar",
        "输入 ip netns add cellar",
        "only the last hint",
    ),
}


def damaged(path: Path, name: str) -> tuple[str, Found]:
    """The text of a damaged copy, and the place where that is to be reported."""
    kind, do, words = TABLE[name]
    draft = Draft(path.read_text(encoding="utf-8"))
    if kind == PLAY:
        draft.beginning()
    before = draft.text
    place = do(draft)
    assert draft.text != before, "the damage changed nothing"
    return draft.text, Found(place.line, words)


def damaged_translation(name: str) -> str:
    """The text of a damaged translation."""
    old, new, *_ = TRANSLATION[name]
    text = (DATA / "cellar.zh.md").read_text(encoding="utf-8")
    assert old in text
    assert text.replace(old, new, 1) != text
    # Each is a translation into a language of its own: so the lesson is played once for all of them.
    return text.replace(old, new, 1).replace("lang: zh", f"lang: {language_of(name)}")


def language_of(name: str) -> str:
    """A language for a damaged translation."""
    return f"x{'abcdefghijklmnopqrstuvwxyz'[list(TRANSLATION).index(name)]}"


def file_of(stem: str, name: str) -> str:
    """A name for a damaged copy."""
    return f"{stem}-{list(TABLE).index(name):02}.md"


@functools.cache
def proofs() -> tuple[int, dict[str, LessonJson]]:
    """All damaged copies, proved in one run: the exit code, and the lessons by the names of their files."""
    with tempfile.TemporaryDirectory() as folder:
        for stem, name in CASES:
            (path,) = (path for path in course() if path.stem == stem)
            (Path(folder) / file_of(stem, name)).write_text(damaged(path, name)[0], encoding="utf-8")
        shutil.copy(DATA / "cellar.md", folder)
        for name in TRANSLATION:
            path = Path(folder) / f"cellar.{language_of(name)}.md"
            path.write_text(damaged_translation(name), encoding="utf-8")
        code, report = prove(folder)
    assert report["machine"] == []
    return code, {Path(lesson["path"]).name: lesson for lesson in report["lessons"]}


def test_the_tables_have_rows() -> None:
    """There is damage of each kind, to every lesson of the course, and no file of the run is missing."""
    assert sum(row[0] == FORM for row in TABLE.values()) > 25
    assert sum(row[0] == PLAY for row in TABLE.values()) >= 8
    assert {stem for stem, _ in CASES} == {path.stem for path in course()}
    assert len(TRANSLATION) >= 9
    code, lessons = proofs()
    assert code == 2
    assert len(lessons) == len(CASES) + 1


@pytest.mark.parametrize(("stem", "name"), CASES)
def test_damage_is_reported_at_its_line(stem: str, name: str) -> None:
    """The lesson is not proved, and its author is led to the line."""
    (path,) = (path for path in course() if path.stem == stem)
    _, wanted = damaged(path, name)
    lesson = proofs()[1][file_of(stem, name)]
    found = [(fault["line"], fault["message"]) for fault in everything_held_against(lesson)]
    assert any(line == wanted.line and wanted.words in message for line, message in found), (wanted, found)
    assert not lesson["proved"]
    assert bool(lesson["faults"]) is (TABLE[name][0] == FORM)


@pytest.mark.parametrize("name", TRANSLATION)
def test_damage_to_a_translation_is_reported_at_its_line(name: str) -> None:
    """In the translation's own file; the lesson itself is still played, and is not proved."""
    _, _, line, words = TRANSLATION[name]
    lesson = proofs()[1]["cellar.md"]
    language = lesson["languages"][language_of(name)]
    held: list[FaultJson] = [*language["faults"], *language["findings"]]
    lines = damaged_translation(name).split("\n")
    found = [(lines[fault["line"] - 1], fault["message"]) for fault in held]
    assert any(line in source and words in message for source, message in found), found
    assert not language["proved"]
    assert not lesson["proved"]
    assert not everything_held_against(lesson)
    assert len(lesson["steps"]) == 3
