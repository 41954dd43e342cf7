"""All wires of the canvas as rows of numpy arrays, and the curves they follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainterPath

from gradstudio.document.model import Wire, WireId
from gradstudio.ui.canvas.metrics import FIRST_PORT
from gradstudio.ui.canvas.nodes import Floats, Mask, NodeTable, Rows

_STEPS = np.linspace(0.0, 1.0, 25)
_TRACK = np.linspace(0.0, 1.0, 13)
_PIECE = 0.6
"""A piece shorter than this share of a curve is drawn alone."""
_SLACK = 10.0
"""A curve strays less than this from the chords of its track."""


def handles(dx: Floats, dy: Floats) -> Floats:
    """Length of a wire's horizontal handles: half the way forwards; a loop that leaves room where it runs back."""
    ahead = np.maximum(0.5 * dx, np.minimum(40.0, 12.0 + 0.25 * np.abs(dy)))
    back = np.minimum(40.0 + 0.7 * np.abs(dx) + 0.1 * np.abs(dy), 420.0)
    result: Floats = np.where(dx >= 0, ahead, back)
    return result


def curve_path(x0: float, y0: float, x1: float, y1: float, handle: float) -> QPainterPath:
    """A wire's cubic."""
    path = QPainterPath(QPointF(x0, y0))
    path.cubicTo(x0 + handle, y0, x1 - handle, y1, x1, y1)
    return path


def points_on(ends: Floats, handle: Floats, t: Floats) -> Floats:
    """Points (wire, t, xy) on the cubics."""
    x0, y0, x1, y1 = (ends[:, i, None] for i in range(4))
    h, u = handle[:, None], 1 - t
    a, b, c, d = u**3, 3 * u * u * t, 3 * u * t * t, t**3
    x = a * x0 + b * (x0 + h) + c * (x1 - h) + d * x1
    y = (a + b) * y0 + (c + d) * y1
    return np.stack(np.broadcast_arrays(x, y), axis=-1)


