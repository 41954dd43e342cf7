"""Links cut into pieces from column to column: a long one passes each column between as a thin box of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradstudio.document.layout.boxes import Box, Link

_MOST_THIN = 4
"""There are at most so many thin boxes for each real one (and some); longer links than that are left whole."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A link, or a part of one, between neighbouring columns.

    Attributes:
        left: index of the box it leaves.
        right: index of the box it enters.
        leaves: how far below the left box's top.
        enters: how far below the right box's top.
    """

    left: int
    right: int
    leaves: float
    enters: float


@dataclass(frozen=True, slots=True)
class Strands:
    """Boxes in columns.

    Attributes:
        count: how many of the boxes are real; the thin ones come after them.
        rank: the column of every box.
        height: of every box; 0 for a thin one.
        start: the present middle of every real box, for the order to begin with.
        ends: of each thin box the real one its link leaves, the next one it enters, and where between them it lies.
        pieces: between neighbouring columns.
    """

    count: int
    rank: list[int]
    height: list[float]
    start: list[float]
    ends: list[tuple[int, int, float]]
    pieces: list[Piece]


def laid(boxes: Sequence[Box], links: Sequence[Link], rank: Sequence[int]) -> Strands:
    """Cut the links. Those that leave at one point share their thin boxes: they part as late as they can."""
    middles = [box.y + box.height / 2 for box in boxes]
    strands = Strands(len(boxes), list(rank), [box.height for box in boxes], middles, [], [])
    room = _MOST_THIN * len(boxes) + 200
    bundles: dict[tuple[int, float], list[Link]] = {}
    for link in links:
        if rank[link.target] > rank[link.source]:
            bundles.setdefault((link.source, link.leaves), []).append(link)
    for bundle in sorted(bundles.values(), key=lambda b: max(rank[link.target] for link in b) - rank[b[0].source]):
        room = _cut(strands, bundle, room)
    return strands


def _cut(strands: Strands, bundle: list[Link], room: int) -> int:
    """Cut the links of one point; returns how many more thin boxes there may be."""
    source, leaves = bundle[0].source, bundle[0].leaves
    rank, at = strands.rank, (source, leaves)
    first = rank[source]
    for column in range(first + 1, max(rank[link.target] for link in bundle) + 1):
        further = [link for link in bundle if rank[link.target] > column]
        for link in bundle:
            if rank[link.target] == column:
                strands.pieces.append(Piece(at[0], link.target, at[1], link.enters))
        if further:
            if room <= 0:
                return 0
            room -= 1
            thin = _thin(strands, further, column)
            strands.pieces.append(Piece(at[0], thin, at[1], 0.0))
            at = (thin, 0.0)
    return room


def _thin(strands: Strands, links: list[Link], column: int) -> int:
    """A thin box in a column, for links on their way to the next target."""
    link = min(links, key=lambda link: strands.rank[link.target])
    first, last = strands.rank[link.source], strands.rank[link.target]
    strands.rank.append(column)
    strands.height.append(0.0)
    strands.ends.append((link.source, link.target, (column - first) / (last - first)))
    return len(strands.rank) - 1
