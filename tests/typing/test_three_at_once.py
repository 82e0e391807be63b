"""Three learners type at once on two processors, and nobody loses a line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from places import ATTACH, LEARN, NESTED, Place
from series import SERIES, seed_given, sit

pytestmark = pytest.mark.terminal


def test_three_at_once() -> None:
    """In each kind of shell of a lesson."""

    def play(place: Place) -> None:
        sit(place, SERIES["mixed"], seed_given(), runs=2, lines=12)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(play, (LEARN, NESTED, ATTACH)))
