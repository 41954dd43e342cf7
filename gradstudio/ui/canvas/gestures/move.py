"""Moving nodes with the mouse: by themselves, into a wire, or (with Alt) out of their wires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QPainter, QRegion

from gradstudio.document.model import NodeId, WireId
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.gestures.guides import Guides, guide_region, paint_guides
from gradstudio.ui.canvas.gestures.rewire import Rewiring
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
        self._guides = Guides.of(view, grabbed, self._from)
        self._lines: tuple[QLineF, ...] = ()
        self._rewiring = Rewiring(view, (grabbed, *(i for i in self._from if i != grabbed)))

    def move(self, pointer: Pointer) -> None:
        """Show the nodes where they would be."""
        gap = self._rest(pointer)
        if gap != self._by:
            self._by = gap
            self.view.displace(self._places())
        self._rewiring.look(pointer.heals)

    def release(self, pointer: Pointer) -> None:
        """Move them (and rewire them), in one step; where nothing moved or the document refuses, they go back."""
        self.move(pointer)
        wanted = self._by != (0.0, 0.0) or self._rewiring.changes
        inserted = self._rewiring.wire is not None
        self._rewiring.done()
        if not (wanted and self.view.studio.do(lambda: self._rewiring.patch(self._places()))):
            self._put_back()
        elif inserted:
            self.view.make_room(self._grabbed)

    def cancel(self) -> None:
        """Put them back, and select what was selected before."""
        self._rewiring.done()
        self._put_back()
        self.view.studio.select(*self._before)

    def _put_back(self) -> None:
        if self._by != (0.0, 0.0):
            self._by = (0.0, 0.0)
            self.view.displace(self._places())
        self.view.settle()

    def _rest(self, pointer: Pointer) -> tuple[float, float]:
        """How far they move: into line with their neighbours, or to the grid; with Ctrl wherever the mouse is."""
        gap, habits, free = pointer.scene - self.start.scene, self.view.habits, pointer.toggles
        rest = self._guides.rest(
            gap.x(), gap.y(), self.view.scale(), grid=habits.grid and not free, neighbours=habits.guides and not free
        )
        self._lines = rest.lines if pointer.far_from(self.start) else ()
        return rest.dx, rest.dy

    def _places(self) -> dict[NodeId, tuple[float, float]]:
        dx, dy = self._by
        present = self.view.studio.document.nodes
        return {i: (x + dx, y + dy) for i, (x, y) in self._from.items() if i in present}

    def paint(self, painter: QPainter) -> None:
        """What they are in line with, and what becomes of the wires."""
        paint_guides(painter, self.view, self._lines)
        self._rewiring.paint(painter)

    def region(self) -> QRegion:
        """What is painted."""
        return guide_region(self.view, self._lines) + QRegion(self._rewiring.extent().toAlignedRect())
