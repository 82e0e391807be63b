"""The options that bound a submission, and the words for what it came to."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable

import pytest

from nstutor.commands import limits
from nstutor.grading import limit_notes as hits
from nstutor.grading.limits import GradingLimits
from nstutor.shell.turn import Ended, LineResult

MIB = 1 << 20


def parse(*words: str) -> GradingLimits:
    """What these options come to."""
    parser = argparse.ArgumentParser()
    limits.add_arguments(parser)
    return limits.limits_of(parser.parse_args(words))


def test_without_options_they_are_the_usual_ones() -> None:
    """What the help says is what holds."""
    found, usual = parse(), GradingLimits()
    assert (found.command_seconds, found.total_seconds) == (30.0, 120.0)
    assert (found.output_bytes, found.memory_bytes) == (16 * MIB, 1024 * MIB)
    assert (found.world.processes, found.world.namespaces) == (usual.world.processes, usual.world.namespaces)
    assert (found.world.file_size, found.world.tmp_bytes) == (64 * MIB, 64 * MIB)


SET: dict[tuple[str, str], Callable[[GradingLimits], bool]] = {
    ("--command-limit", "0.5"): lambda found: found.command_seconds == 0.5,
    ("--limit", "7"): lambda found: found.total_seconds == 7,
    ("--output-limit", "512K"): lambda found: found.output_bytes == 512 * 1024,
    ("--memory", "256M"): lambda found: (found.memory_bytes, found.world.address_space) == (256 * MIB, 512 * MIB),
    ("--processes", "20"): lambda found: found.world.processes == 20,
    ("--namespaces", "3"): lambda found: found.world.namespaces == 3,
    ("--file-size", "1g"): lambda found: found.world.file_size == 1024 * MIB,
    ("--home-size", "4096"): lambda found: found.world.tmp_bytes == 4096,
}


@pytest.mark.parametrize("words", SET, ids=" ".join)
def test_each_option_sets_its_limit(words: tuple[str, str]) -> None:
    """Sizes have the units of ulimit and dd, by 1,024."""
    assert SET[words](parse(*words))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--memory", "1M"), "must be at least 64M"),
        (("--memory", "much"), "must be a size such as 512K, 64M or 2G"),
        (("--output-limit", "5T"), "must be a size"),
        (("--file-size", "-1"), "must be a size"),
        (("--file-size", "0"), "must be a size"),
        (("--home-size", "9999999G"), "must be a size"),
        (("--processes", "0"), "must be a number above 0"),
        (("--namespaces", "2.5"), "must be a number above 0"),
        (("--namespaces", "\u0665"), "must be a number above 0"),
        (("--limit", "0"), "must be a number of seconds above 0"),
        (("--command-limit", "nan"), "must be a number of seconds above 0"),
    ],
)
def test_what_makes_no_sense_is_refused(words: tuple[str, str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With status 2 and words, as any other argument."""
    with pytest.raises(SystemExit) as left:
        parse(*words)
    assert left.value.code == 2
    assert said in capsys.readouterr().err


def notes(ended: Ended, status: int | None = 0, limit: Ended | None = None, line: str = "yes") -> list[str]:
    """The notes on such a turn."""
    turn = LineResult(line, ended, status, b"", b"", 1.0, limit)
    return list(hits.counted([*hits.of_turn(3, turn, 30.0, GradingLimits())]))


def test_each_limit_of_a_line_is_named() -> None:
    """Time and output also where the shell was ended with the line; nothing where no limit was come to."""
    assert notes(Ended.TIMEOUT, limit=Ended.TIMEOUT) == ["line 3 was ended after 30 s: yes"]
    assert notes(Ended.GONE, limit=Ended.TIMEOUT) == ["line 3 was ended after 30 s: yes"]
    assert notes(Ended.GONE, limit=Ended.FLOODED) == ["line 3 was ended after 16 MiB of output: yes"]
    assert notes(Ended.READY, 128 + signal.SIGXFSZ) == ["line 3 wrote a file of more than 64 MiB: yes"]
    assert notes(Ended.READY) == notes(Ended.GONE) == notes(Ended.READY, 1) == []


def test_a_note_holds_nothing_that_a_terminal_would_act_on() -> None:
    """A line may have the one-byte escape of ISO 6429, and be as long as it likes."""
    (note,) = notes(Ended.TIMEOUT, limit=Ended.TIMEOUT, line="echo \x9b31m" + "x" * 1000)
    assert note.isprintable()
    assert len(note) < 120


def test_notes_that_say_the_same_are_one() -> None:
    """Of a submission that does one thing in thousands of lines, and of what is said twice of the whole."""
    turn = LineResult("yes", Ended.TIMEOUT, 0, b"", b"", 1.0, Ended.TIMEOUT)
    lines = [note for line in range(1, 3001) for note in hits.of_turn(line, turn, 30.0, GradingLimits())]
    assert hits.counted(["a", *lines, "b", "a"]) == (
        "a (and 1 more like it)",
        "line 1 was ended after 30 s: yes (and 2999 more like it)",
        "b",
    )


def test_sizes_are_said_as_a_person_would() -> None:
    """In the unit that leaves a small number."""
    assert [hits.size_in_words(size) for size in (16 * MIB, 512 * 1024, 100)] == ["16 MiB", "512 KiB", "0.0977 KiB"]
