"""Dragging the rim of a frame or a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from gradstudio.document import remarks
from gradstudio.document.regions import AreaId
from gradstudio.ui.bridge import Selection
from gradstudio.ui.canvas.areas import Edges
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.metrics import AREA_LEAST, GRID

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


class ResizeGesture(Gesture):
    """The edges follow the mouse from grid point to grid point (with Ctrl anywhere); what lies on a frame stays."""

    def __init__(self, view: CanvasView, start: Pointer, area: AreaId, edges: Edges, before: Selection) -> None:
        super().__init__(view, start)
        document = view.studio.document
        self._area, self._edges, self._before = area, edges, before
        self._from = remarks.rect_of(document.frames.get(area) or document.comments[area])
        self._now = self._from
        self.cursor = resize_cursor(edges)

    def move(self, pointer: Pointer) -> None:
        """Show it so large."""
        rect = self._rect(pointer)
        if rect != self._now:
            self._now = rect
            self.view.displace({}, {self._area: rect})

    def release(self, pointer: Pointer) -> None:
        """Make it so large, in one step."""
        self.move(pointer)
        area, rect = self._area, self._now
        if rect == self._from or not self.view.studio.do(lambda: remarks.lay(self.view.studio.document, {area: rect})):
            self._put_back()

    def cancel(self) -> None:
        """Leave it as it was, and select what was selected before."""
        self._put_back()
        self.view.studio.select(*self._before)

    def _put_back(self) -> None:
        if self._now != self._from and self._area in self.view.scene.areas.areas:
            self._now = self._from
            self.view.displace({}, {self._area: self._from})
        self.view.settle()

    def _rect(self, pointer: Pointer) -> remarks.Rect:
        gap, free = pointer.scene - self.start.scene, pointer.toggles or not self.view.habits.grid
        x, y, width, height = self._from
        left, right = _stretched(x, width, gap.x(), self._edges[0], AREA_LEAST[0], free=free)
        top, bottom = _stretched(y, height, gap.y(), self._edges[1], AREA_LEAST[1], free=free)
        return left, top, right - left, bottom - top


def _stretched(low: float, size: float, by: float, edge: int, least: float, *, free: bool) -> tuple[float, float]:
    """Both ends of one side, of which one follows the mouse."""
    high = low + size
    if edge < 0:
        return min(_rest(low + by, free=free), high - min(least, size)), high
    if edge > 0:
        return low, max(_rest(high + by, free=free), low + min(least, size))
    return low, high


def _rest(value: float, *, free: bool) -> float:
    return float(round(value)) if free else round(value / GRID) * GRID


def resize_cursor(edges: Edges) -> Qt.CursorShape:
    """The cursor over these edges."""
    if 0 not in edges:
        return Qt.CursorShape.SizeFDiagCursor if edges[0] == edges[1] else Qt.CursorShape.SizeBDiagCursor
    return Qt.CursorShape.SizeHorCursor if edges[0] else Qt.CursorShape.SizeVerCursor
