"""The learning rate finder: a copy is trained with growing rates, and a click into its curve takes one."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gradstudio.document.commands import change_settings
from gradstudio.document.settings import checked
from gradstudio.engine.errors import EngineError
from gradstudio.engine.gate import parse_numbers
from gradstudio.training.finder import LEAST, MOST, STEPS, Found, find_rate
from gradstudio.ui.curves import span
from gradstudio.ui.inspector.parts import label
from gradstudio.ui.job import JobDialog, Worker
from gradstudio.ui.panels.axes import Axis
from gradstudio.ui.panels.base import Sheet
from gradstudio.ui.panels.layers import Curve, Spot
from gradstudio.ui.panels.plot import Plot
from gradstudio.ui.texts import number
from gradstudio.ui.theme import Theme, mono_font

if TYPE_CHECKING:
    from gradstudio.document.model import Document
    from gradstudio.ui.window import MainWindow

PAUSE = 1 / 30
"""Seconds from one picture of the curve to the next."""
ABOVE = 0.6
"""So far above the first loss the plot reaches, as a share of what it fell."""
CLICK = 3
"""Pixels the mouse moves at most between press and release of a click."""
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FinderJob(Worker):
    """Tests rates on a copy of a network in a thread of its own."""

    came = Signal(object)
    """All that was found so far: a `Found`."""
    ended = Signal(str)
    """Empty, or why the network can't be trained."""

    def __init__(self, document: Document) -> None:
        super().__init__("gradstudio-rates")
        self._document = document.copy()

    def _run(self) -> None:
        found, told, due = None, None, 0.0
        try:
            for found in find_rate(self._document, stop=self._stop.is_set):
                if time.perf_counter() >= due:
                    self.came.emit(found)
                    told, due = found, time.perf_counter() + PAUSE
        except EngineError as error:
            self.ended.emit(str(error))
            return
        if found is not None and found is not told:
            self.came.emit(found)
        self.ended.emit("")


