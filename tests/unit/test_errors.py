"""Where every failure ends: in words for the person at the terminal, and in an exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from nstutor import errors
from nstutor.errors import (
    BUG,
    CANNOT_RUN,
    INTERRUPTED,
    NOT_PASSED,
    PASSED,
    USAGE,
    CannotRunHereError,
    Fault,
    LessonError,
    NstutorError,
    UsageError,
    WorldDiedError,
    kept_as_fault,
    run_guarded,
)

PRELUDE = "import sys, os; from nstutor.errors import *; say = lambda text: print(text, file=sys.stderr)\n"


def raising(error: BaseException) -> Callable[[], int]:
    """A command that ends in this."""

    def command() -> int:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no such lesson", "There are: veth"), USAGE),
        (LessonError([Fault("a.md", 3, 1, "wrong")]), USAGE),
        (CannotRunHereError("no user namespaces", "sysctl …"), CANNOT_RUN),
        (WorldDiedError("it ended"), BUG),
        (NstutorError("something"), BUG),
        (KeyboardInterrupt(), INTERRUPTED),
        (BrokenPipeError(), NOT_PASSED),
    ],
)
def test_each_failure_has_its_exit_code(error: BaseException, code: int, capfd: pytest.CaptureFixture[str]) -> None:
    """The codes of the command line, whatever the command was."""
    saved = os.dup(1)
    try:
        assert run_guarded(raising(error), lambda _: None) == code
    finally:
        os.dup2(saved, 1)
        os.close(saved)


@pytest.mark.parametrize("code", [PASSED, NOT_PASSED])
def test_the_code_of_a_command_that_ends_well_is_its_own(code: int) -> None:
    """Nothing is said, nothing is changed."""
    said: list[str] = []
    assert run_guarded(lambda: code, said.append) == code
    assert said == []


def test_what_is_wrong_and_what_to_do_are_said() -> None:
    """The message with the program's name in front, the hint in a line of its own."""
    said: list[str] = []
    run_guarded(raising(UsageError("no such lesson: vteh", "Did you mean veth?")), said.append)
    assert said == ["nstutor: no such lesson: vteh\nDid you mean veth?"]


def test_faults_of_a_lesson_are_said_as_a_compiler_says_them() -> None:
    """In the order of their lines, without the program's name: editors jump to `FILE:LINE:COLUMN`."""
    said: list[str] = []
    run_guarded(raising(LessonError([Fault("a.md", 9, 1, "later"), Fault("a.md", 2, 5, "sooner")])), said.append)
    assert said == ["a.md:2:5: sooner\na.md:9:1: later"]


def test_a_bug_writes_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the traceback and the versions, in a file that only the user can read; the message names it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    said: list[str] = []
    assert run_guarded(raising(ZeroDivisionError("odd")), said.append) == BUG
    (report,) = tmp_path.iterdir()
    assert str(report) in said[0]
    text = report.read_text(encoding="utf-8")
    assert "ZeroDivisionError: odd" in text
    assert sys.version in text
    assert report.stat().st_mode & 0o077 == 0


def test_a_bug_without_room_for_a_report_is_still_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is no traceback."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    said: list[str] = []
    assert run_guarded(raising(ZeroDivisionError("odd")), said.append) == BUG
    assert "odd" in said[0]
    assert "could not be written: No such file or directory" in said[0]


