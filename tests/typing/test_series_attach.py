"""In a second terminal of the lesson nothing that is typed is lost, merged, reordered or sent to the wrong place.

Five runs of each series; `make soak` plays fifty. The seed stands at the head of the report and in each failure.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from places import ATTACH
from seat import Seats
from series import SERIES, Series, play_at, seed_given

pytestmark = pytest.mark.terminal


@pytest.fixture(scope="module")
def seats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seats]:
    """One open terminal, as long as nothing is lost."""
    with Seats(tmp_path_factory.mktemp("seats"), random.Random(seed_given())) as opened:
        yield opened


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)
def test_each_line_runs_once_and_in_order(series: Series, seats: Seats) -> None:
    """Each run has its own pauses and answers about the cursor."""
    play_at(seats.take(ATTACH), series, seed_given(), runs=5, lines=8)
