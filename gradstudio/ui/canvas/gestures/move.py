"""Moving nodes, groups, frames, comments: by themselves, into a wire or a group, or (with Alt) out of their wires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QPainter, QRegion

from gradstudio.document import remarks
from gradstudio.document.model import Patch
from gradstudio.ui.bridge import Selection
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.gestures.cargo import Cargo
from gradstudio.ui.canvas.gestures.guides import Guides, guide_region, paint_guides
from gradstudio.ui.canvas.gestures.join import Joining
from gradstudio.ui.canvas.gestures.rewire import Rewiring
from gradstudio.ui.canvas.metrics import GRID
from gradstudio.ui.canvas.scene import Hit, Part

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


def snapped(value: float) -> float:
    """The nearest place on the grid."""
    return round(value / GRID) * GRID


class MoveGesture(Gesture):
    """The selected nodes follow the mouse, what was grabbed from grid point to grid point.

    Groups move with all that is in them, frames with what lies on them (with Alt alone). What is dropped on the sheet
    of an opened group goes into that group.
    """

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, view: CanvasView, start: Pointer, grabbed: Hit, before: Selection) -> None:
        super().__init__(view, start)
        self._before = before
        self._alone = grabbed.part is Part.AREA and start.heals
        self._from = Cargo.of(view, alone=self._alone)
        box = view.scene.area_rect(grabbed.area) if grabbed.area else view.scene.node_rect(grabbed.node)
        self._box = box
        self._by = (0.0, 0.0)
        self._guides = Guides.of(view, box, self._from.shown)
        self._lines: tuple[QLineF, ...] = ()
        self._joining = Joining(view, self._from)
        self._rewiring: Rewiring | None = None
        if grabbed.part is not Part.AREA:
            first = (grabbed.node,) if grabbed.part is Part.NODE else ()
            self._rewiring = Rewiring(view, (*first, *(i for i in self._from.nodes if i not in first)))

    def move(self, pointer: Pointer) -> None:
        """Show everything where it would be."""
        gap = self._rest(pointer)
        if gap != self._by:
            self._by = gap
            self._show()
        if self._rewiring is not None:
            self._rewiring.look(pointer.heals)
        wired = self._rewiring is not None and self._rewiring.changes
        self._joining.look(None if wired or pointer.heals else self._box.translated(*gap))

    def release(self, pointer: Pointer) -> None:
        """Move (rewire, join), in one step; where nothing moved or the document refuses, all goes back."""
        self.move(pointer)
        rewires = self._rewiring is not None and self._rewiring.changes
        wanted = self._by != (0.0, 0.0) or rewires
        inserted = self._rewiring is not None and self._rewiring.wire is not None
        self._done()
        if not (wanted and self.view.studio.do(self._patch)):
            self._put_back()
        elif inserted:
            self.view.make_room(next(iter(self._from.nodes)))

    def cancel(self) -> None:
        """Put everything back, and select what was selected before."""
        self._done()
        self._put_back()
        self.view.studio.select(*self._before)

    def _patch(self) -> Patch:
        there = self._from.moved(self.view, *self._by)
        rewires = self._rewiring is not None and self._rewiring.changes
        if self._rewiring is not None and rewires:
            patch = self._rewiring.patch(there.nodes)
            laid = remarks.lay(self.view.studio.document, there.rects)
            return laid.followed_by(patch, patch.title) if there.rects else patch
        return self._joining.patch(there.nodes, there.rects)

    def _done(self) -> None:
        if self._rewiring is not None:
            self._rewiring.done()

    def _put_back(self) -> None:
        if self._by != (0.0, 0.0):
            self._by = (0.0, 0.0)
            self._show()
        self.view.settle()

    def _show(self) -> None:
        there = self._from.moved(self.view, *self._by)
        self.view.displace(there.shown, there.rects)

    def _rest(self, pointer: Pointer) -> tuple[float, float]:
        """How far they move: into line with their neighbours, or to the grid; with Ctrl wherever the mouse is."""
        gap, habits, free = pointer.scene - self.start.scene, self.view.habits, pointer.toggles
        rest = self._guides.rest(
            gap.x(), gap.y(), self.view.scale(), grid=habits.grid and not free, neighbours=habits.guides and not free
        )
        self._lines = rest.lines if pointer.far_from(self.start) else ()
        return rest.dx, rest.dy

    def paint(self, painter: QPainter) -> None:
        """What is in line, what becomes of the wires, and the group that would take it in."""
        paint_guides(painter, self.view, self._lines)
        if self._rewiring is not None:
            self._rewiring.paint(painter)
        self._joining.paint(painter)

    def region(self) -> QRegion:
        """What is painted."""
        region = guide_region(self.view, self._lines) + QRegion(self._joining.extent().toAlignedRect())
        if self._rewiring is not None:
            region += QRegion(self._rewiring.extent().toAlignedRect())
        return region
