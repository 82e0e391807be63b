"""Boxes one below the other, each as near as can be to where it would like to be."""

from __future__ import annotations

from collections.abc import Sequence


def stacked(wishes: Sequence[float], heights: Sequence[float], gap: float) -> list[float]:
    """The tops of boxes in this order, at least `gap` apart, with the least sum of squared distances to the wishes.

    Boxes that would overlap are joined to a block, which goes to the mean of their wishes (pool adjacent violators).
    """
    offsets = [0.0]
    for height in heights:
        offsets.append(offsets[-1] + height + gap)
    blocks: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=False):
        mean, count = wish - offset, 1
        while blocks and blocks[-1][0] > mean:
            other, others = blocks.pop()
            mean = (mean * count + other * others) / (count + others)
            count += others
        blocks.append((mean, count))
    places = [mean for mean, count in blocks for _ in range(count)]
    return [place + offset for place, offset in zip(places, offsets, strict=False)]
