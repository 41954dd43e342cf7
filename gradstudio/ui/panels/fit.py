"""How well numbers are told: what the network says over what is true, and how its errors lie."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gradstudio.engine import statistics
from gradstudio.insight.judging import Judged
from gradstudio.insight.twin import spread
from gradstudio.ui.panels.axes import Axis
from gradstudio.ui.panels.layers import Bars, Curve
from gradstudio.ui.panels.plane import PlanePlot
from gradstudio.ui.panels.plot import Plot
from gradstudio.ui.theme import Theme

POINTS = 600
BINS = 30
NARROW = 420
"""Below so many pixels the histogram is left out."""


class FitView(QWidget):
    """A point for each sample, on the dashed line where it is told right; beside it a histogram of the errors.

    Attributes:
        plot: the points.
        errors: the histogram of said − true.
        shown: which of the judged samples are points.
    """

    picked = Signal(int)
    """A point was clicked, or Enter was pressed at it: its place among the judged samples."""
    pointed = Signal()
    """Another point is pointed at."""

    def __init__(self) -> None:
        super().__init__()
        self.plot, self.errors = PlanePlot(), Plot("", "")
        self.plot.setObjectName("confusion.fit")
        self.plot.setAccessibleName(self.tr("What the network says over what is true"))
        self.errors.setAccessibleName(self.tr("Histogram of the errors"))
        self.plot.names = (self.tr("true"), self.tr("said"), "")
        self.errors.names = (self.tr("said − true"), self.tr("samples"), "")
        self.shown = np.zeros(0, np.intp)
        self._line, self._bars = Curve(dashed=True), Bars(height=1.0)
        self._zero = Curve(dashed=True)
        self.plot.layers.insert(1, self._line)
        self.errors.layers = [self._bars, self._zero]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.plot, 3)
        row.addWidget(self.errors, 2)
        self.setFocusProxy(self.plot)
        self.plot.picked.connect(lambda at: self.picked.emit(int(self.shown[at])))
        self.plot.pointed.connect(self.pointed)

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.plot.dress(theme)
        self.errors.dress(theme)
        self._line.color = self._zero.color = theme.color("text_faint")
        self._bars.color = theme.color("histogram")
        self._fill = theme.color("train")
        self.plot.points.fills = [self._fill] * len(self.plot.points.at)

    def show_judged(self, judged: Judged) -> None:
        """Show other answers."""
        there = np.flatnonzero(np.isfinite(judged.said) & np.isfinite(judged.truth))
        self.shown = there[spread(len(there), POINTS)]
        truth, said = judged.truth[self.shown], judged.said[self.shown]
        points = self.plot.points
        points.at, points.fills = np.stack([truth, said], axis=1), [self._fill] * len(truth)
        points.ringed = points.held = np.zeros(len(truth), np.bool_)
        across, up = _axis(truth), _axis(np.concatenate([said, truth]))
        ends = np.array([across.low, across.high])
        self._line.set(ends, ends.copy())
        self.plot.show_range(across, up)
        self._show_errors(judged.said[there] - judged.truth[there])

    def _show_errors(self, errors: np.ndarray) -> None:
        if not len(errors):
            self._bars.set(np.zeros(0), np.zeros(0))
            return
        counts, edges = statistics.histogram(errors, BINS)
        self._bars.set(counts, edges)
        tall = float(counts.max())
        self._zero.set(np.zeros(2), np.array([0.0, tall]))
        low, high = min(float(edges[0]), 0.0), max(float(edges[-1]), 0.0)
        self.errors.show_range(Axis(low, high if high > low else low + 1), Axis(0.0, max(tall, 1.0), whole=True))

    @property
    def chosen(self) -> int:
        """The judged sample that is pointed at; -1 for none."""
        at = self.plot.points.chosen
        return int(self.shown[at]) if 0 <= at < len(self.shown) else -1

    def minimumSizeHint(self) -> QSize:
        """Room for the points: the histogram gives way."""
        return self.plot.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The histogram is there where there is room for both."""
        super().resizeEvent(event)
        self.errors.setVisible(self.width() >= NARROW)


def _axis(values: np.ndarray) -> Axis:
    """A range that holds these numbers, with a margin."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    room = 0.05 * (high - low) or 1.0
    return Axis(low - room, high + room)
