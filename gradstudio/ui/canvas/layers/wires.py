"""Wires in detail: cubics in the colour of their source, the selected and hovered ones on top; dots and open ends."""

from __future__ import annotations

from collections.abc import Mapping, Set

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from gradstudio.ui.canvas.ink import faded
from gradstudio.ui.canvas.layers.frame import Frame
from gradstudio.ui.canvas.metrics import DOT, WIRE
from gradstudio.ui.canvas.nodes import Rows
from gradstudio.ui.canvas.scene import Part
from gradstudio.ui.canvas.strands import bundle, offsets

FAINT = 0.3
"""How strong wires are along which nothing has come yet."""


def paint_wires(frame: Frame) -> None:
    """All wires that touch the area."""
    painter = frame.in_scene()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    wires, marks = frame.scene.wires, frame.marks
    special = _special(frame)
    rows = wires.crossing(_told_apart(frame, frame.wires_here(), special), frame.area)
    hidden = [wires.row[wire] for wire in marks.hidden if wire in wires.row]
    rows = rows[~np.isin(rows, hidden)] if hidden else rows
    _plain(frame, painter, rows[~np.isin(rows, list(special))] if special else rows)
    shown = set(rows.tolist())
    for row, pen in special.items():
        if row in shown:
            painter.setPen(pen)
            painter.drawPath(wires.path(row))
    pens = _pens(frame, hair=not frame.vector and len(offsets(WIRE * frame.scale * frame.ratio)) == 1)
    _dots(frame, painter, pens, shown)
    _stubs(frame, painter, pens)


def _plain(frame: Frame, painter: QPainter, rows: Rows) -> None:
    """Wires that don't stand out: as bundles of hairlines, or else one by one."""
    density, wires = frame.scale * frame.ratio, frame.scene.wires
    apart = () if frame.vector else [gap / density for gap in offsets(WIRE * density)]
    if frame.near is not None and frame.near.every > 1:
        apart = [0.0]
    bundled = wires.bundled(rows) if apart else np.zeros(len(rows), bool)
    if bundled.any():
        kinds, pens = _kinds(frame, rows[bundled], hair=True)
        corners = wires.bundles(rows[bundled], apart)
        for kind in np.nonzero(np.bincount(kinds))[0].tolist():
            painter.setPen(pens[kind])
            painter.drawPath(bundle(corners[kinds == kind]))
    rows = rows[~bundled]
    kinds, pens = _kinds(frame, rows, hair=len(apart) == 1)
    for kind, row in zip(kinds.tolist(), rows.tolist(), strict=True):
        painter.setPen(pens[kind])
        painter.drawPath(wires.path(row))


def _told_apart(frame: Frame, rows: Rows, special: Mapping[int, QPen]) -> Rows:
    """Those of some rows that are worth drawing: where very many pass through the view, not all of these.

    All that is in view counts, whichever part of it is painted: so parts fit together.
    """
    near, wires = frame.near, frame.scene.wires
    if near is None or near.every == 1:
        return rows
    wanted = wires.ends_in(rows, near.view) | (rows * 0x9E3779B1 % 2**32 * near.every >> 32 == 0)
    if special:
        wanted |= np.isin(rows, list(special))
    chosen: Rows = rows[wanted]
    return chosen


def _kinds(frame: Frame, rows: Rows, *, hair: bool) -> tuple[Rows, list[QPen]]:
    """Which of some pens each wire is drawn with: that of its category, a faint one where nothing has come yet."""
    wires, step, pens = frame.scene.wires, frame.marks.step, _pens(frame, hair=hair)
    kinds = wires.shelf[rows]
    if step is None:
        return kinds, pens
    waiting = np.array([step.dims_wire(wires.ids[row]) for row in rows.tolist()], bool)
    return kinds + len(pens) * waiting, pens + frame.ink.wires(FAINT, hair)


def _special(frame: Frame) -> dict[int, QPen]:
    """Pens of the hovered and selected wires by row."""
    rows, marks = frame.scene.wires.row, frame.marks
    result: dict[int, QPen] = {}
    if marks.step is not None:
        color = frame.ink.gradient if marks.step.is_backward else frame.ink.value
        result |= {rows[wire]: QPen(color, WIRE + 0.8) for wire in marks.step.arriving() if wire in rows}
    if marks.hover.part is Part.WIRE and marks.hover.wire in rows:
        row = rows[marks.hover.wire]
        result[row] = _wide(frame.ink.wire[int(frame.scene.wires.shelf[row])], 1.6)
    for wire in marks.wires:
        if wire in rows:
            result[rows[wire]] = QPen(frame.ink.selection, WIRE + 1.4)
    return result


def _dots(frame: Frame, painter: QPainter, pens: list[QPen], rows: Set[int]) -> None:
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
    rows = frame.stubs_here(3.0)
    shelves = frame.scene.nodes.shelf[stubs.tied[rows]].tolist()
    step, faint = frame.marks.step, frame.ink.wires(FAINT, False)
    for row, end, shelf in zip(rows.tolist(), stubs.ends_of(rows).tolist(), shelves, strict=True):
        waiting = step is not None and not step.has_value(stubs.ports[row].node)
        painter.setPen((faint if waiting else pens)[shelf])
        painter.drawLine(QLineF(*end))


def _wide(pen: QPen, more: float) -> QPen:
    result = QPen(pen)
    result.setWidthF(pen.widthF() + more)
    return result


def _pens(frame: Frame, *, hair: bool) -> list[QPen]:
    """Per category: fainter from afar, where many wires meet in little room, and while a wire is dragged."""
    far = min(max((0.75 - frame.scale) / 0.5, 0.0), 1.0)
    strength = 0.3 if frame.marks.fits is not None else 1.0 - 0.4 * far
    return frame.ink.wires(round(strength, 2), hair)
