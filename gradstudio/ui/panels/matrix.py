"""A confusion matrix, painted: true classes down, what the network says across, each class's numbers beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame

from gradstudio.engine.gate import Array
from gradstudio.training.metrics import ClassScore
from gradstudio.ui.texts import grouped
from gradstudio.ui.theme import Theme, mono_font, ui_font

LEAST, MOST = QSize(15, 17), QSize(92, 46)
"""The smallest cell and the largest one; where the smallest don't fit, the matrix scrolls."""
STRENGTH = 0.6
"""How far the colour of a full cell is from the sheet's."""
SIDE = 60.0
"""Width of a column of numbers beside the matrix."""
CAPTION, PAD = 16.0, 6.0
UPRIGHT = 84.0
"""Names above narrower cells stand upright, and are at most so long."""
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_CENTRE = Qt.AlignmentFlag.AlignCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@cache
def _names_font() -> QFont:
    return ui_font(11)


@cache
def _numbers_font() -> QFont:
    return mono_font(11)


@cache
def _small_font() -> QFont:
    return mono_font(9)


@dataclass(frozen=True, slots=True)
class Laid:
    """Where things are in a view of some size.

    Attributes:
        left: where the cells begin, right of the names.
        top: where they begin, below the names.
        cell: size of one.
        room: what is left for cells, wide and high.
        sides: columns of numbers at the right.
        upright: whether the names above stand upright, because cells are narrower than words.
    """

    left: float
    top: float
    cell: tuple[float, float]
    room: tuple[float, float]
    sides: int
    upright: bool


