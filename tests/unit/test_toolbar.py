"""The bottom line: a box for each check, the keys, and never more than the terminal is wide."""

from __future__ import annotations

import pytest
from checks_scenes import check
from prompt_toolkit.formatted_text import fragment_list_to_text
from prompt_toolkit.utils import get_cwidth

from nstutor.checks.base import PASSED, Check, Status, Verdict
from nstutor.ui.toolbar import KEYS, _boxes, _spread

LINES = ("netns ximenqing-ns", "link wp2pjl master wangpo", "addr 192.168.188.96/24 dev xmq2wp netns ximenqing-ns")
CHECKS: tuple[Check, ...] = tuple(map(check, LINES))
VERDICTS = (PASSED, Verdict(Status.FAILED, "no master"), Verdict(Status.NOT_CHECKED, "no device"))
HEAD = [("bold", " bridge 3/8  ")]


def shown(width: int, verdicts: tuple[Verdict, ...] = VERDICTS) -> str:
    """The bar's text at this width."""
    return fragment_list_to_text(_spread([*HEAD, *_boxes(CHECKS, verdicts)], KEYS, width))


def test_each_check_has_a_box_that_ticks() -> None:
    """In the order of the lesson, with its label; the keys stand at the right edge."""
    text = shown(120)
    assert text.startswith(" bridge 3/8   ☑ ximenqing-ns  ☐ wp2pjl master  ☐ xmq2wp .96")
    assert text.endswith(f" {KEYS}")


def test_only_what_passed_is_ticked() -> None:
    """Not yet judged is no tick, and neither is not checked."""
    assert shown(120, ()).count("☐") == 3
    assert [style for style, text in _boxes(CHECKS, VERDICTS) if "☑" in text or "☐" in text] == [
        "class:good",
        "class:todo",
        "class:dim",
    ]


@pytest.mark.parametrize("width", range(30, 140))
@pytest.mark.parametrize("title", ["Plug both ends", "把两架梯子接到王婆家"])
def test_the_bar_is_exactly_as_wide_as_the_terminal(width: int, title: str) -> None:
    """Also with wide characters, cut anywhere: a longer one would wrap and push the prompt up."""
    left = [*HEAD, ("", f"Enter: {title}"), ("", " "), *_boxes(CHECKS, VERDICTS)]
    text = fragment_list_to_text(_spread(left, KEYS, width))
    assert get_cwidth(text) <= width
    assert get_cwidth(text) >= width - 1
    assert "\n" not in text


def test_where_room_is_short_the_keys_go_before_the_boxes() -> None:
    """First to the one key that helps, then all of them; what is cut ends in an ellipsis."""
    full = get_cwidth(shown(200).split("   F1")[0].rstrip())
    assert KEYS in shown(full + len(KEYS) + 4)
    assert shown(full + 12).endswith(" F1 hint")
    assert "F1" not in shown(full - 5)
    assert "…" in shown(full - 5)
