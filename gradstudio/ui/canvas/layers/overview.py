"""The network from far away: straight wires and plain boxes in a few batched calls."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gradstudio.ui.canvas.ink import UNKNOWN_SHELF, Ink
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.scene import Scene


def paint_overview(frame: Frame) -> None:
    """Everything in the area."""
    painter = frame.in_scene()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _wires(frame, painter)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    paint_blocks(painter, frame.scene, frame.area, frame.ink)
    _marked(frame, painter)


def paint_blocks(painter: QPainter, scene: Scene, area: QRectF | None, ink: Ink) -> None:
    """Nodes as boxes in their category's colour; the minimap uses it too."""
    nodes = scene.nodes
    rows = np.arange(len(nodes)) if area is None else nodes.within(area)
    shelf = nodes.shelf[rows]
    painter.setPen(Qt.PenStyle.NoPen)
    rects = nodes.rects
    for kind in range(UNKNOWN_SHELF + 1):
        chosen = rows[shelf == kind]
        if len(chosen):
            painter.setBrush(ink.block[kind])
            painter.drawRects([rects[row] for row in chosen.tolist()])


def _wires(frame: Frame, painter: QPainter) -> None:
    wires = frame.scene.wires
    rows = wires.within(frame.area)
    shelf = wires.shelf[rows]
    line = wires.line
    for kind in range(UNKNOWN_SHELF + 1):
        chosen = rows[shelf == kind]
        if len(chosen):
            painter.setPen(frame.ink.thin[kind])
            painter.drawLines([line(row) for row in chosen.tolist()])


def _marked(frame: Frame, painter: QPainter) -> None:
    """Selected nodes and wires, over the rest."""
    scene, ink = frame.scene, frame.ink
    pen = QPen(ink.selection, 2.0)
    pen.setCosmetic(True)
    painter.setPen(pen)
    wires = [scene.wires.line(scene.wires.row[i]) for i in frame.marks.wires if i in scene.wires.row]
    if wires:
        painter.drawLines(wires)
    rows = scene.nodes.rows(frame.marks.nodes)
    if rows:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRects([scene.nodes.rects[row] for row in rows])
    _problems(frame, painter)


def _problems(frame: Frame, painter: QPainter) -> None:
    rows = frame.scene.nodes.rows(frame.readings.problems)
    if rows:
        pen = QPen(frame.ink.warning, 1.5)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawRects([frame.scene.nodes.rects[row] for row in rows])