class MatrixView(QAbstractScrollArea):
    """The matrix. A cell is pointed at by mouse or arrow keys; a click or Enter takes it.

    Attributes:
        cell: (true class, what is said) that is pointed at, or None.
        score: what is shown.
    """

    pointed = Signal()
    """Another cell is pointed at."""
    picked = Signal(int, int)
    """A cell was clicked, or Enter was pressed at it."""

    def __init__(self) -> None:
        super().__init__()
        self.cell: tuple[int, int] | None = None
        self.score: ClassScore | None = None
        self._shares: Array = np.zeros((0, 0))
        self._colors: QImage | None = None
        self._theme: Theme | None = None
        self._laid = Laid(0.0, 0.0, (1.0, 1.0), (1.0, 1.0), 0, False)
        self._sides = (self.tr("recall"), self.tr("precision"), self.tr("F1"), self.tr("rows"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(lambda *_: self.viewport().update())

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme, self._colors = theme, None
        self.viewport().update()

    def show_score(self, score: ClassScore) -> None:
        """Show another matrix."""
        again = self.score is not None and self.score.names == score.names
        self.score = score
        rows = score.confusion.sum(axis=1, keepdims=True)
        self._shares = score.confusion / np.maximum(rows, 1)
        self._colors = None
        if not again:
            self.cell = None
            self._lay()
        self.viewport().update()

    def sizeHint(self) -> QSize:
        """A landscape."""
        return QSize(420, 260)

    def minimumSizeHint(self) -> QSize:
        """Room for a few cells."""
        return QSize(180, 110)

    # ---- where things are

    @property
    def count(self) -> int:
        """Number of classes."""
        return len(self._shares)

    def _lay(self) -> None:
        """Divide the room between names, cells and numbers; what doesn't fit scrolls."""
        wide, high = float(self.viewport().width()), float(self.viewport().height())
        names, metrics = self.score.names if self.score is not None else (), QFontMetricsF(_names_font())
        longest = max((metrics.horizontalAdvance(name) for name in names), default=0.0)
        left = min(longest, max(44.0, min(150.0, wide * 0.26))) + 2 * PAD
        sides = next((n for n in (4, 2) if wide - left - n * SIDE >= min(0.45 * wide, LEAST.width() * self.count)), 0)
        across = max(1.0, wide - left - sides * SIDE - PAD)
        cell_wide = min(max(across / max(1, self.count), LEAST.width()), MOST.width())
        upright = cell_wide < min(longest + 4, UPRIGHT)
        top = CAPTION + (min(longest, high * 0.3, UPRIGHT) if upright else metrics.height()) + 4
        down = max(1.0, high - top - 1)
        cell_high = min(max(down / max(1, self.count), LEAST.height()), MOST.height())
        self._laid = Laid(left, top, (cell_wide, cell_high), (across, down), sides, upright)
        for bar, size, room in (
            (self.horizontalScrollBar(), cell_wide, across), (self.verticalScrollBar(), cell_high, down)
        ):  # fmt: skip
            bar.setRange(0, max(0, int(np.ceil(size * self.count - room - 0.5))))
            bar.setPageStep(int(room))
            bar.setSingleStep(int(size))

    def _area(self) -> QRectF:
        """Where cells are seen."""
        laid = self._laid
        across, down = (min(r, s * self.count) for r, s in zip(laid.room, laid.cell, strict=True))
        return QRectF(laid.left, laid.top, across, down)

    def rect_of(self, row: int, column: int) -> QRectF:
        """A cell's place in the viewport."""
        laid, (wide, high) = self._laid, self._laid.cell
        x = laid.left + column * wide - self.horizontalScrollBar().value()
        return QRectF(x, laid.top + row * high - self.verticalScrollBar().value(), wide, high)

    def cell_at(self, place: QPointF) -> tuple[int, int] | None:
        """The cell at a place of the viewport; None beside the cells."""
        if not self._area().contains(place):
            return None
        laid = self._laid
        column = int((place.x() - laid.left + self.horizontalScrollBar().value()) / laid.cell[0])
        row = int((place.y() - laid.top + self.verticalScrollBar().value()) / laid.cell[1])
        return min(row, self.count - 1), min(column, self.count - 1)

    def _seen(self) -> tuple[range, range]:
        """The rows and columns of which something is seen."""
        area, laid = self._area(), self._laid
        ranges = []
        for size, room, bar in (
            (laid.cell[1], area.height(), self.verticalScrollBar()),
            (laid.cell[0], area.width(), self.horizontalScrollBar()),
        ):
            first = int(bar.value() / size)
            ranges.append(range(first, min(self.count, int(np.ceil((bar.value() + room) / size)))))
        return ranges[0], ranges[1]

    # ---- painting

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There is more room now, or less."""
        super().resizeEvent(event)
        self._lay()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint cells, names and numbers."""
        theme = self._theme
        if theme is None:
            return
        with QPainter(self.viewport()) as painter:
            painter.fillRect(event.rect(), theme.color("panel"))
            if self.score is not None:
                rows, columns = self._seen()
                self._paint_cells(painter, theme, rows, columns)
                self._paint_names(painter, theme, rows, columns)
                self._paint_sides(painter, theme, rows)
            if self.hasFocus():
                painter.setPen(QPen(theme.color("selection"), 1))
                painter.drawRect(QRectF(self.viewport().rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _picture(self, theme: Theme) -> QImage:
        """A pixel for each cell: blue on the diagonal, orange beside it, stronger the larger its share of the row."""
        if self._colors is None:
            sheet, right, wrong = (_rgb(theme, name) for name in ("panel", "train", "validation"))
            full = np.where(np.eye(self.count, dtype=bool)[..., None], right, wrong)
            shade = sheet + STRENGTH * self._shares[..., None] ** 0.4 * (full - sheet)
            cells = np.ascontiguousarray(shade.round().astype(np.uint8))
            self._colors = QImage(
                cells.data, self.count, self.count, 3 * self.count, QImage.Format.Format_RGB888
            ).copy()
        return self._colors

    def _paint_cells(self, painter: QPainter, theme: Theme, rows: range, columns: range) -> None:
        area, (wide, high) = self._area(), self._laid.cell
        painter.save()
        painter.setClipRect(area)
        corner = self.rect_of(0, 0).topLeft()
        whole = QRectF(corner.x(), corner.y(), wide * self.count, high * self.count)
        painter.drawImage(whole, self._picture(theme))
        painter.setPen(theme.color("panel"))
        for row in rows:
            y = self.rect_of(row, 0).top()
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        for column in columns:
            x = self.rect_of(0, column).left()
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        self._paint_counts(painter, theme, rows, columns)
        painter.setPen(QPen(theme.color("text_faint"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for i in set(rows) & set(columns):
            painter.drawRect(self.rect_of(i, i).adjusted(1, 1, -1, -1))
        if self.cell is not None:
            painter.setPen(QPen(theme.color("text"), 2))
            painter.drawRect(self.rect_of(*self.cell).adjusted(1, 1, -1, -1))
        painter.restore()

    def _paint_counts(self, painter: QPainter, theme: Theme, rows: range, columns: range) -> None:
        """Counts, and shares below them where there is room; where there is none, a square as large as the share."""
        assert self.score is not None, "only painted where there is one"
        matrix, (wide, high) = self.score.confusion, self._laid.cell
        part = matrix[rows.start : rows.stop, columns.start : columns.stop]
        if not part.size:
            return
        metrics = QFontMetricsF(_numbers_font())
        tight = metrics.horizontalAdvance(grouped(int(part.max()))) > wide - 4
        both = high >= 2 * metrics.height() - 2 and wide >= metrics.horizontalAdvance("100 %")
        painter.setPen(theme.color("text"))
        painter.setBrush(theme.color("text"))
        for i, j in np.argwhere(part).tolist():
            place, count = self.rect_of(rows.start + i, columns.start + j), int(part[i, j])
            share = float(self._shares[rows.start + i, columns.start + j])
            if tight:
                half = max(1.0, (min(wide, high) - 6) / 2 * share**0.5)
                painter.fillRect(QRectF(place.center() - QPointF(half, half), place.center() + QPointF(half, half)),
                                 painter.brush())  # fmt: skip
                continue
            painter.setFont(_numbers_font())
            if not both:
                painter.drawText(place, _CENTRE, grouped(count))
                continue
            painter.drawText(place.adjusted(0, 2, 0, -high / 2 + 2), _CENTRE, grouped(count))
            painter.setFont(_small_font())
            painter.drawText(place.adjusted(0, high / 2 - 1, 0, -2), _CENTRE, percent(share))

    def _paint_names(self, painter: QPainter, theme: Theme, rows: range, columns: range) -> None:
        assert self.score is not None, "only painted where there is one"
        laid, area, names = self._laid, self._area(), self.score.names
        metrics = QFontMetricsF(_names_font())
        painter.setFont(_names_font())
        painter.setPen(theme.color("text_faint"))
        captions = QRectF(PAD, 0, self.viewport().width() - PAD, CAPTION)
        painter.drawText(captions, Qt.AlignmentFlag.AlignLeft, self.tr("true ↓   said →"))
        painter.save()
        painter.setClipRect(QRectF(0, area.top(), laid.left, area.height()))
        for row in rows:
            place = self.rect_of(row, 0)
            chosen = self.cell is not None and self.cell[0] == row
            painter.setPen(theme.color("text" if chosen else "text_dim"))
            name = metrics.elidedText(names[row], Qt.TextElideMode.ElideMiddle, laid.left - 2 * PAD)
            painter.drawText(QRectF(PAD, place.top(), laid.left - 2 * PAD, place.height()), _RIGHT, name)
        painter.setClipRect(QRectF(area.left(), 0, area.width(), laid.top))
        room = laid.top - CAPTION - 4 if laid.upright else laid.cell[0] - 4
        for column in columns:
            place = self.rect_of(0, column)
            chosen = self.cell is not None and self.cell[1] == column
            painter.setPen(theme.color("text" if chosen else "text_dim"))
            name = metrics.elidedText(names[column], Qt.TextElideMode.ElideMiddle, room)
            if laid.upright:
                painter.save()
                painter.translate(place.center().x(), laid.top - 4)
                painter.rotate(-90)
                painter.drawText(QRectF(0, -8, room, 16), Qt.AlignmentFlag.AlignVCenter, name)
                painter.restore()
            else:
                painter.drawText(QRectF(place.left(), CAPTION, place.width(), metrics.height()), _CENTRE, name)
        painter.restore()

    def _paint_sides(self, painter: QPainter, theme: Theme, rows: range) -> None:
        """Each class's recall, precision, F1 and how many rows it has."""
        assert self.score is not None, "only painted where there is one"
        area, each = self._area(), self.score.each
        columns = (each.recall, each.precision, each.f1)[: self._laid.sides]
        height = QFontMetricsF(_names_font()).height()
        for k in range(self._laid.sides):
            left = area.right() + k * SIDE
            painter.setClipping(False)
            painter.setFont(_names_font())
            painter.setPen(theme.color("text_dim"))
            painter.drawText(QRectF(left, self._laid.top - height - 2, SIDE, height), _RIGHT, self._sides[k])
            painter.setFont(_numbers_font())
            painter.setPen(theme.color("text"))
            painter.setClipRect(QRectF(left, area.top(), SIDE, area.height()))
            for row in rows:
                place = QRectF(left, self.rect_of(row, 0).top(), SIDE, self._laid.cell[1])
                told = grouped(int(each.support[row])) if k == len(columns) else ratio(float(columns[k][row]))
                painter.drawText(place, _RIGHT, told)
        painter.setClipping(False)

    # ---- pointing

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at a cell."""
        self._point(self.cell_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a cell."""
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self._point(cell)
            self.picked.emit(*cell)

    def viewportEvent(self, event: QEvent) -> bool:
        """The mouse points at nothing once it has left, unless the keyboard is here."""
        if event.type() is QEvent.Type.Leave and not self.hasFocus():
            self._point(None)
        return super().viewportEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep Enter and Space from the window's shortcuts."""
        own = isinstance(event, QKeyEvent) and event.key() in _ENTER and not event.modifiers()
        if event.type() is QEvent.Type.ShortcutOverride and own:
            event.accept()
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keyboard is here."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """It is elsewhere."""
        super().focusOutEvent(event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys go from cell to cell, Home and End to the first and last class told right; Enter takes one."""
        moves = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)
        }  # fmt: skip
        key, last = Qt.Key(event.key()), self.count - 1
        if key in _ENTER and self.cell is not None:
            self.picked.emit(*self.cell)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self.count:
            self._go(0 if key is Qt.Key.Key_Home else last, 0 if key is Qt.Key.Key_Home else last)
        elif key in moves and self.count:
            row, column = self.cell or (0, 0)
            down, across = moves[key] if self.cell is not None else (0, 0)
            self._go(min(max(row + down, 0), last), min(max(column + across, 0), last))
        else:
            super().keyPressEvent(event)

    def _go(self, row: int, column: int) -> None:
        """Point at a cell, and bring it into view."""
        area, place = self._area(), self.rect_of(row, column)
        for bar, low, high in (
            (self.horizontalScrollBar(), place.left() - area.left(), place.right() - area.right()),
            (self.verticalScrollBar(), place.top() - area.top(), place.bottom() - area.bottom()),
        ):
            bar.setValue(bar.value() + int(np.floor(min(0.0, low)) + np.ceil(max(0.0, high))))
        self._point((row, column))

    def _point(self, cell: tuple[int, int] | None) -> None:
        if cell != self.cell:
            self.cell = cell
            self.pointed.emit()
            self.viewport().update()


def _rgb(theme: Theme, name: str) -> Array:
    color = theme.color(name)
    return np.array([color.red(), color.green(), color.blue()], np.float64)


def percent(share: float) -> str:
    """A share: "93 %", "0.4 %"."""
    return f"{100 * share:.0f} %" if share >= 0.0095 or not share else f"{100 * share:.1g} %"


def ratio(value: float) -> str:
    """A number from 0 to 1; a dash where there is none."""
    return "–" if np.isnan(value) else f"{value:.3f}"
