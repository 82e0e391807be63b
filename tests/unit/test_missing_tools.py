"""Which commands the machine lacked, by what the shell says, and what may have hung on them."""

from __future__ import annotations

import pytest
from short_lesson import plan_of

from nstutor.grading.missing_tools import MissingTools
from nstutor.lab.lacks import Lack
from nstutor.session.steps import Order, StepMachine
from nstutor.shell.turn import Ended, LineResult

LACKS = (
    Lack("brctl", "bridge-utils", True),
    Lack("tcpdump", "tcpdump", True),
    Lack("route", "net-tools", True),
    Lack("dig", "dnsutils", False),
)


def heard(line: str, output: str = "", status: int = 127) -> tuple[MissingTools, list[str]]:
    """What was noted on this line."""
    missing = MissingTools(LACKS)
    turn = LineResult(line, Ended.READY, status, output.encode(), b"", 0.1)
    return missing, list(missing.typed(4, turn))


@pytest.mark.parametrize(
    "output",
    [
        "bash: brctl: command not found\r\n",
        "bash: line 2: brctl: command not found",
        "build.sh: line 3: brctl: command not found",
        "sh: 1: brctl: not found",
        "bash: /usr/sbin/brctl: No such file or directory",
        "sudo: brctl: command not found",
        'exec of "brctl" failed: No such file or directory',
        "env: ‘brctl’: No such file or directory",
        "timeout: failed to run command ‘brctl’: No such file or directory",
        "one\r\nbash: brctl: command not found\r\ntwo",
    ],
)
def test_who_says_that_it_is_not_there(output: str) -> None:
    """bash, dash, sudo, `ip netns exec`, coreutils; the status of the line may be of another command."""
    _, notes = heard("brctl addbr x", output, 0)
    assert notes == ["line 4: this machine lacks brctl; the package bridge-utils brings it"]


@pytest.mark.parametrize(
    ("line", "output", "status"),
    [
        ("brctl addbr x", "", 0),
        ("echo brctl: command", "brctl: command", 0),
        ("ip route add x", 'Error: inet prefix is expected rather than "x".', 1),
        ("cat brctl.txt", "cat: brctl.txt: No such file or directory", 1),
        ("brctk", "bash: brctk: command not found", 127),
    ],
)
def test_what_is_no_lack(line: str, output: str, status: int) -> None:
    """It ran, or something else is missing."""
    assert heard(line, output, status)[1] == []


def test_what_is_thrown_away_is_known_by_the_status() -> None:
    """`2>/dev/null` hides the words."""
    assert len(heard("brctl addbr x 2>/dev/null")[1]) == 1


@pytest.mark.parametrize(
    ("line", "void"),
    [
        ("brctl addbr wangpo", True),
        ("brctl show", False),
        ("brctl show && ip link add wangpo type bridge", True),
        ("tcpdump -i wangpo", False),
        ("ip netns exec x tcpdump", False),
        ("route -n", False),
        ("sudo route add default gw 10.0.0.1", True),
        ("dig example.org", False),
    ],
)
def test_what_may_hang_on_it(line: str, void: bool) -> None:
    """What would have changed nothing, alone in its line, decides only a step that asks for that look."""
    name = next(lack.name for lack in LACKS if lack.name in line.split())
    missing, _ = heard(line, f"bash: {name}: command not found")
    reason = missing.reason(StepMachine(plan_of("bridge: link wangpo type bridge"), Order.ANY))
    assert (reason is not None) == void


def test_a_look_that_is_asked_for_hangs_on_its_program() -> None:
    """Of required looks only the one with that program; and none of what only looks and costs nothing."""
    missing, _ = heard("tcpdump -i wangpo", "bash: tcpdump: command not found")
    asked = {
        text: missing.reason(StepMachine(plan_of(text), Order.ANY))
        for text in ("look .required: ran -- tcpdump", "look .required: ran -- ping", "look: ran -- tcpdump")
    }
    assert asked == {
        "look .required: ran -- tcpdump": "this machine lacks tcpdump (package tcpdump), which line 4 runs",
        "look .required: ran -- ping": None,
        "look: ran -- tcpdump": None,
    }


def test_no_namespace_hangs_on_it() -> None:
    """A bridge tool makes none: a namespace that is missing is the submission's own mistake."""
    missing, _ = heard("brctl addbr wangpo", "bash: brctl: command not found")
    assert missing.reason(StepMachine(plan_of("houses: netns eden", "gone: not netns x"), Order.ANY)) is None
