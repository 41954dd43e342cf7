"""How a gradient row is painted, and the axis above the rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from PySide6.QtCore import QLine, QLineF, QObject, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QToolButton, QWidget

from gradstudio.insight.updates import HEALTHY, HIGH, LOW
from gradstudio.training.snapshot import Distribution, GradientRow
from gradstudio.ui.panels.layers import polygon, polylines
from gradstudio.ui.panels.rows import Index, Shown
from gradstudio.ui.panels.scale import Scale, power
from gradstudio.ui.texts import number
from gradstudio.ui.theme import Theme, mono_font, ui_font

ROW_HEIGHT = 26
PAD, GAP, NUMBER_WIDTH = 10, 12, 66
RATIO_WIDTH, RATIO_WIDE, RATIO_AXIS = 50, 104, 52
LEAST, NARROW, ROOMY = 300, 380, 520
"""Widths from which on there is room for entries or trails, for ratios, and for all of it and the ratios' axis."""
COMPACT, COMPACT_NUMBER = 190, 50
"""Narrower rows have their bar under name and number, and no axis."""
DECADES = 3
"""Of the axis of ratios on each side of 1e-3."""
_NUMBER = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class Last(StrEnum):
    """What the last column of a narrow row shows."""

    ENTRIES = "entries"
    TIME = "time"
    UPDATE = "update"


