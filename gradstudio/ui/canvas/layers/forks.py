"""Where a value goes several ways: the sum of what comes back, at its source: "-4 + 3 = -1"."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPen

from gradstudio.document.model import NodeId
from gradstudio.ui.canvas import metrics as m
from gradstudio.ui.canvas.ink import faded, fonts
from gradstudio.ui.canvas.labels import SUM_HIGH, SUM_LINES, SUM_REACH, Sum
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.nodes import Rows

_GAP, _PAD = 5.0, 3.0
_CLEAR = 1.0
"""Room between a sum and its node, beside its letters, and to whatever else lies there."""


def paint_forks(frame: Frame, strength: float) -> None:
    """The sums that have room below or above their node; all are in tooltips and in the inspector."""
    painter, halo = frame.in_scene(), faded(frame.ink.halo, strength)
    write = fonts().labels.writer(painter, vector=frame.vector)
    painter.setPen(QPen(faded(frame.ink.gradient, strength)))
    for _, text, place in sums(frame):
        painter.fillRect(place, halo)
        write(QPointF(place.left() + _PAD, place.bottom() - 3.6), text)


def sums(frame: Frame) -> Iterator[tuple[NodeId, str, QRectF]]:
    """The sum at each output that forks (without its terms where there is little room), and its place."""
    ids, kept = frame.scene.nodes.ids, frame.scene.labels.sums
    rows = [row for row in _forking(frame).tolist() if _concerns(frame, kept.get(row))]
    said = {row: _said(frame, row) for row in rows}
    new = [row for row, texts in said.items() if not _fits(kept.get(row), texts)]
    for row in new:
        kept.pop(row, None)
    placed: list[QRectF] = []
    for row, around in zip(new, _around(frame, np.array(new, np.intp)), strict=True):
        around.extend(placed)
        kept[row] = tuple([_placed(frame, row, text, around) for text in said[row]])
        placed += [room.place for room in kept[row] if room.place is not None]
    for row, texts in said.items():
        for whole, room in zip(texts, kept[row], strict=True):
            if room.place is not None:
                text = whole if room.whole else _short(whole)
                yield ids[row], text, _narrowed(room.place, text, frame.scene.nodes.rects[row])


def _concerns(frame: Frame, rooms: tuple[Sum, ...] | None) -> bool:
    """Whether sums may be written in the area: those with room there, or without any as yet."""
    return not rooms or any(room.place is None or room.place.intersects(frame.area) for room in rooms)


def _said(frame: Frame, row: int) -> tuple[str, ...]:
    """The sums at a node's outputs."""
    nodes, fork = frame.scene.nodes, frame.readings.fork
    return tuple(filter(None, (fork(nodes.ids[row], name) for name in nodes.look(row).names)))


def _short(text: str) -> str:
    """A sum without its terms."""
    return f"Σ {text.rpartition('= ')[2]}"


def _fits(rooms: tuple[Sum, ...] | None, texts: tuple[str, ...]) -> bool:
    """Whether other sums can be written where some have been: live numbers stay where they are."""
    if rooms is None or len(rooms) != len(texts):
        return False
    return all(
        len(_short(text)) >= room.length
        if room.place is None
        else len(text if room.whole else _short(text)) <= room.length
        for room, text in zip(rooms, texts, strict=True)
    )


def _narrowed(place: QRectF, text: str, box: QRectF) -> QRectF:
    """What a text takes of its room: the right of it, or the left where that is in line with the node's edge."""
    wide = _width(text)
    return QRectF(
        place.left() if place.left() == box.left() else place.right() - wide, place.top(), wide, place.height()
    )


def _width(text: str) -> float:
    return len(text) * fonts().digit + 2 * _PAD


def _placed(frame: Frame, row: int, whole: str, around: list[QRectF]) -> Sum:
    """Room for a sum, or for what is left of it."""
    short = _short(whole)
    for text in (whole, short):
        place = _room(frame, row, text, around)
        if place is not None:
            around.append(place)
            return Sum(text is whole, len(text), place)
    return Sum(False, len(short), None)


def _forking(frame: Frame) -> Rows:
    """Rows of the nodes that more than one wire leads away from, in view or so near that their sums may be."""
    ids, rows = frame.scene.nodes.ids, frame.nodes_here(SUM_REACH)
    several = frame.scene.wires.leaving(len(ids))[rows] > 1
    return np.array([row for row in rows[several].tolist() if ids[row] > 0], np.intp)


def _around(frame: Frame, rows: Rows) -> list[list[QRectF]]:
    """The nodes, labels and other sums that lie where the sums of these nodes may go, of all of them in one go."""
    if not len(rows):
        return []
    nodes, labels = frame.scene.nodes, frame.scene.labels
    area = frame.area.adjusted(-SUM_REACH, -SUM_REACH, SUM_REACH, SUM_REACH)
    beside = nodes.within(area)
    boxes = np.concatenate((nodes.boxes[beside, :2], nodes.boxes[beside, :2] + nodes.boxes[beside, 2:]), axis=1)
    rooms = [room.place for row in beside.tolist() for room in labels.sums.get(row, ()) if room.place is not None]
    others = np.array([place.getCoords() for place in rooms], float).reshape(-1, 4)
    boxes = np.concatenate((boxes, labels.wires.taken(area), labels.stubs.taken(area), others))
    left, top, width, height = nodes.boxes[rows].T[..., None]
    near = (boxes[:, 0] < left + np.maximum(width, SUM_REACH)) & (boxes[:, 2] > left)
    near &= (boxes[:, 1] < top + height + SUM_HIGH) & (boxes[:, 3] > top - SUM_HIGH)
    return [[QRectF(x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in boxes[which].tolist()] for which in near]


def _room(frame: Frame, row: int, text: str, around: list[QRectF]) -> QRectF | None:
    """Below the node or above it, in line with its right edge or (if long) its left; None where nothing is free."""
    box, note = frame.scene.nodes.rects[row], bool(frame.scene.nodes.faces[row].note)
    wide = _width(text)
    left = max(box.right() - wide, box.left())
    tops = [box.top() - _GAP - k * m.LABEL_LINE for k in (1, 2)]
    if not note:
        tops[:0] = [box.bottom() + _GAP + k * m.LABEL_LINE for k in range(SUM_LINES)]
    for top in tops:
        clear = QRectF(left - _CLEAR, top - _CLEAR, wide + 2 * _CLEAR, m.LABEL_LINE + 2 * _CLEAR)
        if not any(clear.intersects(other) for other in around):
            return QRectF(left, top, wide, m.LABEL_LINE)
    return None
