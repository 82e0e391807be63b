"""The tutor's own commands, and how it tells of steps, at a real terminal."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from conftest import OpenTerminal
from learner import PROMPT, Learner, begin


@pytest.fixture
def learner(terminal: OpenTerminal, tmp_path: Path) -> Learner:
    """Somebody at the first prompt of the first lesson."""
    return begin(terminal, tmp_path, "loopback")


def test_hints_climb_and_point_to_the_solution(learner: Learner) -> None:
    """Each :hint is the next rung; after the last one :solution is named, and it shows the commands."""
    assert "1 of 2" in learner.line(":hint")
    second = learner.line(":hint")
    assert "2 of 2  ip netns add NAME\n" in second
    assert ":solution shows the commands" in second
    assert "\n    ip netns add eden\n" in learner.line(":solution")
    assert [row[0] for row in learner.query("SELECT kind FROM help ORDER BY at")] == ["hint", "hint", "solution"]


def test_check_names_the_near_miss(learner: Learner) -> None:
    """What is nearly right is told with its name."""
    learner.line("ip netns add Eden")
    assert "  ✗ namespace eden\n      the name is Eden; it must be eden\n" in learner.line(":check")


def test_changes_of_a_command_are_shown_below_it(learner: Learner) -> None:
    """Five changes at most follow a command; :changes lists them all."""
    screen = learner.line("for n in 1 2 3 4 5 6 7; do ip netns add n$n; done")
    assert screen.count("+ netns n") == 5
    assert "and 2 more, :changes" in screen
    assert learner.line(":changes").count("+ netns n") == 7


def test_reset_undoes_what_was_done_since_the_step_began(learner: Learner) -> None:
    """After :reset the lab is as it was when the step began, and the step is shown again."""
    learner.line("ip netns add eden", "✓ Step 1.")
    learner.line("ip netns add zoo")
    assert "step 2 of 9" in learner.line(":reset")
    assert "<eden>" in learner.line('echo "<$(ip netns ls)>"')


def test_goto_plays_the_steps_before_and_refuses_unknown_ones(learner: Learner) -> None:
    """:goto stands at the step's start, whose first change is then the learner's own."""
    assert "step 7 of 9" in learner.line(":goto up")
    assert "\n  ± lo  up  (greenland)\n" in learner.line("ip -n greenland link set lo up")
    assert "there is no step '99'" in learner.line(":goto 99")


def test_map_shows_the_network_and_what_is_missing(learner: Learner) -> None:
    """The picture has the live devices, and what the step still wants below it."""
    learner.line(":goto up")
    screen = learner.line(":map")
    assert "greenland" in screen
    assert "still wanted: lo up" in screen


def test_map_in_sentences_and_as_a_file(learner: Learner, tmp_path: Path) -> None:
    """For who does not see the picture, and for who wants to keep it; a file that is there stays."""
    learner.line(":goto up")
    for words in ("plain", "--plain"):
        screen = learner.line(f":map {words}")
        assert "greenland: no device but lo, lo is down.\nStill wanted: lo up." in screen
    assert "lab.svg: the network as it is now." in learner.line(":map lab.svg")
    drawing = ET.parse(tmp_path / "lab.svg")
    assert "greenland" in {element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert "exists already" in learner.line(":map lab.svg")
    assert ":map chart is no map" in learner.line(":map chart")


def test_save_writes_a_submission_and_keeps_files_that_exist(learner: Learner, tmp_path: Path) -> None:
    """:save writes the commands, in the folder where nstutor was started; a file that is there stays."""
    learner.line("ip netns add eden", "✓ Step 1.")
    assert "work.sh: 1 line" in learner.line(":save work.sh")
    assert (tmp_path / "work.sh").read_text().splitlines()[-1] == "ip netns add eden"
    assert "exists already" in learner.line(":save work.sh")
    assert "name the file" in learner.line(":save")


def test_help_lists_every_command_and_quit_leaves(learner: Learner) -> None:
    """:help names the words and keys; :quit ends with status 0."""
    screen = learner.line(":help")
    for word in (":hint", ":map", ":check", ":step", ":answer TEXT", ":solution", ":reset", ":goto N", ":save FILE"):
        assert word in screen
    learner.start(":quit")
    assert learner.terminal.wait_exit() == 0


@pytest.mark.parametrize(
    ("key", "shown"),
    [("F1", "1 of 2"), ("F2", "host  lo ▲"), ("F3", "✗ namespace eden"), ("F4", "step 1 of 9"), ("F5", ":goto N")],
)
def test_function_keys_keep_the_half_typed_line(key: str, shown: str, learner: Learner) -> None:
    """A function key shows its part above the prompt; what was being typed is still there and can be run."""
    learner.clear()
    learner.type("echo $((40+")
    learner.terminal.keys(key)
    learner.terminal.wait(shown)
    learner.terminal.wait(re.compile(r"^host ❯ echo \$\(\(40\+$", re.MULTILINE))
    learner.terminal.line("2))")
    learner.terminal.wait("\n42\n")


def test_colon_words_that_are_bash_are_left_to_bash(learner: Learner) -> None:
    """`:` alone, or with a redirection, is bash's null command."""
    assert "\nmade\n" in learner.line(": > made; ls")


