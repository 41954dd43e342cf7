"""The grid: thin lines, and stronger ones every fifth; lines closer than a few pixels are left out."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QLineF, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from gradstudio.ui.canvas.ink import Ink, blend
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.metrics import GRID_LINE

_BAND = 32


def paint_grid(frame: Frame) -> None:
    """Fill the background and draw the lines."""
    painter = frame.in_view()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    view = frame.camera.rect_to_view(frame.area).toAlignedRect()
    if frame.vector:
        _as_lines(frame, painter)
    elif min(view.width(), view.height()) < 2 * _BAND:
        painter.fillRect(view, frame.ink.canvas)
        _fill_lines(frame, painter, view, view.height())
        _fill_rows(frame, painter, view)
    else:
        _in_bands(frame, painter, view)


@lru_cache(maxsize=32)
def _steps(ink: Ink, scale: float) -> tuple[tuple[float, QColor], ...]:
    """Distances and colours of the lines there is room for."""
    result = []
    for step, color in ((GRID_LINE, ink.grid), (5 * GRID_LINE, ink.grid_major)):
        strength = min(max((step * scale - 7) / 7, 0.0), 1.0)
        if strength > 0:
            result.append((step, blend(color, ink.canvas, strength)))
    return tuple(result)


def _places(low: float, high: float, step: float, scale: float, offset: float) -> list[int]:
    """Pixels at which lines of a distance fall between two scene coordinates."""
    return [round(i * step * scale + offset) for i in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _in_bands(frame: Frame, painter: QPainter, view: QRect) -> None:
    """Upright lines are drawn into one low band that is copied downwards: lines down the whole view are slow."""
    band = QImage(round(view.width() * frame.ratio), round(_BAND * frame.ratio), QImage.Format.Format_RGB32)
    band.setDevicePixelRatio(frame.ratio)
    band.fill(frame.ink.canvas)
    with QPainter(band) as brush:
        brush.translate(-view.left(), -view.top())
        _fill_lines(frame, brush, view, _BAND)
    for y in range(view.top(), view.bottom() + 1, _BAND):
        painter.drawImage(QPoint(view.left(), y), band)
    _fill_rows(frame, painter, view)


def _fill_lines(frame: Frame, painter: QPainter, view: QRect, height: int) -> None:
    top, fill = view.top(), painter.fillRect
    for step, color in _steps(frame.ink, frame.scale):
        for x in _places(frame.area.left(), frame.area.right(), step, frame.scale, frame.camera.dx):
            fill(x, top, 1, height, color)


def _fill_rows(frame: Frame, painter: QPainter, view: QRect) -> None:
    left, width, fill = view.left(), view.width(), painter.fillRect
    for step, color in _steps(frame.ink, frame.scale):
        for y in _places(frame.area.top(), frame.area.bottom(), step, frame.scale, frame.camera.dy):
            fill(left, y, width, 1, color)


def _as_lines(frame: Frame, painter: QPainter) -> None:
    """The same for pictures, as lines."""
    area = frame.area
    painter.fillRect(area, frame.ink.canvas)
    for step, color in _steps(frame.ink, frame.scale):
        xs, ys = (_places(*ends, step, 1.0, 0.0) for ends in ((area.left(), area.right()), (area.top(), area.bottom())))
        painter.setPen(QPen(color, 1, Qt.PenStyle.SolidLine))
        painter.drawLines([QLineF(x, area.top(), x, area.bottom()) for x in xs if area.left() <= x <= area.right()])
        painter.drawLines([QLineF(area.left(), y, area.right(), y) for y in ys if area.top() <= y <= area.bottom()])
