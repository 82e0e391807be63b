"""Boxes one below the other, each as near as can be to where it would like to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """Where a box would like its top, and how much that matters."""

    top: float
    weight: float = 1.0


def stacked(wishes: Sequence[Target], heights: Sequence[float], gap: float) -> list[float]:
    """The tops of boxes in this order, at least `gap` apart, with the least weighted sum of squared distances.

    Boxes that would overlap are joined to a block, which goes to the mean of their wishes (pool adjacent violators).
    """
    offsets = [0.0]
    for height in heights:
        offsets.append(offsets[-1] + height + gap)
    blocks: list[tuple[Target, int]] = []
    for wish, offset in zip(wishes, offsets, strict=False):
        block, count = Target(wish.top - offset, wish.weight), 1
        while blocks and blocks[-1][0].top > block.top:
            other, others = blocks.pop()
            block, count = _mean(other, block), count + others
        blocks.append((block, count))
    places = [block.top for block, count in blocks for _ in range(count)]
    return [place + offset for place, offset in zip(places, offsets, strict=False)]


def _mean(one: Target, other: Target) -> Target:
    weight = one.weight + other.weight
    return Target((one.top * one.weight + other.top * other.weight) / weight, weight)
