"""Moving over the canvas with the middle button, or with the space bar held."""

from __future__ import annotations

from PySide6.QtCore import Qt

from gradstudio.ui.canvas.gestures.base import Gesture, Pointer


class PanGesture(Gesture):
    """The scene follows the mouse; Escape goes back to where it began."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def begin(self) -> None:
        """Remember the place."""
        self._camera = self.view.camera
        self._last = self.start.view.toPoint()

    def move(self, pointer: Pointer) -> None:
        """Follow in whole pixels."""
        now = pointer.view.toPoint()
        self.view.pan(now.x() - self._last.x(), now.y() - self._last.y())
        self._last = now

    def cancel(self) -> None:
        """Go back."""
        here, there = self.view.camera, self._camera
        self.view.pan(round(there.dx - here.dx), round(there.dy - here.dy))
