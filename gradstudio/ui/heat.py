"""Matrices as heat maps: 0 is the sheet's own colour, positive and negative entries shade away from it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QLinearGradient, QPainter, QPen

from gradstudio.engine.gate import Array
from gradstudio.insight.figures import number
from gradstudio.ui.theme import Theme, mono_font

NEGATIVE = "selection"
"""The colour negative entries shade towards, whatever the others do."""
BAR = 5.0
"""Height of a scale bar,"""
LEGEND = 22.0
"""and of the bar with its numbers."""
OVER = 10.0
"""So far the numbers may reach over the bar's end."""
FAINTEST = 0.12
"""Even the smallest entry that isn't 0 is seen."""


def heat_image(cells: Array, theme: Theme, role: str) -> QImage:
    """One pixel for each entry, shaded by its size beside the largest; NaN in the colour of warnings."""
    with np.errstate(all="ignore"):
        size = np.abs(np.where(np.isfinite(cells), cells, 0))
        largest = float(size.max(initial=0.0)) or 1.0
        share = np.where(cells == 0, 0, FAINTEST + (1 - FAINTEST) * size / largest)
    share = np.where(np.isinf(cells), 1, share)[..., None]
    ground, positive, negative = (_rgb(theme.color(name)) for name in ("panel", role, NEGATIVE))
    mixed = ground + share * (np.where(cells[..., None] > 0, positive, negative) - ground)
    mixed = np.where(np.isnan(cells)[..., None], _rgb(theme.color("warning")), mixed)
    pixels = np.full((*cells.shape, 4), 255, np.uint8)
    pixels[..., :3] = np.rint(mixed[..., ::-1])
    rows, columns = cells.shape
    return QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()


def paint_heat(painter: QPainter, rect: QRectF, cells: Array, theme: Theme, role: str) -> None:
    """A heat map that fills a rectangle, with a thin frame."""
    paint_image(painter, rect, heat_image(cells, theme, role), theme)


def paint_image(painter: QPainter, rect: QRectF, image: QImage, theme: Theme) -> None:
    """A heat map that was made before, likewise."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(rect, image)
    painter.setPen(QPen(theme.color("border"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect)
    painter.restore()


def paint_scale(painter: QPainter, rect: QRectF, low: float, high: float, theme: Theme, role: str) -> None:
    """What the colours of a heat map mean: a bar from the smallest entry to the largest, with both numbers."""
    bar = QRectF(rect.left(), rect.top() + 2, rect.width(), BAR)
    painter.fillRect(bar, _shades(bar, low, high, theme, role))
    font = mono_font(10)
    painter.setFont(font)
    painter.setPen(theme.color("text_dim"))
    metrics, left, right = QFontMetricsF(font), _short(low), _short(high)
    line = QRectF(rect.left(), bar.bottom() + 1, rect.width() + OVER, metrics.height())
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft, left)
    if low != high and metrics.horizontalAdvance(left + " " + right) <= line.width():
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, right)


def _shades(bar: QRectF, low: float, high: float, theme: Theme, role: str) -> QLinearGradient:
    shades = QLinearGradient(bar.topLeft(), QPointF(bar.right(), bar.top()))
    largest = max(abs(low), abs(high)) or 1.0
    for at, value in ((0.0, low), (1.0, high)):
        shades.setColorAt(at, _shade(value / largest if np.isfinite(value) else 0.0, theme, role))
    if low < 0 < high and np.isfinite(high - low):
        shades.setColorAt(-low / (high - low), theme.color("panel"))
    return shades


def _shade(share: float, theme: Theme, role: str) -> QColor:
    ground, full = _rgb(theme.color("panel")), _rgb(theme.color(role if share > 0 else NEGATIVE))
    red, green, blue = (round(float(c)) for c in ground + abs(share) * (full - ground))
    return QColor(red, green, blue)


def _rgb(color: QColor) -> Array:
    return np.array([color.red(), color.green(), color.blue()], np.float64)


def _short(value: float) -> str:
    return number(value) if not np.isfinite(value) else f"{value + 0.0:.2g}"
