"""Wiring: from port to port in either direction, with the reason of a refusal before the button is released."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from gradstudio.document import commands
from gradstudio.document.legality import why_not
from gradstudio.document.model import Patch, Wire
from gradstudio.document.reasons import Reason, Refused
from gradstudio.ui.canvas.curves import curve_path
from gradstudio.ui.canvas.gestures.base import Gesture, Pointer
from gradstudio.ui.canvas.layers.frame import Marks
from gradstudio.ui.canvas.metrics import REACH, WIRE
from gradstudio.ui.canvas.overlays import bubble_rect, draw_bubble
from gradstudio.ui.canvas.scene import Part, PortRef

if TYPE_CHECKING:
    from gradstudio.ui.canvas.view import CanvasView


class WireGesture(Gesture):
    """A wire hangs from a port and follows the mouse; it snaps to ports near it, or to the best port of a node.

    From a connected input it takes that wire's end along: dropped on another port it is re-plugged, dropped on empty
    canvas it is gone. Ctrl replaces the wire of an occupied input.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, start: Pointer, port: PortRef) -> None:
        super().__init__(view, start)
        self._lifted = self._wire_at(port)
        self._without = None if self._lifted is None else self._lifted.id
        self.anchor = port if self._lifted is None else PortRef(self._lifted.source, self._lifted.output, True)
        self._pressed = port
        self._now = start
        self._moved = False
        self._target: PortRef | None = None
        self._refusal: Refused | None = None
        self._known: dict[tuple[PortRef, bool], Refused | None] = {}

    def begin(self) -> None:
        """Light up what fits."""
        marks = self.view.marks
        self.view.set_marks(Marks(marks.nodes, marks.wires, hidden=self._without, fits=self._fits))

    def move(self, pointer: Pointer) -> None:
        """Look for a port near the mouse, and ask whether it may be connected."""
        self._now = pointer
        self._moved = self._moved or pointer.far_from(self.start)
        self._target = self._aim(pointer)
        self._refusal = None
        if self._target is not None and not self._is_home(self._target):
            self._refusal = self._why_not(self._target, pointer.toggles)

    def release(self, pointer: Pointer) -> None:
        """Connect, re-plug or disconnect, in one step."""
        self.move(pointer)
        self._done()
        if not self._moved:
            self.view.studio.select((self._pressed.node,))
        elif self._target is None and self._without is not None and self._over_nothing(pointer):
            gone = (self._without,)
            self.view.studio.do(lambda: commands.disconnect(self.view.studio.document, gone))
        elif self._target is not None and self._refusal is not None:
            self.view.studio.messageShown.emit(self._refusal.message)
        elif self._target is not None and not self._is_home(self._target):
            self.view.studio.do(lambda: self._connect(pointer.toggles))

    def cancel(self) -> None:
        """Let go of it; a lifted wire is back where it was."""
        self._done()

    def _done(self) -> None:
        marks = self.view.marks
        self.view.set_marks(Marks(marks.nodes, marks.wires))

    # --- what it may be connected to --------------------------------------------------------------------------

    def _wire_at(self, port: PortRef) -> Wire | None:
        """The wire that ends at an input: the latest, where there are many."""
        if port.is_output:
            return None
        wires = [w for w in self.view.studio.document.wires_into(port.node) if w.input == port.port]
        return wires[-1] if wires else None

    def _is_home(self, port: PortRef) -> bool:
        """Whether it is the port a lifted wire was taken from."""
        return self._lifted is not None and port == self._pressed

    def _aim(self, pointer: Pointer) -> PortRef | None:
        """The port meant: the nearest within reach, else the best one of the node under the mouse."""
        scene, wants_outputs = self.view.scene, not self.anchor.is_output
        near = scene.nearest_port(pointer.scene, REACH / self.view.scale(), wants_outputs)
        if near is not None and near.node != self.anchor.node:
            return near
        hit = scene.hit(pointer.scene, self.view.scale(), self.view.marks.nodes, ports=False)
        if hit.part is not Part.NODE or hit.node == self.anchor.node:
            return near if near is not None and hit.part is Part.NODE else None
        ports = [PortRef(hit.node, spot.name, wants_outputs) for spot in scene.spots(hit.node, wants_outputs)]
        free = (port for port in ports if self._is_home(port) or self._why_not(port, False) is None)
        return next(free, ports[0] if ports else None)

    def _fits(self, port: PortRef) -> bool:
        """Whether a port would take the wire; the anchor's own node stays lit."""
        if port == self.anchor or self._is_home(port):
            return True
        return port.is_output is not self.anchor.is_output and self._why_not(port, False) is None

    def _why_not(self, port: PortRef, replace: bool) -> Refused | None:
        """The refusal, asked for once per port and gesture."""
        key = (port, replace)
        if key not in self._known:
            source, target = (self.anchor, port) if self.anchor.is_output else (port, self.anchor)
            document = self.view.studio.document
            self._known[key] = why_not(
                document, source.node, source.port, target.node, target.port, replace=replace, without=self._without
            )
        return self._known[key]

    def _over_nothing(self, pointer: Pointer) -> bool:
        hit = self.view.scene.hit(pointer.scene, self.view.scale(), ports=False)
        return hit.part is not Part.NODE

    def _connect(self, replace: bool) -> Patch:
        assert self._target is not None
        document = self.view.studio.document
        source, target = (self.anchor, self._target) if self.anchor.is_output else (self._target, self.anchor)
        return commands.connect(
            document, source.node, source.port, target.node, target.port, replace=replace, without=self._without
        )

    # --- how it looks -------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        """The hanging wire and the bubble."""
        ink, view = self.view.ink, self.view
        shelf = int(view.scene.nodes.shelf[view.scene.nodes.row[self.anchor.node]])
        color = ink.shelf[shelf] if self._refusal is None else ink.error
        style = Qt.PenStyle.SolidLine if self._target is not None and self._refusal is None else Qt.PenStyle.DashLine
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color, (WIRE + 0.6) * max(view.scale(), 0.6), style, Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path())
        painter.setPen(QPen(ink.canvas, 1.5))
        painter.setBrush(color)
        painter.drawEllipse(self._loose_end(), 6.0, 6.0)
        if self._refusal is not None:
            draw_bubble(painter, self._words(), self._bubble(), ink)

    def extent(self) -> QRectF:
        """The wire and the bubble."""
        rect = self._path().boundingRect().adjusted(-10, -10, 10, 10)
        return rect if self._refusal is None else rect.united(self._bubble().adjusted(-2, -2, 2, 2))

    def _bubble(self) -> QRectF:
        return bubble_rect(self._words(), self._now.view, QSizeF(self.view.size()))

    def _words(self) -> str:
        assert self._refusal is not None
        if self._refusal.reason is not Reason.OCCUPIED or self._target is None:
            return self._refusal.message
        if self._why_not(self._target, True) is not None:
            return self._refusal.message
        hint = QCoreApplication.translate("Canvas", "Hold Ctrl to replace the wire there.")
        return f"{self._refusal.message} {hint}"

    def _path(self) -> QPainterPath:
        """The hanging wire in the view, from its output end to its input end."""
        camera = self.view.camera
        fixed, loose = camera.to_view(self._fixed_end()), self._loose_end()
        a, b = (fixed, loose) if self.anchor.is_output else (loose, fixed)
        return curve_path(a.x(), a.y(), b.x(), b.y(), self.view.scale())

    def _fixed_end(self) -> QPointF:
        point = self.view.scene.port_point(self.anchor.node, self.anchor.port, self.anchor.is_output)
        return self.start.scene if point is None else point

    def _loose_end(self) -> QPointF:
        """At the port it has snapped to, else at the mouse."""
        if self._target is None:
            return self._now.view
        point = self.view.scene.port_point(self._target.node, self._target.port, self._target.is_output)
        return self._now.view if point is None else self.view.camera.to_view(point)
