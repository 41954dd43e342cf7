"""Where a label could go: two blocks of text at many places along a wire, and what they would cover."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF

from gradstudio.ui.canvas.curves import basis, points_on, slope_basis
from gradstudio.ui.canvas.metrics import LABEL_GAP, LABEL_LINE
from gradstudio.ui.canvas.nodes import Floats, Mask

_AT = np.array((0.5, 0.44, 0.56, 0.37, 0.63, 0.3, 0.7, 0.23, 0.77, 0.16, 0.84, 0.1, 0.9))
"""Where on a wire a label is tried with the wire between value and gradient,"""
_AT_ELSE = _AT[[0, 3, 4, 7, 8, 11, 12]]
"""and where with both on one side of it."""
_FAR, _STEEP = 0.8, 0.3
"""What speaks against places far from the middle and on steep pieces."""
_BESIDE, _ONE_SIDE, _STEEP_FROM = 0.45, 0.9, 1.2
"""What speaks against both blocks beside a wire (which must be as steep as that), or both above or below it."""
_AIR = 5.0
_MANY, _SQUARE = 2_000, 256.0
"""More boxes than this are first looked at in squares so large: no block is larger."""
_CORNERS = ((0, 1), (2, 1), (0, 3), (2, 3))
_REACH = 200.0
"""No label reaches farther from its place on the wire."""


def candidates(curves: Floats, width: Floats, lines: Floats) -> tuple[Floats, Floats]:
    """Pairs of blocks to try (wire, try, above or below, edges) and what speaks against each as such."""
    width, lines = width[:, None], lines[:, None]
    points, slope = points_on(curves, basis(_AT)), _slopes(curves, _AT)
    boxes = [_astride(points, slope, width, lines)]
    costs = [_FAR * np.abs(_AT - 0.5) + _STEEP * np.minimum(np.abs(slope), 2.0)]
    points, slope = points_on(curves, basis(_AT_ELSE)), _slopes(curves, _AT_ELSE)
    far = np.broadcast_to(_FAR * np.abs(_AT_ELSE - 0.5), slope.shape)
    for side in (1.0, -1.0):
        boxes += [_beside(points, slope, width, lines, side), _one_side(points, slope, width, lines, side)]
        costs += [np.where(np.abs(slope) < _STEEP_FROM, 100.0, far + _BESIDE), far + _ONE_SIDE]
    return np.concatenate(boxes, axis=1), np.concatenate(costs, axis=1)


def might_lie(curves: Floats, area: QRectF) -> Mask:
    """Which wires' labels might lie in an area: long wires pass through it and have theirs elsewhere."""
    x, y = points_on(curves, basis(_AT)).transpose(2, 0, 1)
    near: Mask = (x > area.left() - _REACH) & (x < area.right() + _REACH)
    near &= (y > area.top() - _REACH) & (y < area.bottom() + _REACH)
    found: Mask = np.logical_or.reduce(near, axis=1)
    return found


def middle(curves: Floats, width: Floats, lines: Floats) -> Floats:
    """The pair of blocks at the middle of each wire."""
    points, slope = points_on(curves, basis(_AT[:1])), _slopes(curves, _AT[:1])
    boxes: Floats = _astride(points, slope, width[:, None], lines[:, None])[:, 0]
    return boxes


def _slopes(curves: Floats, t: Floats) -> Floats:
    """dy/dx of the cubics at each parameter, bounded."""
    way = points_on(curves, slope_basis(t))
    dx, dy = way[..., 0], way[..., 1]
    dx = np.where(np.abs(dx) < 1e-3, 1e-3, dx)
    result: Floats = np.clip(dy / dx, -50.0, 50.0)
    return result


def _lefts(x: Floats, slope: Floats, width: Floats) -> tuple[Floats, Floats]:
    """Left edges of a block above and one below a point: centred, or on a slope aside until clear of the line."""
    free = LABEL_GAP / np.maximum(np.abs(slope), 1e-6)
    right, left = np.maximum(-width / 2, -free), np.minimum(-width / 2, free - width)
    falling = slope > 0
    return x + np.where(falling, right, left), x + np.where(falling, left, right)


def _pair(left: Floats, width: Floats, upper: tuple[Floats, Floats], below: Floats, lower: Floats) -> Floats:
    """Two blocks: the upper one at `left` from top to bottom, the lower one at `below` from `lower` on."""
    top = np.stack((left, upper[0], left + width, upper[1]), axis=-1)
    bottom = np.stack((below, lower, below + width, lower + LABEL_LINE), axis=-1)
    return np.stack((top, bottom), axis=2)


def _astride(points: Floats, slope: Floats, width: Floats, lines: Floats) -> Floats:
    """The upper block above the points, the lower one below them."""
    x, y = points[..., 0], points[..., 1]
    above, below = _lefts(x, slope, width)
    return _pair(above, width, (y - LABEL_GAP - lines * LABEL_LINE, y - LABEL_GAP), below, y + LABEL_GAP)


