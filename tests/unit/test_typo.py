"""Which names are one slip of the finger from each other: for the coach and the checks alike."""

from __future__ import annotations

import pytest

from nstutor.text.typo import is_slip, meant_by

SLIPS = (
    ("wangpoo", "wangpo"),
    ("wangp", "wangpo"),
    ("wangp0", "wangpo"),
    ("wnagpo", "wangpo"),
    ("wp2xmg", "wp2xmq"),
)
NO_SLIPS = (("eth0", "eth1"), ("eth10", "eth1"), ("wangpo", "wangpo-ns"), ("wgnapo", "wangpo"), ("veth", "vxth1"))


@pytest.mark.parametrize(("word", "meant"), SLIPS)
def test_one_slip(word: str, meant: str) -> None:
    """Whichever of the two was meant."""
    assert is_slip(word, meant)
    assert is_slip(meant, word)
    assert meant_by(word, (meant, "greenland")) == meant


@pytest.mark.parametrize(("word", "meant"), NO_SLIPS)
def test_no_slip(word: str, meant: str) -> None:
    """Two names, or more than one slip."""
    assert not is_slip(word, meant)
    assert meant_by(word, (meant,)) is None


def test_letter_case_goes_first_and_doubt_says_nothing() -> None:
    """WANGPO is wangpo, though wangpO is nearer than two others; between two of the same distance nobody chooses."""
    assert meant_by("WANGPO", ("wangpo", "eden")) == "wangpo"
    assert meant_by("wp2xm", ("wp2xmq", "wp2xma")) is None
    assert meant_by("xy", ("xz",)) is None
    assert meant_by("ad", ("add",), shortest=2) == "add"
