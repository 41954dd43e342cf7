"""All wires of the canvas as rows of numpy arrays, and the dots some of them are led through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from typing import Literal, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainterPath

from gradstudio.document.model import Wire, WireId
from gradstudio.ui.canvas.curves import Dot, basis, direct, path_of, points_on, through
from gradstudio.ui.canvas.metrics import FIRST_PORT
from gradstudio.ui.canvas.nodes import Floats, Mask, NodeTable, Rows
from gradstudio.ui.canvas.strands import forward, strands
from gradstudio.ui.canvas.tiles import Tiles

_STEPS = basis(np.linspace(0.0, 1.0, 25))
_TRACK = basis(np.linspace(0.0, 1.0, 13))
_SLACK = 10.0
"""A curve strays less than this from the chords of its track."""


T = TypeVar("T", bound=np.generic)
_BLOCK = 1024
"""Rows moved at a time."""
Tie: TypeAlias = tuple[int, int, float, float, int]
"""Rows of a wire's two ends, heights of its ports below their upper edges, and the shelf it is coloured by."""


class WireTable:
    """Rows of wires.

    Attributes:
        ids: document id per row.
        row: row per document id.
        tied: rows of source and target node.
        lift: heights of both ports below their nodes' top edges.
        ends: x, y of both ends.
        curve: corners of the cubic; of a wire with dots, of the piece its label lies on.
        hull: left, top, right, bottom around the curve.
        track: points along the curve, for culling.
        shelf: index of the source category's colours.
        bends: corners of all pieces of those wires that have dots.
    """

    def __init__(self) -> None:
        self.ids: list[WireId] = []
        self.row: dict[WireId, int] = {}
        self.tied = np.zeros((0, 2), np.intp)
        self.lift: Floats = np.zeros((0, 2))
        self.ends: Floats = np.zeros((0, 4))
        self.curve: Floats = np.zeros((0, 4, 2))
        self.hull: Floats = np.zeros((0, 4))
        self.track: Floats = np.zeros((0, len(_TRACK), 2))
        self.shelf = np.zeros(0, np.intp)
        self.bends: dict[WireId, Floats] = {}
        self._via: dict[WireId, tuple[Dot, ...]] = {}
        self._dots: tuple[list[tuple[WireId, int]], Floats] | None = None
        self._paths: list[QPainterPath | None] = []
        self._lines: list[QLineF] = []
        self._strokes: dict[int, QPainterPath] = {}
        self._leaving: Rows | None = None
        self._tiles = Tiles()

    def __len__(self) -> int:
        return len(self.ids)

    def put(self, wires: Sequence[Wire], nodes: NodeTable, ties: Sequence[Tie] | None = None) -> None:
        """Add wires, or renew the rows of those that are there.

        Args:
            wires: to be shown.
            nodes: the rows they are tied to.
            ties: where each is tied; None where each is tied to its nodes themselves.
        """
        fresh = [wire for wire in wires if wire.id not in self.row]
        start = len(self.ids)
        self.ids += [wire.id for wire in fresh]
        self.row.update((wire.id, start + i) for i, wire in enumerate(fresh))
        if fresh:
            self._add_rows(len(fresh))
        self._lines = []
        self._tie(wires, nodes, [_direct(wire, nodes) for wire in wires] if ties is None else ties)

    def _add_rows(self, more: int) -> None:
        self.tied, self.shelf = _with_more(self.tied, more), _with_more(self.shelf, more)
        self.lift, self.ends = _with_more(self.lift, more), _with_more(self.ends, more)
        self.curve, self.track = _with_more(self.curve, more), _with_more(self.track, more)
        self.hull = _with_more(self.hull, more, "F")  # each edge of all hulls is looked at by itself
        self._paths += [None] * more

    def _tie(self, wires: Sequence[Wire], nodes: NodeTable, ties: Sequence[Tie]) -> None:
        if not wires:
            return
        rows = np.array([self.row[wire.id] for wire in wires], np.intp)
        columns = np.array(ties, float)
        self._leaving = None
        self.tied[rows], self.lift[rows], self.shelf[rows] = columns[:, :2], columns[:, 2:4], columns[:, 4]
        for wire in wires:
            if wire.via or self._via:
                self._lead(wire.id, wire.via)
        self.route(rows, nodes)

    def lead(self, vias: Mapping[WireId, tuple[Dot, ...]], nodes: NodeTable) -> Rows:
        """Show wires led through other dots than the document has; returns their rows."""
        for wire, via in vias.items():
            self._lead(wire, via)
        rows = np.array([self.row[wire] for wire in vias], np.intp)
        self.route(rows, nodes)
        return rows

    def _lead(self, wire: WireId, via: tuple[Dot, ...]) -> None:
        if via:
            self._via[wire] = via
        elif self._via.pop(wire, None) is None:
            return
        self.bends.pop(wire, None)
        self._dots = None

    def route(self, rows: Rows, nodes: NodeTable) -> None:
        """Work the curves out anew, after ports or nodes moved."""
        self._strokes = {}
        self._tiles.change(rows)
        boxes, (source, target) = nodes.boxes, self.tied[rows].T
        x0, y0 = boxes[source, 0] + boxes[source, 2], boxes[source, 1] + self.lift[rows, 0]
        x1, y1 = boxes[target, 0], boxes[target, 1] + self.lift[rows, 1]
        self.ends[rows] = np.stack((x0, y0, x1, y1), axis=1)
        curves = self.curve[rows] = direct(x0, y0, x1, y1)
        self.track[rows] = points_on(curves, _TRACK)
        self.hull[rows] = np.concatenate((curves.min(axis=1), curves.max(axis=1)), axis=1)
        for row, end in zip(rows.tolist(), self.ends[rows].tolist(), strict=True):
            self._paths[row] = None
            if self._lines:
                self._lines[row].setLine(*end)
        if self._via:
            for row in rows.tolist():
                if self.ids[row] in self._via:
                    self._bend(row)

    def _bend(self, row: int) -> None:
        """The same for a wire with dots. Its track goes to and fro in its hull: it is never drawn in parts."""
        wire, (x0, y0, x1, y1) = self.ids[row], self.ends[row].tolist()
        pieces = self.bends[wire] = through((x0, y0), self._via[wire], (x1, y1))
        self.curve[row] = pieces[np.abs(pieces[:, 3, 0] - pieces[:, 0, 0]).argmax()]
        low, high = pieces.min(axis=(0, 1)), pieces.max(axis=(0, 1))
        self.hull[row] = *low, *high
        self.track[row, ::2], self.track[row, 1::2] = low, high

    def drop(self, ids: Iterable[WireId]) -> Mask:
        """Take rows out; returns which of the old rows were kept."""
        gone = list(ids)
        keep = np.ones(len(self.ids), bool)
        keep[[self.row[i] for i in gone]] = False
        went, staying = np.flatnonzero(~keep), keep.tolist()
        self.ids, self._paths = list(compress(self.ids, staying)), list(compress(self._paths, staying))
        self._lines, self._strokes, self._leaving = [], {}, None
        self._tiles.drop(went)
        self.tied, self.lift, self.ends = (
            _without(self.tied, went),
            _without(self.lift, went),
            _without(self.ends, went),
        )
        self.curve, self.hull = _without(self.curve, went), _without(self.hull, went)
        self.shelf, self.track = _without(self.shelf, went), _without(self.track, went)
        for wire in gone:
            del self.row[wire]
            self._lead(wire, ())
        first = int(went[0]) if len(went) else len(self.ids)
        self.row.update(zip(self.ids[first:], range(first, len(self.ids)), strict=True))
        return keep

    def renumber(self, new_rows: Rows) -> None:
        """Follow the node table after rows went there."""
        self.tied, self._leaving = new_rows[self.tied], None

    def touching(self, node_rows: Sequence[int]) -> Rows:
        """Rows of the wires that start or end at these nodes."""
        if len(node_rows) == 1:
            return np.nonzero((self.tied == node_rows[0]).any(axis=1))[0]
        return np.nonzero(np.isin(self.tied, node_rows).any(axis=1))[0]

    def leaving(self, nodes: int) -> Rows:
        """How many wires leave each of so many nodes, kept until wires come or go."""
        if self._leaving is None or len(self._leaving) != nodes:
            self._leaving = np.bincount(self.tied[:, 0], minlength=nodes)
        return self._leaving

    def crossing(self, rows: Rows, area: QRectF) -> Rows:
        """Those of some rows whose curves touch the area, or nearly."""
        return rows if len(rows) == len(self.ids) else rows[self._touched(rows, area).any(axis=1)]

    def ends_in(self, rows: Rows, area: QRectF) -> Mask:
        """Which of some rows have an end in an area."""
        x0, y0, x1, y1 = self.ends[rows].T
        ends: Mask = (x0 > area.left()) & (x0 < area.right()) & (y0 > area.top()) & (y0 < area.bottom())
        ends |= (x1 > area.left()) & (x1 < area.right()) & (y1 > area.top()) & (y1 < area.bottom())
        return ends

    def bundled(self, rows: Rows) -> Mask:
        """Which of some rows can be drawn as bundles of hairlines."""
        possible = forward(self.curve[rows])
        if self.bends:
            possible &= np.array([self.ids[row] not in self.bends for row in rows.tolist()], bool)
        return possible

    def bundles(self, rows: Rows, apart: Sequence[float]) -> Floats:
        """Corners (wire, strand, 4, xy) of hairlines that far beside the curves of some rows."""
        return strands(self.curve[rows], apart)

    def _touched(self, rows: Rows, area: QRectF) -> Mask:
        """Which chords of the tracks touch the area, or nearly."""
        track = self.track[rows]
        low, high = np.minimum(track[:, :-1], track[:, 1:]), np.maximum(track[:, :-1], track[:, 1:])
        hit: Mask = (low[..., 0] < area.right() + _SLACK) & (high[..., 0] > area.left() - _SLACK)
        hit &= (low[..., 1] < area.bottom() + _SLACK) & (high[..., 1] > area.top() - _SLACK)
        return hit

    def within(self, area: QRectF, bleed: float = 4.0, among: Rows | None = None) -> Rows:
        """Rows (among some, or all) whose hulls touch the area."""
        left, top, right, bottom = area.left() - bleed, area.top() - bleed, area.right() + bleed, area.bottom() + bleed
        if among is None:
            among = self._tiles.among(self.hull, (left, top, right, bottom), corners=True)
        h = self.hull if among is None else self.hull[among]
        hit = (h[:, 0] < right) & (h[:, 2] > left) & (h[:, 1] < bottom) & (h[:, 3] > top)
        return np.nonzero(hit)[0] if among is None else among[hit]

    def bounds(self) -> QRectF:
        """The box around all curves; empty where there are none."""
        if not len(self.track):
            return QRectF()
        x, y = self.track[..., 0], self.track[..., 1]
        left, top, right, bottom = float(x.min()), float(y.min()), float(x.max()), float(y.max())
        return QRectF(left, top, right - left, bottom - top)

    # --- what lies where --------------------------------------------------------------------------------------

    def points(self, rows: Rows, weights: Floats = _STEPS) -> Floats:
        """Points (wire, step, xy) along the curves, dots and all; `weights` are those of `basis` at even steps."""
        found = points_on(self.curve[rows], weights)
        if self.bends:
            for i, row in enumerate(rows.tolist()):
                pieces = self.bends.get(self.ids[row])
                if pieces is not None:
                    found[i] = _spread(pieces, weights)
        return found

    def near(self, x: float, y: float, reach: float) -> int | None:
        """The row whose curve passes nearest to the point, within reach."""
        return next(iter(self.nearest(x, y, reach)), None)

    def nearest(self, x: float, y: float, reach: float) -> list[int]:
        """The rows whose curves pass the point within reach, the nearest first."""
        rows = self.within(QRectF(x, y, 0.0, 0.0), reach)
        if not len(rows):
            return []
        gaps = _gaps(self.points(rows), np.array((x, y))).min(axis=1)
        order = np.argsort(gaps, kind="stable")
        result: list[int] = rows[order][gaps[order] <= reach].tolist()
        return result

    def passes(self, row: int, x: float, y: float) -> tuple[int, float]:
        """Which piece of a wire passes nearest to a point, and after which share of the whole wire that is."""
        pieces = self.bends.get(self.ids[row], self.curve[row : row + 1])
        gaps = _gaps(points_on(pieces, _STEPS), np.array((x, y)))
        piece, step = np.unravel_index(int(gaps.argmin()), gaps.shape)
        share = (int(piece) + (int(step) + 0.5) / gaps.shape[1]) / len(pieces)
        return int(piece), share

    def dots(self) -> tuple[list[tuple[WireId, int]], Floats]:
        """All dots: wire and index of each, and their places."""
        if self._dots is None:
            keys = [(wire, i) for wire, via in self._via.items() for i in range(len(via))]
            places = [dot for via in self._via.values() for dot in via]
            self._dots = keys, np.array(places, float).reshape(-1, 2)
        return self._dots

    def dot_near(self, x: float, y: float, reach: float) -> tuple[WireId, int] | None:
        """The dot nearest to a point, within reach."""
        keys, places = self.dots()
        if not keys:
            return None
        gaps = np.hypot(places[:, 0] - x, places[:, 1] - y)
        best = int(gaps.argmin())
        return keys[best] if gaps[best] <= reach else None

    def crossed(self, start: QPointF, stop: QPointF) -> list[WireId]:
        """The wires that a straight stroke crosses."""
        rows = self.within(QRectF(start, stop).normalized(), 0.0)
        if not len(rows):
            return []
        points = self.points(rows)
        a, b = np.array((start.x(), start.y())), np.array((stop.x(), stop.y()))
        side = _turn(a, b, points)
        apart = np.sign(side[:, :-1]) != np.sign(side[:, 1:])
        p, q = points[:, :-1], points[:, 1:]
        between = np.sign(_turn(p, q, a)) != np.sign(_turn(p, q, b))
        return [self.ids[row] for row in rows[(apart & between).any(axis=1)].tolist()]

    # --- what is drawn ----------------------------------------------------------------------------------------

    def path(self, row: int) -> QPainterPath:
        """The curve, kept until it moves."""
        path = self._paths[row]
        if path is None:
            path = self._paths[row] = path_of(self.bends.get(self.ids[row], self.curve[row : row + 1]))
        return path

    def lines(self) -> list[QLineF]:
        """Straight lines from end to end, kept and moved with the wires."""
        if len(self._lines) != len(self.ids):
            self._lines = [QLineF(*end) for end in self.ends.tolist()]
        return self._lines

    def strokes(self) -> dict[int, QPainterPath]:
        """The same by shelf, all lines of one as a path, which is drawn faster than they are; kept until one moves."""
        if not self._strokes:
            for shelf in np.nonzero(np.bincount(self.shelf))[0].tolist():
                self._strokes[shelf] = _path_along(self.ends[self.shelf == shelf])
        return self._strokes


