"""What a run of a lesson remembers, and what of it is typed again when its world is rebuilt."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from short_lesson import plan_of

from nstutor.errors import UsageError
from nstutor.progress.record import Progress
from nstutor.progress.rows import OPEN
from nstutor.progress.run_log import Journal, only_looks, recorded_line
from nstutor.session.replay import in_order
from nstutor.shell.turn import Ended, LineResult

LESSON = plan_of("one: netns a", "two: netns b", "three: netns c").lesson
ONE, TWO, THREE = LESSON.steps


@pytest.fixture
def progress(tmp_path: Path) -> Iterator[Progress]:
    """An empty database."""
    with Progress(tmp_path / "progress.sqlite") as opened:
        yield opened


@pytest.fixture
def journal(progress: Progress) -> Journal:
    """A run that has just begun."""
    return Journal.fresh(progress, LESSON, b"home")


def turn(line: str, seconds: float = 0.01, ended: Ended = Ended.READY, keyboard: bytes = b"") -> LineResult:
    """What became of a line."""
    return LineResult(line, ended, 0, b"output", keyboard, seconds)


def fill(progress: Progress) -> None:
    """Leave the disk no room."""
    database = progress._database._sqlite
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")


def make_room(progress: Progress) -> None:
    """Let it grow again."""
    progress._database._sqlite.execute("PRAGMA max_page_count = 100000")


def test_lines_are_numbered_on_across_a_restart(progress: Progress, journal: Journal) -> None:
    """The newest run is taken up where it was left, with what its programs were given."""
    journal.record(turn("ip netns add a"), "host", changed=True)
    journal.record(turn("cat", ended=Ended.TIMEOUT, keyboard=b"x\x04"), "a", changed=False)
    again = Journal.latest(progress, LESSON)
    assert again is not None
    again.record(turn("ip link"), "host", changed=False)
    rows = [(c.number, c.line, c.ended, c.keyboard, c.netns) for c in again.commands()]
    assert rows == [
        (1, "ip netns add a", "ready", b"", "host"),
        (2, "cat", "timeout", b"x\x04", "a"),
        (3, "ip link", "ready", b"", "host"),
    ]


def test_a_lesson_never_begun_has_no_run(progress: Progress) -> None:
    """It begins with the home as it is."""
    assert Journal.latest(progress, LESSON) is None
    fresh = Journal.fresh(progress, LESSON, b"home")
    assert progress.home_at_start(fresh.run) == b"home"
    assert (fresh.commands(), fresh.position(), fresh.step_start()) == ((), 0, 0)


def test_the_position_is_the_first_step_that_is_not_passed(journal: Journal) -> None:
    """Also when a later one is; behind the last when all are."""
    journal.record(turn("one"), "host", changed=True)
    journal.record_passes([ONE, THREE])
    assert journal.position() == 1
    journal.record_passes([TWO])
    assert journal.position() == len(LESSON.steps)


def test_passes_of_steps_that_the_lesson_has_no_more_are_left_out(progress: Progress, journal: Journal) -> None:
    """A lesson that was rewritten keeps what still is in it."""
    journal.record(turn("one"), "host", changed=True)
    progress.add_pass(journal.run, "removed", 1)
    journal.record_passes([TWO])
    assert [(one.step, one.number) for one in journal.passes()] == [("two", 1)]
    assert journal.position() == 0


def test_a_reset_goes_back_to_where_the_step_began(journal: Journal) -> None:
    """The commands up to the newest pass are kept, those behind it are not; the old run stays on the disk."""
    for line in ("one", "two", "wrong"):
        journal.record(turn(line), "host", changed=True)
        if line != "wrong":
            journal.record_passes([LESSON.steps[journal.number - 1]])
    back = journal.back_to_step_start()
    assert [command.line for command in back.commands()] == ["one", "two"]
    assert (back.position(), back.number, back.step_start()) == (2, 2, 2)
    back.record(turn("right"), "host", changed=True)
    assert [command.line for command in back.commands()] == ["one", "two", "right"]
    assert len(journal.commands()) == 3


def test_a_full_disk_is_said_and_nothing_is_lost(progress: Progress, journal: Journal) -> None:
    """What had no room is written with the next command that has, passes included, in its order."""
    journal.record(turn("first"), "host", changed=True)
    fill(progress)
    with pytest.raises(UsageError, match="cannot keep your progress"):
        journal.record(turn("x" * 10_000), "host", changed=True)
    journal.record_passes([ONE])
    assert [command.number for command in journal.commands()] == [1]
    make_room(progress)
    journal.record(turn("third"), "host", changed=True)
    assert [(command.number, command.line[:5]) for command in journal.commands()] == [
        (1, "first"),
        (2, "xxxxx"),
        (3, "third"),
    ]
    assert [(one.step, one.number) for one in journal.passes()] == [("one", 2)]


# --- several shells ---------------------------------------------------------------------------------------------------


def test_a_line_of_an_attached_shell_is_there_as_soon_as_it_is_typed(progress: Progress, journal: Journal) -> None:
    """It may never end; when it does, it is the same row, however much was typed elsewhere meanwhile."""
    assert [journal.new_shell(), journal.new_shell()] == [1, 2]
    journal.begin("nc -l 80", "eden", shell=2, started=1000.0)
    journal.record(turn("nc eden 80", 0.5), "host", changed=False, started=1001.0)
    assert [(c.number, c.line, c.ended, c.shell, c.netns, c.started) for c in journal.commands()] == [
        (1, "nc -l 80", OPEN, 2, "eden", 1000.0),
        (2, "nc eden 80", "ready", 0, "host", 1001.0),
    ]
    journal.record(turn("nc -l 80", 9.0, keyboard=b"\x03"), "eden", changed=False, shell=2, started=1000.0)
    again = Journal.latest(progress, LESSON)
    assert again is not None
    assert [(c.number, c.ended, c.keyboard, c.seconds) for c in again.commands()] == [
        (1, "ready", b"\x03", 9.0),
        (2, "ready", b"", 0.5),
    ]
    assert again.new_shell() == 3


def test_the_end_of_a_terminal_is_kept(journal: Journal) -> None:
    """What ran in it then stays a line without an end, and the end is one of its own."""
    journal.begin("nc -l 80", "eden", shell=1)
    journal.record_end(1)
    first, second = map(recorded_line, journal.commands())
    assert (first.ended, first.hung_up, first.skipped) == (math.inf, False, False)
    assert (second.line, second.shell, second.hung_up) == ("", 1, True)


def test_a_clock_that_was_set_back_does_not_mix_two_sessions(progress: Progress, journal: Journal) -> None:
    """What is typed after a return comes after all that was typed before it, at whatever terminal."""
    journal.record(turn("in an hour", 2.0), "host", changed=True, shell=1, started=time.time() + 3600)
    again = Journal.latest(progress, LESSON)
    assert again is not None
    again.record(turn("later"), "host", changed=True)
    assert [line.line for line in in_order(map(recorded_line, again.commands()))] == ["in an hour", "later"]


def test_back_to_a_step_what_ran_then_runs(journal: Journal) -> None:
    """A server that was ended after the pass has no end there; a line of the lesson's own shell keeps it."""
    journal.begin("nc -l 80", "eden", shell=1)
    journal.record(turn("one"), "host", changed=True)
    journal.record_passes([ONE])
    journal.record(turn("nc -l 80", 5.0, keyboard=b"\x03"), "eden", changed=False, shell=1, started=time.time())
    journal.record(turn("wrong"), "host", changed=True)
    back = journal.back_to_step_start()
    assert [(c.line, c.ended) for c in back.commands()] == [("nc -l 80", OPEN), ("one", "ready")]


