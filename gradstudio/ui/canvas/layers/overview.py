"""The network from far away: straight wires and plain boxes in a few batched calls."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.metrics import HEADER
from gradstudio.ui.canvas.nodes import Rows, by_kind
from gradstudio.ui.canvas.scene import Scene


def paint_overview(frame: Frame) -> None:
    """Everything in the area."""
    painter = frame.in_scene()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _wires(frame, painter)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    paint_blocks(painter, frame.scene, frame.nodes_here(), frame.ink.far)
    _marked(frame, painter)


def paint_sketch(frame: Frame) -> None:
    """Nodes as boxes with headers and nothing else: what is seen of them until there is time for more."""
    painter, nodes, rows = frame.in_scene(), frame.scene.nodes, frame.nodes_here()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(frame.ink.body)
    painter.drawRects([nodes.rects[row] for row in rows.tolist()])
    places = zip(rows.tolist(), nodes.boxes[rows, :3].tolist(), strict=True)
    heads = {row: QRectF(x, y, width, HEADER) for row, (x, y, width) in places}
    for kind, rects in by_kind(rows, nodes.shelf, heads):
        painter.setBrush(frame.ink.header[kind])
        painter.drawRects(rects)


def paint_blocks(painter: QPainter, scene: Scene, rows: Rows, colors: list[QColor]) -> None:
    """Nodes as boxes in their tag's or category's colour; the minimap uses it too."""
    nodes = scene.nodes
    painter.setPen(Qt.PenStyle.NoPen)
    for kind, rects in nodes.blocks() if len(rows) == len(nodes) else by_kind(rows, nodes.tint, nodes.rects):
        painter.setBrush(colors[kind])
        painter.drawRects(rects)


def _wires(frame: Frame, painter: QPainter) -> None:
    wires = frame.scene.wires
    rows = wires.crossing(frame.wires_here(), frame.area)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if len(rows) == len(wires):
        for kind, path in wires.strokes().items():
            painter.setPen(frame.ink.thin[kind])
            painter.drawPath(path)
        return
    for kind, lines in by_kind(rows, wires.shelf, wires.lines()):
        painter.setPen(frame.ink.thin[kind])
        painter.drawLines(lines)


def _marked(frame: Frame, painter: QPainter) -> None:
    """Selected nodes and wires, over the rest."""
    scene, ink = frame.scene, frame.ink
    pen = QPen(ink.selection, 2.0)
    pen.setCosmetic(True)
    painter.setPen(pen)
    lines = scene.wires.lines()
    wires = [lines[scene.wires.row[i]] for i in frame.marks.wires if i in scene.wires.row]
    if wires:
        painter.drawLines(wires)
    rows = scene.nodes.rows(frame.marks.nodes)
    if rows:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRects([scene.nodes.rects[row] for row in rows])
    _found(frame, painter)
    _problems(frame, painter)


def _found(frame: Frame, painter: QPainter) -> None:
    """Nodes somebody is searching for, filled: an outline is lost among thousands."""
    rows = frame.scene.nodes.rows(frame.scene.stage.units(frame.marks.found))
    if rows:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(frame.ink.warning)
        painter.drawRects([frame.scene.nodes.rects[row] for row in rows])


def _problems(frame: Frame, painter: QPainter) -> None:
    rows = frame.scene.nodes.rows(frame.scene.shown_problems(frame.readings))
    if rows:
        pen = QPen(frame.ink.warning, 1.5)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawRects([frame.scene.nodes.rects[row] for row in rows])
