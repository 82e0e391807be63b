"""From arguments to one command, and to the exit code that scripts rely on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nstutor import __version__
from nstutor.cli import COURSE, VERBS, main, parse
from nstutor.errors import NOT_PASSED, PASSED, USAGE


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The program itself, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "nstutor", *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def test_without_arguments_it_is_the_course() -> None:
    """And with options of its own, too."""
    assert parse([])[0] == COURSE


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` names the program, the verb and what it does, and is a success."""
    with pytest.raises(SystemExit) as left:
        main([verb, "--help"])
    assert left.value.code == PASSED
    said = capsys.readouterr().out
    assert said.startswith(f"usage: nstutor {verb} ")
    assert VERBS[verb][1:] in " ".join(said.split())


@pytest.mark.parametrize("action", ["new", "test", "show"])
def test_each_action_of_lesson_explains_itself(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With its own options and nobody else's."""
    with pytest.raises(SystemExit) as left:
        main(["lesson", action, "--help"])
    assert left.value.code == PASSED
    said = capsys.readouterr().out
    assert said.startswith(f"usage: nstutor lesson {action} ")
    own = {"new": "--from-commands", "test": "--times", "show": "--solutions"}
    assert [name for name, option in own.items() if option in said] == [action]


@pytest.mark.parametrize(
    "arguments",
    [
        ["chekc"],
        ["lesson"],
        ["lesson", "tset", "x.md"],
        ["lesson", "test"],
        ["learn"],
        ["learn", "veth", "--stpe", "up"],
        ["check"],
        ["check", "veth", "--limit", "0"],
        ["check", "veth", "--limit", "nan"],
        ["check", "veth", "--format", "pdf"],
        ["--lesson"],
    ],
)
def test_arguments_that_make_no_sense_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A usage line and what is wrong, on standard error."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("usage: nstutor")


def test_a_mistyped_verb_is_recognized(capsys: pytest.CaptureFixture[str]) -> None:
    """One that is near is offered; else all are."""
    with pytest.raises(SystemExit):
        main(["chekc"])
    assert "there is no command 'chekc'; did you mean `check`?" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["veth"])
    assert "there is no command 'veth'; did you mean `nstutor learn veth`?" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["xyzzy"])
    assert f"there are: {', '.join(VERBS)}" in capsys.readouterr().err


def test_only_what_is_needed_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    """A check without submissions grades one's own work: only the lesson must be named."""
    with pytest.raises(SystemExit):
        main(["check"])
    assert capsys.readouterr().err.endswith("the following arguments are required: LESSON\n")


def test_options_and_files_come_in_any_order() -> None:
    """`check bridge --format json FILE FILE` is as good as any other order; `--` ends the options."""
    verb, arguments = parse(["check", "bridge", "--format", "json", "a.sh", "--limit", "5", "b.sh"])
    assert (verb, arguments.lesson, arguments.submissions) == ("check", "bridge", ["a.sh", "b.sh"])
    assert (arguments.format, arguments.limit) == ("json", 5.0)


def test_the_version_is_told() -> None:
    """By the program itself."""
    done = run("--version")
    assert (done.returncode, done.stdout) == (PASSED, f"nstutor {__version__}\n")


def test_a_lesson_that_does_not_exist_is_a_usage_error_with_a_suggestion() -> None:
    """Before any lab is made, in words."""
    done = run("check", "brigde", "/dev/null")
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert "bridge" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_lesson_gives_located_faults(tmp_path: Path) -> None:
    """`FILE:LINE:COLUMN`, the line, a caret; exit code 2."""
    lesson = tmp_path / "x.md"
    lesson.write_text(
        "---\nformat: 1\nid: x\ntitle: X\n---\n## A {#a}\n```check\nlnk lo up\n```\n"
        "```hint\nh\n```\n```solution\ntrue\n```\n"
    )
    done = run("check", str(lesson), "/dev/null")
    assert done.returncode == USAGE
    assert f"{lesson}:8:1: unknown check `lnk`; did you mean `link`?" in done.stderr
    assert "8 │ lnk lo up" in done.stderr


def test_a_submission_is_graded_from_the_command_line(tmp_path: Path) -> None:
    """An empty one reaches nothing: exit code 1, and a report on standard output."""
    work = tmp_path / "work.sh"
    work.write_text("")
    done = run("check", "veth", str(work))
    assert done.returncode == NOT_PASSED, done.stderr
    assert done.stdout.startswith("  work.sh · ")
    assert "not passed" in done.stdout


def test_what_happens_inside_is_written_where_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NSTUTOR_DEBUG: marks of the shell, looks, executions and verdicts; also of a worker that grades."""
    script, log = tmp_path / "work.sh", tmp_path / "debug.log"
    script.write_text("ip netns add greenland\n", encoding="utf-8")
    monkeypatch.setenv("NSTUTOR_DEBUG", str(log))
    graded = run("check", "loopback", str(script))
    assert graded.returncode == NOT_PASSED, graded.stderr
    written = log.read_text(encoding="utf-8")
    for seen in (
        "READY status 0",
        "look: ",
        "('ip', 'netns', 'add', 'greenland')",
        "greenland: netns greenland: passed",
    ):
        assert seen in written, written
    monkeypatch.setenv("NSTUTOR_DEBUG", str(tmp_path / "nowhere" / "debug.log"))
    refused = run("list")
    assert (refused.returncode, refused.stdout) == (USAGE, "")
    assert "cannot write" in refused.stderr


def test_doctor_needs_no_dependency_to_be_asked() -> None:
    """It runs before any is installed: the line to it imports the standard library only."""
    script = (
        "import sys; from nstutor.cli import parse; parse(['doctor']); "
        "print(sorted({'rich', 'prompt_toolkit', 'pyroute2', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


ENDED_WITHIN_ASYNCIO = """
import asyncio, os, signal
from nstutor.cli import _end_in_order

class Loop(asyncio.SelectorEventLoop):
    at_that_moment = False

    def call_soon(self, *arguments, **named):
        if self.at_that_moment:
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGHUP)
        return super().call_soon(*arguments, **named)

async def wait():
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    def end():
        loop.at_that_moment = True
        over.set()
    loop.call_later(0.01, end)
    try:
        await over.wait()
        await asyncio.sleep(60)
    finally:
        print("closed")

_end_in_order()
with asyncio.Runner(loop_factory=Loop) as runner:
    runner.run(wait())
"""


def test_a_signal_to_end_loses_nobody_who_waits() -> None:
    """It comes between an event and the wake-up of who waits for it, and twice, as from a terminal that is closed."""
    command = [sys.executable, "-c", ENDED_WITHIN_ASYNCIO]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout) == (130, "closed\n"), ended.stderr
