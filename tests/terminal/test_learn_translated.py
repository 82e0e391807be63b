"""A lesson in the learner's language, where a translation stands beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import Learner, begin
from rich.cells import cell_len

DATA = Path(__file__).parent.parent / "data" / "lessons"
CLOSING = "。，、；：！？）》」”"
"""Marks that never begin a line."""
DIAGRAM = "     lo               lo"


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    """A copy of a lesson with its translation."""
    for name in ("cellar.md", "cellar.zh.md"):
        shutil.copy(DATA / name, tmp_path / name)
    return tmp_path / "cellar.md"


def well_broken(screen: str, columns: int) -> bool:
    """Whether each line fits and none begins with a closing mark."""
    lines = [line.strip() for line in screen.splitlines() if line.strip()]
    return all(cell_len(line) <= columns and line[0] not in CLOSING for line in lines)


@pytest.mark.parametrize("columns", [60, 80])
def test_a_lesson_is_worked_through_in_chinese(
    columns: int, lesson: Path, terminal: OpenTerminal, tmp_path: Path
) -> None:
    """Title, prose, hints, questions, choices and whys are the translation's; a choice counts by its text, too."""
    learner = begin(terminal, tmp_path, str(lesson), "--lang", "zh", columns=columns)
    screen = learner.terminal.history()
    assert "房子下面的地窖" in screen
    assert "挖一个地窖" in screen
    assert DIAGRAM in screen
    assert well_broken(screen, columns), screen
    assert "放心，这里" in "".join(screen.split()), screen
    assert "地窖就是一个命名空间。" in learner.line(":hint")
    screen = learner.line("ip netns add cellar", "一块，就是 lo")
    assert "请先看一看，再回答。" in screen
    assert well_broken(screen, columns), screen
    learner.line(":answer 一块也没有", "✗")
    screen = learner.line(":answer 一块，就是 lo", "打开它的 lo")
    assert "新的命名空间里只有 lo，别的什么也没有。" in screen, screen
    learner.line("", "把 cellar 里的 lo 打开。")
    learner.line("ip -n cellar link set lo up", "听起来像 loop？")
    assert "现在它也有地址了。" in learner.line(":answer 猫头鹰")


def test_the_learner_goes_on_in_another_language(lesson: Path, terminal: OpenTerminal, tmp_path: Path) -> None:
    """What was passed in one language is passed in the other; the lesson's own answer is right in both."""
    learner = begin(terminal, tmp_path, str(lesson))
    learner.line("ip netns add cellar", ":answer NUMBER")
    learner.line(":answer 2", "Set its lo up")
    learner.terminal.close()
    learner = begin(terminal, tmp_path, str(lesson), "--lang", "zh")
    assert "打开它的 lo" in learner.terminal.history()
    learner.line("ip -n cellar link set lo up", "哪种动物")
    learner.line(":answer owl", "现在它也有地址了。")


def test_a_damaged_translation_costs_nobody_the_lesson(lesson: Path, terminal: OpenTerminal, tmp_path: Path) -> None:
    """The lesson is there in its own words, and one line says why."""
    damaged = tmp_path / "cellar.zh.md"
    damaged.write_text(damaged.read_text(encoding="utf-8").replace("{#dig}", "{#dog}"), encoding="utf-8")
    learner: Learner = begin(terminal, tmp_path, str(lesson), "--lang", "zh")
    screen = learner.terminal.history()
    assert "cellar.zh.md" in screen
    assert "lesson test" in screen
    assert "Dig a cellar" in screen
    assert "挖一个地窖" not in screen
