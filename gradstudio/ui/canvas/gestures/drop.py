"""Dragging a gate from the palette onto the canvas: to a free place, or into a wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, QRectF
from PySide6.QtGui import QPainter

from gradstudio.document.fitting import newcomer
from gradstudio.document.model import Node, WireId
from gradstudio.engine.catalog import CATALOG
from gradstudio.ui.canvas.bodies import draw_body
from gradstudio.ui.canvas.face import Look, face_of
from gradstudio.ui.canvas.gestures.move import snapped
from gradstudio.ui.canvas.gestures.rewire import WireUnder, paint_taking, taking_extent
from gradstudio.ui.canvas.ink import fonts
from gradstudio.ui.canvas.metrics import BLEED, FIRST_PORT, MARGIN

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

GATE_MIME = "application/x-gradstudio-gate"


def gate_in(mime: QMimeData) -> str | None:
    """The id of the gate a drag carries, if it carries a known one."""
    if not mime.hasFormat(GATE_MIME):
        return None
    gate = mime.data(GATE_MIME).toStdString()
    return gate if gate in CATALOG else None


def corner(look: Look, at: QPointF) -> tuple[float, float]:
    """Where a node goes whose first row is put at a scene point."""
    return snapped(at.x() - look.width / 2), snapped(at.y() - FIRST_PORT + 10)


class DropGesture:
    """A ghost of the gate's node follows the drag, from grid point to grid point; a wire that would take it is marked.

    Attributes:
        gate: its id.
        wire: that would take the node if it were dropped now.
    """

    def __init__(self, view: CanvasView, gate: str) -> None:
        self._view = view
        self.gate = gate
        self.wire: WireId | None = None
        kind = CATALOG.get(gate)
        record = newcomer(Node(0, gate, kind.title))
        self._face = face_of(record, kind())
        self._under = WireUnder(view, record)
        self._at = QPointF()

    def move(self, at: QPointF) -> None:
        """The drag is at this scene point."""
        self._at = QPointF(*corner(self._face.look, at))
        self.wire = self._under.at(self._box())

    def drop(self, at: QPointF) -> None:
        """Place the node."""
        self.move(at)
        self._view.place_gate(self.gate, self._at, self.wire)

    def _box(self) -> QRectF:
        return QRectF(self._at.x(), self._at.y(), self._face.look.width, self._face.look.height)

    def paint(self, painter: QPainter) -> None:
        """The ghost, and the wire."""
        view = self._view
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setTransform(view.camera.transform(), combine=True)
        if self.wire is not None:
            paint_taking(painter, view, self.wire)
        painter.setOpacity(0.6)
        painter.translate(self._at)
        draw_body(painter, self._face.look, view.ink)
        painter.setFont(fonts().title)
        painter.setPen(view.ink.text)
        painter.drawText(QPointF(MARGIN, 18.7), self._face.title)
        painter.restore()

    def extent(self) -> QRectF:
        """The ghost and the wire, in the view."""
        rect = self._view.camera.rect_to_view(self._box().adjusted(-BLEED, -BLEED, BLEED, BLEED))
        return rect if self.wire is None else rect.united(taking_extent(self._view, self.wire))
