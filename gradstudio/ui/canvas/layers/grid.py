"""The grid: thin lines, and stronger ones every fifth; lines closer than a few pixels are left out."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gradstudio.ui.canvas.ink import blend
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.metrics import GRID_LINE


def paint_grid(frame: Frame) -> None:
    """Fill the background and draw the lines."""
    painter = frame.in_view()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillRect(frame.camera.rect_to_view(frame.area), frame.ink.canvas)
    _lines(frame, painter, GRID_LINE, frame.ink.grid)
    _lines(frame, painter, 5 * GRID_LINE, frame.ink.grid_major)


def _lines(frame: Frame, painter: QPainter, step: float, color: QColor) -> None:
    pitch = step * frame.scale
    strength = min(max((pitch - 7) / 7, 0.0), 1.0)
    if strength == 0:
        return
    area, camera = frame.area, frame.camera
    view = camera.rect_to_view(area)
    first, last = math.floor(area.left() / step), math.ceil(area.right() / step)
    xs = (round(i * pitch + camera.dx) for i in range(first, last + 1))
    lines = [QLineF(x, view.top(), x, view.bottom()) for x in xs]
    first, last = math.floor(area.top() / step), math.ceil(area.bottom() / step)
    ys = (round(i * pitch + camera.dy) for i in range(first, last + 1))
    lines += [QLineF(view.left(), y, view.right(), y) for y in ys]
    painter.setPen(QPen(blend(color, frame.ink.canvas, strength), 1, Qt.PenStyle.SolidLine))
    painter.drawLines(lines)
