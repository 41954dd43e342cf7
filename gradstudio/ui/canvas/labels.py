"""Where labels go: the value above a wire, the gradient below it, off the nodes and off each other.

Places are worked out for the wires in view only, all candidates of all these wires at once, and kept until something
moves: panning and zooming place nothing anew, and live numbers stay where they are.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from PySide6.QtCore import QRectF

from gradstudio.ui.canvas.areas import AreaTable
from gradstudio.ui.canvas.curves import basis, straight
from gradstudio.ui.canvas.metrics import LABEL_LINE
from gradstudio.ui.canvas.nodes import Floats, Mask, NodeTable, Rows
from gradstudio.ui.canvas.placing import Tries, candidates, grown, middle, might_lie, reachable, span
from gradstudio.ui.canvas.stubs import Stubs
from gradstudio.ui.canvas.wires import WireTable

_NODE, _LABEL, _CROSSED = 12.0, 8.0, 0.35
_NO_ROOM = 0.8
"""Labels of which more than this share would lie on nodes are left out."""
_ALONG = basis(np.linspace(0.0, 1.0, 21))
_ENOUGH = 500
"""Of more wires than this not each is looked at: there is no place clear of them."""
_CHUNK, _SMALL = 16, 4
"""So many labels are placed at a time; fewer where a frame has hardly any time for it."""
_HURRY = 0.005
_EDGE = 3.0
"""Letters reach over the edges of their label by less than this."""

SUM_REACH = 400.0
"""A sum reaches no further than this to the right of its node's left edge,"""
SUM_LINES = 3
"""it is written at most so many lines below it,"""
SUM_HIGH = 6.0 + SUM_LINES * LABEL_LINE
"""and so far above or below its edges."""


def sum_area(box: QRectF) -> QRectF:
    """Where the sums of a node with this box may be."""
    return QRectF(box.left(), box.top() - SUM_HIGH, SUM_REACH, box.height() + 2 * SUM_HIGH)


Curves: TypeAlias = Callable[[Rows], Floats]
"""Corners (row, 4, xy) of the lines in these rows."""
_COLUMNS = ("above", "below", "room", "lines", "hidden", "crowded")


class Sum(NamedTuple):
    """Room for what is written at an output that forks.

    Attributes:
        whole: whether for the sum with its terms.
        length: for how many characters.
        place: where; None where there is none.
    """

    whole: bool
    length: int
    place: QRectF | None


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

    def grown(self, count: int) -> Lot:
        """The same with room for more at the end."""
        more, result = count - len(self.room), Lot(count)
        for name in _COLUMNS:
            setattr(result, name, np.concatenate((getattr(self, name), getattr(Lot(more), name))))
        return result

    def kept(self, keep: Mask) -> Lot:
        """The same with just these rows."""
        result = Lot(0)
        for name in _COLUMNS:
            setattr(result, name, getattr(self, name)[keep])
        return result

    def forget(self, rows: Rows) -> None:
        """These need other places."""
        self.above[rows], self.hidden[rows] = np.nan, False

    def taken(self, area: QRectF) -> Floats:
        """The boxes that are taken in an area."""
        rows = self.placed
        return self.boxes(rows[self.near(rows, area)])

    @property
    def placed(self) -> Rows:
        """Those that have a place."""
        return np.flatnonzero(~np.isnan(self.above[:, 0]))

    @property
    def fresh(self) -> bool:
        """Whether none is placed."""
        return bool(np.isnan(self.above).all())

    def near(self, rows: Rows, area: QRectF) -> Mask:
        """Which of the rows are placed and reach into an area."""
        (ax, ay), (bx, by) = self.above[rows].T, self.below[rows].T
        reach = self.room[rows] / 2 + _EDGE
        inside: Mask = (np.minimum(ax, bx) - reach < area.right()) & (np.maximum(ax, bx) + reach > area.left())
        inside &= np.minimum(ay - self.lines[rows] * LABEL_LINE, by) - _EDGE < area.bottom()
        inside &= np.maximum(ay, by + LABEL_LINE) + _EDGE > area.top()
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
        rows = self.placed
        boxes = self.boxes(rows)
        hit = (boxes[:, 0] <= x) & (x <= boxes[:, 2]) & (boxes[:, 1] <= y) & (y <= boxes[:, 3])
        found = np.nonzero(hit)[0]
        return int(rows[found[0] % len(rows)]) if len(found) else None


