"""What a plot is made of: curves, bars, points, a cursor. Each paints itself where a map of its axes says."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QByteArray, QDataStream, QPointF, QRectF, Qt
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

    def column(self, value: float) -> float:
        """Pixels from the left, of one number."""
        share = (value - self.across.low) / (self.across.high - self.across.low)
        return min(max(self.rect.left() + self.rect.width() * share, -FAR), FAR)

    def row(self, value: float) -> float:
        """Pixels from the top, of one number."""
        share = (value - self.up.low) / (self.up.high - self.up.low)
        return min(max(self.rect.bottom() - self.rect.height() * share, -FAR), FAR)

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

    A long antialiased stroke of more than a pixel costs thirty times as much as one of a pixel: it is drawn as several
    of those, side by side. For that its colour should be opaque. A dashed line is one stroke, so it should have few
    points.
    """

    color: QColor = field(default_factory=QColor)
    width: float = 1.5
    dashed: bool = False
    right: bool = False
    x: Array = field(default_factory=lambda: NOTHING)
    y: Array = field(default_factory=lambda: NOTHING)
    _lines: list[QPolygonF] = field(default_factory=list)
    _lines_for: Map | None = None

    def set(self, x: Array, y: Array) -> None:
        """Other points."""
        if x is not self.x or y is not self.y:
            self.x, self.y, self._lines_for = x, y, None

    def paint(self, painter: QPainter, where: Map) -> None:
        """Draw it."""
        if self._lines_for != where:
            self._lines_for, self._lines = where, polylines(where.x(self.x), where.y(self.y))
        if not self._lines:
            return
        style, width = (Qt.PenStyle.DashLine, self.width) if self.dashed else (Qt.PenStyle.SolidLine, 1.0)
        painter.setPen(QPen(self.color, width, style, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for aside in (0.0,) if self.dashed else strands(self.width):
            painter.translate(aside, aside)
            for line in self._lines:
                painter.drawPolyline(line)
            painter.translate(-aside, -aside)


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
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.color)
        painter.drawPolygon(skyline(x[:-1], np.maximum(x[1:] - gap, x[:-1] + 0.5), tall, where.rect.bottom()))


@dataclass(eq=False)
class SideBars(Bars):
    """A histogram that leans on the left wall of the plot; the longest bar takes a share of its width."""

    height: float = 0.16

    def paint(self, painter: QPainter, where: Map) -> None:
        """Draw it."""
        most = self.counts.max() if len(self.counts) else 0
        if most == 0:
            return
        y = where.y(self.edges)
        low, high = np.minimum(y[:-1], y[1:]), np.maximum(y[:-1], y[1:])
        long = self.counts * (where.rect.width() * self.height / most)
        left, shown = where.rect.left(), self.counts > 0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.color)
        rows = zip(low[shown].tolist(), np.maximum(high - low, 1.0)[shown].tolist(), long[shown].tolist(), strict=True)
        painter.drawRects([QRectF(left, top, length, tall) for top, tall, length in rows])


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
        x, y = where.column(self.place[0]), where.row(self.place[1])
        if self.cursor and np.isfinite(x):
            painter.setPen(QPen(self.line, 1))
            painter.drawLine(QPointF(x, where.rect.top()), QPointF(x, where.rect.bottom()))
        if np.isfinite(x) and np.isfinite(y):
            painter.setPen(QPen(self.ring, 1.5))
            painter.setBrush(self.color)
            painter.drawEllipse(QPointF(x, y), self.radius, self.radius)


def strands(width: float) -> list[float]:
    """How far strokes of a pixel lie from the middle that together are so wide."""
    count = math.ceil(width)
    return [0.0] if count < 2 else [(i / (count - 1) - 0.5) * (width - 1) for i in range(count)]


def polygon(x: Array, y: Array) -> QPolygonF:
    """Points as Qt has them: read from memory at once, not made one by one."""
    points = np.empty((len(x), 2), ">f8")
    points[:, 0], points[:, 1] = x, y
    made = QPolygonF()
    QDataStream(QByteArray(struct.pack(">I", len(x)) + points.tobytes())) >> made
    return made


def polylines(x: Array, y: Array) -> list[QPolygonF]:
    """Lines through neighbours that are both there."""
    there = np.isfinite(x) & np.isfinite(y)
    if there.all():
        return [polygon(x, y)] if len(x) > 1 else []
    ends = np.flatnonzero(np.diff(there, prepend=False, append=False)).reshape(-1, 2)
    return [polygon(x[first:last], y[first:last]) for first, last in ends.tolist() if last - first > 1]


def skyline(left: Array, right: Array, tall: Array, floor: float) -> QPolygonF:
    """Bars that stand on a floor, as one outline along it."""
    top = floor - tall
    ground = np.full_like(top, floor)
    x = np.stack((left, left, right, right), axis=1).reshape(-1)
    return polygon(x, np.stack((ground, top, top, ground), axis=1).reshape(-1))
