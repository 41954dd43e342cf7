"""Connecting two nodes without aiming at their ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPen

from gradstudio.document import commands
from gradstudio.document.joining import Ends
from gradstudio.document.model import NodeId
from gradstudio.document.reasons import Refused
from gradstudio.document.stage import ShownId
from gradstudio.ui.canvas.bodies import draw_ring
from gradstudio.ui.canvas.curves import curve_path
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.linking import ends_between
from gradstudio.ui.canvas.metrics import BLEED, WIRE
from gradstudio.ui.canvas.overlays import bubble_rect, chip_rect, draw_bubble, draw_chip
from gradstudio.ui.canvas.scene import Part

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


class LazyGesture(Gesture):
    """From a body to another (groups as wholes): the first ports that fit are connected, or it is said why none do."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, start: Pointer, shown: ShownId) -> None:
        super().__init__(view, start)
        self.source = shown
        self._now = start
        self._target: ShownId | None = None
        self._known: dict[ShownId, Ends | Refused] = {}

    def move(self, pointer: Pointer) -> None:
        """Look for a node under the mouse, and ask by which ports it could be connected."""
        self._now = pointer
        hit = self.view.scene.hit(pointer.scene, self.view.scale(), self.view.marks.nodes, ports=False)
        other = hit.part in (Part.NODE, Part.GROUP) and hit.shown in self.view.scene.nodes.row
        self._target = hit.shown if other and hit.shown != self.source else None

    def release(self, pointer: Pointer) -> None:
        """Connect them, in one step."""
        self.move(pointer)
        found = self._found()
        if isinstance(found, Refused):
            self.view.studio.messageShown.emit(found.message)
        elif found is not None:
            self.view.studio.do(lambda: commands.connect(self.view.studio.document, *found))

    def _found(self) -> Ends | Refused | None:
        """The ends of the wire there would be; asked for once per node and gesture."""
        if self._target is None:
            return None
        if self._target not in self._known:
            self._known[self._target] = ends_between(self.view, self.source, self._target)
        return self._known[self._target]

    # --- how it looks -----------------------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        """Rings around both nodes, the wire there would be (or a line to the mouse), and words about it."""
        ink, found = self.view.ink, self._found()
        refused = isinstance(found, Refused)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.setTransform(self.view.camera.transform(), combine=True)
        for node in (self.source, self._target):
            if node is not None:
                color = ink.error if refused and node == self._target else ink.selection
                draw_ring(painter, self.view.scene.node_rect(node), color, 2.0, 1.5)
        painter.restore()
        self._paint_line(painter, found)
        if isinstance(found, Refused):
            draw_bubble(painter, found.message, self._bubble(found.message), ink)
        elif found is not None:
            draw_chip(painter, self._words(found), self._chip(found), ink)

    def _paint_line(self, painter: QPainter, found: Ends | Refused | None) -> None:
        ink, scale = self.view.ink, self.view.scale()
        pen = QPen(ink.selection, (WIRE + 0.4) * max(scale, 0.6), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if isinstance(found, tuple):
            painter.setPen(pen)
            a, b = self._port(found[0], found[1], True), self._port(found[2], found[3], False)
            painter.drawPath(curve_path(a.x(), a.y(), b.x(), b.y(), scale))
            return
        pen.setStyle(Qt.PenStyle.DashLine)
        pen.setColor(ink.error if isinstance(found, Refused) else ink.selection)
        painter.setPen(pen)
        painter.drawLine(self.start.view, self._now.view)

    def extent(self) -> QRectF:
        """All of it."""
        rect = QRectF(self.start.view, self._now.view).normalized().adjusted(-8, -8, 8, 8)
        for node in (self.source, self._target):
            if node is not None:
                box = self.view.scene.node_rect(node).adjusted(-BLEED, -BLEED, BLEED, BLEED)
                rect = rect.united(self.view.camera.rect_to_view(box))
        found = self._found()
        if isinstance(found, Refused):
            rect = rect.united(self._bubble(found.message).adjusted(-2, -2, 2, 2))
        elif found is not None:
            a, b = self._port(found[0], found[1], True), self._port(found[2], found[3], False)
            path = curve_path(a.x(), a.y(), b.x(), b.y(), self.view.scale()).boundingRect()
            rect = rect.united(path.adjusted(-6, -6, 6, 6)).united(self._chip(found))
        return rect

    def _port(self, node: NodeId, port: str, is_output: bool) -> QPointF:
        return self.view.to_view(self.view.port_point(node, port, is_output))

    def _bubble(self, words: str) -> QRectF:
        return bubble_rect(words, self._now.view, QSizeF(self.view.size()))

    def _chip(self, found: Ends) -> QRectF:
        return chip_rect(self._words(found), self._now.view, QSizeF(self.view.size()))

    def _words(self, found: Ends) -> str:
        nodes = self.view.studio.document.nodes
        return f"{nodes[found[0]].name}.{found[1]} → {nodes[found[2]].name}.{found[3]}"
