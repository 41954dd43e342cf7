"""Dragging a block from the palette onto the canvas: it comes as a closed group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from gradstudio.document import blocks
from gradstudio.document.model import Document
from gradstudio.document.reasons import Refused
from gradstudio.ui.canvas.bodies import draw_body
from gradstudio.ui.canvas.boxes import closed
from gradstudio.ui.canvas.face import Face, box_face
from gradstudio.ui.canvas.gestures.move import snapped
from gradstudio.ui.canvas.ink import fonts
from gradstudio.ui.canvas.metrics import BLEED, MARGIN

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


def face_of_block(block: Document, name: str) -> Face:
    """The box that a network will have as a group."""
    try:
        trial = Document()
        trial.apply(blocks.put_in(trial, block, name, (0.0, 0.0))[0])
    except Refused:
        return box_face(name, "", (), (), sheets=True)
    return closed(trial, next(i for i, group in trial.groups.items() if group.parent is None))[3]


class BlockDropGesture:
    """A ghost of the box follows the drag, from grid point to grid point."""

    def __init__(self, view: CanvasView, block: Document, name: str) -> None:
        self._view, self._block, self._name = view, block, name
        self._face = face_of_block(block, name)
        self._at = QPointF()

    def move(self, at: QPointF) -> None:
        """The drag is at this scene point."""
        look = self._face.look
        self._at = QPointF(snapped(at.x() - look.width / 2), snapped(at.y() - look.height / 2))

    def drop(self, at: QPointF) -> None:
        """Put the block there."""
        self.move(at)
        self._view.place_block(self._block, self._name, self._at)

    def paint(self, painter: QPainter) -> None:
        """The ghost."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setTransform(self._view.camera.transform(), combine=True)
        painter.setOpacity(0.6)
        painter.translate(self._at)
        draw_body(painter, self._face.look, self._view.ink)
        painter.setFont(fonts().title)
        painter.setPen(self._view.ink.text)
        painter.drawText(QPointF(MARGIN, 18.7), self._face.title)
        painter.restore()

    def extent(self) -> QRectF:
        """The ghost, in the view."""
        box = QRectF(self._at.x(), self._at.y(), self._face.look.width, self._face.look.height)
        return self._view.camera.rect_to_view(box.adjusted(-BLEED, -BLEED, BLEED, BLEED))
