"""`nstutor learn FILE.md --watch`: an author saves, and the lesson at the prompt is the new one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import Learner, begin

DATA = Path(__file__).parent.parent / "data" / "lessons"
LOADED = "was saved and is in force"


class Author:
    """Somebody who edits the lesson in which a learner sits."""

    def __init__(self, lesson: Path) -> None:
        self.lesson = lesson

    def replace(self, old: str, new: str, path: Path | None = None) -> None:
        """Save the file with something replaced."""
        path = path or self.lesson
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def replace_by_rename(self, old: str, new: str) -> None:
        """The same in the manner of editors that write a new file, move the old one away and put the new one there."""
        text = self.lesson.read_text(encoding="utf-8")
        assert old in text
        new_file = self.lesson.with_suffix(".new")
        new_file.write_text(text.replace(old, new), encoding="utf-8")
        os.rename(self.lesson, self.lesson.with_suffix(".md~"))
        os.rename(new_file, self.lesson)


@pytest.fixture
def author(tmp_path: Path) -> Author:
    """The author of a copy of a lesson with its translation."""
    for name in ("cellar.md", "cellar.zh.md"):
        shutil.copy(DATA / name, tmp_path / name)
    return Author(tmp_path / "cellar.md")


def watching(terminal: OpenTerminal, author: Author, *arguments: str) -> Learner:
    """At the first prompt of the author's lesson."""
    return begin(terminal, author.lesson.parent, str(author.lesson), "--watch", *arguments)


def test_changed_prose_is_shown_and_the_lab_stays(terminal: OpenTerminal, author: Author) -> None:
    """Also where an editor writes by renaming; what was typed in the lab is still there, as is a half typed line."""
    learner = watching(terminal, author)
    learner.line("ip netns add attic")
    learner.type("ip netns l")
    author.replace_by_rename("nobody lives in it", "a hermit lives in it")
    screen = learner.terminal.wait("a hermit lives in it")
    assert LOADED in screen
    learner.terminal.wait("❯ ip netns l")
    learner.type("s; echo listed")
    learner.terminal.keys("Enter")
    assert "attic" in learner.terminal.wait("\nlisted")
    author.replace("a hermit", "an owl")
    learner.terminal.wait("an owl lives in it")


def test_a_step_that_holds_by_the_change_is_passed(terminal: OpenTerminal, author: Author) -> None:
    """The checks are judged anew at the save, and the pass is kept."""
    learner = watching(terminal, author)
    learner.line("ip netns add attic")
    author.replace(
        "```ask\nHow many devices are in a new namespace?\nchoices:\n- none\n- one, lo\n"
        "- as many as in host\nanswer: = one, lo\n```\n",
        "",
    )
    author.lesson.with_suffix(".zh.md").unlink()
    learner.terminal.wait(LOADED)
    author.replace("netns cellar\n```", "netns attic\n```")
    learner.terminal.wait("✓ Step 1.")
    learner.terminal.wait("Enter: step 2, Set its lo up")
    assert learner.query("SELECT step FROM pass") == [("dig",)]


def test_a_save_with_faults_changes_nothing(terminal: OpenTerminal, author: Author) -> None:
    """The faults stand above the prompt with their lines; the version before counts until one is sound again."""
    learner = watching(terminal, author)
    author.replace("netns cellar\n```", "netsn cellar\n```")
    screen = learner.terminal.wait("stays in force")
    assert "did you mean `netns`?" in screen
    assert "│ netsn cellar" in screen
    learner.line("ip netns add cellar", "How many devices")
    author.replace("netsn cellar\n```", "netns cellar\n```")
    learner.terminal.wait(LOADED)
    learner.line(":answer 2", "Enter: step 2")


def test_the_place_is_kept_by_the_step_id(terminal: OpenTerminal, author: Author) -> None:
    """A step before the one at hand may come or be renamed; what is at hand stays at hand, and passed steps passed."""
    learner = watching(terminal, author)
    learner.line("ip netns add cellar", "How many devices")
    learner.line(":answer 2", "Enter: step 2")
    learner.line("", "step 2 of 3")
    author.lesson.with_suffix(".zh.md").unlink()
    author.replace(
        "## Set its lo up {#lo}",
        "## Rest {#rest}\n\n```check\nnetns bed\n```\n\n```solution\n"
        "ip netns add bed\n```\n\n```hint\nZ.\n```\n\n## Set its lo up {#lo}",
    )
    screen = learner.terminal.wait("step 3 of 4")
    assert "Set its lo up" in screen
    author.replace("## Set its lo up {#lo}", "## Wake its lo {#wake}")
    assert "step 3 of 4" in learner.terminal.wait("Wake its lo")


def test_the_translation_is_watched_too(terminal: OpenTerminal, author: Author) -> None:
    """A learner who reads the translation sees it change, and its faults."""
    learner = watching(terminal, author, "--lang", "zh")
    translation = author.lesson.with_suffix(".zh.md")
    author.replace("里面没有人住", "里面住着一位隐士", translation)
    learner.terminal.wait("里面住着一位隐士")
    author.replace("{#look}", "{#lock}", translation)
    assert "`look`" in learner.terminal.wait("lock")
