"""The step-through on the canvas: the gate whose turn it is glows; numbers tell the order of computation."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gradstudio.document.model import NodeId
from gradstudio.document.stage import ShownId
from gradstudio.ui.canvas import metrics as m
from gradstudio.ui.canvas.bodies import draw_ring
from gradstudio.ui.canvas.ink import faded, fonts
from gradstudio.ui.canvas.layers.frame import Frame

_GLOW = ((9.0, 0.10), (6.0, 0.18), (3.0, 0.32))
"""Width and strength of the rings that fade outwards around the active gate."""
_HIGH, _PAD, _OVER = 16.0, 5.0, 7.0
"""Height of a number's tag, room beside its digits, how far it stands above the node's corner."""


def paint_steps(frame: Frame) -> None:
    """The glow, then the numbers over it."""
    if frame.marks.step is not None:
        _glow(frame)
    if frame.marks.order is not None and frame.scale >= m.TITLES:
        _numbers(frame)


def _glow(frame: Frame) -> None:
    moment = frame.marks.step
    active = None if moment is None else moment.active
    if moment is None or active is None or active not in frame.scene.document.nodes:
        return
    box = frame.scene.node_rect(active)
    if box.isNull():
        return
    painter, color = frame.in_scene(), frame.ink.gradient if moment.is_backward else frame.ink.value
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    far = 1.0 / min(max(frame.scale, 0.05), 1.0)  # seen from afar it must not get lost
    for width, strength in _GLOW:
        draw_ring(painter, box, faded(color, strength), width * far, 0.0)
    draw_ring(painter, box, color, 2.0 * far, -0.4)


def _numbers(frame: Frame) -> None:
    painter, nodes, ink, f = frame.in_scene(), frame.scene.nodes, frame.ink, fonts()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(f.port)
    for row in frame.nodes_here().tolist():
        text = number_of(frame, nodes.ids[row])
        if not text:
            continue
        corner = nodes.rects[row].topLeft()
        wide = max(f.port_width.horizontalAdvance(text) + 2 * _PAD, _HIGH)
        tag = QRectF(corner.x() - 4, corner.y() - _OVER, wide, _HIGH)
        painter.setPen(QPen(ink.edge, 1.0))
        painter.setBrush(ink.field)
        painter.drawRoundedRect(tag, _HIGH / 2, _HIGH / 2)
        painter.setPen(ink.dim)
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), text)


def number_of(frame: Frame, shown: ShownId) -> str:
    """The place of a node; of a closed group the first and the last of those in it."""
    order = frame.marks.order or {}
    members: tuple[NodeId, ...] = tuple(frame.scene.stage.members(shown))
    found = [order[node] for node in members if node in order]
    if not found:
        return ""
    return str(found[0]) if len(found) == 1 else f"{min(found)}–{max(found)}"