def test_of_what_ran_when_the_lab_died_the_newest_is_not_typed_again(journal: Journal) -> None:
    """It would end the next one, too; not if a line of the lesson's own shell did."""
    for shell, line in enumerate(("nc -l 80", "fill memory"), 1):
        journal.begin(line, "host", shell=shell)
    journal.lab_died()
    assert [(one.line, one.skipped) for one in map(recorded_line, journal.commands())] == [
        ("nc -l 80", False),
        ("fill memory", True),
    ]
    journal.begin("nc -l 81", "host", shell=3)
    journal.record(turn("fill more"), "host", changed=True, fatal=True)
    journal.lab_died()
    assert [(one.line, one.skipped) for one in map(recorded_line, journal.commands())][2:] == [
        ("nc -l 81", False),
        ("fill more", True),
    ]


def test_a_line_of_the_lesson_s_own_shell_that_never_ended_is_not_typed_again(journal: Journal) -> None:
    """Its prompt must come back."""
    journal.begin("nc -l 80", "host", shell=0)
    (line,) = map(recorded_line, journal.commands())
    assert line.skipped


# --- editors ----------------------------------------------------------------------------------------------------------

VI = b"\x1b[?1049h\x1b[1;1H~\r\n"


@pytest.mark.parametrize(
    ("output", "raw", "changed", "kept"),
    [
        (VI, True, False, (b"files", True)),
        (b"\x1b[24;1H", True, False, (b"files", True)),  # a terminal without another screen
        (VI, True, True, (b"files", False)),  # something of it changed the network: the keys are typed, too
        (b">>> 1\r\n", True, False, (b"files", False)),  # keys for a line editor, python's for one
        (VI, False, False, (None, False)),
    ],
)
def test_keys_in_an_editor_are_kept_by_what_they_did(
    journal: Journal, output: bytes, raw: bool, changed: bool, kept: tuple[bytes | None, bool]
) -> None:
    """Where that is all that they did; the time from which the home is looked at is the line's."""
    asked: list[float] = []

    def effect_since(when: float) -> bytes:
        asked.append(when)
        return b"files"

    journal.effect_since = effect_since
    what = LineResult("vi build.sh", Ended.READY, 0, output, b"ix\x1b:wq\r", 5.0, raw=raw)
    journal.record(what, "host", changed=changed, started=1000.0)
    (command,) = journal.commands()
    assert (command.effect, command.only_looked) == kept
    assert asked == ([1000.0] if raw else [])


