"""Numbers in colours around 0: the sheet's own colour at it, two others below and above. One painter for all of them.

Numbers become indices into a colour table (`shade`, `diverging`), and these an image (`as_image`). The sheet of a gate
and the Jacobian shade towards the colour of what they show (`heat_image`), panels from blue to orange.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from gradstudio.engine.gate import Array
from gradstudio.insight.figures import number
from gradstudio.ui.theme import Theme, mono_font

HALF = 120
"""Shades on each side of 0."""
GAP, BROKEN = 2 * HALF + 1, 2 * HALF + 2
"""Indices that are no shade: between pictures, and what is no number or infinite."""
NEGATIVE = "selection"
"""The colour negative entries shade towards in sheets, whatever the others do."""
FAINTEST = 0.12
"""There even the smallest entry that isn't 0 is seen."""
BAR = 5.0
"""Height of a scale bar,"""
LEGEND = 22.0
"""and of the bar with its numbers."""
OVER = 10.0
"""So far the numbers may reach over the bar's end."""


def diverging(theme: Theme, positive: str = "validation", negative: str = "train", *, least: float = 0.0) -> list[int]:
    """The colour table: shades from the lowest number to the highest, then the gap and what is no number.

    Args:
        theme: whose colours they are.
        positive: the colour numbers above 0 shade towards.
        negative: the colour those below it do.
        least: how far from the sheet's own colour the smallest number that isn't 0 is.
    """
    below, zero, above = (theme.color(name).rgb() for name in (negative, "panel", positive))
    return [*_shades(below, zero, above, least), theme.color("window").rgb(), theme.color("error").rgb()]


@lru_cache(maxsize=32)
def _shades(below: int, zero: int, above: int, least: float) -> tuple[int, ...]:
    """Colours from that of the lowest number over that of 0 to that of the highest."""
    ends = {False: QColor(below), True: QColor(above)}
    shares = [(i > 0, abs(i) / HALF) for i in range(-HALF, HALF + 1)]
    return tuple(
        _between(QColor(zero), ends[side], least + (1 - least) * share**0.8 if share else 0.0) for side, share in shares
    )


def _between(zero: QColor, end: QColor, share: float) -> int:
    pairs = zip(zero.getRgbF()[:3], end.getRgbF()[:3], strict=True)  # type: ignore[index]
    return QColor.fromRgbF(*(share * b + (1 - share) * a for a, b in pairs)).rgb()


def reach(low: float, high: float) -> float:
    """The end of a scale around 0 that holds these numbers: two digits that count, so that it stays put a while."""
    most = max(abs(low), abs(high))
    if not math.isfinite(most) or most == 0.0:
        return 1.0
    power = 10.0 ** (math.floor(math.log10(most)) - 1)
    return math.ceil(most / power - 1e-9) * power


def shade(values: Array, end: float) -> Array:
    """The index of each number in the colour table, for a scale from -end to end."""
    with np.errstate(all="ignore"):
        scaled = np.clip(values * (HALF / end), -HALF, HALF)
    there = np.isfinite(scaled)
    return np.where(there, np.where(there, scaled, 0.0).round() + HALF, BROKEN).astype(np.uint8)


def as_image(cells: Array, table: list[int]) -> QImage:
    """Cells as an image: indices by their colour table, or colours as they are."""
    cells = np.ascontiguousarray(cells, np.uint8)
    high, wide = cells.shape[:2]
    if cells.ndim == 3:
        return QImage(cells.data, wide, high, 3 * wide, QImage.Format.Format_RGB888).copy()
    image = QImage(cells.data, wide, high, wide, QImage.Format.Format_Indexed8).copy()
    image.setColorTable(table)
    return image


def heat_image(cells: Array, theme: Theme, role: str) -> QImage:
    """One pixel for each entry, shaded by its size beside the largest that is finite."""
    size = np.abs(cells[np.isfinite(cells)])
    end = float(size.max(initial=0.0)) or 1.0
    return as_image(_seen(cells, end), diverging(theme, role, NEGATIVE, least=FAINTEST))


def _seen(cells: Array, end: float) -> Array:
    """Indices in which an entry that isn't 0 never looks like one that is."""
    indices = shade(cells, end).astype(int)
    with np.errstate(invalid="ignore"):
        return np.where(indices == HALF, HALF + np.sign(cells), indices).astype(np.uint8)


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
    painter.drawImage(bar, _bar(low, high, theme, role))
    font = mono_font(10)
    painter.setFont(font)
    painter.setPen(theme.color("text_dim"))
    metrics, left, right = QFontMetricsF(font), _short(low), _short(high)
    line = QRectF(rect.left(), bar.bottom() + 1, rect.width() + OVER, metrics.height())
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft, left)
    if low != high and metrics.horizontalAdvance(left + " " + right) <= line.width():
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, right)


def _bar(low: float, high: float, theme: Theme, role: str) -> QImage:
    """All shades between two numbers, side by side; those that are no numbers count as 0."""
    first, last = (value if math.isfinite(value) else 0.0 for value in (low, high))
    return heat_image(np.linspace(first, last, 2 * HALF + 1)[None], theme, role)


def _short(value: float) -> str:
    return number(value) if not np.isfinite(value) else f"{value + 0.0:.2g}"
