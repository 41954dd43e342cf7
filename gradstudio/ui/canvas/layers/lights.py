"""A light at each node's lower corner tells how it is: a tick, an exclamation mark, a cross."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gradstudio.document.model import NodeId
from gradstudio.document.stage import ShownId
from gradstudio.insight.health import Light
from gradstudio.ui.canvas import metrics as m
from gradstudio.ui.canvas.ink import Ink
from gradstudio.ui.canvas.layers.frame import Frame

_ORDER = (Light.WELL, Light.ILL, Light.SERIOUS)
_R = 6.5


def paint_lights(frame: Frame) -> None:
    """Those of the nodes in view."""
    lights = frame.marks.lights
    if not lights or frame.scale < m.TITLES:
        return
    painter, nodes = frame.in_scene(), frame.scene.nodes
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for row in frame.nodes_here().tolist():
        light = _worst(frame, nodes.ids[row])
        if light is not None:
            corner = nodes.rects[row].bottomRight()
            draw_light(painter, QPointF(corner.x() - 4, corner.y() - 1), light, frame.ink)


def _worst(frame: Frame, shown: ShownId) -> Light | None:
    """The light of a node; of a closed group the worst of those in it."""
    lights = frame.marks.lights or {}
    members: tuple[NodeId, ...] = tuple(frame.scene.stage.members(shown))
    found = [lights[node] for node in members if node in lights]
    return max(found, key=_ORDER.index, default=None)


def draw_light(painter: QPainter, at: QPointF, light: Light, ink: Ink) -> None:
    """One light, centred at a point; shapes differ, so that no colour has to be told apart."""
    painter.setPen(QPen(ink.canvas, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(_color(light, ink))
    if light is Light.WELL:
        painter.drawEllipse(at, _R - 0.5, _R - 0.5)
        _stroke(painter, at, ink, ((-2.8, 0.2), (-0.8, 2.2), (2.8, -2.2)))
    elif light is Light.ILL:
        painter.drawPolygon(QPolygonF([at + QPointF(0, -_R - 1), at + QPointF(_R + 1, _R), at + QPointF(-_R - 1, _R)]))
        _stroke(painter, at, ink, ((0, -2.8), (0, 1.6)))
        _stroke(painter, at, ink, ((0, 4.0), (0, 4.1)))
    else:
        painter.drawRoundedRect(QRectF(at.x() - _R, at.y() - _R, 2 * _R, 2 * _R), 2, 2)
        _stroke(painter, at, ink, ((-2.6, -2.6), (2.6, 2.6)))
        _stroke(painter, at, ink, ((-2.6, 2.6), (2.6, -2.6)))


def _color(light: Light, ink: Ink) -> QColor:
    return {Light.WELL: ink.value, Light.ILL: ink.warning, Light.SERIOUS: ink.error}[light]


def _stroke(painter: QPainter, at: QPointF, ink: Ink, points: tuple[tuple[float, float], ...]) -> None:
    pen = QPen(ink.canvas, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.save()
    painter.setPen(pen)
    painter.drawPolyline(QPolygonF([at + QPointF(x, y) for x, y in points]))
    painter.restore()
