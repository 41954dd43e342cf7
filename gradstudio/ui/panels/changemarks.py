"""What was changed while a network was trained, as marks in its learning curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from gradstudio.document.course import Adjustment
from gradstudio.engine.gate import Array
from gradstudio.training.telling import told
from gradstudio.ui.panels.layers import NOTHING, Map
from gradstudio.ui.texts import grouped

NEAR = 6.0
"""Pixels within which the mouse points at a mark."""
FEW = 8
"""So many marks have lines down to the floor."""
_WIDE, _TALL = 4.0, 6.0


@dataclass(eq=False)
class Marks:
    """Flags at the ceiling of a plot, with dotted lines to its floor where they are few; those too close are one."""

    color: QColor = field(default_factory=QColor)
    line: QColor = field(default_factory=QColor)
    right: bool = False
    x: Array = field(default_factory=lambda: NOTHING)

    def paint(self, painter: QPainter, where: Map) -> None:
        """Draw those in view."""
        inside = self.x[(self.x >= where.across.low) & (self.x <= where.across.high)]
        top, floor = where.rect.top(), where.rect.bottom()
        places = _apart(where.x(inside))
        for x in places:
            painter.setPen(QPen(self.line, 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, top), QPointF(x, floor if len(places) <= FEW else top + 2 * _TALL))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.color)
            corners = (QPointF(x - _WIDE, top), QPointF(x + _WIDE, top), QPointF(x, top + _TALL))
            painter.drawPolygon(QPolygonF(corners))


def _apart(places: Array) -> list[float]:
    """Places in pixels, without those that would lie on each other."""
    found: list[float] = []
    for x in places.tolist():
        if not found or x - found[-1] >= _WIDE:
            found.append(x)
    return found


def near(changes: Sequence[Adjustment], places: Array, place: float, reach: float) -> tuple[Adjustment, ...]:
    """The changes that lie within reach of a place: those of the nearest step."""
    away = np.abs(places - place)
    if not len(away) or not np.nanmin(away, initial=np.inf) <= reach:
        return ()
    step = changes[int(np.nanargmin(away))].step
    return tuple(change for change in changes if change.step == step)


def sentence(changes: Sequence[Adjustment]) -> str:
    """Changes of one step in words: "step 120: learning rate 0.01 → 0.001; frozen: hidden"."""
    return f"step {grouped(changes[0].step)}: {'; '.join(told(change) for change in changes)}"


def plain_tip(words: str) -> str:
    """Words as a tooltip that shows them as they are, names that look like markup too."""
    return f"<qt>{escape(words)}</qt>" if "<" in words or "&" in words else words
