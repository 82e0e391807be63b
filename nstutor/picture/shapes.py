"""What a drawing consists of, as plain records with coordinates: x to the right, y downwards, in CSS pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Self

End = tuple[str, str]
"""A device as one end of a cable: namespace and name."""
Point = tuple[float, float]


class Role(Enum):
    """What a text says; its font goes by that."""

    TITLE = "title"
    NAME = "name"
    """Of a namespace."""
    DEVICE = "device"
    KIND = "kind"
    ADDRESS = "address"
    SMALL = "small"
    """lo, a default route, what had no room."""
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return self.y + self.height / 2

    def overlaps(self, other: Box) -> bool:
        """Whether they share more than an edge."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def holds(self, other: Box) -> bool:
        """Whether the other lies inside."""
        beside = self.x <= other.x and other.right <= self.right
        return beside and self.y <= other.y and other.bottom <= self.bottom

    def moved(self, dx: float, dy: float) -> Self:
        """The same elsewhere."""
        return replace(self, x=self.x + dx, y=self.y + dy)


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text in its box."""

    box: Box
    text: str
    role: Role
    at_end: bool = False
    """Whether it ends at the right edge of the box instead of beginning at the left one."""

    def moved(self, dx: float, dy: float) -> Self:
        """The same elsewhere."""
        return replace(self, box=self.box.moved(dx, dy))


@dataclass(frozen=True, slots=True)
class Mark:
    """The sign of a device that is up, or down."""

    box: Box
    up: bool

    def moved(self, dx: float, dy: float) -> Self:
        """The same elsewhere."""
        return replace(self, box=self.box.moved(dx, dy))


@dataclass(frozen=True, slots=True)
class Card:
    """A device; a bridge's card is a table with the cards of its ports on it."""

    end: End
    box: Box
    mark: Mark
    labels: tuple[Label, ...]
    is_table: bool = False

    def moved(self, dx: float, dy: float) -> Self:
        """The same elsewhere."""
        labels = tuple(label.moved(dx, dy) for label in self.labels)
        return replace(self, box=self.box.moved(dx, dy), mark=self.mark.moved(dx, dy), labels=labels)


@dataclass(frozen=True, slots=True)
class House:
    """A namespace. Host's roof is flat and its house is the street's largest."""

    netns: str
    box: Box
    """With the roof."""
    roof: float
    """How high the roof is."""
    cards: tuple[Card, ...]
    """Tables before what stands on them."""
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]

    def moved(self, dx: float, dy: float) -> Self:
        """The same elsewhere."""
        return replace(
            self,
            box=self.box.moved(dx, dy),
            cards=tuple(card.moved(dx, dy) for card in self.cards),
            marks=tuple(mark.moved(dx, dy) for mark in self.marks),
            labels=tuple(label.moved(dx, dy) for label in self.labels),
        )


@dataclass(frozen=True, slots=True)
class Wire:
    """A cable. From `path[0]` a line to `path[1]`, a cubic curve by `path[2:4]` to `path[4]`, a line to `path[5]`."""

    ends: tuple[End, End | None]
    """The second is None where the other end cannot be seen, or is not drawn."""
    carrier: bool
    path: tuple[Point, Point, Point, Point, Point, Point]

    def moved(self, dx: float, dy: float) -> Self:
        """The same elsewhere."""
        a, b, c, d, e, f = ((x + dx, y + dy) for x, y in self.path)
        return replace(self, path=(a, b, c, d, e, f))


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it."""

    width: float
    height: float
    houses: tuple[House, ...]
    wires: tuple[Wire, ...]
    labels: tuple[Label, ...]
    """What stands outside the houses."""
