"""A plane in colours with the samples on it as points: what the boundary panel paints."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen

from gradstudio.engine.gate import Array
from gradstudio.ui.panels.layers import NOTHING, Map
from gradstudio.ui.panels.plot import Plot
from gradstudio.ui.theme import Theme

CLASSES = ("blue", "orange", "green", "violet", "red", "teal", "yellow", "grey")
"""Tags in whose colours classes are painted, in turn."""
STRENGTH = 0.5
"""How far the surface is from the sheet's colour, so that points stand out from it."""
NEAR = 9.0
"""Pixels from a point that still mean it."""


def class_color(theme: Theme, number: int) -> QColor:
    """The colour of a class; from the ninth on other shades of the same."""
    color = QColor(theme.tag[CLASSES[number % len(CLASSES)]])
    return color.darker(100 + 60 * (number // len(CLASSES) % 3))


def class_surface(theme: Theme, shares: Array) -> Array:
    """Colours (height × width × 3) of shares of classes: each class's own, mixed as the network is in doubt."""
    palette = np.array([class_color(theme, i).getRgb()[:3] for i in range(shares.shape[-1])], np.float64)  # type: ignore[index]
    sheet = np.array(theme.color("panel").getRgb()[:3], np.float64)  # type: ignore[index]
    mixed = np.nan_to_num(shares) @ palette
    return np.asarray(sheet + STRENGTH * (mixed - sheet), np.uint8)


@dataclass(eq=False)
class Surface:
    """An image that fills a part of the plane.

    Attributes:
        corners: left, lower, right and upper end of it in the plot's numbers.
        smooth: whether its cells run into each other.
    """

    corners: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    smooth: bool = True
    right: bool = False
    image: QImage | None = None

    def paint(self, painter: QPainter, where: Map) -> None:
        """Draw it."""
        if self.image is None:
            return
        left, low, right, high = self.corners
        place = QRectF(QPointF(where.column(left), where.row(high)), QPointF(where.column(right), where.row(low)))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth)
        painter.drawImage(place, self.image)


@dataclass(eq=False)
class Points:
    """Samples: filled in the colour of what they truly are, ringed where the network is wrong about them.

    Attributes:
        at: coordinates, samples × 2.
        fills: a colour each.
        ringed: which are misclassified.
        held: which were held back from training: those are squares.
        chosen: the one the keyboard or the mouse is at, or -1.
        sent: the one on the canvas, or -1.
    """

    edge: QColor = field(default_factory=QColor)
    ring: QColor = field(default_factory=QColor)
    right: bool = False
    at: Array = field(default_factory=lambda: NOTHING.reshape(0, 2))
    fills: list[QColor] = field(default_factory=list)
    ringed: Array = field(default_factory=lambda: np.zeros(0, np.bool_))
    held: Array = field(default_factory=lambda: np.zeros(0, np.bool_))
    chosen: int = -1
    sent: int = -1

    def paint(self, painter: QPainter, where: Map) -> None:
        """Draw them, those that are wrong last."""
        if not len(self.at):
            return
        x, y = where.x(self.at[:, 0]).tolist(), where.y(self.at[:, 1]).tolist()
        radius = 3.2 if len(x) <= 300 else 2.4
        painter.setPen(QPen(self.edge, 0.8))
        last = None
        for i, color in enumerate(self.fills):
            if color is not last:
                painter.setBrush(color)
                last = color
            if len(self.held) and self.held[i]:
                painter.drawRect(QRectF(x[i] - radius, y[i] - radius, 2 * radius, 2 * radius))
            else:
                painter.drawEllipse(QPointF(x[i], y[i]), radius, radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.ring, 1.6))
        for i in np.flatnonzero(self.ringed).tolist():
            painter.drawEllipse(QPointF(x[i], y[i]), radius + 2.6, radius + 2.6)
        for i, wide in ((self.sent, 8.0), (self.chosen, 6.0)):
            if 0 <= i < len(x):
                painter.setPen(QPen(self.ring, 2.2))
                painter.drawRect(QRectF(x[i] - wide, y[i] - wide, 2 * wide, 2 * wide))


class PlanePlot(Plot):
    """A plot of two features: a click or Enter takes the point that is pointed at, arrow keys go from one to the next.

    Attributes:
        surface: the colours behind the points.
        points: the samples.
    """

    picked = Signal(int)
    """A point was clicked, or Enter was pressed at it: its place among the points."""
    pointed = Signal()
    """Another point is pointed at: `points.chosen`."""

    def __init__(self) -> None:
        super().__init__("", "")
        self.surface, self.points = Surface(), Points()
        self.layers = [self.surface, self.points]
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def dress(self, theme: Theme, left: str = "text_dim", right: str = "text_dim") -> None:
        """Take the colours of a theme."""
        super().dress(theme, left, right)
        self.points.edge, self.points.ring = theme.color("panel"), theme.color("text")

    def near(self, place: QPointF) -> int:
        """The point at a place of the widget; -1 where there is none."""
        if not len(self.points.at):
            return -1
        where = self.map()
        far = np.hypot(where.x(self.points.at[:, 0]) - place.x(), where.y(self.points.at[:, 1]) - place.y())
        nearest = int(far.argmin())
        return nearest if far[nearest] <= NEAR else -1

    def place_of(self, point: int) -> QPointF:
        """Where a point is on the widget."""
        where, (x, y) = self.map(), self.points.at[point].tolist()
        return QPointF(where.column(x), where.row(y))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and the frame of the focus."""
        super().paintEvent(event)
        if self.hasFocus():
            with QPainter(self) as painter:
                painter.setPen(QPen(self._focus, 1))
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at a point."""
        self._point(self.near(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the point."""
        point = self.near(event.position())
        if event.button() == Qt.MouseButton.LeftButton and point >= 0:
            self._point(point)
            self.picked.emit(point)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Nothing more than a click."""

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        if not self.hasFocus():
            self._point(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go through the points in their order, Home and End to the ends; Enter takes one."""
        count, at = len(self.points.at), self.points.chosen
        key = Qt.Key(event.key())
        moves = {
            Qt.Key.Key_Right: at + 1, Qt.Key.Key_Down: at + 1, Qt.Key.Key_Left: at - 1, Qt.Key.Key_Up: at - 1,
            Qt.Key.Key_Home: 0, Qt.Key.Key_End: count - 1,
        }  # fmt: skip
        if key in moves and count:
            self._point(moves[key] % count)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= at < count:
            self.picked.emit(at)
        else:
            super().keyPressEvent(event)

    def _point(self, at: int) -> None:
        if at != self.points.chosen:
            self.points.chosen = at
            self.pointed.emit()
            self.update()
