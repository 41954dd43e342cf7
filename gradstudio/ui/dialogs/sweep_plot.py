"""Results of a sweep drawn: a line through the values of each trial, or points over one of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gradstudio.runs.axes import Axis, said, worded
from gradstudio.runs.sweep import Metric
from gradstudio.runs.sweeping import Done
from gradstudio.runs.targets import Scalar
from gradstudio.ui.panels.axes import Axis as Scale
from gradstudio.ui.texts import number
from gradstudio.ui.theme import Theme, mono_font, ui_font

TOP, BOTTOM, SIDE, LEFT = 26.0, 16.0, 34.0, 62.0
NEAR = 14.0
"""A click chooses the nearest trial within so many pixels."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where values are along an axis: numbers by their size or by factors, words one after the other.

    Attributes:
        title: of the axis.
        low: its lower end.
        high: its upper end.
        log: whether places are logarithms.
        words: the values that aren't numbers, in order.
    """

    title: str
    low: float
    high: float
    log: bool = False
    words: tuple[Scalar, ...] = ()

    def share(self, value: Scalar) -> float:
        """How far from the lower end a value is, 0 to 1."""
        if self.words:
            return (self.words.index(value) + 0.5) / len(self.words) if value in self.words else 0.5
        found = float(value or 0.0)
        found = math.log10(found) if self.log else found
        return 0.5 if self.high <= self.low else (found - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Shares and texts of what stands at the axis."""
        if self.words:
            return [(self.share(word), said(word)) for word in self.words]
        if self.high <= self.low:
            return [(0.5, number(10**self.low if self.log else self.low))]
        marks = Scale(self.low, self.high, log=self.log).ticks(most)
        return [((place - self.low) / (self.high - self.low), text) for place, text in marks]


def place_of(axis: Axis) -> Place:
    """Where the values of an axis are: those of a list one after the other, in order."""
    if not axis.is_range:
        known = [v for v in axis.values if isinstance(v, (int, float)) and not isinstance(v, bool)]
        words = tuple(sorted(known)) if len(known) == len(axis.values) else axis.values
        return Place(worded(axis.key), 0.0, 1.0, words=words)
    low, high = axis.low, axis.high
    return Place(
        worded(axis.key), math.log10(low) if axis.log else low, math.log10(high) if axis.log else high, axis.log
    )


