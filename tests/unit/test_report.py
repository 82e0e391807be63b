"""One graded submission, for a person in any width and for a program to the letter."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from checks_scenes import Net, link, ran
from rich.cells import cell_len
from short_lesson import plan_of

from nstutor.checks.base import Observation, Status, Verdict
from nstutor.grading.result import CheckResult, Result, StepResult, as_json, step_results
from nstutor.report.lines import Lines
from nstutor.report.text import show
from nstutor.session.steps import Order, Plan, StepMachine

EDEN = Net((), names=("eden",))
EMPTY = Net(())


def graded(plan: Plan, *nets: Net, executed: tuple[str, ...] = ()) -> Result:
    """The result of a submission that led through these networks."""
    session = StepMachine(plan, Order.ANY)
    session.begin(Observation(EMPTY.snapshot()))
    for net in nets:
        session.observe(Observation(net.snapshot(), ran(*executed), at=2.012))
    session.finish(Observation(nets[-1].snapshot(), ran(*executed)))
    steps = step_results(session, began=2.0)
    return Result(
        "short", "A short lesson", "/lessons/short.md", "abc", "work.sh", steps, 3, 1234, started="2026-01-02T03:04:05Z"
    )


def text(result: Result, width: int = 80) -> list[str]:
    """The lines of the text report."""
    file = io.StringIO()
    show(result, Lines(file, width))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def statuses(result: Result) -> list[str]:
    """Of the steps."""
    return [step.status.value for step in result.steps]


# --- results ----------------------------------------------------------------------------------------------------------


def test_a_look_that_was_left_out_costs_nothing() -> None:
    """It is not checked, worth no points, and the submission passes without it."""
    result = graded(plan_of("build: netns eden", "look: ran -- ip netns"), EDEN)
    assert statuses(result) == ["passed", "not_checked"]
    assert (result.score, result.max_score, result.passed) == (1, 1, True)
    assert [check.verdict.status for check in result.steps[1].checks] == [Status.NOT_CHECKED]


def test_a_look_that_was_taken_is_passed_and_worth_no_more() -> None:
    """It is told, and that is all."""
    result = graded(plan_of("look: ran -- ip netns", "build: netns eden"), EDEN, executed=("ip netns",))
    assert (statuses(result), result.max_score) == (["passed", "passed"], 1)


def test_a_required_look_counts() -> None:
    """Left out, it fails the submission."""
    result = graded(plan_of("build: netns eden", "look .required: ran -- ip netns"), EDEN)
    assert (statuses(result), result.score, result.max_score) == (["passed", "failed"], 1, 2)
    assert not result.passed


def test_questions_cost_a_submission_something_only_where_they_are_required() -> None:
    """Beside steps of doing: there they are failed where nothing answers them."""
    result = graded(plan_of("build: netns eden", "ask: ? Why? = So", "insist .required: ? Why? = So"), EDEN)
    assert (statuses(result), result.passed) == (["passed", "not_checked", "failed"], False)
    assert graded(plan_of("build: netns eden", "ask: ? Why? = So"), EDEN).passed


def test_a_broken_grading_is_not_passed() -> None:
    """Whatever was reached before."""
    result = graded(plan_of("build: netns eden"), EDEN)._replace(error="the world ended")
    assert (result.score, result.max_score, result.passed) == (1, 1, False)


def test_the_first_failure_is_the_cause_and_not_what_was_not_checked() -> None:
    """A check that could not be judged is only named where nothing failed."""
    not_checked = CheckResult("a", "a", 1, Verdict(Status.NOT_CHECKED, "not tried"))
    failed = CheckResult("b", "b", 2, Verdict(Status.FAILED, "is down"))
    step = StepResult("up", "Up", Status.FAILED, False, False, 1, (not_checked, failed))
    assert step.cause is failed
    assert step._replace(checks=(not_checked,)).cause is not_checked
    assert step._replace(checks=()).cause is None


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_the_json_is_the_documented_object() -> None:
    """Field by field, in its order, as docs/json.md has it."""
    plan = plan_of("build: netns eden", "up: link a netns eden up within 1s; not netns greenland")
    net = replace(EDEN, links=(link("eden", "a", up=False),))
    result = graded(plan, net)._replace(notes=("line 2 was ended",))
    lines = [check.line for checks in plan.checks.values() for check in checks]
    assert json.loads(json.dumps(as_json(result))) == {
        "version": 1,
        "lesson": {"id": "short", "sha256": "abc"},
        "submission": "work.sh",
        "variant": None,
        "passed": False,
        "score": 1,
        "max_score": 2,
        "bonus": 0,
        "pass_mark": None,
        "steps": [
            {
                "id": "build",
                "title": "The step build",
                "status": "passed",
                "reached": True,
                "reached_ms": 12,
                "holds": True,
                "points": 1,
                "bonus": False,
                "checks": [
                    {
                        "check": "netns eden",
                        "line": lines[0],
                        "status": "passed",
                        "message": "",
                        "expected": None,
                        "actual": None,
                    }
                ],
            },
            {
                "id": "up",
                "title": "The step up",
                "status": "failed",
                "reached": False,
                "reached_ms": None,
                "holds": False,
                "points": 1,
                "bonus": False,
                "checks": [
                    {
                        "check": "link a netns eden up",
                        "line": lines[1],
                        "status": "failed",
                        "message": "a in eden is down",
                        "expected": "up",
                        "actual": "down",
                    },
                    {
                        "check": "not netns greenland",
                        "line": lines[2],
                        "status": "passed",
                        "message": "",
                        "expected": None,
                        "actual": None,
                    },
                ],
            },
        ],
        "commands": 3,
        "started": "2026-01-02T03:04:05Z",
        "duration_ms": 1234,
        "evidence": None,
        "notes": ["line 2 was ended"],
        "error": None,
        "void": False,
        "void_reason": None,
    }


def test_the_order_of_the_fields_is_part_of_it() -> None:
    """People read it, too: what it is about first, then the outcome, then the details."""
    fields = list(as_json(graded(plan_of("build: netns eden"), EDEN)))
    assert fields == [
        "version",
        "lesson",
        "submission",
        "variant",
        "passed",
        "score",
        "max_score",
        "bonus",
        "pass_mark",
        "steps",
        "commands",
        "started",
        "duration_ms",
        "evidence",
        "notes",
        "error",
        "void",
        "void_reason",
    ]


# --- text -------------------------------------------------------------------------------------------------------------


PLAN = plan_of("build: netns eden", "tear: not netns eden", "look: ran -- ip netns", "plug: link a netns greenland up")
GREENLAND = Net((link("greenland", "a", up=False),))


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_failure_names_its_first_cause_and_its_place(width: int) -> None:
    """One line for a step, one for the cause; nothing wider than the terminal, and never wider than a page."""
    lines = text(graded(PLAN, EDEN, EMPTY, GREENLAND), width)
    line = next(iter(PLAN.checks["plug"])).line
    assert lines[0].split() == ["work.sh", "·", "A", "short", "lesson", "2", "of", "3", "not", "passed"]
    assert lines[1:-1] == [
        "   ✓ 1  The step build",
        "   ✓ 2  The step tear",
        "   – 3  The step look",
        "        only looks; costs nothing",
        "   ✗ 4  The step plug",
        lines[6],
    ]
    assert lines[6].split() == ["a", "in", "greenland", "is", "down", f"short.md:{line}"]
    assert lines[-1] == "  3 commands · 1.2 s"
    assert max(map(cell_len, lines)) <= min(width, 78)


def test_the_place_and_the_score_stand_at_the_right_edge() -> None:
    """In one column, also behind wide characters."""
    result = graded(PLAN, GREENLAND)
    ends = ("not passed", f"short.md:{result.steps[3].checks[0].line}")
    for title in ("A short lesson", "王婆的桥"):
        lines = text(result._replace(lesson_title=title))
        assert [cell_len(line) for line in lines if line.endswith(ends)] == [78, 78]


def test_a_long_message_stays_one_line() -> None:
    """A report is searched with grep: the message is not wrapped, and its place follows."""
    name = "an-extremely-long-name-of-a-house-that-nobody-would-ever-choose"
    lines = text(graded(plan_of(f"build: netns {name}"), EMPTY), 60)
    assert any(f"{name} does not exist yet   short.md:" in line for line in lines)


def test_what_was_undone_is_told_unless_a_later_step_asks_for_it() -> None:
    """`netns eden` and then `not netns eden` is how the lesson goes."""
    assert "reached, but undone by the end" not in "".join(text(graded(PLAN, EDEN, EMPTY)))
    assert "        reached, but undone by the end" in text(graded(plan_of("build: netns eden"), EDEN, EMPTY))


def test_a_step_that_waits_for_the_one_before_it_says_so() -> None:
    """It holds, and counts for nothing yet."""
    lines = text(graded(plan_of("build: netns eden", "tear: not netns eden"), EMPTY))
    assert "counts only once `build` is passed" in "".join(lines)


def test_limits_and_errors_are_told() -> None:
    """Each in a line of its own; an error is no verdict on the work."""
    result = graded(plan_of("build: netns eden"), EDEN)
    lines = text(result._replace(notes=("line 2 was ended",), error="the world ended", commands=1))
    assert lines[0].endswith("1 of 1   could not be graded")
    assert lines[-3:] == ["  ! line 2 was ended", "  ! the world ended", "  1 command · 1.2 s"]


def test_brackets_in_messages_are_no_markup() -> None:
    """Rich would take `[bold]` for a style."""
    result = graded(plan_of("build: netns eden"), EDEN)._replace(notes=("line 2: echo [bold]x[/bold]",))
    assert "  ! line 2: echo [bold]x[/bold]" in text(result)


def test_names_and_lines_cannot_steer_the_terminal() -> None:
    """A submission may be called anything, and hold anything that is no C0 control: neither moves a cursor."""
    name, note = "\x1b]0;owned\x07.sh", "line 1 was ended after 30 s: sleep 99 \x9b2J"
    shown = "".join(text(graded(plan_of("build: netns eden"), EDEN)._replace(submission=name, notes=(note,))))
    assert not set("\x1b\x07\x9b") & set(shown)
    assert "]0;owned" in shown


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({"FORCE_COLOR": "1"}, "a \x1b[1;32mb\x1b[0m\n"),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "a b\n"),
        ({}, "a b\n"),
    ],
)
def test_styles_are_written_where_they_are_wanted(
    variables: dict[str, str], shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To a terminal, or as the environment says; never into a file by themselves."""
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    file = io.StringIO()
    Lines(file).line("a ", ("b", "bold green"), ("", "red"))
    assert file.getvalue() == shown
