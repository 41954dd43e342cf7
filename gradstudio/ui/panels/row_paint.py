"""How a gradient row is painted, and the axis above the rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLine, QObject, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gradstudio.training.snapshot import Distribution, GradientRow
from gradstudio.ui.panels.layers import polygon
from gradstudio.ui.panels.rows import Index, RowsModel
from gradstudio.ui.panels.scale import Scale, power
from gradstudio.ui.texts import number
from gradstudio.ui.theme import Theme, mono_font, ui_font

ROW_HEIGHT = 26
PAD, GAP, NUMBER_WIDTH = 10, 12, 66
_NUMBER = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class Columns:
    """Where name, bar, number and histogram lie in a row of some width; the last only where there is one."""

    def __init__(self, width: int, name_width: int, *, shapes: bool) -> None:
        self.name = QRect(PAD, 0, min(name_width, int(width * 0.34)), ROW_HEIGHT)
        shape = min(72, width // 6) if shapes and width >= 300 else 0
        self.shape = QRect(width - PAD - shape, 0, shape, ROW_HEIGHT)
        self.number = QRect(self.shape.left() - (GAP if shape else 0) - NUMBER_WIDTH, 0, NUMBER_WIDTH, ROW_HEIGHT)
        left = self.name.right() + GAP
        self.bar = QRect(left, 0, max(20, self.number.left() - GAP // 2 - left), ROW_HEIGHT)

    def tick(self, scale: Scale, exponent: int) -> int:
        """The place of a power of ten on the bar's axis."""
        return self.bar.left() + round(self.bar.width() * (exponent - scale.low) / (scale.high - scale.low))


