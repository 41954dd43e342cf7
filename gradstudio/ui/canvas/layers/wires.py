"""Wires in detail: cubics in the colour of their source, the selected and hovered ones on top; dots and open ends."""

from __future__ import annotations

from collections.abc import Set

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from gradstudio.ui.canvas.ink import faded
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.metrics import DOT, WIRE
from gradstudio.ui.canvas.scene import Part


def paint_wires(frame: Frame) -> None:
    """All wires that touch the area."""
    painter = frame.in_scene()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    scene, marks = frame.scene, frame.marks
    pens = _pens(frame)
    special = _special(frame)
    hidden = {scene.wires.row.get(wire) for wire in marks.hidden}
    paths = scene.wires.pieces(frame.wires_here(), frame.area)
    shelves = scene.wires.shelf[list(paths)].tolist()
    for (row, path), shelf in zip(paths.items(), shelves, strict=True):
        if row not in hidden and row not in special:
            painter.setPen(pens[shelf])
            painter.drawPath(path)
    for row, pen in special.items():
        if row not in hidden and row in paths:
            painter.setPen(pen)
            painter.drawPath(scene.wires.path(row))
    _dots(frame, painter, pens, paths.keys() - hidden)
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


def _dots(frame: Frame, painter: QPainter, pens: list[QPen], rows: Set[int | None]) -> None:
    """The dots of these wires, the one under the mouse larger, the current one with a ring."""
    keys, places = frame.scene.wires.dots()
    if not keys:
        return
    area, marks, wires = frame.area.adjusted(-9, -9, 9, 9), frame.marks, frame.scene.wires
    here = (places[:, 0] > area.left()) & (places[:, 0] < area.right())
    here &= (places[:, 1] > area.top()) & (places[:, 1] < area.bottom())
    for i in np.nonzero(here)[0].tolist():
        key, at = keys[i], QPointF(*places[i].tolist())
        row = wires.row[key[0]]
        if row in rows:
            hovered = marks.hover.part is Part.DOT and (marks.hover.wire, marks.hover.index) == key
            color = frame.ink.selection if key[0] in marks.wires else pens[int(wires.shelf[row])].color()
            if hovered or key == marks.dot:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(faded(color, 0.3))
                painter.drawEllipse(at, DOT + 4.5, DOT + 4.5)
            painter.setPen(QPen(frame.ink.canvas, 1.6))
            painter.setBrush(color)
            painter.drawEllipse(at, DOT, DOT)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _stubs(frame: Frame, painter: QPainter, pens: list[QPen]) -> None:
    stubs = frame.scene.stubs
    ends, rows = stubs.ends, frame.stubs_here(3.0)
    shelves = frame.scene.nodes.shelf[stubs.tied[rows]].tolist()
    for end, shelf in zip(ends[rows].tolist(), shelves, strict=True):
        painter.setPen(pens[shelf])
        painter.drawLine(QLineF(*end))


def _wide(pen: QPen, more: float) -> QPen:
    result = QPen(pen)
    result.setWidthF(pen.widthF() + more)
    return result


def _pens(frame: Frame) -> list[QPen]:
    """Per category: fainter from afar, where many wires meet in little room, and while a wire is dragged."""
    far = min(max((0.75 - frame.scale) / 0.5, 0.0), 1.0)
    strength = 0.3 if frame.marks.fits is not None else 1.0 - 0.4 * far
    hair = WIRE * frame.scale * frame.ratio <= 1.2 and not frame.vector
    return frame.ink.wires(round(strength, 2), hair)