def _one_side(points: Floats, slope: Floats, width: Floats, lines: Floats, side: float) -> Floats:
    """Both blocks above the line (side 1), or both below it (-1)."""
    x, y = points[..., 0], points[..., 1]
    above, below = _lefts(x, slope, width)
    left, high = (above, lines * LABEL_LINE) if side > 0 else (below, lines * LABEL_LINE)
    top = y - LABEL_GAP - LABEL_LINE - high if side > 0 else y + LABEL_GAP
    return _pair(left, width, (top, top + high), left, top + high)


def _beside(points: Floats, slope: Floats, width: Floats, lines: Floats, side: float) -> Floats:
    """Both blocks on one side of a steep line (1 right, -1 left), so far away that they are clear of it."""
    x, y = points[..., 0], points[..., 1]
    high = lines * LABEL_LINE
    toward = np.where(slope * side > 0, LABEL_LINE, high) + LABEL_GAP
    away = LABEL_GAP + toward / np.maximum(np.abs(slope), 1.0)
    left = x + away if side > 0 else x - away - width
    return _pair(left, width, (y - high, y), left, y)


def span(boxes: Floats) -> tuple[float, float, float, float]:
    """Left, top, width and height around all boxes."""
    left, top = boxes[..., 0].min(), boxes[..., 1].min()
    return float(left), float(top), float(boxes[..., 2].max() - left), float(boxes[..., 3].max() - top)


def grown(nodes: Floats) -> Floats:
    """Nodes' boxes (left, top, width, height) with some air around them, by their edges."""
    return np.concatenate((nodes[:, :2] - _AIR, nodes[:, :2] + nodes[:, 2:] + _AIR), axis=1)


def reachable(tries: Floats, others: Floats) -> Floats:
    """Those of many boxes, by their edges, that may touch one of the blocks to try: of long wires these lie far apart.

    Each block and each box marks the squares its corners lie in; boxes larger than a square always count.
    """
    if len(others) < _MANY:
        return others
    blocks = tries.reshape(-1, 4)
    low, high = blocks[:, :2].min(axis=0), blocks[:, 2:].max(axis=0)
    marked = np.zeros(((high - low) // _SQUARE).astype(int) + 3, bool)
    for x, y in _CORNERS:
        marked[*((blocks[:, (x, y)] - low) // _SQUARE).astype(int).T] = True
    near = np.asarray((others[:, 2:] - others[:, :2] > _SQUARE).any(axis=1))
    top = np.array(marked.shape) - 1
    for x, y in _CORNERS:
        near |= marked[*np.clip((others[:, (x, y)] - low) // _SQUARE, -1, top).astype(int).T]
    return others[near]


def touches(pair: Floats, others: list[Floats]) -> bool:
    """Whether one of two blocks lies on one of others."""
    blocks = [block for other in others for block in other.tolist()]
    return any(
        left < x1 and right > x0 and top < y1 and bottom > y0
        for left, top, right, bottom in pair.tolist()
        for x0, y0, x1, y1 in blocks
    )


class Tries:
    """Pairs of blocks to try, of several wires at once, and what they lie on.

    Args:
        boxes: their edges (wire, try, above or below, edges).
    """

    def __init__(self, boxes: Floats) -> None:
        self._edges = np.ascontiguousarray(boxes.reshape(len(boxes), -1, 4).transpose(0, 2, 1))
        self._spans = np.concatenate((self._edges[:, :2].min(axis=2), self._edges[:, 2:].max(axis=2)), axis=1)
        self._size = np.maximum((self._edges[:, 2:] - self._edges[:, :2]).prod(axis=1), 1.0)

    def share(self, boxes: Floats, wire: int) -> Floats:
        """Share of each pair of blocks of a wire that lies on boxes given by their edges (try)."""
        near = self._near(wire, *boxes.T)
        left, top, right, bottom = self._edges[wire]
        x0, y0, x1, y1 = boxes[near].T[..., None]
        wide, high = np.minimum(right, x1) - np.maximum(left, x0), np.minimum(bottom, y1) - np.maximum(top, y0)
        common = np.maximum(wide, 0.0) * np.maximum(high, 0.0)
        return _paired(common.sum(axis=0) / self._size[wire])

    def count(self, points: Floats, wire: int) -> Floats:
        """How many of the points lie in each pair of blocks of a wire (try), of more than three in one just three."""
        x, y = points.T
        near = self._near(wire, x, y, x, y)
        left, top, right, bottom = self._edges[wire]
        x, y = points[near].T[..., None]
        inside = (x > left) & (x < right)
        inside &= y > top
        inside &= y < bottom
        return _paired(np.minimum(inside.sum(axis=0), 3.0))

    def _near(self, wire: int, left: Floats, top: Floats, right: Floats, bottom: Floats) -> Mask:
        """Which of some boxes a wire's blocks may touch."""
        x0, y0, x1, y1 = self._spans[wire].tolist()
        near: Mask = (left < x1) & (right > x0) & (top < y1) & (bottom > y0)
        return near


def _paired(blocks: Floats) -> Floats:
    result: Floats = blocks.reshape(-1, 2).sum(axis=1)
    return result
