"""The learner's shell is a real bash on a real terminal, behind a prompt that knows where it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import OpenTerminal
from learner import Learner, begin


@pytest.fixture
def learner(terminal: OpenTerminal, tmp_path: Path) -> Learner:
    """Somebody at the first prompt of the first lesson."""
    return begin(terminal, tmp_path, "loopback")


def test_state_of_the_shell_lasts_from_line_to_line(learner: Learner) -> None:
    """Variables, functions and the directory of one line are there in the next."""
    learner.line("cd /tmp; word=here; f() { echo $1 in $PWD; }")
    assert "\nhere in /tmp\n" in learner.line("f $word")


def test_unfinished_commands_get_a_continuation_prompt(learner: Learner) -> None:
    """A loop and a here-document go on behind `…`, and Ctrl-C gives an unfinished one up."""
    assert learner.line("for word in one two").rstrip().splitlines()[1].strip() == "…"
    learner.line('do echo "<$word>"')
    assert "\n<one>\n<two>\nhost ❯" in learner.line("done")
    learner.line("while true", re.compile(r"^  … *$", re.MULTILINE))
    learner.terminal.keys("C-c")
    learner.terminal.wait(re.compile(r"^host ❯ *$", re.MULTILINE))
    learner.line("cat <<END")
    learner.line("$((6*7)) lines")
    assert "\n42 lines\n" in learner.line("END")


def test_job_control(learner: Learner) -> None:
    """Jobs run behind the prompt, come to the front, stop at Ctrl-Z and end at Ctrl-C."""
    learner.line("sleep 300 &", re.compile(r"^\[1\] \d+", re.MULTILINE))
    assert re.search(r"^\[1\]\+ +Running +sleep 300 &", learner.line("jobs"), re.MULTILINE)
    learner.start("fg")
    learner.terminal.wait(re.compile(r"^sleep 300$", re.MULTILINE))
    learner.terminal.keys("C-z")
    learner.terminal.wait(re.compile(r"^\[1\]\+ +Stopped +sleep 300", re.MULTILINE))
    learner.start("fg")
    learner.terminal.wait(re.compile(r"^sleep 300$", re.MULTILINE))
    learner.terminal.keys("C-c")
    assert "\n130 none\n" in learner.line("echo $? none$(jobs)")


def test_full_screen_programs_get_the_whole_terminal(learner: Learner) -> None:
    """A pager takes the screen, follows a resize, and leaves a clean prompt behind."""
    learner.start("seq 500 | less")
    learner.terminal.wait(re.compile(r"\A1\n2\n3\n(?:.*\n)*39\n:"))
    learner.terminal.resize(70, 20)
    learner.terminal.wait(re.compile(r"\A1\n2\n3\n(?:.*\n)*19\n:\s*\Z"))
    learner.terminal.type("q")
    learner.at_prompt()
    assert "\n20 70\n" in learner.line("stty size")


def test_editor_writes_a_file(learner: Learner) -> None:
    """The editor takes keys as an editor does, and what it wrote is there for the shell."""
    learner.start("vi note")
    learner.terminal.wait(re.compile(r"^~ *$", re.MULTILINE))
    learner.terminal.type("itea room")
    learner.terminal.wait("tea room")
    learner.terminal.keys("Escape")
    learner.terminal.type(":wq")
    learner.terminal.keys("Enter")
    learner.at_prompt()
    assert "\n<tea room>\n" in learner.line('echo "<$(cat note)>"')


def test_programs_that_read_the_keyboard_get_the_next_line(learner: Learner) -> None:
    """`read`, python and dash take what is typed while they run; the prompt comes back after them."""
    learner.start("read word; echo [$word]")
    learner.terminal.wait_gone(re.compile(r"^ loopback", re.MULTILINE))
    learner.terminal.line("one two")
    learner.terminal.wait("\n[one two]\n")
    learner.start("python3 -q")
    learner.terminal.wait(">>>")
    learner.terminal.line("6 * 7")
    learner.terminal.wait("\n42\n")
    learner.terminal.keys("C-d")
    learner.start("sh")
    learner.terminal.wait(re.compile(r"^# *$", re.MULTILINE))
    learner.terminal.line("echo $((40+2))")
    learner.terminal.wait("\n42\n# ")
    learner.terminal.line("exit")
    learner.at_prompt()


def test_whole_line_typed_ahead_runs_and_a_part_comes_back(learner: Learner) -> None:
    """What is typed during a command: whole lines are run after it, an unfinished one is in the editor again."""
    learner.start("read -t 30; echo first done")
    learner.terminal.wait_gone(re.compile(r"^ loopback", re.MULTILINE))
    learner.terminal.type("\n echo $((20+1))\necho $((40+")
    learner.terminal.wait(re.compile(r"^21$", re.MULTILINE))
    learner.terminal.wait(re.compile(r"^host ❯ echo \$\(\(40\+", re.MULTILINE))
    learner.terminal.line("2))")
    learner.terminal.wait(re.compile(r"^42$", re.MULTILINE))


def test_line_typed_ahead_that_is_not_complete_shows_the_continuation_prompt(learner: Learner) -> None:
    """A loop whose head was typed ahead goes on at a continuation prompt."""
    learner.start("read -t 30")
    learner.terminal.wait_gone(re.compile(r"^ loopback", re.MULTILINE))
    learner.terminal.type("\nfor i in 1 2\n")
    learner.terminal.wait(re.compile(r"^  … *$", re.MULTILINE))
    assert "\nn1\nn2\n" in learner.line("do echo n$i; done")


def test_pasted_lines_run_one_after_the_other(learner: Learner, tmp_path: Path) -> None:
    """Each line of a paste gets its prompt and its output; the last, unfinished one waits for Enter."""
    text = tmp_path / "text"
    text.write_text("echo one\n\ncat <<END\n1\n\n2\nEND\necho half")
    learner.terminal._tmux("load-buffer", str(text))
    learner.clear()
    learner.terminal._tmux("paste-buffer", "-p")
    learner.terminal.wait(re.compile(r"^host ❯ echo half", re.MULTILINE))
    assert "host ❯ echo one\none\nhost ❯ cat <<END" in learner.terminal.screen()
    assert "\n1\n\n2\nhost ❯ echo half" in learner.terminal.screen()


def test_background_output_comes_above_the_prompt(learner: Learner) -> None:
    """What a job prints while a line is being typed stands above it, and the line is kept."""
    learner.line("(read -t 1 < <(sleep 1); echo from behind) &")
    learner.type("echo half")
    learner.terminal.wait(re.compile(r"^from behind\n+host ❯ echo half$", re.MULTILINE))


NESTED = {
    "ip netns exec greenland bash": "host › greenland ❯",
    "nsenter --net=/run/netns/greenland bash": "host › greenland ❯",
    "sudo ip netns exec greenland bash": "host › greenland ❯",
    'ip netns exec greenland bash -rcfile <(echo "PS1=\\"greenland\\"")': "greenland",
    'ip netns exec greenland bash -c "exec bash"': "host › greenland ❯",
    "bash": "host › bash ❯",
    "sh -c 'bash; true'": "host › bash ❯",
    "ip netns exec greenland bash -c 'bash; true'": "host › greenland ❯",
    "env -i ip netns exec greenland bash": "host /root #",
}


@pytest.mark.parametrize("command", NESTED)
def test_prompt_says_where_a_nested_shell_stands(command: str, learner: Learner) -> None:
    """The prompt names the namespaces from the outermost shell inwards, or is what the learner made it; exit leaves."""
    learner.line("ip netns add greenland")
    learner.start(command)
    prompt = NESTED[command]
    learner.terminal.wait(re.compile(rf"^{re.escape(prompt)}\s*$(?![\s\S]*\bPS1)", re.MULTILINE))
    learner.terminal.line("echo $((40+2))")
    learner.terminal.wait(re.compile(r"^42$", re.MULTILINE))
    learner.terminal.line("exit")
    learner.terminal.wait(re.compile(r"^exit\s+host ❯\s*\n\s+loopback", re.MULTILINE))


def test_shells_two_deep(learner: Learner) -> None:
    """Shells inside shells are shown as a way in; Ctrl-D leaves the innermost one, as in bash."""
    learner.line("ip netns add greenland; ip netns add eden")
    learner.line("ip netns exec greenland bash", "host › greenland ❯")
    learner.line("nsenter --net=/run/netns/eden bash", "host › greenland › eden ❯")
    learner.at_prompt()
    learner.terminal.keys("C-d")
    learner.terminal.wait(re.compile(r"^exit\s+host › greenland ❯\s*\n\s+loopback", re.MULTILINE))


def test_shells_in_the_same_namespace_are_named(learner: Learner) -> None:
    """How deep one stands is on the prompt: each exit leads one shell out, and the namespace stays the same."""
    learner.line("ip netns add greenland")
    learner.line("ip netns exec greenland bash", "host › greenland ❯")
    learner.line("bash", "host › greenland › bash ❯")
    learner.start("sh")
    learner.terminal.wait(re.compile(r"^# *$", re.MULTILINE))
    learner.terminal.line("bash")
    learner.terminal.wait(re.compile(r"^host › greenland › bash › sh › bash ❯ *$", re.MULTILINE))
    learner.line("exit", re.compile(r"^# *$", re.MULTILINE))
    learner.terminal.line("exit")
    learner.terminal.wait(re.compile(r"^host › greenland › bash ❯ *$", re.MULTILINE))
    assert "host › greenland ❯" in learner.line("exit", re.compile(r"^host › greenland ❯ *$", re.MULTILINE))


def test_prompt_of_ones_own_is_shown_as_it_was_set(learner: Learner) -> None:
    """With several lines, colours, the folder and the output of a command; it may end without a blank."""
    learner.line("cd /tmp; n=0")
    learner.start(r"PS1='\[\e[1;31m\]$((++n)) \w\[\e[0m\] $(echo sub)\nsecond\n>'")
    learner.terminal.wait(re.compile(r"'\n1 /tmp sub\nsecond\n> *\n loopback"))
    learner.terminal.line("echo $PS1 | wc -l")
    learner.terminal.wait(re.compile(r"wc -l *\n1\n2 /tmp sub\nsecond\n> *\n loopback"))
    learner.terminal.line("bash")
    learner.terminal.wait(re.compile(r"^host › bash ❯ *$", re.MULTILINE))
    learner.terminal.line(r"PS1='\[\e[32m\]inner\[\e[0m\]\n\$ '")
    learner.terminal.wait(re.compile(r"\ninner\n# *\n loopback"))


def test_verbose_shows_no_machinery(learner: Learner) -> None:
    """`set -v` and `set -x` show the learner's own lines, in a nested shell as well."""
    for shell in ("true", "bash"):
        learner.start(shell)
        learner.line("set -xv")
        screen = learner.line("echo seen")
        assert "\necho seen\n+ echo seen\nseen\n" in screen
        assert "case" not in screen
        assert "133" not in screen


@pytest.mark.parametrize("command", ["exit", "exec true", "kill -9 $$"])
def test_end_of_the_outermost_shell_is_said_and_the_lab_stays(command: str, learner: Learner) -> None:
    """A new shell starts in the same lab when the outermost one has ended, in whatever way."""
    learner.line("ip netns add zoo")
    assert "That was the outermost shell." in learner.line(command, "A new one starts in the same lab")
    assert "\nzoo\n" in learner.line("ip netns ls")


def test_kill_of_everything_leaves_a_lab_to_go_on_in(learner: Learner) -> None:
    """`kill -9 -1`, also from a nested shell, ends no more than what the learner started."""
    learner.line("ip netns add zoo")
    learner.line("bash -c 'sleep 300 & kill -9 -1'")
    assert "\nzoo 0\n" in learner.line("echo $(ip netns ls) $(pgrep -c sleep)")


def test_flood_of_output_ends_and_the_prompt_comes_back(learner: Learner) -> None:
    """Megabytes of output pass through, and the next line runs as ever."""
    learner.start("yes | head -c 5M | tail -c 5000001; echo $((40+2)) lines")
    learner.terminal.wait("42 lines", timeout=30)
    assert "\nstill here\n" in learner.line("echo still here")
