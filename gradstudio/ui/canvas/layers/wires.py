"""Wires in detail: cubics in the colour of their source, the selected and hovered ones on top; and open ends."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QPainter, QPen

from gradstudio.ui.canvas.ink import faded
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.metrics import WIRE
from gradstudio.ui.canvas.scene import Part


def paint_wires(frame: Frame) -> None:
    """All wires that touch the area."""
    painter = frame.in_scene()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    scene, marks = frame.scene, frame.marks
    rows = scene.wires.within(frame.area)
    dim = marks.fits is not None
    pens = [_dimmed(pen) if dim else pen for pen in frame.ink.wire]
    special = _special(frame)
    shelves = scene.wires.shelf[rows].tolist()
    hidden = scene.wires.row.get(marks.hidden) if marks.hidden is not None else None
    for row, shelf in zip(rows.tolist(), shelves, strict=True):
        if row != hidden and row not in special:
            painter.setPen(pens[shelf])
            painter.drawPath(scene.wires.path(row))
    for row, pen in special.items():
        if row != hidden:
            painter.setPen(pen)
            painter.drawPath(scene.wires.path(row))
    _stubs(frame, painter, pens)


def _special(frame: Frame) -> dict[int, QPen]:
    """Pens of the hovered and selected wires by row."""
    rows, marks = frame.scene.wires.row, frame.marks
    result: dict[int, QPen] = {}
    if marks.hover.part is Part.WIRE and marks.hover.wire in rows:
        row = rows[marks.hover.wire]
        result[row] = _wide(frame.ink.wire[int(frame.scene.wires.shelf[row])], 1.6)
    for wire in marks.wires:
        if wire in rows:
            result[rows[wire]] = QPen(frame.ink.selection, WIRE + 1.4)
    return result


def _stubs(frame: Frame, painter: QPainter, pens: list[QPen]) -> None:
    stubs, area = frame.scene.stubs, frame.area
    ends = stubs.ends
    if not len(ends):
        return
    near = (ends[:, 0] < area.right()) & (ends[:, 2] > area.left())
    near &= (ends[:, 1] < area.bottom() + 3) & (ends[:, 3] > area.top() - 3)
    rows = np.nonzero(near)[0]
    shelves = frame.scene.nodes.shelf[stubs.tied[rows]].tolist()
    for end, shelf in zip(ends[rows].tolist(), shelves, strict=True):
        painter.setPen(pens[shelf])
        painter.drawLine(QLineF(*end))


def _wide(pen: QPen, more: float) -> QPen:
    result = QPen(pen)
    result.setWidthF(pen.widthF() + more)
    return result


def _dimmed(pen: QPen) -> QPen:
    result = QPen(pen)
    result.setColor(faded(pen.color(), 0.35))
    return result
