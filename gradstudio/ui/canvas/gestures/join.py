"""Nodes that are dragged onto the sheet of an opened group, into which they go when they are let go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRectF, QSizeF
from PySide6.QtGui import QPainter

from gradstudio.document import commands, grouping
from gradstudio.document.model import NodeId, Patch
from gradstudio.document.nesting import chain, whole_groups
from gradstudio.document.reasons import Refused
from gradstudio.document.regions import AreaId, GroupId
from gradstudio.document.rehearsal import Rehearsal
from gradstudio.document.remarks import Rect
from gradstudio.ui.canvas.bodies import draw_ring
from gradstudio.ui.canvas.gestures.cargo import Cargo
from gradstudio.ui.canvas.overlays import chip_rect, draw_chip

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


class Joining:
    """The group that would take in what is dragged.

    Attributes:
        target: the group, if there is one under what is dragged.
    """

    def __init__(self, view: CanvasView, cargo: Cargo) -> None:
        self._view, self._nodes = view, tuple(cargo.nodes)
        document = view.studio.document
        holding = {over for i in self._nodes for over in chain(document, document.nodes[i].group)}
        opened = [i for i in view.scene.stage.opened if i not in holding] if self._nodes else []
        self._sheets = [(i, view.scene.areas.rect(i)) for i in reversed(opened)]
        self.target: GroupId | None = None

    def look(self, box: QRectF | None) -> None:
        """Look for a group under a box; None: nothing is to be taken in."""
        found = (i for i, sheet in self._sheets if box is not None and sheet.contains(box.center()))
        self.target = next(found, None)

    def patch(self, places: Mapping[NodeId, tuple[float, float]], rects: Mapping[AreaId, Rect]) -> Patch:
        """The edit: moved, and into the group."""
        document = self._view.studio.document
        moved = commands.move(document, places, rects, inside=self._view.studio.stage.inside)
        if self.target is None:
            return moved
        trial = Rehearsal(document)
        trial.do(moved)
        whole = whole_groups(document, self._nodes)
        outermost = [i for i in whole if document.groups[i].parent not in whole]
        try:
            joined = grouping.move_into(trial.doc, self._nodes, outermost, self.target)
        except Refused as refusal:
            self._view.studio.messageShown.emit(refusal.message)
            return moved
        trial.do(joined)
        return trial.patch(joined.title)

    def paint(self, painter: QPainter) -> None:
        """A ring around the group's sheet, and words."""
        if self.target is None:
            return
        ink = self._view.ink
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_ring(painter, self._view.camera.rect_to_view(self._sheet()), ink.selection, 2.0, 1.0)
        draw_chip(painter, self._words(), self._chip(), ink)

    def extent(self) -> QRectF:
        """What is painted, in the view."""
        if self.target is None:
            return QRectF()
        return self._view.camera.rect_to_view(self._sheet()).adjusted(-6, -6, 6, 6).united(self._chip())

    def _sheet(self) -> QRectF:
        return next(sheet for i, sheet in self._sheets if i == self.target)

    def _words(self) -> str:
        assert self.target is not None
        name = self._view.studio.document.groups[self.target].name
        return QCoreApplication.translate("Canvas", "Move into {}").format(name)

    def _chip(self) -> QRectF:
        at = self._view.camera.rect_to_view(self._sheet()).topLeft()
        return chip_rect(self._words(), at, QSizeF(self._view.size()))
