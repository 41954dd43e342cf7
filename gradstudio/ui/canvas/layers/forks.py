"""Where a value goes several ways: the sum of what comes back, at its source: "-4 + 3 = -1"."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPen

from gradstudio.ui.canvas import metrics as m
from gradstudio.ui.canvas.ink import faded, fonts
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.nodes import Rows

_GAP, _PAD = 5.0, 3.0
_CLEAR = 1.0
"""Room between a sum and its node, beside its letters, and to whatever else lies there."""
_LINES = 3
"""A sum is written at most so many lines below its node."""


def paint_forks(frame: Frame, strength: float) -> None:
    """The sums that have room below or above their node; all are in tooltips and in the inspector."""
    painter, f = frame.in_scene(), fonts()
    pen = QPen(faded(frame.ink.gradient, strength))
    for row in _forking(frame).tolist():
        for text, place in _sums(frame, row):
            painter.setFont(f.label)
            painter.fillRect(place, faded(frame.ink.halo, strength))
            painter.setPen(pen)
            painter.drawText(QPointF(place.left() + _PAD, place.bottom() - 3.6), text)


def _forking(frame: Frame) -> Rows:
    """Rows of the nodes in view that more than one wire leads away from."""
    rows, wires = frame.nodes_here(), frame.scene.wires
    if not len(rows) or not len(wires):
        return rows[:0]
    leaving = np.bincount(wires.tied[:, 0], minlength=len(frame.scene.nodes))
    return rows[leaving[rows] > 1]


def _sums(frame: Frame, row: int) -> Iterator[tuple[str, QRectF]]:
    """The sum at each output of a node that forks (without its terms where there is little room), and its place."""
    nodes = frame.scene.nodes
    if nodes.ids[row] <= 0:
        return
    taken: list[QRectF] = []
    for spot in nodes.look(row).outputs:
        whole = frame.readings.fork(nodes.ids[row], spot.name)
        for text in (whole, f"Σ {whole.rpartition('= ')[2]}") if whole else ():
            place = _room(frame, row, text, taken)
            if place is not None:
                taken.append(place)
                yield text, place
                break


def _room(frame: Frame, row: int, text: str, taken: list[QRectF]) -> QRectF | None:
    """Below the node or above it, in line with its right edge or (if long) its left; None where nothing is free."""
    box, note = frame.scene.nodes.rects[row], bool(frame.scene.nodes.faces[row].note)
    wide = len(text) * fonts().digit + 2 * _PAD
    left = max(box.right() - wide, box.left())
    tops = [box.top() - _GAP - k * m.LABEL_LINE for k in (1, 2)]
    if not note:
        tops[:0] = [box.bottom() + _GAP + k * m.LABEL_LINE for k in range(len(taken), len(taken) + _LINES)]
    for top in tops:
        place = QRectF(left, top, wide, m.LABEL_LINE)
        if _free(frame, place) and not any(place.intersects(other) for other in taken):
            return place
    return None


def _free(frame: Frame, place: QRectF) -> bool:
    """Whether neither a node nor a label lies there."""
    area = place.adjusted(-_CLEAR, -_CLEAR, _CLEAR, _CLEAR)
    if len(frame.scene.nodes.within(area, 0.0)):
        return False
    labels = frame.scene.labels
    boxes = np.concatenate((labels.wires.taken(area), labels.stubs.taken(area)))
    over = (boxes[:, 0] < area.right()) & (boxes[:, 2] > area.left())
    over &= (boxes[:, 1] < area.bottom()) & (boxes[:, 3] > area.top())
    return not bool(over.any())
