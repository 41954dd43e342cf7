"""What differs from another network, over a drawn one: rings, thick wires, and signs that need no colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gradstudio.document.model import NodeId, WireId
from gradstudio.document.stage import ShownId
from gradstudio.document.valuediff import Sign
from gradstudio.ui.canvas.bodies import draw_ring
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.theme import Theme

ROLE = {Sign.ADDED: "value", Sign.REMOVED: "error", Sign.CHANGED: "warning"}
"""The colour of each sign."""
R = 8.0
"""Half the size of a sign, in pixels."""
_ASIDE = 5.0
"""A sign stands so far off the corner of its node, whose name begins there."""
_WIRE = 3.6
_CURRENT = 3.0


@dataclass(frozen=True, slots=True)
class Differing:
    """What stands out of a network.

    Attributes:
        nodes: that differ.
        wires: that differ.
        current: the node that is looked at; None for none.
    """

    nodes: Mapping[NodeId, Sign] = field(default_factory=dict)
    wires: Mapping[WireId, Sign] = field(default_factory=dict)
    current: NodeId | None = None


def paint_differences(frame: Frame, differing: Differing, theme: Theme) -> None:
    """Rings and thick wires in scene units, then the signs, as large from afar as from near."""
    painter, scene = frame.in_scene(), frame.scene
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    near = min(max(frame.scale, 0.25), 1.0)
    _wires(frame, differing, theme)
    current = () if differing.current is None else scene.stage.units((differing.current,))
    marks = _shown(frame, differing)
    for shown, sign in marks.items():
        rect = scene.node_rect(shown)
        draw_ring(painter, rect, theme.color(ROLE[sign]), 2.6 / near, 2.0 / near)
    for shown in current:
        draw_ring(painter, scene.node_rect(shown), theme.color("selection"), _CURRENT / near, 6.0 / near)
    frame.in_view()
    for shown, sign in marks.items():
        corner = frame.camera.to_view(scene.node_rect(shown).topLeft())
        draw_sign(painter, corner - QPointF(_ASIDE, _ASIDE), sign, theme)
    for wire, sign in differing.wires.items():
        row = scene.wires.row.get(wire)
        if row is not None:
            middle = scene.wires.points(np.array([row]))[0]
            x, y = middle[len(middle) // 2].tolist()
            draw_sign(painter, frame.camera.to_view(QPointF(x, y)), sign, theme)


def _shown(frame: Frame, differing: Differing) -> dict[ShownId, Sign]:
    """The signs of what is seen; a closed group has changed where its nodes don't agree."""
    found: dict[ShownId, Sign] = {}
    for node, sign in differing.nodes.items():
        for shown in frame.scene.stage.units((node,)):
            whole = shown > 0 or all(differing.nodes.get(n) is sign for n in frame.scene.stage.members(shown))
            found[shown] = sign if whole and found.get(shown, sign) is sign else Sign.CHANGED
    return found


def _wires(frame: Frame, differing: Differing, theme: Theme) -> None:
    """Wires that came are thick, those that went are dashed."""
    wires = frame.scene.wires
    frame.painter.setBrush(Qt.BrushStyle.NoBrush)
    width = _WIRE / min(max(frame.scale, 0.25), 1.0)
    for wire, sign in differing.wires.items():
        if wire in wires.row:
            pen = QPen(theme.color(ROLE[sign]), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
            if sign is Sign.REMOVED:
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                pen.setDashPattern([2.0, 1.6])
            frame.painter.setPen(pen)
            frame.painter.drawPath(wires.path(wires.row[wire]))


def draw_sign(painter: QPainter, at: QPointF, sign: Sign, theme: Theme) -> None:
    """A sign centred at a point: a disc with +, a square with −, a diamond with ≠."""
    back = theme.color("canvas")
    painter.setPen(QPen(back, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(theme.color(ROLE[sign]))
    if sign is Sign.ADDED:
        painter.drawEllipse(at, R, R)
        _strokes(painter, at, back, ((-4, 0), (4, 0)), ((0, -4), (0, 4)))
    elif sign is Sign.REMOVED:
        painter.drawRoundedRect(QRectF(at.x() - R, at.y() - R, 2 * R, 2 * R), 2, 2)
        _strokes(painter, at, back, ((-4, 0), (4, 0)))
    else:
        corners = ((0.0, -R - 2.5), (R + 2.5, 0.0), (0.0, R + 2.5), (-R - 2.5, 0.0))
        painter.drawPolygon(QPolygonF([at + QPointF(*corner) for corner in corners]))
        _strokes(painter, at, back, ((-3.5, -1.6), (3.5, -1.6)), ((-3.5, 1.8), (3.5, 1.8)), ((-1.8, 4.2), (1.8, -4.2)))


def _strokes(painter: QPainter, at: QPointF, color: QColor, *lines: tuple[tuple[float, float], ...]) -> None:
    painter.setPen(QPen(color, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for (x0, y0), (x1, y1) in lines:
        painter.drawLine(at + QPointF(x0, y0), at + QPointF(x1, y1))
