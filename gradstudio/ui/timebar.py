"""The bar to look back through a training: a slider over the steps that are kept, the last position being now."""

from __future__ import annotations

import bisect

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton

from gradstudio.training.reel import LIMIT
from gradstudio.training.snapshot import Snapshot
from gradstudio.ui.barslider import BarSlider
from gradstudio.ui.bridge import Studio
from gradstudio.ui.icons import icon
from gradstudio.ui.texts import grouped
from gradstudio.ui.theme import Theme


class TimeBar(QFrame):
    """Canvas and all panels show the network at the step the slider stands at; Escape, or the last position, is now.

    Attributes:
        slider: one position for each kept step, and one for now.
        place: which step is shown.
        now: back to now.
    """

    shownChanged = Signal(bool)
    """The bar was opened or closed."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._steps: tuple[int, ...] = ()
        self.setObjectName("stepbar")
        self.setAccessibleName(self.tr("Look back through training"))
        self.setWhatsThis(
            self.tr("Canvas and panels as they were at an earlier step: ← and → go there, End or Escape is now again.")
        )
        self.slider = BarSlider(self, "timebar.slider", self.tr("Step of the training"))
        self.slider.valueChanged.connect(self.go)
        self.title, self.place = QLabel(self.tr("Training")), QLabel()
        self.title.setProperty("role", "heading")
        self.place.setProperty("role", "dim")
        self.now = QPushButton(self.tr("Now"))
        self.now.setObjectName("timebar.now")
        self.now.setToolTip(self.tr("Show the network as it is now (End)."))
        self.now.clicked.connect(lambda *_: self.go(len(self._steps)))
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setIconSize(QSize(12, 12))
        self.close_button.setAccessibleName(self.tr("Close"))
        self.close_button.setToolTip(self.tr("Close, and show the network as it is now (Escape)."))
        self.close_button.clicked.connect(lambda *_: self.open(False))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 10, 7)
        row.setSpacing(10)
        for widget, stretch in (
            (self.title, 0),
            (self.slider, 1),
            (self.place, 0),
            (self.now, 0),
            (self.close_button, 0),
        ):
            row.addWidget(widget, stretch)
        studio.snapshotTaken.connect(self._show)
        for signal in (studio.statusChanged, studio.documentReplaced):
            signal.connect(lambda *_: self._show(studio.snapshot()))
        studio.themeChanged.connect(self.dress)
        self.dress(studio.theme)
        self.hide()

    def dress(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.close_button.setIcon(icon("clear", theme, color="text_dim", size=12))

    def open(self, wanted: bool) -> None:
        """Open the bar and go to it, or close it: then the network is shown as it is now."""
        if not wanted:
            self.go(len(self._steps))
        self.setVisible(wanted)
        self.shownChanged.emit(wanted)
        if wanted:
            self._show(self._studio.snapshot())
            self.slider.setFocus(Qt.FocusReason.OtherFocusReason)

    def go(self, position: int) -> None:
        """Show the network at this position of the slider."""
        if position >= len(self._steps):
            snapshot = self._studio.snapshot()
            if snapshot is not None and snapshot.now is not None:
                self._studio.visit(None)
        else:
            self._studio.visit(self._steps[max(0, position)])

    def _show(self, snapshot: Snapshot | None) -> None:
        """Follow what is shown."""
        if not self.isVisible():
            return
        self._steps = self._studio.session.kept
        past = snapshot is not None and snapshot.now is not None
        at = bisect.bisect_left(self._steps, snapshot.step) if snapshot is not None and past else len(self._steps)
        self.slider.stand(at, len(self._steps))
        self.slider.setEnabled(bool(self._steps))
        self.now.setEnabled(past)
        self.place.setText(self._words(snapshot))
        kept = self.tr("{0} steps of this training are kept, spread over it, in at most {1} MiB.")
        self.setToolTip(kept.format(len(self._steps), LIMIT // 2**20))
        self.setAccessibleDescription(f"{self.place.text()} {self.toolTip()}")

    def _words(self, snapshot: Snapshot | None) -> str:
        if not self._steps or snapshot is None:
            return self.tr("Train, and earlier steps can be looked at here.")
        if snapshot.now is None:
            return self.tr("now, step {}").format(grouped(snapshot.step))
        return self.tr("step {0} of {1}").format(grouped(snapshot.step), grouped(snapshot.now))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and ends move, Escape closes."""
        at = self.slider.value()
        wanted = {
            Qt.Key.Key_Left: at - 1,
            Qt.Key.Key_Right: at + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self._steps),
        }.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Escape:
            self.open(False)
        elif wanted is None:
            super().keyPressEvent(event)
        elif self._steps:
            self.slider.setValue(wanted)
