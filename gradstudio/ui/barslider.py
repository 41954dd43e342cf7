"""The slider of a bar whose keys work everywhere in it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget


class BarSlider(QSlider):
    """One position for each of some steps. A click goes there; keys are the bar's, but Page Up and Page Down.

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

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to where it was clicked, rather than a page nearer; from there it can be dragged."""
        option, slider = QStyleOptionSlider(), QStyle.ComplexControl.CC_Slider
        self.initStyleOption(option)
        handle, groove = (
            self.style().subControlRect(slider, option, part, self)
            for part in (QStyle.SubControl.SC_SliderHandle, QStyle.SubControl.SC_SliderGroove)
        )
        at = event.position().toPoint()
        if event.button() is Qt.MouseButton.LeftButton and not handle.contains(at):
            along, room = at.x() - groove.x() - handle.width() // 2, groove.width() - handle.width()
            self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), along, room))
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the others to the bar."""
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            super().keyPressEvent(event)
        else:
            self._bar.keyPressEvent(event)
