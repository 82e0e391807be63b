"""What the tutor prints: in its words, indented, and within the terminal."""

from __future__ import annotations

import io

import pytest
from checks_scenes import check
from rich.cells import cell_len
from rich.console import Console
from short_lesson import plan_of

from nstutor.checks.base import PASSED, Status, Verdict
from nstutor.coach.advice import Advice
from nstutor.errors import UsageError
from nstutor.kernel.diff import Change
from nstutor.lesson.model import Question
from nstutor.ui.screen import SHOWN_CHANGES, THEME, Screen

PLAN = plan_of("build: netns eden", "look: ran -- ip netns")
BUILD = PLAN.lesson.steps[0]
LONG = "The kernel now hands every frame that arrives on `wp2xmq` to **wangpo**, and she looks at its address. " * 3
DIAGRAM = "    ximenqing-ns                       host                        panjinlian-ns 192.168.188.69/24"


class Paper:
    """A screen whose lines can be read."""

    def __init__(self, width: int = 80) -> None:
        self.file = io.StringIO()
        self.screen = Screen(Console(file=self.file, width=width, theme=THEME, highlight=False))

    @property
    def lines(self) -> list[str]:
        """What was printed, without blanks at the ends and without empty lines."""
        return [line.rstrip() for line in self.file.getvalue().splitlines() if line.strip()]


def test_a_step_shows_its_place_heading_and_prose() -> None:
    """In this order, the question last where it is all that the step wants."""
    paper = Paper()
    paper.screen.step(PLAN.lesson, 1, BUILD)
    assert paper.lines[0].startswith("── A short lesson ──")
    assert paper.lines[0].endswith("step 1 of 2 ──")
    assert paper.lines[1:] == ["  The step build", "  Prose."]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_prose_is_wrapped_and_indented_at_any_width(width: int) -> None:
    """A terminal of 200 columns is no reason for lines of 200."""
    paper = Paper(width)
    paper.screen.hint(1, 3, LONG)
    paper.screen.passed(2, BUILD, ahead=False)
    paper.screen.say(LONG)
    paper.screen.advice(Advice(LONG))
    assert max(map(cell_len, paper.lines)) <= min(width, 78)
    assert all(line.startswith("  ") for line in paper.lines)


def test_commands_and_diagrams_are_never_cut() -> None:
    """They are copied, or are pictures: the terminal may break them, we do not."""
    paper = Paper(60)
    paper.screen.hint(1, 1, f"See:\n\n{DIAGRAM}\n\n```\n{'ip link add ' * 10}\n```")
    assert any(DIAGRAM.strip() in line for line in paper.lines)
    assert any(("ip link add " * 10).strip() in line for line in paper.lines)
    paper = Paper(60)
    paper.screen.code("ip link set wp2xmq master wangpo  # a long line that must stay in one piece, whatever")
    assert len(paper.lines) == 1


def test_pictures_are_left_out() -> None:
    """A terminal draws with :map: a line of images is no line, one among words is its description, code stays."""
    paper = Paper()
    prose = '![two houses](../assets/ladder.svg)\n\nLook:\n![a](a.svg) ![b](b.svg "B")\nsee ![the ladder](a.svg) there.'
    paper.screen.step(PLAN.lesson, 1, BUILD._replace(prose=f"{prose} Write `![a](b)` so.\n\n    ![code](c.svg)\n"))
    assert paper.lines[2:] == ["  Look: see the ladder there. Write ![a](b) so.", "    ![code](c.svg)"]
    paper.screen.hint(1, 1, "![two houses](a.svg)\n\nRaise the ladder.")
    assert paper.lines[-1].split() == ["Raise", "the", "ladder."]
    assert not [line for line in paper.lines if "houses" in line or "assets" in line]


def test_changes_are_told_shortly_and_all_of_them_on_request() -> None:
    """The first few, and how many more; host is not named, other namespaces are."""
    changed = [Change("+", "host", f"wp{number}", "veth") for number in range(SHOWN_CHANGES + 2)]
    paper = Paper()
    paper.screen.changes([Change("±", "eden", "lo", "up")])
    paper.screen.changes(changed)
    assert paper.lines[:2] == ["  ± lo  up  (eden)", "  + wp0  veth"]
    assert paper.lines[-1] == "    and 2 more, :changes"
    paper = Paper()
    paper.screen.changes(changed, None)
    assert len(paper.lines) == len(changed)


def test_verdicts_say_for_each_check_why() -> None:
    """A pass needs no reason; a failure has its advice in a line of its own."""
    checks = [check("netns eden"), check("link a netns eden up"), check("ping 192.0.2.1 netns eden")]
    verdicts = [
        PASSED,
        Verdict(Status.FAILED, "a is down", advice="Wake it: `ip link set a up`"),
        Verdict(Status.NOT_CHECKED, "not tried: a is down"),
    ]
    paper = Paper()
    paper.screen.verdicts(checks, verdicts)
    assert [line.split()[0] for line in paper.lines] == ["✓", "✗", "a", "Wake", "·", "not"]
    assert "      Wake it: ip link set a up" in paper.lines


def test_a_question_numbers_its_choices() -> None:
    """And says how it is answered."""
    paper = Paper()
    paper.screen.question(Question("Which state?", ("UP", "DOWN"), None, "UP", 1))
    assert [line.split() for line in paper.lines] == [
        ["?", "Which", "state?"],
        ["1", "UP"],
        ["2", "DOWN"],
        [":answer", "NUMBER"],
    ]
    paper = Paper()
    paper.screen.question(Question("Which state?", (), None, "UP", 1))
    assert paper.lines[-1].strip() == ":answer TEXT"


def test_advice_shows_the_command_whole() -> None:
    """So that it can be copied, however long."""
    command = "ip link add wp2xmq type veth peer name xmq2wp netns ximenqing-ns  # and then some more of it"
    paper = Paper(60)
    paper.screen.advice(Advice("The word `exec` is missing.", command))
    assert paper.lines[0].split("ⓘ ")[1] == "The word exec is missing."
    assert paper.lines[-1] == f"    {command}"


def test_a_pass_ahead_is_told_as_such() -> None:
    """The learner did not see that step yet: it is named."""
    paper = Paper()
    paper.screen.passed(2, BUILD, ahead=True)
    assert "Step 2, The step build: done already." in paper.lines[0]
    paper.screen.next_step(3, BUILD)
    assert paper.lines[-1] == "    Enter: step 3, The step build"


def test_bad_input_is_told_and_nothing_ends() -> None:
    """With what to do; any other exception is none of the screen's."""
    paper = Paper()
    with paper.screen.told():
        raise UsageError("there is no step 9", "Steps: 1 build")
    assert "there is no step 9" in paper.lines[0]
    assert "Steps: 1 build" in "".join(paper.lines)
    with pytest.raises(ZeroDivisionError), paper.screen.told():
        raise ZeroDivisionError


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[/]", "a_b_c", "2 * 3 * 4", "<br>", "&amp;"])
def test_what_the_learner_typed_is_no_markup(text: str) -> None:
    """It is shown as it is."""
    paper = Paper()
    paper.screen.say(f"no such file: {text}")
    assert paper.lines == [f"  ⓘ no such file: {text}"]


def test_only_the_step_of_a_pass_is_bold() -> None:
    """The why behind it is prose like any other."""
    file = io.StringIO()
    screen = Screen(Console(file=file, width=80, theme=THEME, force_terminal=True, color_system="standard"))
    screen.passed(2, BUILD._replace(why="The kernel made it."), ahead=False)
    assert "\x1b[1mStep 2. \x1b[0mThe kernel made it." in file.getvalue()