class Columns:
    """Where things lie in a row of some width: name, bar, number; where there is room ratio, histogram, trail.

    In a very narrow row the bar is a line along its lower edge, so that the name can be read.
    """

    def __init__(
        self, width: int, name_width: int, *, shapes: bool, ratios: bool = False, last: Last | None = None
    ) -> None:
        self.name = QRect(PAD, 0, min(name_width, int(width * 0.34)), ROW_HEIGHT)
        last, roomy, small = last or Last.ENTRIES, width >= ROOMY, min(72, width // 6) if width >= LEAST else 0
        shape = small if shapes and (roomy or last is Last.ENTRIES) else 0
        trail = min(110, width // 7) if roomy else small if last is Last.TIME else 0
        there = ratios and (width >= NARROW or (last is Last.UPDATE and width >= LEAST))
        ratio = (RATIO_WIDE if roomy else RATIO_WIDTH) if there else 0
        right = width - PAD
        self.trail = QRect(right - trail, 0, trail, ROW_HEIGHT)
        right -= trail + (GAP if trail else 0)
        self.shape = QRect(right - shape, 0, shape, ROW_HEIGHT)
        right -= shape + (GAP if shape else 0)
        self.ratio = QRect(right - ratio, 0, ratio, ROW_HEIGHT)
        right -= ratio + (GAP // 2 if ratio else 0)
        self.number = QRect(right - NUMBER_WIDTH, 0, NUMBER_WIDTH, ROW_HEIGHT)
        left = self.name.right() + GAP
        self.bar = QRect(left, 6, max(20, self.number.left() - GAP // 2 - left), ROW_HEIGHT - 12)
        self.compact = width < COMPACT
        if self.compact:
            self.name.setRight(self.number.right() - COMPACT_NUMBER)
            self.bar = QRect(PAD, ROW_HEIGHT - 5, max(20, right - PAD), 3)

    def tick(self, scale: Scale, exponent: int) -> int:
        """The place of a power of ten on the bar's axis."""
        return self.bar.left() + round(self.bar.width() * (exponent - scale.low) / (scale.high - scale.low))


class RowDelegate(QStyledItemDelegate):
    """Paints rows: name, bar of the norm, the norm, the update's ratio, how entries lie around 0, the norm over time.

    All rows in view are painted in one go, part by part, in less than half the time it takes to be asked row by row.
    """

    def __init__(self, scale: Scale, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scale = scale
        self.name_width = 100
        self.shapes = True
        self.ratios = False
        self.last = Last.ENTRIES
        self._font = mono_font(11)
        self._metrics = QFontMetrics(self._font)
        self._short: dict[tuple[str, int], str] = {}
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
        self._sheet = theme.color("panel")
        self._off, self._good = theme.color("warning"), theme.color("value")
        self._zero = QPen(theme.color("text_faint", 0.5), 1)

    def measure(self, rows: Sequence[GradientRow], names: list[str]) -> None:
        """Make the first column wide enough; have histograms where any gradient is of more than one entry."""
        longest = max(names, key=len, default="")
        self.name_width = max(56, self._metrics.horizontalAdvance(longest) + 4)
        self.shapes = any(map(has_shape, rows))
        self._short.clear()

    def columns(self, width: int) -> Columns:
        """Where things lie in a row of this width."""
        return Columns(width, self.name_width, shapes=self.shapes, ratios=self.ratios, last=self.last_at(width))

    def choices(self, width: int) -> list[Last]:
        """What the last column may show in a row too narrow for all: what has no column of its own there."""
        there = ((Last.ENTRIES, self.shapes), (Last.TIME, True), (Last.UPDATE, self.ratios and width < NARROW))
        return [last for last, shown in there if shown]

    def last_at(self, width: int) -> Last:
        """What it shows: what was chosen, if that may be."""
        choices = self.choices(width)
        return self.last if self.last in choices else choices[0]

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(120, ROW_HEIGHT)

    def paint_rows(self, painter: QPainter, area: QRect, rows: Sequence[tuple[int, Shown]], hover: int) -> None:
        """Paint rows, each with its top, into an area as wide; `hover` is the top of the one under the mouse."""
        columns = self.columns(area.width())
        painter.fillRect(area, self._sheet)
        for top, shown in rows:
            if shown.selected or top == hover:
                color = self._selected if shown.selected else self._hover
                painter.fillRect(0, top, area.width(), ROW_HEIGHT, color)
        painter.setPen(self._grid)
        bottom = max((top + ROW_HEIGHT for top, _ in rows), default=0)
        painter.drawLines([QLine(x, area.top(), x, min(bottom, area.bottom())) for x in self._ticks(columns)])
        painter.setFont(self._font)
        painter.setPen(self._text)
        for top, shown in rows:
            name = self._elided(shown.name, columns.name.width())
            painter.drawText(columns.name.translated(0, top), Qt.AlignmentFlag.AlignVCenter, name)
        numbers = [(top, shown.row) for top, shown in rows if shown.row is not None]
        self._paint_numbers(painter, columns, numbers)
        if columns.ratio.width():
            self._paint_ratios(painter, columns, [(top, shown.ratio) for top, shown in rows if shown.ratio is not None])
        if columns.shape.width():
            self._paint_shapes(painter, columns, [(top, row) for top, row in numbers if _has_outline(row)])
        if columns.trail.width():
            self._paint_trails(painter, columns, rows)

    def paint_focus(self, painter: QPainter, rect: QRect) -> None:
        """The frame of the row the keyboard is at."""
        painter.setPen(self._focus)
        painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _ticks(self, columns: Columns) -> list[int]:
        return [columns.tick(self.scale, exponent) for exponent in self.exponents(columns)]

    def exponents(self, columns: Columns) -> Sequence[int]:
        """The powers of ten there is room for on the axis."""
        return [] if columns.compact else self.scale.ticks(columns.bar.width() // 44)

    def _elided(self, name: str, width: int) -> str:
        if (name, width) not in self._short:
            self._short[name, width] = self._metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, width)
        return self._short[name, width]

    def _paint_numbers(self, painter: QPainter, columns: Columns, rows: Sequence[tuple[int, GradientRow]]) -> None:
        for top, row in rows:
            if row.norm > 0:
                bar = columns.bar.translated(0, top)
                bar.setWidth(max(2, round(bar.width() * self.scale.share(row.norm))))
                painter.fillRect(bar, self._bar)
        for top, row in rows:
            painter.setPen(self._dim if row.norm == 0 else self._text if math.isfinite(row.norm) else self._warning)
            painter.drawText(columns.number.translated(0, top), _NUMBER, number(row.norm, 3))

    def _paint_shapes(self, painter: QPainter, columns: Columns, rows: Sequence[tuple[int, GradientRow]]) -> None:
        place = columns.shape.adjusted(0, 3, 0, -4)
        middle = place.center().x() + 0.5
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._zero)
        painter.drawLines([QLineF(middle, top + place.top(), middle, top + place.bottom() + 1) for top, _ in rows])
        painter.setPen(self._outline)
        painter.setBrush(self._fill)
        for top, row in rows:
            painter.drawPolygon(outline(row.distribution, place.translated(0, top)))

    def _paint_ratios(self, painter: QPainter, columns: Columns, rows: Sequence[tuple[int, float]]) -> None:
        """The ratio in digits, and as a mark on an axis with 1e-3 in its middle."""
        wide = columns.ratio.width() > RATIO_WIDTH
        text = columns.ratio.adjusted(0, 0, -RATIO_AXIS if wide else 0, 0)
        left, middle = columns.ratio.right() - RATIO_AXIS + 8, columns.ratio.right() - RATIO_AXIS / 2 + 4
        reach = (RATIO_AXIS - 8) / 2
        for top, ratio in rows:
            fine = LOW <= ratio <= HIGH
            painter.setPen(self._dim if fine else self._off)
            painter.drawText(text.translated(0, top), _NUMBER, number(ratio, 1))
            if not wide:
                continue
            y = top + ROW_HEIGHT / 2
            painter.setPen(self._zero)
            painter.drawLine(QLineF(left, y, left + 2 * reach, y))
            painter.drawLine(QLineF(middle, y - 5, middle, y + 5))
            off = math.log10(ratio / HEALTHY) / DECADES if ratio > 0 and math.isfinite(ratio) else -1.0
            painter.fillRect(
                QRectF(middle + reach * min(max(off, -1.0), 1.0) - 2, y - 4, 4, 8), self._good if fine else self._off
            )

    def _paint_trails(self, painter: QPainter, columns: Columns, rows: Sequence[tuple[int, Shown]]) -> None:
        """Each row's norm over the steps, on the log scale all rows share."""
        place = columns.trail.adjusted(0, 5, 0, -5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._outline)
        for top, shown in rows:
            if len(shown.trail) > 1:
                heights = np.array(
                    [self.scale.share(norm) if math.isfinite(norm) else math.nan for norm in shown.trail]
                )
                x = np.linspace(place.left(), place.right(), len(heights))
                y = top + place.bottom() - place.height() * heights
                for line in polylines(x, y):
                    painter.drawPolyline(line)
                if np.count_nonzero(np.isfinite(y)) == 1:  # no line yet
                    painter.drawEllipse(QPointF(x[np.isfinite(y)][0], y[np.isfinite(y)][0]), 1, 1)


def has_shape(row: GradientRow) -> bool:
    """Whether it is of more than one entry."""
    return len(row.distribution.counts) > 1 and int(row.distribution.counts.sum()) > 1


def _has_outline(row: GradientRow) -> bool:
    return row.norm > 0 and math.isfinite(row.norm) and has_shape(row)


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
    """The log axis above the rows: powers of ten at the grid lines.

    Attributes:
        swap: the caption of the last column of narrow rows: a click shows the next thing there.
    """

    swapped = Signal()
    """The last column shows something else."""

    def __init__(self, delegate: RowDelegate) -> None:
        super().__init__()
        self._delegate = delegate
        self._color = QColor()
        self._span = 0
        self._axis = True
        self.swap = QToolButton(self)
        self.swap.setObjectName("gradients.swap")
        self.swap.setAutoRaise(True)
        self.swap.setFont(ui_font(11))
        self.swap.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.swap.clicked.connect(self._swap)
        self.setFixedHeight(22)
        self.caption = self.tr("norm ‖∇‖")
        self.shape_caption = self.tr("entries")
        self.ratio_caption, self.trail_caption = self.tr("update ÷ size"), self.tr("over time")
        self._words = {
            Last.ENTRIES: self.shape_caption, Last.TIME: self.trail_caption, Last.UPDATE: self.tr("update")
        }  # fmt: skip

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._color = theme.color("text_faint")
        self.swap.setStyleSheet(
            f"QToolButton {{ border: none; padding: 0; color: {theme.text_faint}; }}"
            f"QToolButton:hover, QToolButton:focus {{ color: {theme.text}; }}"
        )
        self.update()

    def show_axis(self, wanted: bool) -> None:
        """Be an axis, or just the place of a button."""
        self._axis = wanted
        self.place_swap()
        self.update()

    def follow(self, width: int) -> None:
        """Be the axis of rows of this width."""
        if width != self._span:
            self._span = width
            self.place_swap()
            self.update()

    def _swap(self) -> None:
        """Show the next thing in the last column."""
        self._delegate.last = self._next()
        self.place_swap()
        self.update()
        self.swapped.emit()

    def _next(self) -> Last:
        choices = self._delegate.choices(self._span)
        return choices[(choices.index(self._delegate.last_at(self._span)) + 1) % len(choices)]

    def place_swap(self) -> None:
        """Over the last column, where there is room for that alone."""
        columns, words = self._delegate.columns(self._span), self._words
        last = self._delegate.last_at(self._span)
        column = {Last.ENTRIES: columns.shape, Last.TIME: columns.trail, Last.UPDATE: columns.ratio}[last]
        self.swap.setText(f"{words[last]} ▾")
        self.swap.setAccessibleName(words[last])
        self.swap.setToolTip(self.tr("Show “{0}” here instead").format(words[self._next()]))
        self.swap.setVisible(self._axis and self._span < ROOMY and column.width() > 0)
        self.swap.setGeometry(column.left() - 8, 0, column.width() + 16, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the captions and the powers."""
        if not self._axis:
            return
        with QPainter(self) as painter:
            painter.setPen(self._color)
            columns = self._delegate.columns(self._span)
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.setFont(ui_font(11))
            less = self.height() - ROW_HEIGHT
            painter.drawText(columns.number.adjusted(0, 0, 0, less), middle | Qt.AlignmentFlag.AlignRight, self.caption)
            if columns.shape.width() and columns.trail.width():
                place = columns.shape.adjusted(0, 0, 0, less)
                painter.drawText(place, middle | Qt.AlignmentFlag.AlignHCenter, self.shape_caption)
            if columns.ratio.width() and self._span >= NARROW:
                place, short = columns.ratio.adjusted(0, 0, 0, less), self._words[Last.UPDATE]
                wide = columns.ratio.width() > RATIO_WIDTH
                painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, self.ratio_caption if wide else short)
            if self._span >= ROOMY:
                place = columns.trail.adjusted(0, 0, 0, less)
                painter.drawText(place, middle | Qt.AlignmentFlag.AlignHCenter, self.trail_caption)
            painter.setFont(mono_font(10))
            for exponent in self._delegate.exponents(columns):
                x = columns.tick(self._delegate.scale, exponent)
                place = QRect(x - 24, 0, 48, self.height())
                painter.drawText(place, middle | Qt.AlignmentFlag.AlignHCenter, power(exponent))
