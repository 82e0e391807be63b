"""In which order recorded lines are typed again, and which of them ran at the same time."""

from __future__ import annotations

import math

from nstutor.session.replay import RecordedLine, in_order


def line(
    number: int, shell: int, began: float, ended: float, *, skipped: bool = False, hung_up: bool = False
) -> RecordedLine:
    """A line that was typed in a shell from one moment to another."""
    return RecordedLine(
        number, f"line {number}", shell=shell, began=began, ended=ended, skipped=skipped, hung_up=hung_up
    )


def numbers(*lines: RecordedLine) -> list[int]:
    """Their order."""
    return [one.number for one in in_order(lines)]


def test_lines_come_as_they_were_typed() -> None:
    """Not as they ended: a server ends after its client."""
    assert numbers(line(1, 0, 3, 4), line(2, 1, 1, 9), line(3, 0, 5, 6)) == [2, 1, 3]


def test_lines_of_one_shell_keep_their_order_whatever_the_clock_said() -> None:
    """It may have been set back; and two lines may have been typed at the same moment."""
    assert numbers(line(1, 0, 100, 101), line(2, 0, 3, 4), line(3, 0, 3, 3)) == [1, 2, 3]


def test_a_line_has_ended_when_the_next_one_of_its_shell_is_typed() -> None:
    """Also where its end was not written any more; not when the terminal was closed under it."""
    first, second = in_order([line(1, 1, 1, math.inf), line(2, 1, 5, 6)])
    assert (first.ended, second.ended) == (5, 6)
    first, _second = in_order([line(1, 1, 1, math.inf), line(2, 1, 5, 5, hung_up=True)])
    assert first.ended == math.inf


def test_what_ran_at_the_same_time_did_so_in_two_shells() -> None:
    """What is not typed runs at no time."""
    server = line(1, 1, 1, 9)
    assert server.overlaps(line(2, 0, 3, 4))
    assert line(2, 0, 3, 4).overlaps(server)
    assert server.overlaps(line(2, 0, 8, 20))
    assert not server.overlaps(line(2, 0, 9, 20))
    assert not server.overlaps(line(2, 1, 3, 4))
    assert not server.overlaps(line(2, 0, 3, 4, skipped=True))
    assert not server.overlaps(line(2, 0, 3, 3, hung_up=True))
