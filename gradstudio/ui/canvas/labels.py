"""Where labels go: the value above a wire, the gradient below it, off the nodes and off each other.

Places are worked out for the wires in view only, all candidates of all these wires at once, and kept until something
moves: panning and zooming place nothing anew, and live numbers stay where they are.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF

from gradstudio.ui.canvas.metrics import LABEL_GAP, LABEL_LINE
from gradstudio.ui.canvas.nodes import Floats, Mask, NodeTable, Rows
from gradstudio.ui.canvas.stubs import Stubs
from gradstudio.ui.canvas.wires import WireTable, points_on

_AT = np.array((0.5, 0.44, 0.56, 0.37, 0.63, 0.3, 0.7, 0.23, 0.77, 0.16, 0.84, 0.1, 0.9))
_ALONG = np.linspace(0.0, 1.0, 21)
_NODE, _LABEL, _CROSSED, _FAR, _STEEP = 12.0, 8.0, 0.35, 0.8, 0.3
_NO_ROOM = 0.5
"""Labels of which more than this share would lie on nodes are left out."""
_AIR = 5.0
AT_ONCE = 160
"""So many labels are placed in one frame; the rest follow in the next ones."""


class Lot:
    """Label places of one kind of line.

    Attributes:
        above: x of the middle and bottom edge of the block above each line; nan while it isn't placed.
        below: x of the middle and top edge of the block below.
        room: width the place was made for.
        lines: lines above the place was made for.
        hidden: whether there is no place for it.
        crowded: whether a wire runs behind it.
    """

    def __init__(self, count: int) -> None:
        self.above: Floats = np.full((count, 2), np.nan)
        self.below: Floats = np.full((count, 2), np.nan)
        self.room: Floats = np.zeros(count)
        self.lines: Floats = np.zeros(count)
        self.hidden = np.zeros(count, bool)
        self.crowded = np.zeros(count, bool)

    def wanting(self, rows: Rows, widths: Floats, lines: Floats) -> Mask:
        """Which of the rows have no place, or too small a one."""
        stale: Mask = np.isnan(self.above[rows, 0]) & ~self.hidden[rows]
        stale |= (self.room[rows] < widths) | (self.lines[rows] < lines)
        return stale

    def near(self, rows: Rows, area: QRectF) -> Mask:
        """Which of the rows are placed and reach into an area."""
        (ax, ay), (_, by) = self.above[rows].T, self.below[rows].T
        reach = self.room[rows] + abs(LABEL_GAP)
        inside: Mask = (ax - reach < area.right()) & (ax + reach > area.left())
        inside &= (ay - self.lines[rows] * LABEL_LINE < area.bottom()) & (by + LABEL_LINE > area.top())
        return inside

    def boxes(self, rows: Rows) -> Floats:
        """The boxes (left, top, right, bottom) taken by the placed ones of these rows."""
        rows = rows[~np.isnan(self.above[rows, 0])]
        half, high = self.room[rows] / 2, self.lines[rows] * LABEL_LINE
        (ax, ay), (bx, by) = self.above[rows].T, self.below[rows].T
        above = np.stack((ax - half, ay - high, ax + half, ay), axis=1)
        below = np.stack((bx - half, by, bx + half, by + LABEL_LINE), axis=1)
        return np.concatenate((above, below))

    def at(self, x: float, y: float) -> int | None:
        """The row whose placed label covers a point."""
        rows = np.nonzero(~np.isnan(self.above[:, 0]))[0]
        boxes = self.boxes(rows)
        hit = (boxes[:, 0] <= x) & (x <= boxes[:, 2]) & (boxes[:, 1] <= y) & (y <= boxes[:, 3])
        found = np.nonzero(hit)[0]
        return int(rows[found[0] % len(rows)]) if len(found) else None


class Labels:
    """Label places of all wires and stubs.

    Attributes:
        wires: places by wire row.
        stubs: places by stub.
        unfinished: whether the last call left some for the next frame.
        roughly: put labels to the middle without looking around, as long as nodes are dragged.
    """

    def __init__(self, nodes: NodeTable, wires: WireTable, stubs: Stubs) -> None:
        self._nodes, self._wires, self._stubs = nodes, wires, stubs
        self.wires, self.stubs = Lot(0), Lot(0)
        self.unfinished = False
        self.roughly = False

    def forget(self) -> None:
        """Everything may have moved."""
        self.wires, self.stubs = Lot(0), Lot(0)

    def forget_wires(self, rows: Rows) -> None:
        """These wires moved, and with their nodes perhaps stubs."""
        self.stubs = Lot(0)
        if len(self.wires.room) == len(self._wires):
            self.wires.above[rows], self.wires.hidden[rows] = np.nan, False

    def may_show(self, rows: Rows, area: QRectF) -> Mask:
        """Which of these wires may have a label in an area: those placed there, and those not placed yet."""
        if len(self.wires.room) != len(self._wires):
            return np.ones(len(rows), bool)
        homeless: Mask = np.isnan(self.wires.above[rows, 0]) & ~self.wires.hidden[rows]
        return homeless | self.wires.near(rows, area)

    def place_wires(self, rows: Rows, widths: Floats, lines: Floats, at_once: int = AT_ONCE) -> Lot:
        """Make sure that these wires' labels have places of these widths and numbers of lines above."""
        if len(self.wires.room) != len(self._wires):
            self.wires = Lot(len(self._wires))
        ends, handle = self._wires.ends, self._wires.handle
        self._place(self.wires, rows, widths, lines, ends, handle, at_once)
        return self.wires

    def place_stubs(self, rows: Rows, widths: Floats, lines: Floats) -> Lot:
        """The same for stubs."""
        ends = self._stubs.ends
        if len(self.stubs.room) != len(ends):
            self.stubs = Lot(len(ends))
        self._place(self.stubs, rows, widths, lines, ends, np.zeros(len(ends)), AT_ONCE)
        return self.stubs

    def wire_at(self, x: float, y: float) -> int | None:
        """The wire whose label covers a point."""
        return self.wires.at(x, y)

    def stub_at(self, x: float, y: float) -> int | None:
        """The stub whose label covers a point."""
        return self.stubs.at(x, y)

    def _place(
        self, lot: Lot, rows: Rows, widths: Floats, lines: Floats, ends: Floats, handle: Floats, at_once: int
    ) -> None:
        want = lot.wanting(rows, widths, lines)
        new = rows[want][:at_once]
        self.unfinished = self.unfinished or int(want.sum()) > len(new)
        if not len(new):
            return
        lot.room[new], lot.lines[new] = widths[want][:at_once], lines[want][:at_once]
        lot.above[new], lot.hidden[new] = np.nan, False
        if self.roughly:
            self._middle(lot, new, ends, handle)
            return
        boxes, over, cost = self._candidates(ends[new], handle[new], lot.room[new], lot.lines[new])
        taken = list(lot.boxes(rows))
        crossing = self._points_in(boxes)
        for i, row in enumerate(new.tolist()):
            crossed = _crossed(boxes[i], crossing)
            best = int((cost[i] + _LABEL * _covered(boxes[i], taken) + _CROSSED * crossed).argmin())
            lot.crowded[row] = crossed[best] > 0 or over[i, best] > 0
            if over[i, best] > _NO_ROOM:
                lot.hidden[row] = True
                continue
            above, below = boxes[i, best]
            lot.above[row] = (above[0] + above[2]) / 2, above[3]
            lot.below[row] = (below[0] + below[2]) / 2, below[1]
            taken += [above, below]

    def _middle(self, lot: Lot, rows: Rows, ends: Floats, handle: Floats) -> None:
        points, slope = points_on(ends[rows], handle[rows], _AT[:1]), _slopes(ends[rows], handle[rows])[:, :1]
        boxes = _blocks(points, slope, lot.room[rows, None], lot.lines[rows, None])[:, 0]
        lot.above[rows] = np.stack((boxes[:, 0, [0, 2]].mean(axis=1), boxes[:, 0, 3]), axis=1)
        lot.below[rows] = np.stack((boxes[:, 1, [0, 2]].mean(axis=1), boxes[:, 1, 1]), axis=1)
        lot.crowded[rows] = False

    def _points_in(self, boxes: Floats) -> Floats:
        """Points on the wires around the boxes, to be kept clear of."""
        rows = self._wires.within(QRectF(*_span(boxes)))
        return points_on(self._wires.ends[rows], self._wires.handle[rows], _ALONG).reshape(-1, 2)

    def _candidates(
        self, ends: Floats, handle: Floats, width: Floats, lines: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Boxes (line, t, above or below, edges), the share of them on nodes, and what speaks against each t."""
        points = points_on(ends, handle, _AT)
        slope = _slopes(ends, handle)
        boxes = _blocks(points, slope, width[:, None], lines[:, None])
        area = QRectF(*_span(boxes))
        nodes = self._nodes.boxes[self._nodes.within(area)]
        over = _over_nodes(boxes, nodes)
        cost = _NODE * over + _FAR * np.abs(_AT - 0.5) + _STEEP * np.minimum(np.abs(slope), 2.0)
        return boxes, over, cost


def _slopes(ends: Floats, handle: Floats) -> Floats:
    """dy/dx of the cubics at each candidate, bounded."""
    x0, y0, x1, y1 = (ends[:, i, None] for i in range(4))
    h, t = handle[:, None], _AT
    dx = 3 * (1 - t) ** 2 * h + 6 * (1 - t) * t * (x1 - x0 - 2 * h) + 3 * t**2 * h
    dy = 6 * (1 - t) * t * (y1 - y0)
    dx = np.where(np.abs(dx) < 1e-3, 1e-3, dx)
    result: Floats = np.clip(dy / dx, -50.0, 50.0)
    return result


def _blocks(points: Floats, slope: Floats, width: Floats, lines: Floats) -> Floats:
    """Blocks above and below the points; on a slope they move sideways until they are clear of the line."""
    x, y = points[..., 0], points[..., 1]
    free = LABEL_GAP / np.maximum(np.abs(slope), 1e-6)
    falling = slope > 0
    right, left = np.maximum(-width / 2, -free), np.minimum(-width / 2, free - width)
    above, below = np.where(falling, right, left) + x, np.where(falling, left, right) + x
    high = lines * LABEL_LINE
    top = np.stack((above, y - LABEL_GAP - high, above + width, y - LABEL_GAP), axis=-1)
    bottom = np.stack((below, y + LABEL_GAP, below + width, y + LABEL_GAP + LABEL_LINE), axis=-1)
    return np.stack((top, bottom), axis=2)


def _span(boxes: Floats) -> tuple[float, float, float, float]:
    left, top = boxes[..., 0].min(), boxes[..., 1].min()
    return float(left), float(top), float(boxes[..., 2].max() - left), float(boxes[..., 3].max() - top)


def _over_nodes(boxes: Floats, nodes: Floats) -> Floats:
    """Share of each pair of blocks that lies on nodes (line, t)."""
    total = np.zeros(boxes.shape[:2])
    size = np.maximum((boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1]), 1.0)
    for x, y, width, height in nodes.tolist():
        near = (boxes[..., 0] < x + width + _AIR) & (boxes[..., 2] > x - _AIR)
        near &= (boxes[..., 1] < y + height + _AIR) & (boxes[..., 3] > y - _AIR)
        if near.any():
            wide = np.minimum(boxes[..., 2], x + width + _AIR) - np.maximum(boxes[..., 0], x - _AIR)
            high = np.minimum(boxes[..., 3], y + height + _AIR) - np.maximum(boxes[..., 1], y - _AIR)
            total += (np.where(near, wide * high, 0.0) / size).sum(axis=2)
    return total


def _crossed(boxes: Floats, points: Floats) -> Floats:
    """How many of the points lie in each pair of blocks (t)."""
    left, top = boxes[..., 0].min(), boxes[..., 1].min()
    right, bottom = boxes[..., 2].max(), boxes[..., 3].max()
    x, y = points.T
    x, y = points[(x > left) & (x < right) & (y > top) & (y < bottom)].T
    inside = (x > boxes[..., 0, None]) & (x < boxes[..., 2, None])
    inside &= (y > boxes[..., 1, None]) & (y < boxes[..., 3, None])
    result: Floats = np.minimum(inside.sum(axis=-1), 3).sum(axis=-1)
    return result


def _covered(boxes: Floats, taken: list[Floats]) -> Floats:
    """Share of each pair of blocks (t, above or below) that lies on taken boxes."""
    if not taken:
        return np.zeros(len(boxes))
    other = np.array(taken)
    wide = np.minimum(boxes[..., 2, None], other[:, 2]) - np.maximum(boxes[..., 0, None], other[:, 0])
    high = np.minimum(boxes[..., 3, None], other[:, 3]) - np.maximum(boxes[..., 1, None], other[:, 1])
    size = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    common = np.maximum(wide, 0) * np.maximum(high, 0)
    result: Floats = (common.sum(axis=-1) / np.maximum(size, 1.0)).sum(axis=-1)
    return result
