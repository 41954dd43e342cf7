"""The learning curve: loss and accuracy over the steps, live."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gradstudio.engine.gate import Array
from gradstudio.training.snapshot import Status
from gradstudio.ui.bridge import Studio
from gradstudio.ui.panels.axes import Axis
from gradstudio.ui.panels.base import Panel, Sheet, Toggle
from gradstudio.ui.panels.curves import LearningCurve, logarithm, smooth, span, thin
from gradstudio.ui.panels.layers import NOTHING, Curve, Spot
from gradstudio.ui.panels.plot import Plot
from gradstudio.ui.steady import Steady
from gradstudio.ui.texts import grouped, number
from gradstudio.ui.theme import Theme, mono_font


class LossPanel(Panel):
    """Loss and accuracy of the training so far; while it runs, as it runs.

    Attributes:
        curve: what is shown.
    """

    title = "Loss"
    help = "How the loss falls, and the accuracy rises, with the training steps."

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        self.setObjectName("panel.loss")
        self.curve = LearningCurve.of({})
        self._shown: object = None
        self._at: int | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 12)
        layout.addWidget(Sheet(self.pages))

    # ---- making it

    def build(self) -> None:
        """Make header and plot."""
        self.log = Toggle(self.tr("Log"), self.tr("Logarithmic loss axis"), "loss.log")
        self.smooth = Toggle(
            self.tr("Smooth"), self.tr("Show a running mean, the loss itself faint behind it"), "loss.smooth"
        )
        for toggle in (self.log, self.smooth):
            toggle.toggled.connect(self._draw)
        self.readout = QLabel()
        self.readout.setObjectName("loss.readout")
        self.readout.setFont(mono_font(11))
        self._place = Steady(self.readout, elastic=True)
        self._place.setMinimumWidth(150)
        self.plot = Plot(self.tr("step"), self.tr("loss"), self.tr("accuracy"), zoom=True)
        self.plot.setObjectName("loss.plot")
        self.plot.setAccessibleName(self.tr("Learning curve"))
        self.plot.setAccessibleDescription(
            self.tr("Arrow keys walk along the curve; the wheel zooms the steps, Escape or a double click shows all.")
        )
        self._accuracy, self._raw, self._loss, self._spot = Curve(width=1, right=True), Curve(width=1), Curve(), Spot()
        self.plot.layers = [self._accuracy, self._raw, self._loss, self._spot]
        self.plot.hovered.connect(self._hover)
        self.plot.walked.connect(self._walk)
        self.plot.fitted.connect(self._fit)
        self.plot.moved.connect(self._draw)
        layout = QVBoxLayout(self.body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(self._header())
        layout.addWidget(self.plot, 1)

    def _header(self) -> QHBoxLayout:
        header = QHBoxLayout()
        header.setSpacing(6)
        header.addWidget(self._place, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        buttons.addWidget(self.log)
        buttons.addWidget(self.smooth)
        header.addLayout(buttons)
        return header

    def dress(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.plot.dress(theme, left="train")
        for toggle in (self.log, self.smooth):
            toggle.dress(theme)
        self.readout.setStyleSheet(f"color: {theme.text};")
        self._loss.color = self._spot.color = theme.color("train")
        self._raw.color = theme.mix("train", "panel", 0.4)
        self._accuracy.color = theme.mix("text_faint", "panel", 0.65)
        self._spot.ring, self._spot.line = theme.color("panel"), theme.color("text_faint", 0.7)

    # ---- showing it

    def refresh(self) -> None:
        """Show the present history."""
        history = self._history()
        if history is self._shown and len(self.curve):
            self._show_point()
            return
        self._shown = history
        self.curve = LearningCurve.of(history)
        if not len(self.curve):
            self._at, self.plot.zoomed = None, False
            self.show_notice(
                self.tr("Not trained yet"), self.tr("Press Train, and the loss of every step appears here.")
            )
            return
        self.show_body()
        self._draw()
        self.describe(self._sentence())

    def _history(self) -> Mapping[str, Array]:
        """The document's, and the network as it stands now as its last row where numbers of it have come."""
        snapshot, kept = self.studio.snapshot(), self.studio.document.training
        if snapshot is None:
            return kept.history
        live = self.studio.running and snapshot.status is Status.RUNNING
        return snapshot.history if live or (kept.history and snapshot.step == kept.step) else kept.history

    def _draw(self) -> None:
        if not len(self.curve):
            return
        curve, log, both = self.curve, self.log.isChecked(), self.smooth.isChecked()
        bottom = self._steps()
        self.plot.names = (*self.plot.names[:2], self.tr("accuracy") if curve.has_accuracy else "")
        self.plot.show_range(
            bottom, Axis(*span(self._scaled(curve.loss), log=log), log=log), Axis(0, 1.03, percent=True)
        )
        self._put(self._loss, *(smooth(curve.step, curve.loss) if both else (curve.step, curve.loss)))
        self._put(self._raw, *((curve.step, curve.loss) if both else (NOTHING, NOTHING)))
        self._put(self._accuracy, curve.step, curve.accuracy)
        self._show_point()

    def _steps(self) -> Axis:
        """All steps, or what a person has chosen, as far as there are any."""
        first, last = float(self.curve.step[0]), float(self.curve.step[-1])
        last = max(last, first + 1)
        if not self.plot.zoomed:
            return Axis(first, last, whole=True)
        width = min(max(self.plot.bottom.high - self.plot.bottom.low, 2.0), last - first)
        low = min(max(self.plot.bottom.low, first), last - width)
        self.plot.zoomed = width < last - first
        return Axis(low, low + width, whole=True)

    def _put(self, item: Curve, x: Array, y: Array) -> None:
        """Draw the part of a curve that is in view, no finer than the screen."""
        first, last = np.searchsorted(x, (self.plot.bottom.low, self.plot.bottom.high))
        part = slice(max(0, first - 1), last + 1)
        x, y = thin(x[part], y[part], self.plot.columns())
        item.set(x, y if item is self._accuracy else self._scaled(y))

    def _scaled(self, loss: Array) -> Array:
        return logarithm(loss) if self.log.isChecked() else loss

    def _show_point(self) -> None:
        """The readout and the point on the curve: where the cursor is, else at the end."""
        past = self._looked_back()
        i = len(self.curve) - 1 if self._at is None else min(self._at, len(self.curve) - 1)
        i = past if past is not None and self._at is None else i
        place = float(self._scaled(self.curve.loss[i : i + 1])[0])
        self._spot.place = (float(self.curve.step[i]), place)
        self._spot.cursor = self._at is not None or past is not None
        texts, metrics = self._numbers(i), self.readout.fontMetrics()
        self._place.say(next((t for t in texts if metrics.horizontalAdvance(t) <= self._room()), texts[-1]))
        self.plot.update()

    def _looked_back(self) -> int | None:
        """The row of the earlier step the network is shown at; None where it is shown as it is now."""
        snapshot = self.studio.snapshot()
        return None if snapshot is None or snapshot.now is None else self.curve.nearest(snapshot.step)

    def _numbers(self, i: int) -> list[str]:
        """A row of the curve in words, from the longest way of saying it to the shortest."""
        step = self.tr("step {0}").format(grouped(int(self.curve.step[i])))
        loss = self.tr("loss {0}").format(number(self.curve.loss[i]))
        short = f"{step}  {loss}"
        if not math.isfinite(self.curve.accuracy[i]):
            return [f"{step}   {loss}", short]
        share = f"{100 * self.curve.accuracy[i]:.1f} %"
        full = "   ".join((step, loss, self.tr("accuracy {0}").format(share)))
        return [full, f"{short}  {share}", short]

    def _room(self) -> int:
        """Pixels the readout has beside the buttons."""
        buttons = self.log.sizeHint().width() + self.smooth.sizeHint().width()
        return self.width() - buttons - 50

    def _sentence(self) -> str:
        last = len(self.curve) - 1
        begin, end = number(self.curve.loss[0]), number(self.curve.loss[last])
        step = grouped(int(self.curve.step[last]))
        text = self.tr("Loss {0} at step {1}, {2} at the start.").format(end, step, begin)
        accuracy = self.curve.accuracy[last]
        return f"{text} " + self.tr("Accuracy {0:.1f} %.").format(100 * accuracy) if math.isfinite(accuracy) else text

    # ---- looking closer

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has room for more or fewer points and words."""
        super().resizeEvent(event)
        if self._built:
            self._draw()

    def _hover(self, step: float) -> None:
        self._at = self.curve.nearest(step) if math.isfinite(step) and len(self.curve) else None
        if len(self.curve):
            self._show_point()

    def _walk(self, by: int) -> None:
        last = len(self.curve) - 1
        at = last if self._at is None else self._at
        self._at = {-2: 0, 2: last}.get(by, min(max(at + by, 0), last))
        self._show_point()
        self.describe(self._numbers(self._at)[0], now=True)

    def _fit(self) -> None:
        self._at = None
        self._draw()
