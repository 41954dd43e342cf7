"""What is laid out: boxes, and links between points at their sides."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Place: TypeAlias = tuple[float, float]
GRID = 10.0
"""All places are multiples of this."""


class Box(NamedTuple):
    """A node as a rectangle, where it is now.

    Attributes:
        x: left edge.
        y: top edge.
        width: of the box.
        height: of the box.
    """

    x: float
    y: float
    width: float
    height: float


class Link(NamedTuple):
    """A wire from the right side of one box to the left side of another.

    Attributes:
        source: index of the box it leaves.
        target: index of the box it enters.
        leaves: how far below the source's top.
        enters: how far below the target's top.
    """

    source: int
    target: int
    leaves: float
    enters: float