class RatePlot(Plot):
    """A curve in which a click or Enter takes a place."""

    chosen = Signal(float)
    """A place of the horizontal axis was clicked."""
    entered = Signal()
    """The place of the cursor is wanted."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click takes the place under the mouse."""
        super().mouseReleaseEvent(event)
        clicked = event.button() == Qt.MouseButton.LeftButton and abs(event.position().x() - self._pressed) <= CLICK
        if clicked and self.area().contains(event.position()):
            self.chosen.emit(self.map().back(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click wants the place the first click took."""
        self.entered.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes the place of the cursor."""
        if event.key() in _ENTER:
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class RateFinderDialog(JobDialog):
    """Shows the loss over the rate as it comes, and hands over the rate that was taken.

    Attributes:
        found: what the test has shown so far; None before its first step.
        edit: the rate that is to be set.
    """

    taken = Signal(float)
    """This learning rate is to be set."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rates")
        self.setWindowTitle(self.tr("Find a learning rate"))
        self.resize(640, 500)
        self.found: Found | None = None
        self._theme = theme
        self._at: int | None = None
        self.headline = label(self.tr("Testing…"), "title")
        self.advice = label(self._method(), "dim")
        self.progress = QProgressBar()
        self.progress.setMaximum(STEPS)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the test"))
        self.plot = self._make_plot()
        self.readout = label("", mono=True)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 18, 20, 16)
        box.setSpacing(10)
        for part in (self.headline, self.advice, self.progress):
            box.addWidget(part)
        self._sheet = Sheet(self.plot)
        box.addWidget(self._sheet, 1)
        box.addWidget(self.readout)
        box.addLayout(self._choice())
        self.job = FinderJob(document)
        self.job.came.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self.job.ended.connect(self._end, Qt.ConnectionType.QueuedConnection)

    # ---- made of

    def _method(self) -> str:
        words = self.tr(
            "A copy of the network as it is now makes up to {0} steps with a rate that grows from {1} to {2}. "
            "Take one where the loss falls steeply, well before it rises."
        )
        return words.format(STEPS, number(LEAST), number(MOST))

    def _make_plot(self) -> RatePlot:
        plot = RatePlot(self.tr("learning rate"), self.tr("loss"), zoom=True)
        plot.setAccessibleName(self.tr("Loss over the learning rate"))
        plot.setAccessibleDescription(self.tr("Arrow keys walk along the curve, Enter or a click takes a rate."))
        plot.dress(self._theme, left="train")
        theme = self._theme
        self._raw = Curve(theme.mix("train", "panel", 0.4), 1)
        self._smooth = Curve(theme.color("train"))
        self._spot = Spot(theme.color("train"), theme.color("panel"), theme.color("text_faint", 0.8), cursor=True)
        plot.layers = [self._raw, self._smooth, self._spot]
        plot.hovered.connect(self._hover)
        plot.walked.connect(self._walk)
        plot.chosen.connect(self._choose)
        plot.entered.connect(self._accept_rate)
        plot.fitted.connect(self._draw)
        plot.setMinimumHeight(180)
        return plot

    def _choice(self) -> QHBoxLayout:
        """The rate, what suggests itself, and what is done with it."""
        self.edit = QLineEdit()
        self.edit.setFont(mono_font())
        self.edit.setMaximumWidth(110)
        self.edit.setPlaceholderText(self.tr("a rate"))
        self.edit.setAccessibleName(self.tr("Learning rate to set"))
        self.edit.textChanged.connect(self._say_whether)
        self.edit.returnPressed.connect(self._accept_rate)
        self.steepest = QPushButton(self.tr("Steepest"))
        self.steepest.setToolTip(self.tr("Where the smoothed loss falls fastest."))
        self.tenth = QPushButton(self.tr("Tenth of lowest"))
        self.tenth.setToolTip(self.tr("A tenth of the rate at which the smoothed loss is lowest: the careful choice."))
        self.set_button = QPushButton(self.tr("Set learning rate"))
        self.set_button.setDefault(True)
        self.close_button = QPushButton(self.tr("Cancel"))
        for button in (self.steepest, self.tenth):
            button.setAutoDefault(False)
            button.setEnabled(False)
        self.set_button.setEnabled(False)
        self.steepest.clicked.connect(lambda: self._take(None if self.found is None else self.found.steepest))
        self.tenth.clicked.connect(lambda: self._take(None if self.found is None else self.found.tenth))
        self.set_button.clicked.connect(self._accept_rate)
        self.close_button.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.setSpacing(8)
        for part in (self.edit, self.steepest, self.tenth):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self.set_button)
        row.addWidget(self.close_button)
        return row

    # ---- as it goes on

    def _show(self, found: Found) -> None:
        if self.job.cancelled:
            return
        self.found = found
        self.progress.setValue(len(found.rates))
        self._draw()

    def _draw(self) -> None:
        found = self.found
        if found is None or not len(found.rates):
            return
        across, smoothed = np.log10(found.rates), found.smoothed
        self._raw.set(across, found.losses)
        self._smooth.set(across, smoothed)
        began, lowest = float(smoothed[0]), float(np.min(found.losses))
        ceiling = began + ABOVE * max(began - lowest, 0.1 * abs(began))
        low, high = span(np.minimum(np.concatenate((smoothed, found.losses)), ceiling))
        self.plot.show_range(Axis(math.log10(LEAST), math.log10(MOST), log=True), Axis(low, high))
        self._say_where()

    def _end(self, problem: str) -> None:
        if self.job.cancelled:
            return
        self.progress.hide()
        self.close_button.setText(self.tr("Close"))
        if problem or self.found is None or not len(self.found.rates):
            self.headline.setText(self.tr("There is nothing to test"))
            self.advice.setText(problem or self.tr("The loss was NaN or infinite from the start."))
            self._sheet.hide()
            return
        found, rate = self.found, self.found.suggestion
        self.steepest.setEnabled(found.steepest is not None)
        self.tenth.setEnabled(found.tenth is not None)
        if rate is None:
            self.headline.setText(self.tr("The loss fell at none of these rates"))
        else:
            self.headline.setText(self.tr("Suggested learning rate: {}").format(f"{rate:g}"))
            self._take(rate)
        self.plot.setFocus()

    # ---- taking one

    def _take(self, rate: float | None) -> None:
        """Put a rate into the field, rounded to two digits, and the cursor there."""
        if rate is None or self.found is None:
            return
        self.edit.setText(f"{float(f'{rate:.1e}'):g}")
        self._at = int(np.argmin(np.abs(np.log(self.found.rates / rate))))
        self._say_where()

    def _choose(self, place: float) -> None:
        self._take(10.0**place)

    def _hover(self, place: float) -> None:
        if self.found is not None and len(self.found.rates) and math.isfinite(place):
            self._say_where(int(np.argmin(np.abs(np.log10(self.found.rates) - place))))
        else:
            self._say_where()

    def _walk(self, move: int) -> None:
        if self.found is None or not len(self.found.rates):
            return
        last = len(self.found.rates) - 1
        at = {-2: 0, 2: last}.get(move, (last if self._at is None else self._at) + move)
        self._take(float(self.found.rates[min(max(at, 0), last)]))

    def _say_where(self, row: int | None = None) -> None:
        """The rate under the mouse, or that of the cursor, with its losses."""
        found, row = self.found, self._at if row is None else row
        if found is None or row is None or row >= len(found.rates):
            self._spot.place = None
        else:
            loss = float(found.smoothed[row])
            self._spot.place = (math.log10(found.rates[row]), loss)
            words = self.tr("rate {0}   loss {1}   smoothed {2}")
            self.readout.setText(words.format(number(found.rates[row], 3), number(found.losses[row]), number(loss)))
        self.plot.update()

    def _rate(self) -> float | None:
        try:
            value = parse_numbers("learning rate", self.edit.text().strip(), "a number")
            return float(checked("learning_rate", value))
        except (EngineError, ValueError):
            return None

    def _say_whether(self, *_: object) -> None:
        self.set_button.setEnabled(self._rate() is not None)

    def _accept_rate(self) -> None:
        rate = self._rate()
        if rate is not None:
            self.taken.emit(rate)
            self.accept()


def show_rate_finder(window: MainWindow) -> RateFinderDialog:
    """Test rates on the network as it is now, with what a running run has learned so far; the run goes on."""
    studio = window.studio
    resume = studio.running
    studio.settle()
    dialog = RateFinderDialog(studio.document, studio.theme, window)
    if resume:
        studio.train()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.taken.connect(partial(_set_rate, window))
    dialog.start()
    return dialog


def _set_rate(window: MainWindow, rate: float) -> None:
    if window.studio.do(lambda: change_settings(window.studio.document, learning_rate=rate)):
        window.studio.messageShown.emit(window.tr("Learning rate set to {}.").format(f"{rate:g}"))
