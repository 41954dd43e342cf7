"""A grid of colours somebody points at: matrices and pictures in colours around 0."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gradstudio.engine.gate import Array
from gradstudio.ui.heat import GAP, HALF, as_image, diverging
from gradstudio.ui.texts import number
from gradstudio.ui.theme import Theme, mono_font

SCALE_WIDTH, SCALE_BAR = 62.0, 10.0


def tiled(pictures: Array, columns: int) -> Array:
    """Indices or colours of pictures (count × height × width …) side by side, a pixel between them."""
    count, height, width = pictures.shape[:3]
    rows = -(-count // columns)
    whole = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, *pictures.shape[3:]), GAP, np.uint8)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + 1), i % columns * (width + 1)
        whole[top : top + height, left : left + width] = picture
    return whole


class HeatMap(QWidget):
    """A grid of colours with its scale at the right; the cell under the mouse, or the one the arrow keys are at.

    Attributes:
        cell: row and column that is pointed at, or None.
    """

    pointed = Signal()
    """Another cell is pointed at."""

    def __init__(self) -> None:
        super().__init__()
        self.cell: tuple[int, int] | None = None
        self._cells: Array = np.zeros((0, 0), np.uint8)
        self._image: QImage | None = None
        self._square = False
        self._end = 1.0
        self._theme: Theme | None = None
        self._table: list[int] = []
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    @property
    def cells(self) -> Array:
        """What is painted: indices into the colour table, or (height × width × 3) colours."""
        return self._cells

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme, self._table, self._image = theme, diverging(theme), None
        self.update()

    def show_cells(self, cells: Array, end: float, *, square: bool = False) -> None:
        """Paint other cells; `end` is where the scale ends, square cells keep their form."""
        if self.cell is not None and not (self.cell[0] < len(cells) and self.cell[1] < cells.shape[1]):
            self.cell = None
        self._cells, self._end, self._square, self._image = cells, end, square, None
        self.update()

    def sizeHint(self) -> QSize:
        """A landscape."""
        return QSize(320, 200)

    def minimumSizeHint(self) -> QSize:
        """Room for the scale."""
        return QSize(150, 90)

    def area(self) -> QRectF:
        """Where the cells are."""
        room = QRectF(1, 1, max(8.0, self.width() - SCALE_WIDTH - 2), max(8.0, self.height() - 2))
        if not self._square or not self._cells.size:
            return room
        high, wide = self._cells.shape[:2]
        side = min(room.width() / wide, room.height() / high)
        return QRectF(room.left(), room.top(), side * wide, side * high)

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint cells, the scale, and the frame of the cell that is pointed at."""
        with QPainter(self) as painter:
            theme = self._theme
            if theme is None:
                return
            painter.fillRect(event.rect(), theme.color("panel"))
            if self._cells.size:
                painter.drawImage(self.area(), self._picture())
                self._paint_scale(painter, theme)
                if self.cell is not None:
                    painter.setPen(QPen(theme.color("text"), 1.5))
                    painter.drawRect(self._rect_of(*self.cell))
            if self.hasFocus():
                painter.setPen(QPen(theme.color("selection"), 1))
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _picture(self) -> QImage:
        if self._image is None:
            self._image = as_image(self._cells, self._table)
        return self._image

    def _paint_scale(self, painter: QPainter, theme: Theme) -> None:
        left = self.width() - SCALE_WIDTH + 8
        bar = QRectF(left, 8, SCALE_BAR, max(20.0, self.height() - 16))
        strip = np.arange(2 * HALF, -1, -1, dtype=np.uint8)[:, None]
        painter.drawImage(bar, as_image(strip, self._table))
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawRect(bar)
        painter.setPen(theme.color("text_dim"))
        painter.setFont(mono_font(10))
        for y, value in ((bar.top(), self._end), (bar.center().y(), 0.0), (bar.bottom(), -self._end)):
            place = QRectF(bar.right() + 4, y - 7, self.width() - bar.right() - 4, 14)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, number(value, 2))

    def _rect_of(self, row: int, column: int) -> QRectF:
        area, (high, wide) = self.area(), self._cells.shape[:2]
        width, height = area.width() / wide, area.height() / high
        return QRectF(area.left() + column * width, area.top() + row * height, max(width, 2), max(height, 2))

    # ---- pointing

    def cell_at(self, place: QPointF) -> tuple[int, int] | None:
        """The row and column at a place of the widget; None beside the cells."""
        area = self.area()
        if not self._cells.size or not area.contains(place):
            return None
        high, wide = self._cells.shape[:2]
        row = int((place.y() - area.top()) / area.height() * high)
        return min(row, high - 1), min(int((place.x() - area.left()) / area.width() * wide), wide - 1)

    def place_of(self, row: int, column: int) -> QPoint:
        """The middle of a cell."""
        return self._rect_of(row, column).center().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at a cell."""
        self._point(self.cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go from cell to cell, Home to the first; Escape points at nothing."""
        moves = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)
        }  # fmt: skip
        way = moves.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Home and self._cells.size:
            self._point((0, 0))
        elif event.key() == Qt.Key.Key_Escape and self.cell is not None:
            self._point(None)
        elif way is not None and self._cells.size:
            row, column = self.cell or (0, 0)
            high, wide = self._cells.shape[:2]
            moved = min(max(row + way[0], 0), high - 1), min(max(column + way[1], 0), wide - 1)
            self._point(moved if self.cell is not None else (0, 0))
        else:
            super().keyPressEvent(event)

    def _point(self, cell: tuple[int, int] | None) -> None:
        if cell != self.cell:
            self.cell = cell
            self.pointed.emit()
            self.update()
