"""Parts of a network that have nothing to do with each other, and how they are set side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradstudio.document.layout.boxes import GRID, Box, Link, Place

GAP = 60.0
_WIDE = 1.8
"""How much wider than high the whole should be about."""


def parts(count: int, links: Sequence[Link]) -> list[list[int]]:
    """Boxes that are linked somehow, together; each part in ascending order."""
    parent = list(range(count))

    def root(box: int) -> int:
        while parent[box] != box:
            parent[box] = parent[parent[box]]
            box = parent[box]
        return box

    for link in links:
        parent[root(link.source)] = root(link.target)
    groups: dict[int, list[int]] = {}
    for box in range(count):
        groups.setdefault(root(box), []).append(box)
    return list(groups.values())


def packed(boxes: Sequence[Box], groups: Sequence[Sequence[int]], inner: Sequence[Sequence[Place]]) -> list[Place]:
    """The places of all boxes: the parts in rows, in the order in which one reads them now."""
    sizes = [_size(boxes, group, places) for group, places in zip(groups, inner, strict=True)]
    area = sum((width + GAP) * (height + GAP) for width, height in sizes)
    wide = max(max((width for width, _ in sizes), default=0.0), math.sqrt(area * _WIDE))
    result: list[Place] = [(0.0, 0.0)] * len(boxes)
    x = y = lowest = 0.0
    for i in sorted(range(len(groups)), key=lambda i: _reading(boxes, groups[i])):
        width, height = sizes[i]
        if x and x + width > wide:
            x, y, lowest = 0.0, lowest + GAP, 0.0
        for box, (dx, dy) in zip(groups[i], inner[i], strict=True):
            result[box] = (x + dx, y + dy)
        x = math.ceil((x + width + GAP) / GRID) * GRID
        lowest = max(lowest, y + height)
    return result


def _size(boxes: Sequence[Box], group: Sequence[int], places: Sequence[Place]) -> tuple[float, float]:
    right = max(x + boxes[box].width for box, (x, _) in zip(group, places, strict=True))
    bottom = max(y + boxes[box].height for box, (_, y) in zip(group, places, strict=True))
    return math.ceil(right / GRID) * GRID, math.ceil(bottom / GRID) * GRID


def _reading(boxes: Sequence[Box], group: Sequence[int]) -> tuple[float, float, int]:
    """Where a part begins: from top to bottom, then from left to right."""
    return min(boxes[box].y for box in group), min(boxes[box].x for box in group), group[0]
