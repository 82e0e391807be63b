"""Every look of every lesson, in other spellings than its solution's: each must count."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from check_runs import grade

from nstutor.lesson.catalog import course
from nstutor.lesson.model import Lesson
from nstutor.lesson.parse import load

LOOK_RE = re.compile(
    r"(ip netns exec \S+ )?(ping |traceroute |route|ifconfig|iptables -nvL|bridge fdb"
    r"|ip (-\S+ (\S+ )?)?(link|addr|neigh|netns ls)\b(?! (add|set|del|show dev)))"
)
SHORT = (
    ("ip link", "/sbin/ip -br l"),
    ("ip addr", "ip -4 a s"),
    ("ip netns ls", "ip net"),
    ("ping -c 3", "ping -nc1 -W1"),
    ("ping -c 1", "/bin/ping -qc1"),
    ("iptables -nvL", "/sbin/iptables -L -n -v"),
    ("ifconfig", "ifconfig -a"),
    ("route -n", "/sbin/route -ne"),
    ("bridge fdb show", "bridge f s"),
    ("ip neigh", "ip n"),
    ("traceroute", "traceroute -n -m 2"),
)


def _short(line: str) -> str:
    for long, short in SHORT:
        line = line.replace(long, short)
    return line


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "short": _short,
    "sudo": lambda line: f"sudo {line}",
    "piped": lambda line: f"{line} | cat",
    "nested": lambda line: f"bash -c '{line}; true'",
    "repeated": lambda line: f"{line} --nonsense; {line}",
}
LESSONS = {lesson.id: lesson for lesson in map(load, course())}


def script(lesson: Lesson, spell: Callable[[str], str]) -> bytes:
    """The solutions of a lesson with its looks in another spelling."""
    lines = [line.text for step in lesson.steps for line in (step.solutions[0].lines if step.solutions else ())]
    return "\n".join(spell(line) if LOOK_RE.match(line) and "'" not in line else line for line in (*lines, "")).encode()


@pytest.mark.parametrize("name", LESSONS)
def test_every_look_counts(name: str, tmp_path: Path) -> None:
    """Each `ran` line of the lesson is passed by a look that is written otherwise."""
    scripts = {f"{how}.sh": script(LESSONS[name], spell) for how, spell in SPELLINGS.items()}
    reports = grade(name, tmp_path, scripts)
    looks = [
        (how, step, check)
        for how, graded in reports.items()
        for step in graded["steps"]
        for check in step["checks"]
        if check["check"].startswith("ran ")
    ]
    missed = [(how, step["id"], check["check"], check["message"]) for how, step, check in looks if not step["reached"]]
    assert not missed, (scripts[missed[0][0]].decode(), missed)
    assert len({how for how, _, _ in looks}) == len(SPELLINGS)