def test_an_interrupt_ends_with_130() -> None:
    """A real SIGINT, in a process of its own, without a traceback."""
    script = PRELUDE + "import signal; run = lambda: (print('ready', flush=True), signal.pause())\n"
    with subprocess.Popen(
        [sys.executable, "-c", script + "sys.exit(run_guarded(run, say))"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        try:
            _, complaints = child.communicate(timeout=60)
        finally:
            child.kill()  # one that does not end must not be waited for either
    assert child.returncode == INTERRUPTED
    assert complaints == ""


@pytest.mark.parametrize("size", [10, 10_000_000])
def test_a_reader_that_went_away_is_no_complaint_and_no_pass(size: int) -> None:
    """`nstutor list | head -1`: also where the output fits into a buffer and fails only at the end."""
    reader, writer = os.pipe()
    os.close(reader)
    script = PRELUDE + f"sys.exit(run_guarded(lambda: print('x' * {size}) or 0, say))"
    with open(writer, "wb") as output:
        child = subprocess.run([sys.executable, "-c", script], stdout=output, stderr=subprocess.PIPE, check=False)
    assert (child.returncode, child.stderr) == (NOT_PASSED, b"")


# --- faults -----------------------------------------------------------------------------------------------------------


def columns(text: str) -> int:
    """How wide a terminal shows a line, tab stops every eight columns."""
    width = 0
    for char in text:
        if char == "\t":
            width += 8 - width % 8
        elif not unicodedata.combining(char):
            width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return width


SOURCES = {
    "plain": ("link wpo netns host", "wpo"),
    "behind a tab": ("\tlink\twpo netns host", "wpo"),
    "behind wide characters": ("把王婆 的 wpo 连起来", "wpo"),
    "wide itself": ("ping 王婆 netns host", "王婆"),
    "full-width space": ("link\u3000wpo", "wpo"),
    "combining": ("cafe\u0301 wpo", "wpo"),
    "in the first column": ("wpo", "wpo"),
}


@pytest.mark.parametrize(("source", "word"), SOURCES.values(), ids=SOURCES)
def test_the_carets_stand_under_the_word(source: str, word: str) -> None:
    """Counted in the columns of a terminal, whatever stands before the word and whatever it is made of."""
    fault = Fault("a.md", 12, source.index(word) + 1, "no such device", source, len(word))
    head, shown, carets = str(fault).split("\n")
    assert head == f"a.md:12:{source.index(word) + 1}: no such device"
    assert shown == f"  12 │ {source}"
    assert columns(carets.rstrip("^")) == columns(shown[: shown.index(word)])
    assert carets.count("^") == columns(word)


@pytest.mark.parametrize(("column", "length"), [(1, 0), (4, 1), (4, 9)])
def test_a_fault_at_the_end_of_its_line_has_a_caret(column: int, length: int) -> None:
    """Something is missing there: one caret, behind the last word or under its last letter."""
    carets = str(Fault("a.md", 1, column, "a name is missing", "wpo", length)).split("\n")[2]
    assert carets == f"    │ {' ' * (column - 1)}^"


def test_a_fault_without_its_line_is_one_line() -> None:
    """Such as one about the whole file."""
    assert str(Fault("a.md", 1, 1, "the file is empty")) == "a.md:1:1: the file is empty"


def test_the_exit_codes_are_the_documented_ones() -> None:
    """They are a contract with the scripts of graders."""
    codes = (errors.PASSED, errors.NOT_PASSED, errors.USAGE, errors.BUG, errors.CANNOT_RUN, errors.INTERRUPTED)
    assert codes == (0, 1, 2, 3, 4, 130)


def test_a_fault_of_ours_is_kept_and_the_rest_goes_on() -> None:
    """What a body raises is kept; words for people pass, and so does the wish to end."""
    faults: list[BaseException] = []
    with kept_as_fault(faults):
        raise ZeroDivisionError("ours")
    assert [str(fault) for fault in faults] == ["ours"]
    with pytest.raises(UsageError), kept_as_fault(faults):
        raise UsageError("for people")
    with pytest.raises(KeyboardInterrupt), kept_as_fault(faults):
        raise KeyboardInterrupt
    assert len(faults) == 1


@pytest.mark.parametrize(("closed", "code"), [(True, INTERRUPTED), (False, BUG)])
def test_what_fails_on_a_closed_terminal_is_no_bug(closed: bool, code: int) -> None:
    """Input/output errors of a terminal that was closed end quietly; any other is told as a bug."""
    master, slave = os.openpty()
    script = f"{PRELUDE}import errno\ndef fail():\n    os.write(1, b'x')\n    raise OSError(errno.EIO, 'lost')\n"
    script += "input()\nsys.exit(run_guarded(fail, say))"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=slave,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as process:
        if closed:
            os.close(master)
        _, said = process.communicate("\n", timeout=30)
    os.close(slave)
    if not closed:
        os.close(master)
    assert process.returncode == code, said
    assert ("bug of nstutor's" in said) is not closed