def test_question_is_put_once_the_checks_hold(terminal: OpenTerminal, tmp_path: Path) -> None:
    """It comes after the looking, a wrong answer names the command that shows the right one, the right one passes."""
    learner = begin(terminal, tmp_path, "loopback", "--step", "up", columns=60)
    assert "\n  ? " not in learner.terminal.screen()
    assert ":answer TEXT" in learner.line("ip -n greenland link set lo up", ":answer TEXT")
    wrong = " ".join(learner.line(":answer UP").split())
    assert '✗ ip -n greenland link show lo says otherwise. Look behind the word "state".' in wrong
    assert "UNKNOWN" not in wrong
    assert "✓ Step 7." in learner.line(":answer unknown")


def test_step_puts_its_open_question_again(terminal: OpenTerminal, tmp_path: Path) -> None:
    """:step shows what was asked as well, once, and keeps it to itself as long as the rest is not done."""
    learner = begin(terminal, tmp_path, "loopback", "--step", "list")
    assert "\n  ? " not in learner.line(":step")
    learner.line("ip netns ls", ":answer NUMBER")
    screen = learner.line(":step")
    assert "step 4 of 9" in screen
    assert screen.count("\n  ? ") == screen.count("\n    :answer NUMBER\n") == 1
    assert "\n  ? " not in learner.line("ip netns ls")


def test_a_question_that_was_put_is_not_put_again_by_itself(terminal: OpenTerminal, tmp_path: Path) -> None:
    """The second one comes with the answer to the first, or as it is asked for; what is done then is no reason."""
    learner = begin(terminal, tmp_path, "first-look", "--step", "down")
    learner.line("ip link set eth0 down", ":answer TEXT")
    assert "\n  ? " in learner.line(":answer down", ":answer NUMBER")
    assert "\n  ? " not in learner.line("ip addr add 192.0.2.30/24 dev eth0")
    assert "\n  ? " in learner.line(":answer")
    assert "\n  ? " in learner.line(":check", ":answer NUMBER")
    assert "\n  ? " not in learner.line("ip addr del 192.0.2.30/24 dev eth0")


def test_help_before_enter_is_about_what_was_read(learner: Learner) -> None:
    """Until the next step is shown :solution is that of the step just passed; :hint shows the next one first."""
    learner.line("ip netns add eden", "✓ Step 1.")
    assert "\n    ip netns add eden\n" in learner.line(":solution")
    screen = learner.line(":hint")
    assert screen.index("step 2 of 9") < screen.index("1 of 2")
    assert "\n    ip netns delete eden\n" in learner.line(":solution")
    assert [row[0] for row in learner.query("SELECT kind FROM help ORDER BY at")] == ["hint", "solution"]