class WireTable:
    """Rows of wires.

    Attributes:
        ids: document id per row.
        row: row per document id.
        tied: rows of source and target node.
        lift: heights of both ports below their nodes' top edges.
        ends: x, y of both ends.
        handle: length of the cubic's handles.
        hull: left, top, right, bottom around the curve.
        track: points along the curve, for culling.
        shelf: index of the source category's colours.
    """

    def __init__(self) -> None:
        self.ids: list[WireId] = []
        self.row: dict[WireId, int] = {}
        self.tied = np.zeros((0, 2), np.intp)
        self.lift: Floats = np.zeros((0, 2))
        self.ends: Floats = np.zeros((0, 4))
        self.handle: Floats = np.zeros(0)
        self.hull: Floats = np.zeros((0, 4))
        self.track: Floats = np.zeros((0, len(_TRACK), 2))
        self.shelf = np.zeros(0, np.intp)
        self._paths: list[QPainterPath | None] = []
        self._lines: list[QLineF] = []

    def __len__(self) -> int:
        return len(self.ids)

    def put(self, wires: Sequence[Wire], nodes: NodeTable) -> None:
        """Add wires, or renew the rows of those that are there."""
        fresh = [wire for wire in wires if wire.id not in self.row]
        start = len(self.ids)
        self.ids += [wire.id for wire in fresh]
        self.row.update((wire.id, start + i) for i, wire in enumerate(fresh))
        more = len(fresh)
        self.tied = np.concatenate((self.tied, np.zeros((more, 2), np.intp)))
        self.shelf = np.concatenate((self.shelf, np.zeros(more, np.intp)))
        self.handle = np.concatenate((self.handle, np.zeros(more)))
        self.lift = np.concatenate((self.lift, np.zeros((more, 2))))
        self.ends = np.concatenate((self.ends, np.zeros((more, 4))))
        self.hull = np.concatenate((self.hull, np.zeros((more, 4))))
        self.track = np.concatenate((self.track, np.zeros((more, len(_TRACK), 2))))
        self._paths += [None] * more
        self._lines = []
        self._tie(wires, nodes)

    def _tie(self, wires: Sequence[Wire], nodes: NodeTable) -> None:
        if not wires:
            return
        rows = np.array([self.row[wire.id] for wire in wires], np.intp)
        at = nodes.row
        self.tied[rows] = [(at[wire.source], at[wire.target]) for wire in wires]
        self.lift[rows] = [_lifts(wire, nodes) for wire in wires]
        self.shelf[rows] = nodes.shelf[self.tied[rows, 0]]
        self.route(rows, nodes)

    def route(self, rows: Rows, nodes: NodeTable) -> None:
        """Work the curves out anew, after ports or nodes moved."""
        boxes, (source, target) = nodes.boxes, self.tied[rows].T
        x0, y0 = boxes[source, 0] + boxes[source, 2], boxes[source, 1] + self.lift[rows, 0]
        x1, y1 = boxes[target, 0], boxes[target, 1] + self.lift[rows, 1]
        h = handles(x1 - x0, y1 - y0)
        self.handle[rows] = h
        self.ends[rows] = np.stack((x0, y0, x1, y1), axis=1)
        self.track[rows] = points_on(self.ends[rows], h, _TRACK)
        left, right = np.minimum(x0, x1 - h), np.maximum(x1, x0 + h)
        self.hull[rows] = np.stack((left, np.minimum(y0, y1), right, np.maximum(y0, y1)), axis=1)
        for row, end in zip(rows.tolist(), self.ends[rows].tolist(), strict=True):
            self._paths[row] = None
            if self._lines:
                self._lines[row].setLine(*end)

    def drop(self, ids: Iterable[WireId]) -> Mask:
        """Take rows out; returns which of the old rows were kept."""
        keep = np.ones(len(self.ids), bool)
        keep[[self.row[i] for i in ids]] = False
        rows = np.nonzero(keep)[0].tolist()
        self.ids = [self.ids[r] for r in rows]
        self._paths = [self._paths[r] for r in rows]
        self._lines = []
        self.tied, self.lift, self.ends = self.tied[keep], self.lift[keep], self.ends[keep]
        self.handle, self.hull, self.shelf = self.handle[keep], self.hull[keep], self.shelf[keep]
        self.track = self.track[keep]
        self.row = {wire_id: r for r, wire_id in enumerate(self.ids)}
        return keep

    def renumber(self, new_rows: Rows) -> None:
        """Follow the node table after rows went there."""
        self.tied = new_rows[self.tied]

    def touching(self, node_rows: Sequence[int]) -> Rows:
        """Rows of the wires that start or end at these nodes."""
        if len(node_rows) == 1:
            return np.nonzero((self.tied == node_rows[0]).any(axis=1))[0]
        return np.nonzero(np.isin(self.tied, node_rows).any(axis=1))[0]

    def crossing(self, area: QRectF) -> Rows:
        """Rows whose curves touch the area, or nearly."""
        rows = self.within(area)
        return rows if len(rows) == len(self.ids) else rows[self._touched(rows, area).any(axis=1)]

    def pieces(self, rows: Rows, area: QRectF) -> list[QPainterPath]:
        """The curves, or just the pieces of them that cross the area where that is much less: long ones cost time."""
        touched = self._touched(rows, area)
        count = touched.shape[1]
        first, last = touched.argmax(axis=1) / count, 1 - touched[:, ::-1].argmax(axis=1) / count
        short = last - first < _PIECE
        if not short.any():
            return [self.path(row) for row in rows.tolist()]
        corners = _sub_curves(self.ends[rows], self.handle[rows], first, last).tolist()
        return [
            _piece(*corner) if part else self.path(row)
            for row, part, corner in zip(rows.tolist(), short.tolist(), corners, strict=True)
        ]

    def _touched(self, rows: Rows, area: QRectF) -> Mask:
        """Which chords of the tracks touch the area, or nearly."""
        track = self.track[rows]
        low, high = np.minimum(track[:, :-1], track[:, 1:]), np.maximum(track[:, :-1], track[:, 1:])
        hit: Mask = (low[..., 0] < area.right() + _SLACK) & (high[..., 0] > area.left() - _SLACK)
        hit &= (low[..., 1] < area.bottom() + _SLACK) & (high[..., 1] > area.top() - _SLACK)
        return hit

    def within(self, area: QRectF, bleed: float = 4.0) -> Rows:
        """Rows whose hulls touch the area."""
        h = self.hull
        hit = (h[:, 0] < area.right() + bleed) & (h[:, 2] > area.left() - bleed)
        hit &= (h[:, 1] < area.bottom() + bleed) & (h[:, 3] > area.top() - bleed)
        return np.nonzero(hit)[0]

    def bounds(self) -> QRectF:
        """The box around all curves; empty where there are none."""
        if not len(self.track):
            return QRectF()
        left, top = self.track.min(axis=(0, 1)).tolist()
        right, bottom = self.track.max(axis=(0, 1)).tolist()
        return QRectF(left, top, right - left, bottom - top)

    def near(self, x: float, y: float, reach: float) -> int | None:
        """The row whose curve passes nearest to the point, within reach."""
        rows = self.within(QRectF(x, y, 0.0, 0.0), reach)
        if not len(rows):
            return None
        points = points_on(self.ends[rows], self.handle[rows], _STEPS)
        gaps = _gaps(points, np.array((x, y)))
        best = int(gaps.argmin())
        return int(rows[best]) if gaps[best] <= reach else None

    def path(self, row: int) -> QPainterPath:
        """The curve, kept until it moves."""
        path = self._paths[row]
        if path is None:
            x0, y0, x1, y1 = self.ends[row].tolist()
            path = self._paths[row] = curve_path(x0, y0, x1, y1, float(self.handle[row]))
        return path

    def lines(self) -> list[QLineF]:
        """Straight lines from end to end, kept and moved with the wires."""
        if len(self._lines) != len(self.ids):
            self._lines = [QLineF(*end) for end in self.ends.tolist()]
        return self._lines