class TrialPlot(QWidget):
    """Draws the trials that have a result; a click chooses one.

    Attributes:
        over: the key whose values are the horizontal axis; empty for all of them side by side.
        chosen: number of the trial that is current; 0 for none.
    """

    clicked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._axes: tuple[Axis, ...] = ()
        self._metric = Metric.LOSS
        self._done: list[Done] = []
        self.over = ""
        self.chosen = 0
        self.setAccessibleName(self.tr("Results"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 120)

    def sizeHint(self) -> QSize:
        """Room for some axes."""
        return QSize(560, 220)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def show_trials(self, axes: Sequence[Axis], metric: Metric, done: Sequence[Done]) -> None:
        """Draw these trials."""
        self._axes, self._metric = tuple(axes), metric
        known = [one for one in done if metric.of(one.run.result) is not None]
        self._done = sorted(known, key=lambda one: -metric.rank(one.run.result))
        best = self._done[-1] if self._done else None
        self.setAccessibleDescription(
            self.tr("No result yet.")
            if best is None
            else self.tr("{} results, the best of them {}.").format(len(self._done), self._value_text(best))
        )
        self.update()

    def choose(self, number_: int) -> None:
        """Let a trial stand out."""
        self.chosen = number_
        self.update()

    # ---- geometry

    def _area(self) -> QRectF:
        left = LEFT if self._scatters else LEFT - 6
        bottom = BOTTOM + 22 if self._scatters else BOTTOM
        return QRectF(self.rect()).adjusted(left, TOP, -SIDE, -bottom)

    @property
    def _scatters(self) -> bool:
        return bool(self.over) or len(self._axes) < 2

    def _shown_axes(self) -> list[Axis]:
        if self._scatters:
            return [axis for axis in self._axes if axis.key == self.over] or list(self._axes[:1])
        return list(self._axes)

    def _places(self) -> list[Place]:
        """The axes that are shown, the metric last."""
        places = [place_of(axis) for axis in self._shown_axes()]
        values = [self._measure(one) for one in self._done]
        low, high = min(values), max(values)
        air = 0.06 * (high - low) or 0.5 * abs(high) or 0.5
        return [*places, Place(self._metric.words, low - air, high + air)]

    def _measure(self, one: Done) -> float:
        return self._metric.of(one.run.result) or 0.0

    def _lines(self) -> list[tuple[Done, list[QPointF]]]:
        """Each trial with the points it goes through, the best last."""
        area, places = self._area(), self._places()
        keys = [axis.key for axis in self._shown_axes()]
        made = []
        for one in self._done:
            shares = [place.share(one.trial.values[key]) for place, key in zip(places, keys, strict=False)]
            up = places[-1].share(self._measure(one))
            if self._scatters:
                points = [QPointF(area.left() + shares[0] * area.width(), area.bottom() - up * area.height())]
            else:
                gap = area.width() / (len(places) - 1)
                points = [
                    QPointF(area.left() + i * gap, area.bottom() - share * area.height())
                    for i, share in enumerate([*shares, up])
                ]
            made.append((one, points))
        return made

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, trials from the worst to the best, the chosen one on top."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if not self._done:
                painter.setPen(theme.color("text_faint"))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Results are drawn here."))
                return
            places, area = self._places(), self._area()
            uprights = self._uprights(area, places)
            for x, place in uprights:
                self._paint_upright(painter, x, area, place)
            lines = self._lines()
            for rank, (one, points) in enumerate(lines):
                if one.trial.number != self.chosen:
                    best = rank == len(lines) - 1
                    self._paint_trial(painter, points, self._color(rank, len(lines)), 2.6 if best else 1.4)
            for one, points in lines:
                if one.trial.number == self.chosen:
                    self._paint_trial(painter, points, theme.color("selection"), 3.4)
            for x, place in uprights:
                self._paint_ticks(painter, x, area, place)
            if self._scatters:
                self._paint_bottom(painter, area, places[0])

    def _uprights(self, area: QRectF, places: list[Place]) -> list[tuple[float, Place]]:
        """The upright axes with where they stand."""
        if self._scatters:
            return [(area.left(), places[-1])]
        gap = area.width() / (len(places) - 1)
        return [(area.left() + i * gap, place) for i, place in enumerate(places)]

    def _color(self, rank: int, count: int) -> QColor:
        """The better the stronger; the best in the colour of values."""
        if rank == count - 1:
            return self._theme.color("value")
        share = 0.25 + 0.6 * rank / max(count - 1, 1)
        return self._theme.mix("accent", "panel", share)

    def _paint_trial(self, painter: QPainter, points: list[QPointF], color: QColor, width: float) -> None:
        painter.setPen(QPen(color, width))
        painter.setBrush(color)
        painter.drawPolyline(points)
        painter.setPen(QPen(self._theme.color("panel"), 1.0))
        for point in points:
            painter.drawEllipse(point, width + 1.8, width + 1.8)

    def _paint_upright(self, painter: QPainter, x: float, area: QRectF, place: Place) -> None:
        """The line and the title of an axis."""
        painter.setPen(QPen(self._theme.color("border"), 1))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setFont(ui_font(11))
        painter.setPen(self._theme.color("text_dim"))
        metrics, room = QFontMetricsF(ui_font(11)), max(80.0, area.width() / max(len(self._axes), 1) - 8)
        title = metrics.elidedText(place.title, Qt.TextElideMode.ElideMiddle, room)
        wide = metrics.horizontalAdvance(title)
        start = min(max(x - wide / 2, 2.0), self.width() - wide - 2)
        painter.drawText(QPointF(start, TOP - 12), title)

    def _paint_ticks(self, painter: QPainter, x: float, area: QRectF, place: Place) -> None:
        """What stands at an axis, readable over the lines that pass."""
        painter.setFont(mono_font(10))
        letters, back = QFontMetricsF(mono_font(10)), self._theme.color("panel", 0.78)
        for share, text in place.ticks(max(2, int(area.height() / 34))):
            y = area.bottom() - share * area.height()
            shown = letters.elidedText(text, Qt.TextElideMode.ElideRight, 70.0)
            wide = letters.horizontalAdvance(shown)
            left = x - 9 - wide if x == area.left() else x + 9
            left = left if left > 0 else x + 9
            painter.fillRect(QRectF(left - 2, y - 7, wide + 4, 14), back)
            painter.setPen(self._theme.color("text_dim"))
            painter.drawText(QPointF(left, y + 3.5), shown)

    def _paint_bottom(self, painter: QPainter, area: QRectF, place: Place) -> None:
        theme, letters = self._theme, QFontMetricsF(mono_font(10))
        painter.setPen(QPen(theme.color("border"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setFont(mono_font(10))
        painter.setPen(theme.color("text_faint"))
        for share, text in place.ticks(max(2, int(area.width() / 70))):
            x = area.left() + share * area.width()
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + 3))
            painter.drawText(QPointF(x - letters.horizontalAdvance(text) / 2, area.bottom() + 14), text)
        painter.setFont(ui_font(11))
        painter.setPen(theme.color("text_dim"))
        wide = QFontMetricsF(ui_font(11)).horizontalAdvance(place.title)
        painter.drawText(QPointF(area.center().x() - wide / 2, area.bottom() + 30), place.title)

    def _value_text(self, one: Done) -> str:
        values = ", ".join(f"{key} {said(value)}" for key, value in one.trial.values.items())
        return self.tr("trial {}: {}, {} {}").format(
            one.trial.number, values, self._metric.words, number(self._measure(one))
        )

    # ---- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the nearest trial."""
        if not self._done:
            return
        at = event.position()
        found = min(self._lines(), key=lambda pair: _distance(at, pair[1]))
        if _distance(at, found[1]) <= NEAR:
            self.clicked.emit(found[0].trial.number)


def _distance(at: QPointF, points: Sequence[QPointF]) -> float:
    """How far a point is from a line through others."""
    if len(points) == 1:
        return math.hypot(at.x() - points[0].x(), at.y() - points[0].y())
    return min(_from_piece(at, a, b) for a, b in pairwise(points))


def _from_piece(at: QPointF, a: QPointF, b: QPointF) -> float:
    dx, dy = b.x() - a.x(), b.y() - a.y()
    long = dx * dx + dy * dy
    share = 0.0 if long == 0 else min(max(((at.x() - a.x()) * dx + (at.y() - a.y()) * dy) / long, 0.0), 1.0)
    return math.hypot(at.x() - a.x() - share * dx, at.y() - a.y() - share * dy)
