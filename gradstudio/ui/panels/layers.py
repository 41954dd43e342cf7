"""What a plot is made of: curves, bars, points, a cursor. Each paints itself where a map of its axes says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gradstudio.engine.gate import Array
from gradstudio.ui.panels.axes import Axis

NOTHING = np.zeros(0)
FAR = 1e5
"""Pixels outside the plot beyond which nothing is drawn: painters dislike larger numbers."""


@dataclass(frozen=True, slots=True)
class Map:
    """From numbers to pixels."""

    rect: QRectF
    across: Axis
    up: Axis

    def x(self, values: npt.ArrayLike) -> Array:
        """Pixels from the left."""
        share = (np.asarray(values) - self.across.low) / (self.across.high - self.across.low)
        return np.clip(self.rect.left() + self.rect.width() * share, -FAR, FAR)

    def y(self, values: npt.ArrayLike) -> Array:
        """Pixels from the top."""
        share = (np.asarray(values) - self.up.low) / (self.up.high - self.up.low)
        return np.clip(self.rect.bottom() - self.rect.height() * share, -FAR, FAR)

    def back(self, pixel: float) -> float:
        """The number at a pixel from the left."""
        return self.across.low + (pixel - self.rect.left()) / self.rect.width() * (self.across.high - self.across.low)


class Layer(Protocol):
    """Something drawn in a plot.

    Attributes:
        right: whether the axis at the right is its own.
    """

    right: bool

    def paint(self, painter: QPainter, where: Map) -> None:
        """Draw it."""
        ...


@dataclass(eq=False)
class Curve:
    """A line through points, with gaps where a number is missing.

    It is drawn in single pieces: one long antialiased stroke of more than a pixel costs thirty times as much. For
    that its colour should be opaque. A dashed line has to be one stroke, so it should have few points.
    """

    color: QColor = field(default_factory=QColor)
    width: float = 1.5
    dashed: bool = False
    right: bool = False
    x: Array = field(default_factory=lambda: NOTHING)
    y: Array = field(default_factory=lambda: NOTHING)
    _lines: list[QLineF] = field(default_factory=list)
    _lines_for: Map | None = None

    def set(self, x: Array, y: Array) -> None:
        """Other points."""
        self.x, self.y, self._lines_for = x, y, None

    def paint(self, painter: QPainter, where: Map) -> None:
        """Draw it."""
        if self._lines_for != where:
            self._lines_for, self._lines = where, segments(where.x(self.x), where.y(self.y))
        if not self._lines:
            return
        style = Qt.PenStyle.DashLine if self.dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(self.color, self.width, style, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin))
        if self.dashed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for piece in joined(self._lines):
                painter.drawPolyline(piece)
        else:
            painter.drawLines(self._lines)


@dataclass(eq=False)
class Bars:
    """A histogram that stands on the floor of the plot; the tallest bar takes a share of its height."""

    color: QColor = field(default_factory=QColor)
    height: float = 0.42
    right: bool = False
    counts: Array = field(default_factory=lambda: NOTHING)
    edges: Array = field(default_factory=lambda: NOTHING)

    def set(self, counts: Array, edges: Array) -> None:
        """Other bars; none where there are no counts."""
        self.counts, self.edges = counts, edges

    def paint(self, painter: QPainter, where: Map) -> None:
        """Draw it, with a gap between bars where there is room for one."""
        most = self.counts.max() if len(self.counts) else 0
        if most == 0:
            return
        x = where.x(self.edges)
        gap = min(1.0, float(x[1] - x[0]) * 0.2)
        tall = self.counts * (where.rect.height() * self.height / most)
        floor = where.rect.bottom()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.color)
        painter.drawRects(
            [
                QRectF(left, floor - height, max(right - left - gap, 0.5), height)
                for left, right, height in zip(x[:-1].tolist(), x[1:].tolist(), tall.tolist(), strict=True)
                if height > 0
            ]
        )


@dataclass(eq=False)
class Spot:
    """A point, ringed in the colour of what it lies on, and a line through it if asked for.

    Without a place it isn't there.
    """

    color: QColor = field(default_factory=QColor)
    ring: QColor = field(default_factory=QColor)
    line: QColor = field(default_factory=QColor)
    radius: float = 4.0
    right: bool = False
    place: tuple[float, float] | None = None
    cursor: bool = False

    def paint(self, painter: QPainter, where: Map) -> None:
        """Draw it."""
        if self.place is None:
            return
        x, y = float(where.x(self.place[0])), float(where.y(self.place[1]))
        if self.cursor and np.isfinite(x):
            painter.setPen(QPen(self.line, 1))
            painter.drawLine(QPointF(x, where.rect.top()), QPointF(x, where.rect.bottom()))
        if np.isfinite(x) and np.isfinite(y):
            painter.setPen(QPen(self.ring, 1.5))
            painter.setBrush(self.color)
            painter.drawEllipse(QPointF(x, y), self.radius, self.radius)


def segments(x: Array, y: Array) -> list[QLineF]:
    """The pieces between neighbouring points that are both there."""
    there = np.isfinite(x) & np.isfinite(y)
    both = np.flatnonzero(there[:-1] & there[1:])
    ends = zip(x[both].tolist(), y[both].tolist(), x[both + 1].tolist(), y[both + 1].tolist(), strict=True)
    return [QLineF(*four) for four in ends]


def joined(lines: list[QLineF]) -> list[QPolygonF]:
    """Pieces that touch as one polyline each."""
    pieces: list[QPolygonF] = []
    for line in lines:
        if pieces and pieces[-1].last() == line.p1():
            pieces[-1].append(line.p2())
        else:
            pieces.append(QPolygonF([line.p1(), line.p2()]))
    return pieces