class Labels:
    """Label places of all wires and stubs.

    Attributes:
        wires: places by wire row.
        stubs: places by stub.
        unfinished: whether some labels are left for the next frame.
        sums: room for the sums at forks, by row of the node, until a label or a node needs it.
        vacated: where sums that made way for labels during this frame were, or are going to be.
        roughly: put labels to the middle without looking around, as long as nodes are dragged.
    """

    def __init__(self, nodes: NodeTable, wires: WireTable, stubs: Stubs, areas: AreaTable) -> None:
        self._nodes, self._wires, self._stubs, self._areas = nodes, wires, stubs, areas
        self.wires, self.stubs = Lot(0), Lot(0)
        self.sums: dict[int, tuple[Sum, ...]] = {}
        self.vacated: list[QRectF] = []
        self.unfinished = self._begun = False
        self.roughly = False
        self._deadline, self._chunk = math.inf, _CHUNK

    def begin(self, seconds: float) -> None:
        """A frame begins in which labels are placed for about so long; the rest follow in the next ones."""
        self.unfinished, self._begun, self.vacated = False, False, []
        self._deadline = time.perf_counter() + seconds
        self._chunk = _CHUNK if seconds > _HURRY else _SMALL

    def end(self) -> None:
        """The frame is done."""
        self._deadline, self._chunk = math.inf, _CHUNK

    def forget(self) -> None:
        """Everything may have moved."""
        self.sums.clear()
        self.wires, self.stubs = Lot(0), Lot(0)

    def drop(self, keep: Mask) -> None:
        """Rows of wires went."""
        self.sums.clear()
        if len(self.wires.room) == len(keep):
            self.wires = self.wires.kept(keep)

    def forget_wires(self, rows: Rows) -> None:
        """These wires are new or moved, and with their nodes perhaps stubs; those without a place may find one now."""
        self.stubs = Lot(0)
        self.sums.clear()
        self.wires.hidden[:] = False
        if len(self.wires.room) < len(self._wires):
            self.wires = self.wires.grown(len(self._wires))
        self.wires.forget(rows)

    def forget_under(self, boxes: Floats) -> None:
        """Nodes lie on these boxes now: labels must not."""
        placed = self.wires.placed
        for left, top, width, height in boxes.tolist():
            self.wires.forget(placed[self.wires.near(placed, QRectF(left, top, width, height))])

    def may_show(self, rows: Rows, area: QRectF) -> Mask:
        """Which of these wires may have a label in an area: those placed there, and those that may be placed there."""
        if len(self.wires.room) != len(self._wires):
            return might_lie(self._wires.curve[rows], area)
        homeless: Mask = np.isnan(self.wires.above[rows, 0]) & ~self.wires.hidden[rows]
        homeless[homeless] = might_lie(self._wires.curve[rows[homeless]], area)
        return homeless | self.wires.near(rows, area)

    def place_wires(self, rows: Rows, widths: Floats, lines: Floats) -> Lot:
        """Make sure that these wires' labels have places of these widths and numbers of lines above."""
        if len(self.wires.room) != len(self._wires):
            self.wires = Lot(len(self._wires))
        self._place(self.wires, rows, widths, lines, lambda rows: self._wires.curve[rows])
        return self.wires

    def place_stubs(self, rows: Rows, widths: Floats, lines: Floats) -> Lot:
        """The same for stubs."""
        if len(self.stubs.room) != len(self._stubs):
            self.stubs = Lot(len(self._stubs))
        self._place(self.stubs, rows, widths, lines, lambda rows: straight(self._stubs.ends_of(rows)))
        return self.stubs

    def wire_at(self, x: float, y: float) -> int | None:
        """The wire whose label covers a point."""
        return self.wires.at(x, y)

    def stub_at(self, x: float, y: float) -> int | None:
        """The stub whose label covers a point."""
        return self.stubs.at(x, y)

    def _place(self, lot: Lot, rows: Rows, widths: Floats, lines: Floats, curves: Curves) -> None:
        want = lot.wanting(rows, widths, lines)
        new = rows[want]
        if not len(new):
            return
        lot.above[new], lot.hidden[new] = np.nan, False
        lot.room[new], lot.lines[new] = widths[want], lines[want]
        if self.roughly:
            self._middle(lot, new, curves)
            self.sums.clear()
            return
        for start in range(0, len(new), self._chunk):
            hurries = start or (self._begun and self._chunk == _SMALL)
            if hurries and time.perf_counter() > self._deadline:
                self.unfinished = True
                break
            self._begun = True
            self._place_some(lot, new[start : start + self._chunk], curves)
        self._make_way(lot.boxes(new))

    def _make_way(self, boxes: Floats) -> None:
        """Take away the sums that labels lie on now: they look for other places."""
        if not (len(boxes) and self.sums):
            return
        near = self._nodes.within(QRectF(*span(boxes)), SUM_REACH)
        rooms = [
            (row, room.place) for row in near.tolist() for room in self.sums.get(row, ()) if room.place is not None
        ]
        if not rooms:
            return
        x0, y0, x1, y1 = np.array([place.getCoords() for _, place in rooms]).T[..., None]
        hit = ((boxes[:, 0] < x1) & (boxes[:, 2] > x0) & (boxes[:, 1] < y1) & (boxes[:, 3] > y0)).any(axis=1)
        for i in np.flatnonzero(hit).tolist():
            row = rooms[i][0]
            if self.sums.pop(row, None) is not None:
                self.vacated.append(sum_area(self._nodes.rects[row]))

    def _place_some(self, lot: Lot, rows: Rows, curves: Curves) -> None:
        """Place a few labels, each where least speaks against it."""
        boxes, cost = candidates(curves(rows), lot.room[rows], lot.lines[rows])
        area = QRectF(*span(boxes))
        tries = Tries(boxes)
        solid = np.concatenate((self._nodes.boxes[self._nodes.within(area)], self._areas.written(area)))
        solid, points = reachable(boxes, grown(solid)), self._points_in(area)
        taken = np.concatenate((self.wires.taken(area), self.stubs.taken(area)))
        for i, row in enumerate(rows.tolist()):
            over, crossing = tries.share(solid, i), tries.count(points, i)
            best = int((cost[i] + _NODE * over + _CROSSED * crossing + _LABEL * tries.share(taken, i)).argmin())
            lot.crowded[row] = crossing[best] > 0 or over[best] > 0
            if over[best] > _NO_ROOM:
                lot.hidden[row] = True
                continue
            above, below = boxes[i, best]
            lot.above[row] = (above[0] + above[2]) / 2, above[3]
            lot.below[row] = (below[0] + below[2]) / 2, below[1]
            taken = np.concatenate((taken, boxes[i, best]))

    def _middle(self, lot: Lot, rows: Rows, curves: Curves) -> None:
        boxes = middle(curves(rows), lot.room[rows], lot.lines[rows])
        lot.above[rows] = np.stack((boxes[:, 0, [0, 2]].mean(axis=1), boxes[:, 0, 3]), axis=1)
        lot.below[rows] = np.stack((boxes[:, 1, [0, 2]].mean(axis=1), boxes[:, 1, 1]), axis=1)
        lot.crowded[rows] = False

    def _points_in(self, area: QRectF) -> Floats:
        """Points on the wires in an area, to be kept clear of."""
        rows = self._wires.within(area)
        return self._wires.points(rows[:: 1 + len(rows) // _ENOUGH], _ALONG).reshape(-1, 2)
