"""How wires look that hang from the mouse, and what is said beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from gradstudio.ui.canvas.curves import curve_path
from gradstudio.ui.canvas.metrics import WIRE
from gradstudio.ui.canvas.overlays import bubble_rect, chip_rect, draw_bubble, draw_chip

if TYPE_CHECKING:
    from gradstudio.ui.canvas.gestures.wire import WireGesture
    from gradstudio.ui.canvas.scene import PortRef

_END = 5.5


def paint(painter: QPainter, gesture: WireGesture) -> None:
    """The wires from their ports to the mouse (or the port they have snapped to), and why that is refused."""
    view, ink = gesture.view, gesture.view.ink
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    firm = gesture.target is not None and gesture.refusal is None
    style, scale = Qt.PenStyle.SolidLine if firm else Qt.PenStyle.DashLine, view.scale()
    color = ink.error
    for anchor in gesture.anchors:
        if gesture.refusal is None:
            color = ink.shelf[view.scene.ports.shelf(anchor.node)]
        painter.setPen(QPen(color, (WIRE + 0.6) * max(scale, 0.6), style, Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(_path(gesture, anchor))
    painter.setPen(QPen(ink.canvas, 1.5))
    painter.setBrush(color)
    painter.drawEllipse(_loose_end(gesture), _END, _END)
    words = said(gesture)
    if words:
        draw_bubble(painter, words, _bubble(gesture, words), ink)
    elif gesture.exposes:
        draw_chip(painter, _shown(gesture), _chip(gesture), ink)


def extent(gesture: WireGesture) -> QRectF:
    """What is painted, in the view."""
    rect = QRectF()
    for anchor in gesture.anchors:
        rect = rect.united(_path(gesture, anchor).boundingRect().adjusted(-10, -10, 10, 10))
    words = said(gesture)
    rect = rect.united(_chip(gesture)) if gesture.exposes else rect
    return rect.united(_bubble(gesture, words).adjusted(-2, -2, 2, 2)) if words else rect


def said(gesture: WireGesture) -> str:
    """Why it is refused, and what would help; nothing where it isn't."""
    if gesture.refusal is None:
        return ""
    if not gesture.can_replace():
        return gesture.refusal.message
    hint = QCoreApplication.translate("Canvas", "Hold Ctrl to replace the wire there.")
    return f"{gesture.refusal.message} {hint}"


def _shown(gesture: WireGesture) -> str:
    port, document = gesture.anchors[0], gesture.view.studio.document
    say = QCoreApplication.translate
    return say("Canvas", "Show {0}.{1} outside").format(document.nodes[port.node].name, port.port)


def _chip(gesture: WireGesture) -> QRectF:
    return chip_rect(_shown(gesture), gesture.now.view, QSizeF(gesture.view.size()))


def _bubble(gesture: WireGesture, words: str) -> QRectF:
    return bubble_rect(words, gesture.now.view, QSizeF(gesture.view.size()))


def _path(gesture: WireGesture, anchor: PortRef) -> QPainterPath:
    """A hanging wire in the view, from its output end to its input end."""
    view = gesture.view
    point = view.scene.port_point(anchor.node, anchor.port, anchor.is_output)
    fixed, loose = view.to_view(gesture.start.scene if point is None else point), _loose_end(gesture)
    a, b = (fixed, loose) if anchor.is_output else (loose, fixed)
    return curve_path(a.x(), a.y(), b.x(), b.y(), view.scale())


def _loose_end(gesture: WireGesture) -> QPointF:
    """At the port it has snapped to, else at the mouse."""
    target, view = gesture.target, gesture.view
    point = None if target is None else view.scene.port_point(target.node, target.port, target.is_output)
    return view.to_view(gesture.now.scene) if point is None else view.to_view(point)
