"""A lesson with variables, at the learner's terminal: the values are theirs, and stay when they come back."""

from __future__ import annotations

from pathlib import Path

from conftest import OpenTerminal
from learner import begin

LESSON = Path(__file__).parent.parent / "data" / "lessons" / "variants.md"


def test_the_values_are_kept_with_the_run(terminal: OpenTerminal, tmp_path: Path) -> None:
    """`--seed` draws them; later the same run goes on with them, and another seed begins anew."""
    # The learner's prompt is known by a name of the course.
    (tmp_path / "own.md").write_text(LESSON.read_text().replace("id: variants", "id: veth"))
    learner = begin(terminal, tmp_path, "./own.md", "--seed", "alice")
    assert "Build greenland and finnmark" in learner.line(":step")
    learner.line("ip netns add greenland; ip netns add finnmark", "Enter: step 2, Join them with 10.195.149.169/24")
    learner.start(":quit")
    assert learner.terminal.wait_exit() == 0
    learner = begin(terminal, tmp_path, "./own.md")
    assert "Join them with 10.195.149.169/24" in learner.line(":step")
    assert "The mtu of top is 1407" in learner.terminal.screen()
    learner.start(":quit")
    assert learner.terminal.wait_exit() == 0
    learner = begin(terminal, tmp_path, "./own.md", "--seed", "bob")
    assert "Build greenland and lapland" in learner.line(":step")
    assert learner.query("SELECT seed FROM variant ORDER BY run") == [("alice",), ("bob",)]
