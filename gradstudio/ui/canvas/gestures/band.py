"""The rubber band."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from gradstudio.ui.bridge import Selection
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.overlays import draw_band

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


class BandGesture(Gesture):
    """Select the nodes a rectangle touches; with Alt only those it holds whole, or the other way round by choice.

    Comments are taken like nodes; frames, on which one often begins, only whole.
    Shift adds to what was selected, Ctrl takes away from it. The outline is broken where touching is enough.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, start: Pointer, before: Selection) -> None:
        super().__init__(view, start)
        self._before = before
        self._now = start

    def move(self, pointer: Pointer) -> None:
        """Select as the band grows."""
        self._now = pointer
        band = self.view.camera.rect_to_scene(self._band())
        touched = self.view.scene.nodes_in(band, whole=self._whole)
        drawn = self.view.scene.areas.in_band(band, whole=self._whole)
        nodes, wires, areas = self._before
        if self.start.toggles:
            left = [i for i in areas if i not in drawn]
            self.view.studio.select([n for n in nodes if n not in touched], wires, left)
        elif self.start.adds:
            self.view.studio.select((*nodes, *touched), wires, (*areas, *drawn))
        else:
            self.view.studio.select(touched, (), drawn)

    def cancel(self) -> None:
        """Select what was selected before."""
        self.view.studio.select(*self._before)

    def paint(self, painter: QPainter) -> None:
        """The rectangle."""
        draw_band(painter, self._band(), self.view.ink, whole=self._whole)

    def extent(self) -> QRectF:
        """The rectangle."""
        return self._band().adjusted(-2, -2, 2, 2)

    @property
    def _whole(self) -> bool:
        """Whether a node has to lie in the band whole."""
        return self.view.habits.contain is not self._now.heals

    def _band(self) -> QRectF:
        return QRectF(self.start.view, self._now.view).normalized()
