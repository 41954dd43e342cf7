"""Where labels go: the value above a wire, the gradient below it, off the nodes and off each other.

Places are worked out for the wires in view only, all candidates of all these wires at once, and kept until something
moves: panning and zooming place nothing anew, and live numbers stay where they are.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF

from gradstudio.ui.canvas.metrics import LABEL_GAP, LABEL_LINE
from gradstudio.ui.canvas.nodes import Floats, Mask, NodeTable, Rows
from gradstudio.ui.canvas.placing import candidates, covered, crossed, middle, over_nodes, span
from gradstudio.ui.canvas.stubs import Stubs
from gradstudio.ui.canvas.wires import WireTable, points_on

_NODE, _LABEL, _CROSSED = 12.0, 8.0, 0.35
_NO_ROOM = 0.8
"""Labels of which more than this share would lie on nodes are left out."""
_ALONG = np.linspace(0.0, 1.0, 21)
AT_ONCE = 100
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
            crossed_by = crossed(boxes[i], crossing)
            best = int((cost[i] + _LABEL * covered(boxes[i], taken) + _CROSSED * crossed_by).argmin())
            lot.crowded[row] = crossed_by[best] > 0 or over[i, best] > 0
            if over[i, best] > _NO_ROOM:
                lot.hidden[row] = True
                continue
            above, below = boxes[i, best]
            lot.above[row] = (above[0] + above[2]) / 2, above[3]
            lot.below[row] = (below[0] + below[2]) / 2, below[1]
            taken += [above, below]

    def _middle(self, lot: Lot, rows: Rows, ends: Floats, handle: Floats) -> None:
        boxes = middle(ends[rows], handle[rows], lot.room[rows], lot.lines[rows])
        lot.above[rows] = np.stack((boxes[:, 0, [0, 2]].mean(axis=1), boxes[:, 0, 3]), axis=1)
        lot.below[rows] = np.stack((boxes[:, 1, [0, 2]].mean(axis=1), boxes[:, 1, 1]), axis=1)
        lot.crowded[rows] = False

    def _candidates(
        self, ends: Floats, handle: Floats, width: Floats, lines: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Pairs of blocks to try, the share of each that would lie on nodes, and what speaks against it so far."""
        boxes, cost = candidates(ends, handle, width, lines)
        over = over_nodes(boxes, self._nodes.boxes[self._nodes.within(QRectF(*span(boxes)))])
        return boxes, over, cost + _NODE * over

    def _points_in(self, boxes: Floats) -> Floats:
        """Points on the wires around the boxes, to be kept clear of."""
        rows = self._wires.within(QRectF(*span(boxes)))
        return points_on(self._wires.ends[rows], self._wires.handle[rows], _ALONG).reshape(-1, 2)