def test_question_comes_with_a_step_whose_checks_hold_already(terminal: OpenTerminal, tmp_path: Path) -> None:
    """Nothing is left to do but to answer: the question stands below the step, however one gets there."""
    learner = begin(terminal, tmp_path, "bridge", "--step", "address")
    for house, device, last in (("ximenqing", "xmq2wp", 96), ("panjinlian", "pjl2wp", 69)):
        learner.line(f"ip -n {house}-ns addr add 192.168.188.{last}/24 dev {device}")
    early = learner.line(":answer 1", ":answer NUMBER")
    assert "step 7 of 10" in early
    assert "✗ No." not in early
    assert ":answer NUMBER" in learner.line(":reset")
    learner.line(":goto address")
    learner.line("ip -n ximenqing-ns addr add 192.168.188.96/24 dev xmq2wp")
    learner.line("ip -n panjinlian-ns addr add 192.168.188.69/24 dev pjl2wp", "✓ Step 6.")
    screen = learner.line("", "step 7 of 10")
    assert learner.at_prompt().count(":answer NUMBER\n") == 1, screen


def test_multiple_choice_takes_the_number(terminal: OpenTerminal, tmp_path: Path) -> None:
    """A number answers, one that is not there is refused, the wrong one does not pass."""
    learner = begin(terminal, tmp_path, "loopback", "--step", "list")
    learner.line("ip netns ls", ":answer NUMBER")
    assert "the choices are 1 to 2" in learner.line(":answer 3")
    assert "✗ No." in learner.line(":answer 1")
    assert "✓ Step 4." in learner.line(":answer 2")
    assert "No question is open." not in learner.line("", "step 5 of 9")


def test_work_ahead_passes_one_step_after_another(terminal: OpenTerminal, tmp_path: Path) -> None:
    """What is done before its step is told with that step, and Enter goes to the first one that is open."""
    learner = begin(terminal, tmp_path, "veth")
    learner.line("ip link add ximenqing type veth peer name panjinlian")
    screen = learner.line("ip netns add ximenqing-ns; ip netns add panjinlian-ns", "Enter: step 3")
    assert "✓ Step 1." in screen
    assert "✓ Step 2, Make one ladder with two halves: done already." in screen
    learner.line("", "step 3 of 9")


def test_change_from_behind_is_announced_above_the_prompt(learner: Learner) -> None:
    """A job in the background passes the step: it is told without Enter, and the line being typed stays."""
    learner.line("(read -t 1 < <(sleep 2); ip netns add eden) &")
    learner.type("echo half")
    learner.terminal.wait("✓ Step 1.")
    learner.terminal.wait(re.compile(r"^host ❯ echo half$", re.MULTILINE))
    learner.terminal.wait("loopback 2/9  Enter: Tear eden down")


def test_toolbar_ticks_each_check(terminal: OpenTerminal, tmp_path: Path) -> None:
    """The boxes are the step's checks; one that holds is ticked while the other is still open."""
    learner = begin(terminal, tmp_path, "veth")
    learner.terminal.wait(re.compile(r"veth 1/9 +☐ ximenqing-ns +☐ panjinlian-ns"))
    learner.line("ip netns add panjinlian-ns", re.compile(r"veth 1/9 +☐ ximenqing-ns +☑ panjinlian-ns"))


@pytest.mark.parametrize("columns", [60, 40])
def test_nothing_is_wider_than_a_narrow_window(columns: int, terminal: OpenTerminal, tmp_path: Path) -> None:
    """Prose, headings and the toolbar keep to the window; the toolbar is one line."""
    learner = begin(terminal, tmp_path, "bridge", "--step", "plug", columns=columns)
    for word in (":step", ":check", ":hint", ":map", ":help"):
        screen = learner.line(word)
        assert PROMPT.search(screen)
        assert len(re.findall(r"bridge 5/10", screen)) == 1
        assert all(len(line) <= columns for line in screen.splitlines()), screen
    learner.clear()
    learner.terminal.keys("C-d")
    learner.terminal.wait(re.compile(r"^  You are in host.*\n  .*\[y/N\]$", re.MULTILINE))
