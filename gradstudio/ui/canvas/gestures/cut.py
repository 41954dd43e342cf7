"""A stroke that cuts wires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from gradstudio.document import commands
from gradstudio.document.model import WireId
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.ink import blend
from gradstudio.ui.canvas.metrics import WIRE
from gradstudio.ui.canvas.overlays import chip_rect, draw_chip

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView

_STEP = 2.0
"""The stroke has a corner every so many pixels at most."""


class CutGesture(Gesture):
    """Every wire the stroke crosses is marked, and is gone when the button is let go, all of them in one step."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, start: Pointer) -> None:
        super().__init__(view, start)
        self._stroke = [start.scene]
        self._now = start
        self._cut: dict[WireId, None] = {}
        self._reach = QRectF()

    def move(self, pointer: Pointer) -> None:
        """Draw on, and mark what was crossed."""
        self._now = pointer
        last, here = self._stroke[-1], pointer.scene
        if (here - last).manhattanLength() * self.view.scale() < _STEP:
            return
        self._stroke.append(here)
        for wire in self.view.scene.wires.crossed(last, here):
            self._cut[wire] = None
            left, top, right, bottom = self.view.scene.wires.hull[self.view.scene.wires.row[wire]].tolist()
            self._reach = self._reach.united(QRectF(left, top, right - left, bottom - top))

    def release(self, pointer: Pointer) -> None:
        """Cut."""
        self.move(pointer)
        gone = tuple(self._cut)
        if gone:
            self.view.studio.do(lambda: commands.disconnect(self.view.studio.document, gone))

    def paint(self, painter: QPainter) -> None:
        """The stroke, the wires it will cut, and how many they are."""
        ink, scale = self.view.ink, self.view.scale()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._paint_wires(painter, scale)
        painter.setPen(QPen(ink.error, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(QPolygonF([self.view.to_view(at) for at in self._stroke]))
        if self._cut:
            draw_chip(painter, self._words(), self._chip(), ink)

    def _paint_wires(self, painter: QPainter, scale: float) -> None:
        """The crossed wires: what they were in fades, and the colour of an error runs along them in dashes."""
        ink, wires = self.view.ink, self.view.scene.wires
        painter.save()
        painter.setTransform(self.view.camera.transform(), combine=True)
        width = WIRE + 0.4 / max(scale, 0.3)
        under = QPen(blend(ink.error, ink.canvas, 0.35), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
        over = QPen(ink.error, width, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
        over.setDashPattern([3.0, 3.0])
        for pen in (under, over):
            painter.setPen(pen)
            for wire in self._cut:
                painter.drawPath(wires.path(wires.row[wire]))
        painter.restore()

    def extent(self) -> QRectF:
        """The stroke, the wires and the count."""
        stroke = QPolygonF([self.view.to_view(at) for at in self._stroke]).boundingRect()
        rect = stroke.adjusted(-4, -4, 4, 4)
        if self._cut:
            rect = rect.united(self.view.camera.rect_to_view(self._reach).adjusted(-6, -6, 6, 6)).united(self._chip())
        return rect

    def _chip(self) -> QRectF:
        return chip_rect(self._words(), self._now.view, QSizeF(self.view.size()))

    def _words(self) -> str:
        say, count = QCoreApplication.translate, len(self._cut)
        return say("Canvas", "Cut 1 wire") if count == 1 else say("Canvas", "Cut {} wires").format(count)