def test_what_is_too_much_to_keep_is_typed_again(journal: Journal) -> None:
    """There is nothing else to do it by."""
    what = LineResult("vi build.sh", Ended.READY, 0, VI, b"ix\x1b:wq\r", 5.0, raw=True)
    journal.record(what, "host", changed=False)
    (command,) = journal.commands()
    assert (command.effect, command.only_looked) == (None, False)


# --- what held --------------------------------------------------------------------------------------------------------


def test_a_step_is_known_to_hold_up_to_the_command_after_which_it_was_seen(journal: Journal) -> None:
    """At its pass, and when the lesson is left."""
    journal.record(turn("one"), "host", changed=True)
    journal.record_passes([ONE])
    journal.record(turn("two"), "host", changed=True)
    journal.record_passes([TWO])
    assert [(one.step, one.held) for one in journal.passes()] == [("one", 1), ("two", 2)]
    journal.record(turn("three"), "host", changed=True)
    journal.record_held([ONE])
    assert [(one.step, one.held) for one in journal.passes()] == [("one", 3), ("two", 2)]
    assert [one.held for one in journal.back_to_step_start().passes()] == [None, 2]


# --- what need not be typed again -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "changed", "left_out"),
    [
        (5.0, False, True),
        (0.1, False, False),
        (5.0, True, False),
    ],
)
def test_only_what_was_slow_and_changed_nothing_is_left_out(
    journal: Journal, seconds: float, changed: bool, left_out: bool
) -> None:
    """A ping of five seconds is not waited for again; one that was at once may as well be."""
    journal.record(turn("ping -c 5 192.168.188.69", seconds), "host", changed=changed)
    (command,) = journal.commands()
    assert command.only_looked is left_out


LOOKS = {
    "ping -c 5 192.168.188.69": True,
    "sudo ping 192.168.188.69": True,
    "ip netns exec ximenqing-ns ping 192.168.188.69": True,
    "sudo ip netns exec ximenqing-ns /bin/ping 192.168.188.69": True,
    "tcpdump -ni wangpo -c 3": True,
    "sleep 5 # and think": True,
    "ping 192.168.188.69 > out": False,
    "ping 192.168.188.69 && ip netns add eden": False,
    "ping $address": False,
    "ping `cat address`": False,
    "sleep 5 &": False,
    "ip link": False,
    "ip netns add eden": False,
    "ip netns exec ximenqing-ns": False,
    "ip netns exec ximenqing-ns bash": False,
    "bash": False,
    "make": False,
    "ping 'open": False,
    "sudo": False,
    "": False,
}


@pytest.mark.parametrize(("line", "looks"), LOOKS.items())
def test_a_line_only_looks_when_it_is_one_plain_command_of_a_looker(line: str, looks: bool) -> None:
    """Anything that the shell could make more of is typed again."""
    assert only_looks(line) is looks