class RowDelegate(QStyledItemDelegate):
    """Paints a row: name, bar of the norm, the norm itself, and how the entries are distributed around 0."""

    def __init__(self, scale: Scale, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scale = scale
        self.name_width = 100
        self.shapes = True
        self._font = mono_font(11)
        self._metrics = QFontMetrics(self._font)
        self._short: dict[tuple[str, int], str] = {}
        self._lines: tuple[object, list[QLine]] = (None, [])
        self.dress(theme)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._grid = QPen(theme.color("grid_major" if theme.is_dark else "border"), 1)
        self._text, self._dim = theme.color("text"), theme.color("text_dim")
        self._warning = theme.color("error")
        self._bar = theme.mix("gradient", "panel", 0.62)
        self._selected = theme.color("selection_fill", 0.55)
        self._hover = theme.color("hover", 0.6)
        self._outline = QPen(theme.color("gradient"), 1)
        self._fill = theme.color("gradient", 0.3)
        self._focus = QPen(theme.color("selection"), 1)
        self._zero = QPen(theme.color("text_faint", 0.5), 1)

    def measure(self, rows: Sequence[GradientRow], names: list[str]) -> None:
        """Make the first column wide enough; have histograms where any gradient is of more than one entry."""
        longest = max(names, key=len, default="")
        self.name_width = max(56, self._metrics.horizontalAdvance(longest) + 4)
        self.shapes = any(map(has_shape, rows))
        self._short.clear()

    def columns(self, width: int) -> Columns:
        """Where things lie in a row of this width."""
        return Columns(width, self.name_width, shapes=self.shapes)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(120, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        rect: QRect = option.rect
        model = index.model()
        assert isinstance(model, RowsModel), "the rows are its"
        shown = model.shown(index.row())
        self._paint_background(painter, rect, option.state, chosen=shown.selected)
        columns = self.columns(rect.width())
        painter.translate(rect.left(), rect.top())
        painter.setPen(self._grid)
        painter.drawLines(self._ticks(columns))
        painter.setFont(self._font)
        painter.setPen(self._text)
        painter.drawText(columns.name, Qt.AlignmentFlag.AlignVCenter, self._elided(shown.name, columns.name.width()))
        if shown.row is not None:
            self._paint_numbers(painter, columns, shown.row)
        painter.translate(-rect.left(), -rect.top())

    def _ticks(self, columns: Columns) -> list[QLine]:
        """The grid lines of a row; the same for all rows of a width."""
        key = (columns.bar.left(), columns.bar.width(), self.scale.low, self.scale.high)
        if self._lines[0] != key:
            places = (columns.tick(self.scale, exponent) for exponent in self.scale.ticks(columns.bar.width() // 44))
            self._lines = key, [QLine(x, 0, x, ROW_HEIGHT) for x in places]
        return self._lines[1]

    def _elided(self, name: str, width: int) -> str:
        if (name, width) not in self._short:
            self._short[name, width] = self._metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, width)
        return self._short[name, width]

    def _paint_background(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, *, chosen: bool) -> None:
        if chosen:
            painter.fillRect(rect, self._selected)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._hover)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(self._focus)
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _paint_numbers(self, painter: QPainter, columns: Columns, row: GradientRow) -> None:
        finite = math.isfinite(row.norm)
        length = round(columns.bar.width() * self.scale.share(row.norm))
        if row.norm > 0:
            bar = columns.bar.adjusted(0, 6, 0, -6)
            bar.setWidth(max(2, length))
            painter.fillRect(bar, self._bar)
        painter.setPen(self._dim if row.norm == 0 else self._text if finite else self._warning)
        painter.drawText(columns.number, _NUMBER, number(row.norm, 3))
        if columns.shape.width() and row.norm > 0 and finite and has_shape(row):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_shape(painter, columns.shape.adjusted(0, 3, 0, -4), row.distribution)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_shape(self, painter: QPainter, rect: QRect, distribution: Distribution) -> None:
        painter.setPen(self._zero)
        middle = rect.center().x() + 0.5
        painter.drawLine(QPointF(middle, rect.top()), QPointF(middle, rect.bottom() + 1))
        painter.setPen(self._outline)
        painter.setBrush(self._fill)
        painter.drawPolygon(outline(distribution, rect))


def has_shape(row: GradientRow) -> bool:
    """Whether it is of more than one entry."""
    return len(row.distribution.counts) > 1 and int(row.distribution.counts.sum()) > 1


def outline(distribution: Distribution, rect: QRect) -> QPolygonF:
    """A histogram as a smooth filled shape; 0 lies in the middle, heights are square roots, so that tails show."""
    low, high, count = float(distribution.edges[0]), float(distribution.edges[-1]), len(distribution.counts)
    padded = np.zeros(count + 4)
    padded[2:-2] = distribution.counts
    heights, x = np.zeros(count + 6), np.empty(count + 6)
    heights[2:-2] = np.sqrt((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4)
    width = (high - low) / count
    reach = max(abs(low), abs(high)) + 1.5 * width
    x[2:-2] = rect.left() + rect.width() * (0.5 + 0.5 * (np.arange(-0.5, count + 1.0) * width + low) / reach)
    x[0], x[1], x[-2], x[-1] = rect.left(), x[2], x[-3], rect.right() + 1
    base = float(rect.bottom() + 1)
    return polygon(x, base - heights * (rect.height() / (float(heights.max()) or 1.0)))


class ScaleHeader(QWidget):
    """The log axis above the rows: powers of ten at the grid lines."""

    def __init__(self, delegate: RowDelegate) -> None:
        super().__init__()
        self._delegate = delegate
        self._color = QColor()
        self._span = 0
        self.setFixedHeight(22)
        self.caption = self.tr("norm ‖∇‖")
        self.shape_caption = self.tr("entries")

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._color = theme.color("text_faint")
        self.update()

    def follow(self, width: int) -> None:
        """Be the axis of rows of this width."""
        if width != self._span:
            self._span = width
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the captions and the powers."""
        painter = QPainter(self)
        painter.setPen(self._color)
        columns = self._delegate.columns(self._span)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(ui_font(11))
        less = self.height() - ROW_HEIGHT
        painter.drawText(columns.number.adjusted(0, 0, 0, less), middle | Qt.AlignmentFlag.AlignRight, self.caption)
        if columns.shape.width():
            place = columns.shape.adjusted(0, 0, 0, less)
            painter.drawText(place, middle | Qt.AlignmentFlag.AlignHCenter, self.shape_caption)
        painter.setFont(mono_font(10))
        for exponent in self._delegate.scale.ticks(columns.bar.width() // 44):
            x = columns.tick(self._delegate.scale, exponent)
            place = QRect(x - 24, 0, 48, self.height())
            painter.drawText(place, middle | Qt.AlignmentFlag.AlignHCenter, power(exponent))
