"""Each lesson of the course, typed from its first line to its last."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import Learner, begin

from nstutor.lesson.catalog import course
from nstutor.lesson.model import Lesson, Question, Step
from nstutor.lesson.parse import load

LESSONS = [load(path) for path in course()]
IN_NETNS = r"(?: netns (?P<netns>\S+))?"
LOOKUPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(asked), command)
    for asked, command in (
        (rf"link (?P<dev>\S+){IN_NETNS} carrier", "cat /sys/class/net/{dev}/carrier"),
        (rf"link (?P<dev>\S+){IN_NETNS} port", "cat /sys/class/net/{dev}/brport/state"),
        (rf"link (?P<dev>\S+){IN_NETNS} (?P<file>operstate|address|mtu)", "cat /sys/class/net/{dev}/{file}"),
        (rf"addr inet dev (?P<dev>\S+){IN_NETNS} local", "ip -o -4 addr show {dev} | grep -om1 '[0-9.]*/[0-9]*'"),
        (rf"route default{IN_NETNS} via", "ip route show default | grep -o '[0-9.]*[.][0-9]*'"),
        (
            r"netfilter filter INPUT -p icmp -j ACCEPT packets",
            "iptables -nvxL INPUT | tail -1 | tr -s \\  | cut -d\\  -f2",
        ),
        (
            r"fdb (?P<house>\S+)/(?P<dev>\S+) master (?P<master>\S+) dev",
            (
                "bridge fdb show br {master} | grep $(ip netns exec {house} cat "
                "/sys/class/net/{dev}/address) | cut -d\\  -f3"
            ),
        ),
    )
)
"""Where a learner could look up what is asked of the kernel, by other ways than nstutor's own where there are any."""
SPOKEN = {"carrier": {"1": "yes", "0": "no", "": "no"}, "port": {"0": "disabled", "3": "forwarding"}}
"""What sysfs means by its numbers (linux/if_bridge.h for a port's state)."""


def answer_to(question: Question, learner: Learner) -> str:
    """The right answer, looked up in the lab where the lesson reads it from the kernel."""
    if question.fixed is not None:
        choices = question.choices
        return str(choices.index(question.fixed) + 1) if choices else question.fixed
    assert question.answer is not None
    text = question.answer.text
    asked, command = next((found, command) for pattern, command in LOOKUPS if (found := pattern.fullmatch(text)))
    inside = f"ip netns exec {asked['netns']} " if asked.groupdict().get("netns") else ""
    screen = learner.line(f"echo \"<$({inside}bash -c '{command.format(**asked.groupdict())}' 2>/dev/null)>\"")
    found = re.search(r"^<(.*)>$", screen, re.MULTILINE)
    assert found
    return SPOKEN.get(text.split()[-1], {}).get(found[1], found[1])


def work_through(step: Step, number: int, learner: Learner) -> None:
    """Type a step's solution and answer its questions, until the tutor says that it is passed."""
    passed = re.compile(rf"✓ Step {number}(?:, .*: done already)?\.")
    screens = [learner.line(line.text, timeout=30) for line in step.solutions[0].lines]
    screens += [learner.line(f":answer {answer_to(question, learner)}") for question in step.questions]
    if not any(map(passed.search, screens)):
        learner.terminal.wait(passed)


@pytest.mark.parametrize(
    ("lesson", "columns"),
    [(lesson, 80 if index % 2 else 60) for index, lesson in enumerate(LESSONS)],
    ids=[lesson.id for lesson in LESSONS],
)
def test_lesson_is_passed_by_typing_its_solutions(
    lesson: Lesson, columns: int, terminal: OpenTerminal, tmp_path: Path
) -> None:
    """Every step is passed at its last line or answer, Enter goes on, and at the end comes the next lesson."""
    learner = begin(terminal, tmp_path, lesson.id, columns=columns)
    for number, step in enumerate(lesson.steps, 1):
        assert f"step {number} of {len(lesson.steps)}" in learner.terminal.screen()
        work_through(step, number, learner)
        if number < len(lesson.steps):
            learner.line("", f"step {number + 1} of {len(lesson.steps)}")
    learner.terminal.wait(f"{lesson.title}: every step passed.")
    passed = {row[0] for row in learner.query("SELECT step FROM pass")}
    assert passed == {step.id for step in lesson.steps}


def test_enter_after_the_last_step_opens_the_next_lesson(terminal: OpenTerminal, tmp_path: Path) -> None:
    """The lesson that follows begins, in a lab of its own, when Enter is pressed after the last step."""
    learner = begin(terminal, tmp_path, "loopback", "--step", "exec")
    learner.line("ip netns exec greenland ip addr")
    learner.line("ip addr", ":answer NUMBER")
    following = next(after for lesson, after in itertools.pairwise(LESSONS) if lesson.id == "loopback")
    learner.line(":answer 2", f"go on with {following.title}")
    learner.line("", re.compile(rf"{following.title} ─+ step 1 of"))
    assert "greenland" not in learner.line("ip netns ls; echo listed", "listed")
