"""How high each box stands in its column: links as straight as the order and the gaps allow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from gradstudio.document.layout.boxes import GRID, Box, Place
from gradstudio.document.layout.pooling import rising
from gradstudio.document.layout.strands import Strands

ACROSS = 120.0
"""Between columns: room for what is written on a wire."""
DOWN, THIN = 40.0, 30.0
"""Between two boxes; beside a thin one."""
_SWEEPS = 4
_ROUNDS = 12
_WEIGHTS = (1.0, 6.0, 12.0)
"""How much a piece with no, one or two thin ends wants to be straight: a long wire is drawn as one curve, from end to
end, and keeps to its way only where that is straight."""
_Pull = tuple[int, float, float]
"""The box at the other end, how much lower this one stands when the piece is straight, and its weight."""


def placed(boxes: Sequence[Box], strands: Strands, order: Sequence[Sequence[int]]) -> list[Place]:
    """The upper left corners of the real boxes, the uppermost at y = 0."""
    heights = _Heights(strands, order)
    for sweep in range(_SWEEPS):
        heights.sweep(forwards=sweep % 2 == 0)
    for sweep in range(_ROUNDS):
        heights.sweep(forwards=sweep % 2 == 0, both=True)
    heights.settle()
    top = min(heights.y[: strands.count])
    left = _lefts(boxes, strands)
    return [(left[strands.rank[box]], heights.y[box] - top) for box in range(strands.count)]


def _lefts(boxes: Sequence[Box], strands: Strands) -> list[float]:
    """The left edge of each column."""
    widest = [0.0] * (max(strands.rank) + 1)
    for box in range(strands.count):
        widest[strands.rank[box]] = max(widest[strands.rank[box]], boxes[box].width)
    lefts = [0.0]
    for width in widest:
        lefts.append(lefts[-1] + _up(width + ACROSS))
    return lefts


class _Heights:
    """Heights under way."""

    def __init__(self, strands: Strands, order: Sequence[Sequence[int]]) -> None:
        self.order = order
        self.y = [0.0] * len(strands.rank)
        self.offsets = [_offsets(strands, column) for column in order]
        self.left: list[list[_Pull]] = [[] for _ in self.y]
        self.right: list[list[_Pull]] = [[] for _ in self.y]
        for piece in strands.pieces:
            thin = (piece.left >= strands.count) + (piece.right >= strands.count)
            weight = _WEIGHTS[thin]
            lower = piece.leaves - piece.enters
            self.left[piece.right].append((piece.left, lower, weight))
            self.right[piece.left].append((piece.right, -lower, weight))
        for column, offsets in zip(order, self.offsets, strict=True):
            for box, offset in zip(column, offsets, strict=True):
                self.y[box] = offset - offsets[len(offsets) // 2]

    def sweep(self, *, forwards: bool, both: bool = False) -> None:
        """Let the boxes of each column go where their links are straight: those to the column before, or all."""
        columns = list(zip(self.order, self.offsets, strict=True))
        beside = self.left if forwards else self.right
        for column, offsets in columns if forwards else reversed(columns):
            pulls = [self.left[box] + self.right[box] if both else beside[box] for box in column]
            self._let_go(column, offsets, pulls)

    def settle(self) -> None:
        """Onto the grid."""
        for column, offsets in zip(self.order, self.offsets, strict=True):
            free = -1e18
            for box, offset in zip(column, offsets, strict=True):
                free = max(free, round((self.y[box] - offset) / GRID) * GRID)
                self.y[box] = free + offset

    def _let_go(self, column: Sequence[int], offsets: Sequence[float], pulls: Sequence[list[_Pull]]) -> None:
        wanted, weights = [], []
        for box, offset, beside in zip(column, offsets, pulls, strict=True):
            total = sum(weight for *_, weight in beside)
            goal = sum(weight * (self.y[other] + lower) for other, lower, weight in beside)
            wanted.append((goal / total if total else self.y[box]) - offset)
            weights.append(total or 0.05)
        for box, offset, free in zip(column, offsets, rising(wanted, weights), strict=True):
            self.y[box] = free + offset


def _offsets(strands: Strands, column: Sequence[int]) -> list[float]:
    """How far below the first box of a column each one must be at least."""
    offsets = [0.0]
    for upper, lower in pairwise(column):
        thin = upper >= strands.count or lower >= strands.count
        offsets.append(offsets[-1] + _up(strands.height[upper] + (THIN if thin else DOWN)))
    return offsets[: len(column)]


def _up(size: float) -> float:
    return -(-size // GRID) * GRID
