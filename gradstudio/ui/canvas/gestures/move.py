"""Moving nodes with the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from gradstudio.document import commands
from gradstudio.document.model import NodeId, WireId
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.metrics import GRID

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


def snapped(value: float) -> float:
    """The nearest place on the grid."""
    return round(value / GRID) * GRID


class MoveGesture(Gesture):
    """The selected nodes follow the mouse, the one that was grabbed from grid point to grid point."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(
        self,
        view: CanvasView,
        start: Pointer,
        grabbed: NodeId,
        before: tuple[tuple[NodeId, ...], tuple[WireId, ...]],
    ) -> None:
        super().__init__(view, start)
        self._before = before
        records = view.studio.document.nodes
        self._from = {i: (records[i].x, records[i].y) for i in view.studio.selection()[0]}
        self._grabbed = grabbed
        self._by = (0.0, 0.0)

    def move(self, pointer: Pointer) -> None:
        """Show the nodes where they would be."""
        gap = self._snapped(pointer.scene - self.start.scene)
        if gap != self._by:
            self._by = gap
            self.view.displace(self._places())

    def release(self, pointer: Pointer) -> None:
        """Move them, in one step; where nothing moved or the document refuses, they go back."""
        moved = self._by != (0.0, 0.0)
        done = moved and self.view.studio.do(lambda: commands.move(self.view.studio.document, self._places()))
        if not done:
            self._put_back()

    def cancel(self) -> None:
        """Put them back, and select what was selected before."""
        self._put_back()
        self.view.studio.select(*self._before)

    def _put_back(self) -> None:
        if self._by != (0.0, 0.0):
            self._by = (0.0, 0.0)
            self.view.displace(self._places())
        self.view.settle()

    def _snapped(self, gap: QPointF) -> tuple[float, float]:
        x, y = self._from[self._grabbed]
        return snapped(x + gap.x()) - x, snapped(y + gap.y()) - y

    def _places(self) -> dict[NodeId, tuple[float, float]]:
        dx, dy = self._by
        present = self.view.studio.document.nodes
        return {i: (x + dx, y + dy) for i, (x, y) in self._from.items() if i in present}
