"""A plot: axes with names and numbers, grid lines, layers. Painted by hand, for a tenth of a plotting library's time.

At thirty frames a second every millisecond of painting costs three per cent of the training speed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

from PySide6.QtCore import QEvent, QLineF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from gradstudio.ui.panels.axes import Axis
from gradstudio.ui.panels.layers import Layer, Map
from gradstudio.ui.theme import Theme, mono_font, ui_font

GAP, EDGE, TOP, FLOOR = 6.0, 10.0, 22.0, 22.0
TICK_HEIGHT, TICK_WIDTH, TICK_AIR = 26.0, 50.0, 12.0
WHEEL = 1.2
_CENTRE, _LEFT, _RIGHT = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


@cache
def _numbers_font() -> QFont:
    return mono_font(10)


@cache
def _names_font() -> QFont:
    return ui_font(11)


class Plot(QWidget):
    """Layers over a horizontal axis and one or two vertical ones.

    Where it can be zoomed, the wheel zooms the horizontal axis, a drag moves it, a double click or Escape shows
    everything again, and the arrow keys walk along the curve.

    Attributes:
        names: of the bottom, left and right axis; no right axis where its name is empty.
        bottom: the horizontal axis.
        left: the vertical axis at the left.
        right: the one at the right.
        layers: from back to front.
        zoomed: whether a person has chosen what part of the horizontal axis is shown.
    """

    hovered = Signal(float)
    """The horizontal number under the mouse, nan when it leaves."""
    walked = Signal(int)
    """-1 or 1 for the arrow keys, -2 or 2 for Home and End."""
    fitted = Signal()
    """Everything is to be shown again."""
    moved = Signal()
    """A person has chosen another part of the horizontal axis."""

    def __init__(self, bottom: str, left: str, right: str = "", *, zoom: bool = False) -> None:
        super().__init__()
        self.names = (bottom, left, right)
        self.bottom, self.left, self.right = Axis(), Axis(), Axis()
        self.layers: list[Layer] = []
        self.zoomed = False
        self._zoom = zoom
        self._held: float | None = None
        self._pressed = 0.0
        self._grid = self._numbers = self._focus = self._sheet = QColor()
        self._name_colors = (QColor(), QColor(), QColor())
        self._margins = (40.0, EDGE)
        self._look: tuple[object, ...] = ()
        self._still: QPixmap | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if zoom else Qt.FocusPolicy.NoFocus)

    def dress(self, theme: Theme, left: str = "text_dim", right: str = "text_dim") -> None:
        """Take the colours of a theme; the vertical axes are named in those of their curves."""
        self._name_colors = (theme.color("text_dim"), theme.color(left), theme.color(right))
        self._grid = theme.color("grid_major" if theme.is_dark else "border")
        self._sheet = theme.color("panel")
        self._numbers, self._focus = theme.color("text_faint"), theme.color("selection")
        self.update()

    def show_range(self, bottom: Axis, left: Axis, right: Axis | None = None) -> None:
        """Show other parts of the axes."""
        self.bottom, self.left, self.right = bottom, left, right or self.right
        self.update()

    def columns(self) -> int:
        """Pixels across."""
        return max(50, int(self.area().width()))

    def area(self) -> QRectF:
        """Where the layers are."""
        left, right = self._margins
        return QRectF(left, TOP, max(10.0, self.width() - left - right), max(10.0, self.height() - TOP - FLOOR))

    def map(self, *, right: bool = False) -> Map:
        """From numbers to pixels, by the left or the right axis."""
        return Map(self.area(), self.bottom, self.right if right else self.left)

    # ---- painting

    def minimumSizeHint(self) -> QSize:
        """Room for a few ticks."""
        return QSize(180, 120)

    def sizeHint(self) -> QSize:
        """A landscape."""
        return QSize(360, 220)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint everything; axes that stay the same from one time to the next from a picture of them."""
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), self._sheet)
            ratio, names = self.devicePixelRatioF(), (self.names, *self._name_colors, self._grid, self._numbers)
            look = (self.size(), ratio, self.bottom, self.left, self.right, *names)
            if look != self._look:
                self._look, self._still = look, None
                self._paint_axes(painter)
            else:
                if self._still is None:
                    self._still = self._picture(ratio)
                painter.drawPixmap(0, 0, self._still)
            self._paint_layers(painter)
            if self._zoom and self.hasFocus():
                painter.setPen(QPen(self._focus, 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def paint(self, painter: QPainter) -> None:
        """Paint axes and layers, on the screen or into a picture."""
        self._paint_axes(painter)
        self._paint_layers(painter)

    def _picture(self, ratio: float) -> QPixmap:
        made = QPixmap(self.size() * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        with QPainter(made) as painter:
            self._paint_axes(painter)
        return made

    def _paint_axes(self, painter: QPainter) -> None:
        painter.setFont(_numbers_font())
        left_ticks = self.left.ticks(int((self.height() - TOP - FLOOR) / TICK_HEIGHT))
        right_ticks = self.right.ticks(len(left_ticks)) if self.names[2] else []
        self._make_room(QFontMetricsF(painter.font()), left_ticks, right_ticks)
        self._paint_left(painter, left_ticks)
        self._paint_right(painter, right_ticks)
        self._paint_bottom(painter)
        self._paint_names(painter)

    def _paint_layers(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self.area().adjusted(0, -5, 5, 1))
        for layer in self.layers:
            layer.paint(painter, self.map(right=layer.right))
        painter.setClipping(False)

    def _make_room(self, metrics: QFontMetricsF, left: list[tuple[float, str]], right: list[tuple[float, str]]) -> None:
        widths = [max((metrics.horizontalAdvance(text) for _, text in ticks), default=0.0) for ticks in (left, right)]
        self._margins = (widths[0] + GAP + 2, widths[1] + GAP + 2 if right else EDGE)

    def _paint_left(self, painter: QPainter, ticks: list[tuple[float, str]]) -> None:
        area, places = self.area(), [self.map().row(place) for place, _ in ticks]
        painter.setPen(self._grid)
        painter.drawLines([QLineF(area.left(), round(y), area.right(), round(y)) for y in places])
        painter.setPen(self._numbers)
        for y, (_, text) in zip(places, ticks, strict=True):
            painter.drawText(QRectF(0, y - 8, area.left() - GAP, 16), _RIGHT | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_right(self, painter: QPainter, ticks: list[tuple[float, str]]) -> None:
        area, where = self.area(), self.map(right=True)
        painter.setPen(self._numbers)
        for place, text in ticks:
            box = QRectF(area.right() + GAP, where.row(place) - 8, self.width() - area.right() - GAP, 16)
            painter.drawText(box, _LEFT | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_bottom(self, painter: QPainter) -> None:
        area, where = self.area(), self.map()
        painter.setPen(self._numbers)
        ticks = self.bottom.ticks(int(area.width() / TICK_WIDTH))
        widest = max((painter.fontMetrics().horizontalAdvance(text) for _, text in ticks), default=0)
        if widest + TICK_AIR > TICK_WIDTH:
            ticks = self.bottom.ticks(int(area.width() / (widest + TICK_AIR)))
        end = self.width() - QFontMetricsF(_names_font()).horizontalAdvance(self.names[0]) - 20
        for place, text in ticks:
            x = where.column(place)
            if x < end:
                painter.drawText(QRectF(x - 40, area.bottom() + 5, 80, 14), _CENTRE, text)

    def _paint_names(self, painter: QPainter) -> None:
        area = self.area()
        painter.setFont(_names_font())
        below = QRectF(0, area.bottom() + 4, self.width() - 1, 16)
        above = QRectF(0, 0, self.width() - 1, 14)
        places = ((below, _RIGHT), (above, _LEFT), (above, _RIGHT))
        for (place, side), color, name in zip(places, self._name_colors, self.names, strict=True):
            painter.setPen(color)
            painter.drawText(place, side, name)

    # ---- looking closer

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at a place, or drag the axis along."""
        x = self.map().back(event.position().x())
        if self._held is not None and self._drags(event.position().x()):
            self._choose(self.bottom.low + self._held - x, self.bottom.high + self._held - x)
        elif self.area().adjusted(-2, 0, 2, 0).contains(event.position()):
            self.hovered.emit(x)
        else:
            self.hovered.emit(math.nan)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the axis."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().x()
            self._held = self.map().back(self._pressed)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let it go."""
        self._held = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything again."""
        self._fit()

    def leaveEvent(self, event: QEvent) -> None:
        """The mouse points at nothing."""
        super().leaveEvent(event)
        self.hovered.emit(math.nan)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom the horizontal axis around the mouse."""
        if not self._zoom or not event.angleDelta().y():
            event.ignore()
            return
        at = self.map().back(event.position().x())
        factor = WHEEL ** (-event.angleDelta().y() / 120)
        self._choose(at + (self.bottom.low - at) * factor, at + (self.bottom.high - at) * factor)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys walk along the curve, Escape shows everything again."""
        moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -2, Qt.Key.Key_End: 2}
        step = moves.get(Qt.Key(event.key()))
        if self._zoom and step is not None:
            self.walked.emit(step)
        elif self._zoom and event.key() == Qt.Key.Key_Escape:
            self._fit()
        else:
            super().keyPressEvent(event)

    def _drags(self, x: float) -> bool:
        """Whether the mouse has moved far enough to mean it."""
        return self._zoom and (self.zoomed or abs(x - self._pressed) > 3)

    def _choose(self, low: float, high: float) -> None:
        self.zoomed = True
        self.bottom = replace(self.bottom, low=low, high=high)
        self.moved.emit()
        self.update()

    def _fit(self) -> None:
        self.zoomed = False
        self.fitted.emit()
        self.update()
