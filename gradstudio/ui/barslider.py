"""The slider of a bar whose keys work everywhere in it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSlider, QWidget


class BarSlider(QSlider):
    """One position for each of some steps. Its keys are the bar's, but Page Up and Page Down.

    Args:
        bar: the bar it lies in.
        name: of the object.
        title: for screen readers.
    """

    def __init__(self, bar: QWidget, name: str, title: str) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setMinimumWidth(120)
        self._bar = bar

    def stand(self, position: int, end: int) -> None:
        """Show a position, without telling; while it is dragged it stays where the hand is."""
        self.blockSignals(True)
        self.setRange(0, end)
        self.setPageStep(max(1, end // 10))
        if not self.isSliderDown():
            self.setValue(position)
        self.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the others to the bar."""
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            super().keyPressEvent(event)
        else:
            self._bar.keyPressEvent(event)