def _with_more(rows: npt.NDArray[T], more: int, order: Literal["C", "F"] = "C") -> npt.NDArray[T]:
    """Rows and so many zeros behind them: in the room that was left there, or in a new place with room for others."""
    count, room = len(rows) + more, rows.base
    fits = room is not None and (room.ctypes.data, room.strides, room.dtype) == (
        rows.ctypes.data, rows.strides, rows.dtype
    )  # fmt: skip
    if room is None or not fits or len(room) < count:
        room = np.zeros((count + count // 8, *rows.shape[1:]), rows.dtype, order)
        room[: len(rows)] = rows
    room[len(rows) : count] = 0
    return room[:count]


def _without(rows: npt.NDArray[T], gone: Rows) -> npt.NDArray[T]:
    """Rows but for those that went; what comes behind these moves up, so that the room stays."""
    if not len(gone):
        return rows
    first = int(gone[0])
    kept = np.delete(np.arange(first, len(rows)), gone - first)
    for start in range(0, len(kept), _BLOCK):
        part = kept[start : start + _BLOCK]
        rows[first + start : first + start + len(part)] = rows[part]
    return rows[: len(rows) - len(gone)]


def _path_along(ends: Floats) -> QPainterPath:
    """Straight lines from end to end."""
    path = QPainterPath()
    move, line = path.moveTo, path.lineTo
    for x0, y0, x1, y1 in ends.tolist():
        move(x0, y0)
        line(x1, y1)
    return path


def _spread(pieces: Floats, weights: Floats) -> Floats:
    """As many points as there are steps, spread over all pieces."""
    count = len(weights)
    at = np.linspace(0.0, len(pieces), count)
    piece = np.minimum(at.astype(int), len(pieces) - 1)
    result: Floats = (basis(at - piece)[:, :, None] * pieces[piece]).sum(axis=1)
    return result


def _direct(wire: Wire, nodes: NodeTable) -> Tie:
    """A wire tied to its own nodes."""
    source, target = nodes.row[wire.source], nodes.row[wire.target]
    out_y, in_y = nodes.faces[source].output_y(wire.output), nodes.faces[target].input_y(wire.input)
    lifts = FIRST_PORT if out_y is None else out_y, FIRST_PORT if in_y is None else in_y
    return source, target, *lifts, nodes.faces[source].look.shelf


def _gaps(points: Floats, at: Floats) -> Floats:
    """Distance of a point from each chord of the polylines."""
    a, b = points[:, :-1], points[:, 1:]
    along = b - a
    length = np.maximum((along**2).sum(axis=-1), 1e-9)
    t = np.clip(((at - a) * along).sum(axis=-1) / length, 0.0, 1.0)
    result: Floats = np.linalg.norm(a + t[..., None] * along - at, axis=-1)
    return result


def _turn(a: Floats, b: Floats, c: Floats) -> Floats:
    """On which side of the line from a to b the points c lie."""
    u, v = b - a, c - a
    result: Floats = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    return result