def _sub_curves(ends: Floats, handle: Floats, first: Floats, last: Floats) -> Floats:
    """Corners (wire, 8) of the cubics that run from one parameter to another on these cubics."""
    x0, y0, x1, y1 = ends.T
    corners = np.stack((x0, y0, x0 + handle, y0, x1 - handle, y1, x1, y1), axis=1).reshape(-1, 4, 2)

    def blossom(*at: Floats) -> Floats:
        points = corners
        for t in at:
            points = points[:, :-1] + t[:, None, None] * (points[:, 1:] - points[:, :-1])
        return points[:, 0]

    ways = ((first, first, first), (first, first, last), (first, last, last), (last, last, last))
    return np.concatenate([blossom(*way) for way in ways], axis=1)


def _piece(*corner: float) -> QPainterPath:
    path = QPainterPath(QPointF(corner[0], corner[1]))
    path.cubicTo(*corner[2:])
    return path


def _lifts(wire: Wire, nodes: NodeTable) -> tuple[float, float]:
    source, target = nodes.faces[nodes.row[wire.source]], nodes.faces[nodes.row[wire.target]]
    out_y, in_y = source.output_y(wire.output), target.input_y(wire.input)
    return (FIRST_PORT if out_y is None else out_y, FIRST_PORT if in_y is None else in_y)


def _gaps(points: Floats, at: Floats) -> Floats:
    """Distance of a point from each polyline."""
    a, b = points[:, :-1], points[:, 1:]
    along = b - a
    length = np.maximum((along**2).sum(axis=-1), 1e-9)
    t = np.clip(((at - a) * along).sum(axis=-1) / length, 0.0, 1.0)
    gap = np.linalg.norm(a + t[..., None] * along - at, axis=-1)
    result: Floats = gap.min(axis=1)
    return result
