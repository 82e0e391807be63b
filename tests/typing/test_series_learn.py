"""In the lesson's outermost shell nothing that is typed is lost, merged, reordered or sent to the wrong place.

Five runs of each series; `make soak` plays fifty. The seed stands at the head of the report and in each failure.
"""

from __future__ import annotations

import pytest
from places import LEARN
from series import SERIES, Series, seed_given, sit

pytestmark = pytest.mark.terminal


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)
def test_each_line_runs_once_and_in_order(series: Series) -> None:
    """In one terminal, each run with its own pauses and answers about the cursor."""
    sit(LEARN, series, seed_given(), runs=5, lines=8)
